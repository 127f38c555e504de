//! Points plans, what people decided about them, and what was posted.

use chrono::NaiveDateTime;
use serde_json::json;
use sqlx::Error;

use crate::{
    ledger::posting::Posted,
    points::{
        decision::{Event, Plan, What},
        plan::PlanKind,
    },
    run::store::{
        Store, StoreError, TIME, Transaction,
        database::{Control, Row, values},
        day, one, sha256, statements,
    },
};

/// A plan to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewPlan<'p> {
    /// The plan; its number and events do not count.
    pub plan: &'p Plan,
    /// Its rows as Parquet.
    pub rows: &'p [u8],
    /// Its lots as Parquet.
    pub lots: &'p [u8],
}

/// A posting as it was noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// The key.
    pub key: String,
    /// The member.
    pub member: String,
    /// Signed points.
    pub points: i64,
    /// The entry in the ledger.
    pub entry_id: String,
    /// The key of the posting that it reverses.
    pub reverses: Option<String>,
    /// When it was noted.
    pub at: String,
}

/// Whose a posting is, and how far it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What fences out whoever came before.
    pub token: i64,
    /// The last member that was done.
    pub cursor: Option<String>,
}

impl Store {
    /// Keeps a plan; gives its number.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    pub async fn add_points_plan(&mut self, new: &NewPlan<'_>) -> Result<i64, StoreError> {
        let mut transaction = self.begin("when a points plan was kept", Control::Begin).await?;
        let id = transaction.add_points_plan(new).await?;
        transaction.commit().await.map(|()| id)
    }

    /// Every plan with what happened to it, the earliest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or what it holds is damaged.
    pub async fn points_plans(&mut self) -> Result<Vec<Plan>, StoreError> {
        const DOING: &str = "when points plans were read";
        let rows = self.query(DOING, &statements::POINTS_PLANS, values![]).await?;
        let mut plans = Vec::with_capacity(rows.len());
        for row in &rows {
            let id = row.get(0).map_err(self.failed(DOING))?;
            plans.push(plan(row).map_err(|_| damaged(id, "its day or kind"))?);
        }
        for row in &self.query(DOING, &statements::POINTS_EVENTS, values![]).await? {
            let id = row.get(0).map_err(self.failed(DOING))?;
            let event = event(row).map_err(|_| damaged(id, "an event"))?;
            plans.iter_mut().filter(|plan: &&mut Plan| plan.id == id).for_each(|plan| plan.events.push(event.clone()));
        }
        Ok(plans)
    }

    /// The rows and lots of a plan, as they were kept.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or what it holds is damaged.
    pub async fn points_plan_rows(&mut self, id: i64) -> Result<(Vec<u8>, Vec<u8>), StoreError> {
        const DOING: &str = "when the rows of a points plan were read";
        let found = self.query(DOING, &statements::POINTS_ROWS, values![id]).await?;
        let taken = |row: &Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let (rows, lots, kept): (Vec<u8>, Vec<u8>, String) = one(&found).and_then(taken).map_err(self.failed(DOING))?;
        if both(&rows, &lots) == kept { Ok((rows, lots)) } else { Err(damaged(id, "its rows")) }
    }

    /// Writes down what happened to a plan, unless something else happened to it since it was read.
    ///
    /// # Errors
    /// [`StoreError::PlanRaced`], or that the store cannot be written.
    pub async fn add_points_event(&mut self, plan: &Plan, event: &Event) -> Result<(), StoreError> {
        let values = values![
            plan.id,
            event.what.name(),
            event.person.as_deref(),
            event.reason.as_deref(),
            &event.hash,
            event.members,
            event.points,
            event.at.format(TIME).to_string(),
            i64::try_from(plan.events.len()).unwrap_or(i64::MAX),
        ];
        let doing = "when it was written down what happened to a points plan";
        let mut transaction = self.begin(doing, Control::Begin).await?;
        if transaction.execute(&statements::ADD_POINTS_EVENT, values).await? == 1 {
            return transaction.commit().await;
        }
        transaction.abandon().await?;
        Err(StoreError::PlanRaced { plan: plan.id })
    }

    /// Takes the posting of a plan over: whoever had it before is fenced out.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    pub async fn take_over_posting(&mut self, plan: i64) -> Result<Progress, StoreError> {
        const DOING: &str = "when the posting of a points plan began";
        let rows = self.query(DOING, &statements::POINTS_TAKE_OVER, values![plan]).await?;
        let taken = |row: &Row| Ok(Progress { token: row.get(0)?, cursor: row.get(1)? });
        one(&rows).and_then(taken).map_err(self.failed(DOING))
    }

    /// The token of whoever took the posting of a plan over last.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn posting_token(&mut self, plan: i64) -> Result<Option<i64>, StoreError> {
        const DOING: &str = "when it was asked who posts a points plan";
        let rows = self.query(DOING, &statements::POINTS_TOKEN, values![plan]).await?;
        rows.first().map(|row| row.get(0)).transpose().map_err(self.failed(DOING))
    }

    /// Notes what was posted of a chunk and how far that is; `false` when another process took over.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written: then nothing is noted.
    pub async fn note_postings(
        &mut self,
        plan: i64,
        progress: &Progress,
        posted: &[(Posted, Option<String>)],
        now: NaiveDateTime,
    ) -> Result<bool, StoreError> {
        let row = |(posted, reverses): &(Posted, Option<String>)| {
            json!([posted.key, posted.member, posted.points, posted.entry_id, reverses])
        };
        let all = serde_json::Value::from(posted.iter().map(row).collect::<Vec<_>>()).to_string();
        let mut transaction = self.begin("when postings were noted", Control::BeginRows).await?;
        let mark = values![plan, progress.token, progress.cursor.as_deref()];
        if transaction.execute(&statements::POINTS_PROGRESS, mark).await? != 1 {
            return transaction.abandon().await.map(|()| false);
        }
        let add = values![plan, all, now.format(TIME).to_string()];
        transaction.execute(&statements::ADD_POINTS_POSTINGS, add).await?;
        transaction.commit().await.map(|()| true)
    }

    /// What was noted of the postings of a plan, by member.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn noted_postings(&mut self, plan: i64) -> Result<Vec<Noted>, StoreError> {
        const DOING: &str = "when postings were read";
        let rows = self.query(DOING, &statements::POINTS_POSTINGS, values![plan]).await?;
        let noted = |row: &Row| {
            Ok(Noted {
                key: row.get(0)?,
                member: row.get(1)?,
                points: row.get(2)?,
                entry_id: row.get(3)?,
                reverses: row.get(4)?,
                at: row.get(5)?,
            })
        };
        rows.iter().map(noted).collect::<Result<_, _>>().map_err(self.failed(DOING))
    }
}

fn damaged(plan: i64, what: &str) -> StoreError {
    StoreError::PlanDamaged { plan, what: what.to_owned() }
}

impl Transaction<'_> {
    /// Keeps a plan within the transaction; gives its number.
    pub(super) async fn add_points_plan(&mut self, new: &NewPlan<'_>) -> Result<i64, StoreError> {
        let plan = new.plan;
        let values = values![
            &plan.programme,
            plan.kind.name(),
            plan.day.to_string(),
            plan.edition,
            &plan.rules,
            &plan.hash,
            plan.members,
            plan.points,
            plan.tripped,
            plan.classes.join("\n"),
            &plan.snapshot,
            new.rows,
            new.lots,
            both(new.rows, new.lots),
            plan.made_at.format(TIME).to_string(),
        ];
        let rows = self.query(&statements::ADD_POINTS_PLAN, values).await?;
        one(&rows).and_then(|row| row.get(0)).map_err(self.failed())
    }
}

/// The sha256 of rows and lots together.
fn both(rows: &[u8], lots: &[u8]) -> String {
    sha256(format!("{} {}", sha256(rows), sha256(lots)).as_bytes())
}

fn time(text: &str) -> Result<NaiveDateTime, Error> {
    NaiveDateTime::parse_from_str(text, TIME).map_err(|error| Error::Decode(Box::new(error)))
}

fn plan(row: &Row) -> Result<Plan, Error> {
    let (kind, on, classes): (String, String, String) = (row.get(2)?, row.get(3)?, row.get(10)?);
    Ok(Plan {
        id: row.get(0)?,
        programme: row.get(1)?,
        kind: PlanKind::named(&kind).ok_or(Error::RowNotFound)?,
        day: day(&on)?,
        edition: row.get(4)?,
        rules: row.get(5)?,
        hash: row.get(6)?,
        members: row.get(7)?,
        points: row.get(8)?,
        tripped: row.get(9)?,
        classes: classes.lines().map(str::to_owned).collect(),
        snapshot: row.get(11)?,
        made_at: time(&row.get::<String>(12)?)?,
        events: Vec::new(),
    })
}

fn event(row: &Row) -> Result<Event, Error> {
    let what: String = row.get(1)?;
    Ok(Event {
        what: What::named(&what).ok_or(Error::RowNotFound)?,
        person: row.get(2)?,
        reason: row.get(3)?,
        hash: row.get(4)?,
        members: row.get(5)?,
        points: row.get(6)?,
        at: time(&row.get::<String>(7)?)?,
    })
}
