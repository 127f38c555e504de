//! Rows of the store as a review; what cannot be read is damage.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use sqlx::{Connection, Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{Mark, StoredReview, TIME, mark};
use crate::{
    grading::review::{
        Approval, Decision, Draft, EarlierOverride, Head, Kind, Proposal, Provenance, Publication, Review, Row,
    },
    period::parse_day,
    run::store::StoreError,
};

/// What the store gave, unchecked.
pub(super) struct RawReview {
    mark: Mark,
    draft: SqliteRow,
    rows: Vec<SqliteRow>,
    decisions: Vec<SqliteRow>,
    approvals: Vec<SqliteRow>,
    publication: Option<SqliteRow>,
}

impl RawReview {
    /// Reads everything of a review from one state of the database.
    pub(super) async fn read(connection: &mut SqliteConnection, id: &str) -> Result<Self, sqlx::Error> {
        let mut transaction = connection.begin().await?;
        let mark = mark(&mut transaction, id).await?;
        let draft = sqlx::query(include_str!("../sql/review/draft.sql")).bind(id).fetch_one(&mut *transaction).await?;
        let number: i64 = draft.get(0);
        let rows = sqlx::query(include_str!("../sql/review/rows.sql")).bind(id).bind(number);
        let rows = rows.fetch_all(&mut *transaction).await?;
        let decisions =
            sqlx::query(include_str!("../sql/review/decisions.sql")).bind(id).fetch_all(&mut *transaction).await?;
        let approvals =
            sqlx::query(include_str!("../sql/review/approvals.sql")).bind(id).fetch_all(&mut *transaction).await?;
        let publication = sqlx::query(include_str!("../sql/review/publication.sql")).bind(id);
        let publication = publication.fetch_optional(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Self { mark, draft, rows, decisions, approvals, publication })
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
        let approval =
            |row: &SqliteRow| Ok(Approval { by: row.get(0), at: reader.time(row.get(1))?, fingerprint: row.get(2) });
        let approvals = self.approvals.iter().map(approval).collect::<Result<Vec<_>, StoreError>>()?;
        let publication = self
            .publication
            .as_ref()
            .map(|row| Ok(Publication { by: row.get(0), at: reader.time(row.get(1))?, fingerprint: row.get(2) }));
        let publication = publication.transpose()?;
        let departed = decided.into_values().flatten().collect();
        let review = Review { head, draft, rows, departed, approvals, publication };
        Ok(StoredReview { review, mark: self.mark })
    }
}

/// What a review is.
pub(super) fn head(row: &SqliteRow) -> Result<Head, StoreError> {
    let id: String = row.get(0);
    let reader = Reader { review: &id };
    let (as_of, closes_on) = (reader.day(row.get(3))?, reader.day(row.get(4))?);
    Ok(Head { declaration: row.get(1), scheme: row.get(2), as_of, closes_on, id })
}

/// Reads values of one review; what cannot be read is damage.
struct Reader<'r> {
    review: &'r str,
}

impl Reader<'_> {
    fn damaged(&self, what: &str) -> StoreError {
        StoreError::ReviewDamaged { review: self.review.to_owned(), what: what.to_owned() }
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

    fn draft(&self, row: &SqliteRow) -> Result<Draft, StoreError> {
        let provenance = Provenance {
            version: row.get(2),
            rules: row.get(3),
            grades: self.json(row.get(4))?,
            dimensions: self.json(row.get(5))?,
            snapshot: row.get(6),
        };
        Ok(Draft { number: row.get(0), drafted_at: self.time(row.get(1))?, provenance })
    }

    fn proposal(&self, row: &SqliteRow, as_of: NaiveDate) -> Result<Proposal, StoreError> {
        let earlier: Option<&str> = row.get(6);
        let earlier = earlier.map(|text| self.earlier(text)).transpose()?;
        Ok(Proposal {
            subject: row.get(0),
            as_of,
            proposed: row.get(1),
            earned: row.get(2),
            before: row.get(3),
            classes: self.json(row.get(4))?,
            provisional: row.get(5),
            earlier,
            figures: row.get(7),
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

    fn decision(&self, row: &SqliteRow) -> Result<Decision, StoreError> {
        let kind: &str = row.get(2);
        let until: Option<&str> = row.get(6);
        Ok(Decision {
            number: row.get(0),
            subject: row.get(1),
            kind: Kind::ALL.into_iter().find(|known| known.name() == kind).ok_or_else(|| self.damaged(kind))?,
            grade: row.get(3),
            by: row.get(4),
            why: row.get(5),
            until: until.map(|day| self.day(day)).transpose()?,
            at: self.time(row.get(7))?,
            row: row.get(8),
        })
    }
}
