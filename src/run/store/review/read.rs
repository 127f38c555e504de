//! Rows of the store as a review; what cannot be read is damage.

use std::collections::BTreeMap;

use super::{Mark, StoredReview, mark};
use crate::{
    grading::review::{
        Approval, Decision, Draft, EarlierOverride, Head, Kind, Proposal, Provenance, Publication, Review, Row,
    },
    period::parse_day,
    run::store::{
        StoreError, TIME, Transaction,
        database::{Row as Stored, Taken, values},
        one, statements,
    },
};
use chrono::{NaiveDate, NaiveDateTime};

/// What the store gave, unchecked.
pub(super) struct RawReview {
    mark: Mark,
    draft: Stored,
    rows: Vec<Stored>,
    decisions: Vec<Stored>,
    approvals: Vec<Stored>,
    publication: Option<Stored>,
}

impl RawReview {
    /// Reads everything of a review within a transaction that sees one state of the database.
    pub(super) async fn read(transaction: &mut Transaction<'_>, id: &str) -> Result<Self, StoreError> {
        let mark = mark(transaction, id).await?;
        let draft = transaction.query(&statements::REVIEW_DRAFT, values![id]).await?;
        let draft = one(&draft).map_err(transaction.failed())?.clone();
        let number: i64 = draft.get(0).map_err(transaction.failed())?;
        let rows = transaction.query(&statements::REVIEW_ROWS, values![id, number]).await?;
        let decisions = transaction.query(&statements::REVIEW_DECISIONS, values![id]).await?;
        let approvals = transaction.query(&statements::REVIEW_APPROVALS, values![id]).await?;
        let publication = transaction.query(&statements::REVIEW_PUBLICATION, values![id]).await?;
        Ok(Self { mark, draft, rows, decisions, approvals, publication: publication.into_iter().next() })
    }

    pub(super) fn checked(self, head: Head) -> Result<StoredReview, StoreError> {
        let reader = Reader { review: &head.id };
        let mut decided: BTreeMap<String, Vec<Decision>> = BTreeMap::new();
        for row in &self.decisions {
            let decision = reader.decision(row)?;
            decided.entry(decision.subject.clone()).or_default().push(decision);
        }
        let mut rows = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let proposal = reader.proposal(row, head.as_of)?;
            let decisions = decided.remove(&proposal.subject).unwrap_or_default();
            rows.push(Row { proposal, decisions });
        }
        let draft = reader.draft(&self.draft)?;
        let signed = |row: &Stored| -> Result<(String, NaiveDateTime, String), StoreError> {
            Ok((reader.get(row, 0)?, reader.time(&reader.get::<String>(row, 1)?)?, reader.get(row, 2)?))
        };
        let approval = |row| signed(row).map(|(by, at, fingerprint)| Approval { by, at, fingerprint });
        let approvals = self.approvals.iter().map(approval).collect::<Result<Vec<_>, StoreError>>()?;
        let publication = self.publication.as_ref().map(signed).transpose()?;
        let publication = publication.map(|(by, at, fingerprint)| Publication { by, at, fingerprint });
        let departed = decided.into_values().flatten().collect();
        let review = Review { head, draft, rows, departed, approvals, publication };
        Ok(StoredReview { review, mark: self.mark })
    }
}

/// What a review is.
pub(super) fn head(row: &Stored, failed: impl FnOnce(sqlx::Error) -> StoreError) -> Result<Head, StoreError> {
    let id: String = row.get(0).map_err(failed)?;
    let reader = Reader { review: &id };
    let day = |column| reader.day(&reader.get::<String>(row, column)?);
    let (as_of, closes_on) = (day(3)?, day(4)?);
    let (declaration, scheme) = (reader.get(row, 1)?, reader.get(row, 2)?);
    Ok(Head { id: id.clone(), declaration, scheme, as_of, closes_on })
}

/// Reads values of one review; what cannot be read is damage.
struct Reader<'r> {
    review: &'r str,
}

impl Reader<'_> {
    fn damaged(&self, what: &str) -> StoreError {
        StoreError::ReviewDamaged { review: self.review.to_owned(), what: what.to_owned() }
    }

    fn get<T: Taken>(&self, row: &Stored, column: usize) -> Result<T, StoreError> {
        row.get(column).map_err(|error| self.damaged(&error.to_string()))
    }

    fn day(&self, text: &str) -> Result<NaiveDate, StoreError> {
        parse_day(text).map_err(|_| self.damaged(text))
    }

    fn time(&self, text: &str) -> Result<NaiveDateTime, StoreError> {
        NaiveDateTime::parse_from_str(text, TIME).map_err(|_| self.damaged(text))
    }

    fn json<T: serde::de::DeserializeOwned>(&self, text: &str) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|_| self.damaged(text))
    }

    fn draft(&self, row: &Stored) -> Result<Draft, StoreError> {
        let provenance = Provenance {
            version: self.get(row, 2)?,
            rules: self.get(row, 3)?,
            grades: self.json(&self.get::<String>(row, 4)?)?,
            dimensions: self.json(&self.get::<String>(row, 5)?)?,
            snapshot: self.get(row, 6)?,
        };
        Ok(Draft { number: self.get(row, 0)?, drafted_at: self.time(&self.get::<String>(row, 1)?)?, provenance })
    }

    fn proposal(&self, row: &Stored, as_of: NaiveDate) -> Result<Proposal, StoreError> {
        let earlier: Option<String> = self.get(row, 6)?;
        let earlier = earlier.map(|text| self.earlier(&text)).transpose()?;
        Ok(Proposal {
            subject: self.get(row, 0)?,
            as_of,
            proposed: self.get(row, 1)?,
            earned: self.get(row, 2)?,
            before: self.get(row, 3)?,
            classes: self.json(&self.get::<String>(row, 4)?)?,
            provisional: self.get(row, 5)?,
            earlier,
            figures: self.get(row, 7)?,
        })
    }

    fn earlier(&self, text: &str) -> Result<EarlierOverride, StoreError> {
        #[derive(serde::Deserialize)]
        struct Raw {
            grade: String,
            by: String,
            why: String,
            until: Option<String>,
        }
        let Raw { grade, by, why, until } = self.json(text)?;
        Ok(EarlierOverride { grade, by, why, until: until.map(|day| self.day(&day)).transpose()? })
    }

    fn decision(&self, row: &Stored) -> Result<Decision, StoreError> {
        let kind: String = self.get(row, 2)?;
        let until: Option<String> = self.get(row, 6)?;
        Ok(Decision {
            number: self.get(row, 0)?,
            subject: self.get(row, 1)?,
            kind: Kind::ALL.into_iter().find(|known| known.name() == kind).ok_or_else(|| self.damaged(&kind))?,
            grade: self.get(row, 3)?,
            by: self.get(row, 4)?,
            why: self.get(row, 5)?,
            until: until.map(|day| self.day(&day)).transpose()?,
            at: self.time(&self.get::<String>(row, 7)?)?,
            row: self.get(row, 8)?,
        })
    }
}
