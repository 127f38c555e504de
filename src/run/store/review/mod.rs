//! Reviews in the store. Each write is one transaction that begins by looking whether the review still is what the caller saw.
//!
//! Invariant: rows are only added. Not here: what may be written when (`grading::review`), how rows become a review (`read`).

mod read;

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value as Json, json};
use sqlx::Error;

use crate::{
    grading::review::{Head, Opening, Proposal, Provenance, Review, decide::NewDecision},
    run::store::{
        Store, StoreError, TIME, ToKeep, Transaction,
        database::{Control, Row, values},
        one,
        review::read::{RawReview, head},
        statements,
    },
};

/// A review as it was read, with the mark by which a write sees whether somebody else wrote meanwhile.
#[derive(Debug, Clone)]
pub struct StoredReview {
    /// The review.
    pub review: Review,
    mark: Mark,
}

/// The last of everything that can be added to a review.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Mark {
    draft: Option<i64>,
    decision: Option<i64>,
    approval: Option<i64>,
    publications: i64,
}

/// A file of decisions that was read.
#[derive(Debug, Clone, Copy)]
pub struct Imported<'i> {
    /// The sha256 of its bytes.
    pub sha256: &'i str,
    /// Who brought it.
    pub by: &'i str,
}

impl Store {
    /// What each review is, by its day.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn review_heads(&mut self) -> Result<Vec<Head>, StoreError> {
        const DOING: &str = "when reviews were listed";
        let rows = self.query(DOING, &statements::REVIEW_HEADS, values![]).await?;
        rows.iter().map(|row| head(row, self.failed(DOING))).collect()
    }

    /// The review of a name, with its latest draft and everything decided about it.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or what it holds is damaged.
    pub async fn review(&mut self, id: &str) -> Result<Option<StoredReview>, StoreError> {
        const DOING: &str = "when a review was read";
        let heads = self.review_heads().await?;
        let Some(head) = heads.into_iter().find(|head| head.id == id) else { return Ok(None) };
        let mut transaction = self.begin(DOING, Control::BeginRead).await?;
        let raw = RawReview::read(&mut transaction, id).await?;
        transaction.commit().await?;
        raw.checked(head).map(Some)
    }

    /// The last review of a scheme before a day that was published.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or what it holds is damaged.
    pub async fn last_published(&mut self, scheme: &str, day: NaiveDate) -> Result<Option<Review>, StoreError> {
        const DOING: &str = "when the last review was looked up";
        let rows = self.query(DOING, &statements::REVIEW_LAST_PUBLISHED, values![scheme, day.to_string()]).await?;
        match rows.first() {
            Some(row) => {
                let id: String = row.get(0).map_err(self.failed(DOING))?;
                Ok(self.review(&id).await?.map(|stored| stored.review))
            }
            None => Ok(None),
        }
    }

    /// Opens a review with its first draft.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is written.
    pub async fn add_review(
        &mut self,
        head: &Head,
        draft: &NewDraft<'_>,
        now: NaiveDateTime,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin("when a review was opened", Control::Begin).await?;
        if add_review(&mut transaction, head, draft, now).await? {
            return transaction.commit().await;
        }
        transaction.abandon().await?;
        Err(StoreError::ReviewRaced { review: head.id.clone() })
    }

    /// Adds a new draft of an open review.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is written.
    pub async fn add_draft(
        &mut self,
        stored: &StoredReview,
        draft: &NewDraft<'_>,
        now: NaiveDateTime,
    ) -> Result<(), StoreError> {
        let mut transaction = self.unmoved("when a review was drafted again", stored).await?;
        let number = stored.review.draft.number + 1;
        add_draft(&mut transaction, &stored.review.head.id, number, draft, now).await?;
        transaction.commit().await
    }

    /// Writes decisions down, and the file they came in.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is written.
    pub async fn add_decisions(
        &mut self,
        stored: &StoredReview,
        decisions: &[NewDecision],
        file: Option<Imported<'_>>,
        now: NaiveDateTime,
    ) -> Result<(), StoreError> {
        let id = &stored.review.head.id;
        let all = Json::from(decisions.iter().map(decision_json).collect::<Vec<_>>()).to_string();
        let mut transaction = self.unmoved("when decisions were written down", stored).await?;
        transaction.execute(&statements::ADD_REVIEW_DECISIONS, values![id, time(now), all]).await?;
        if let Some(file) = file {
            let values = values![id, file.sha256, file.by, time(now)];
            transaction.execute(&statements::ADD_REVIEW_IMPORT, values).await?;
        }
        transaction.commit().await
    }

    /// Who imported a file into a review, and when.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn imported(&mut self, review: &str, sha256: &str) -> Result<Option<(String, String)>, StoreError> {
        const DOING: &str = "when an import was looked up";
        let rows = self.query(DOING, &statements::REVIEW_IMPORTED, values![review, sha256]).await?;
        let by = |row: &Row| Ok((row.get(0)?, row.get(1)?));
        rows.first().map(by).transpose().map_err(self.failed(DOING))
    }

    /// Writes an approval down.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is written.
    pub async fn add_approval(
        &mut self,
        stored: &StoredReview,
        by: &str,
        fingerprint: &str,
        now: NaiveDateTime,
    ) -> Result<(), StoreError> {
        let mut transaction = self.unmoved("when an approval was written down", stored).await?;
        let values = values![&stored.review.head.id, fingerprint, by, time(now)];
        transaction.execute(&statements::ADD_REVIEW_APPROVAL, values).await?;
        transaction.commit().await
    }

    /// Publishes a review: its grades become the kept grades of its day.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is written.
    pub async fn add_publication(
        &mut self,
        stored: &StoredReview,
        by: &str,
        fingerprint: &str,
        set: &ToKeep,
        now: NaiveDateTime,
    ) -> Result<(), StoreError> {
        let mut transaction = self.unmoved("when a review was published", stored).await?;
        transaction.keep_sets(std::slice::from_ref(set), now).await?;
        let values = values![&stored.review.head.id, fingerprint, by, time(now)];
        transaction.execute(&statements::ADD_REVIEW_PUBLICATION, values).await?;
        transaction.commit().await
    }

    /// Begins to write to a review, unless somebody else wrote to it since it was read.
    async fn unmoved(&mut self, doing: &'static str, stored: &StoredReview) -> Result<Transaction<'_>, StoreError> {
        let mut transaction = self.begin(doing, Control::Begin).await?;
        let id = &stored.review.head.id;
        if mark(&mut transaction, id).await? == stored.mark {
            Ok(transaction)
        } else {
            transaction.abandon().await?;
            Err(StoreError::ReviewRaced { review: id.clone() })
        }
    }
}

impl Transaction<'_> {
    /// Opens a review within the transaction; `false` when it is open already, and then nothing is written.
    pub(super) async fn open_review(&mut self, opening: &Opening, now: NaiveDateTime) -> Result<bool, StoreError> {
        let draft = NewDraft { provenance: &opening.provenance, rows: &opening.rows };
        add_review(self, &opening.head, &draft, now).await
    }
}

async fn add_review(
    transaction: &mut Transaction<'_>,
    head: &Head,
    draft: &NewDraft<'_>,
    now: NaiveDateTime,
) -> Result<bool, StoreError> {
    let (as_of, closes_on) = (head.as_of.to_string(), head.closes_on.to_string());
    let values = values![&head.id, &head.declaration, &head.scheme, as_of, closes_on, time(now)];
    if transaction.execute(&statements::ADD_REVIEW, values).await? != 1 {
        return Ok(false);
    }
    add_draft(transaction, &head.id, 1, draft, now).await.map(|()| true)
}

/// Proposals to be written down.
#[derive(Debug, Clone, Copy)]
pub struct NewDraft<'d> {
    /// What they were made by.
    pub provenance: &'d Provenance,
    /// The proposals.
    pub rows: &'d [Proposal],
}

fn time(now: NaiveDateTime) -> String {
    now.format(TIME).to_string()
}

async fn mark(transaction: &mut Transaction<'_>, id: &str) -> Result<Mark, StoreError> {
    let rows = transaction.query(&statements::REVIEW_MARK, values![id]).await?;
    let taken = |row: &Row| -> Result<Mark, Error> {
        Ok(Mark { draft: row.get(0)?, decision: row.get(1)?, approval: row.get(2)?, publications: row.get(3)? })
    };
    one(&rows).and_then(taken).map_err(transaction.failed())
}

async fn add_draft(
    transaction: &mut Transaction<'_>,
    id: &str,
    number: i64,
    draft: &NewDraft<'_>,
    now: NaiveDateTime,
) -> Result<(), StoreError> {
    let Provenance { version, rules, grades, dimensions, snapshot } = draft.provenance;
    let (grades, dimensions) = (json!(grades).to_string(), json!(dimensions).to_string());
    let values = values![id, number, time(now), version, rules, grades, dimensions, snapshot];
    transaction.execute(&statements::ADD_REVIEW_DRAFT, values).await?;
    // All rows in one statement: a review may have many thousands.
    let rows = Json::from(draft.rows.iter().map(row_json).collect::<Vec<_>>()).to_string();
    transaction.execute(&statements::ADD_REVIEW_ROWS, values![id, number, rows]).await.map(drop)
}

fn row_json(row: &Proposal) -> Json {
    let earlier = row.earlier.as_ref().map(|earlier| {
        json!({ "grade": earlier.grade, "by": earlier.by, "why": earlier.why, "until": earlier.until.map(|day| day.to_string()) })
    });
    json!({
        "subject": row.subject, "proposed": row.proposed, "earned": row.earned, "before": row.before, "classes": row.classes,
        "provisional": row.provisional, "earlier": earlier, "figures": row.figures,
    })
}

fn decision_json(new: &NewDecision) -> Json {
    json!({
        "subject": new.subject, "kind": new.kind.name(), "grade": new.grade, "by": new.by, "why": new.why,
        "until": new.until.map(|day| day.to_string()), "row": new.row,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::store::StoreAddress;
    use crate::{
        grading::review::{
            EarlierOverride,
            decide::{Asked, What},
        },
        period::parse_day,
    };

    fn head() -> Head {
        Head {
            id: "annual-2026".to_owned(),
            declaration: "annual".to_owned(),
            scheme: "overall".to_owned(),
            as_of: parse_day("2026-03-25").unwrap(),
            closes_on: parse_day("2026-03-30").unwrap(),
        }
    }

    fn provenance() -> Provenance {
        let text = str::to_owned;
        Provenance {
            version: text("v"),
            rules: text("r"),
            grades: vec![text("B"), text("A\n'\"")],
            dimensions: vec![text("sales")],
            snapshot: text("s"),
        }
    }

    fn proposals() -> Vec<Proposal> {
        let text = |text: &str| Some(text.to_owned());
        let earlier = |until: Option<&str>| EarlierOverride {
            grade: "B".to_owned(),
            by: "王".to_owned(),
            why: "=cmd()".to_owned(),
            until: until.map(|day| parse_day(day).unwrap()),
        };
        let row = |subject: &str, proposed: Option<String>, earlier| Proposal {
            subject: subject.to_owned(),
            as_of: head().as_of,
            proposed,
            earned: None,
            before: text("B"),
            classes: vec![None, text("A")],
            provisional: subject == "1",
            earlier,
            figures: "f".to_owned(),
        };
        vec![
            row("1", text("A\n'\""), Some(earlier(Some("2027-01-01")))),
            row("2'; DROP TABLE review", None, Some(earlier(None))),
            row("3", text("B"), None),
        ]
    }

    async fn opened(store: &mut Store) -> StoredReview {
        let (provenance, rows) = (provenance(), proposals());
        let now = head().as_of.and_hms_opt(9, 0, 0).unwrap();
        store.add_review(&head(), &NewDraft { provenance: &provenance, rows: &rows }, now).await.unwrap();
        store.review("annual-2026").await.unwrap().unwrap()
    }

    fn over(review: &Review, subject: &str) -> NewDecision {
        let until = parse_day("2027-12-31").ok();
        let what = What::Override { grade: "B".to_owned(), until };
        let why = Some("=cmd()".to_owned());
        review.decide(&Asked { subject: subject.to_owned(), what, by: "王".to_owned(), why }).unwrap()
    }

    #[tokio::test]
    async fn what_is_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&StoreAddress::File(dir.path().join("fenji.db"))).await.unwrap();
        assert!(store.review("annual-2026").await.unwrap().is_none());
        let stored = opened(&mut store).await;
        let review = &stored.review;
        assert_eq!((&review.head, &review.draft.provenance), (&head(), &provenance()));
        assert_eq!(review.rows.iter().map(|row| row.proposal.clone()).collect::<Vec<_>>(), proposals());
        let now = head().as_of.and_hms_opt(10, 0, 0).unwrap();
        let decisions = [over(review, "3"), over(review, "1")];
        let file = Imported { sha256: "00", by: "王" };
        store.add_decisions(&stored, &decisions, Some(file), now).await.unwrap();
        assert!(store.imported("annual-2026", "00").await.unwrap().is_some_and(|(by, _)| by == "王"));
        assert!(store.imported("annual-2026", "01").await.unwrap().is_none());
        let stored = store.review("annual-2026").await.unwrap().unwrap();
        let found: Vec<(i64, &str)> =
            stored.review.rows.iter().flat_map(|row| &row.decisions).map(|d| (d.number, d.subject.as_str())).collect();
        assert_eq!(found, [(2, "1"), (1, "3")], "numbers follow the order of writing");
        assert_eq!(stored.review.rows[0].decisions[0].until, parse_day("2027-12-31").ok());
        store.add_approval(&stored, "李", "ff", now).await.unwrap();
        let (provenance, rows) = (provenance(), proposals());
        let stored = store.review("annual-2026").await.unwrap().unwrap();
        assert_eq!(stored.review.approvals[0].fingerprint, "ff");
        let less = NewDraft { provenance: &provenance, rows: &rows[..1] };
        store.add_draft(&stored, &less, now).await.unwrap();
        let stored = store.review("annual-2026").await.unwrap().unwrap();
        assert_eq!((stored.review.draft.number, stored.review.rows.len(), stored.review.departed.len()), (2, 1, 1));
    }

    #[tokio::test]
    async fn who_did_not_see_the_last_change_writes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&StoreAddress::File(dir.path().join("fenji.db"))).await.unwrap();
        let stale = opened(&mut store).await;
        let now = head().as_of.and_hms_opt(10, 0, 0).unwrap();
        store.add_decisions(&stale, &[over(&stale.review, "1")], None, now).await.unwrap();
        let (provenance, rows) = (provenance(), proposals());
        let draft = NewDraft { provenance: &provenance, rows: &rows };
        let set = ToKeep {
            scheme: "overall".to_owned(),
            as_of: head().as_of,
            version_id: "v".to_owned(),
            version_hash: "r".to_owned(),
            assessment: true,
            grades: "B".to_owned(),
            subjects: 0,
            excluded: 0,
            snapshot: "s".to_owned(),
            rows: Vec::new(),
        };
        let refusals = [
            store.add_decisions(&stale, &[over(&stale.review, "3")], None, now).await,
            store.add_approval(&stale, "x", "ff", now).await,
            store.add_draft(&stale, &draft, now).await,
            store.add_publication(&stale, "x", "ff", &set, now).await,
        ];
        for refusal in refusals {
            assert!(matches!(refusal, Err(StoreError::ReviewRaced { .. })), "{refusal:?}");
        }
        let fresh = store.review("annual-2026").await.unwrap().unwrap();
        assert_eq!((fresh.review.draft.number, fresh.review.approvals.len()), (1, 0));
        assert_eq!(store.kept_last("overall").await.unwrap(), None);
        store.add_publication(&fresh, "x", "ff", &set, now).await.unwrap();
        assert_eq!(store.kept_last("overall").await.unwrap(), Some(head().as_of));
        assert_eq!(store.last_published("overall", now.date()).await.unwrap(), None, "only those before the day");
        let later = parse_day("2027-03-25").unwrap();
        assert_eq!(store.last_published("overall", later).await.unwrap().map(|review| review.head), Some(head()));
    }
}
