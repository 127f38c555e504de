//! Points plans, what people decided about them, and what was posted.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::json;
use sqlx::{Connection, Row, sqlite::SqliteRow};

use crate::{
    ledger::posting::Posted,
    period::parse_day,
    points::{
        decision::{Event, Plan, What},
        plan::PlanKind,
    },
    run::store::{Store, StoreError, sha256},
};

/// How instants stand in the store.
const TIME: &str = "%Y-%m-%d %H:%M:%S";

/// A plan to be kept.
#[derive(Debug)]
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
        let failed = self.failed("when a points plan was kept");
        let plan = new.plan;
        let query = sqlx::query(include_str!("sql/points/add_plan.sql"))
            .bind(&plan.programme)
            .bind(plan.kind.name())
            .bind(plan.day.to_string())
            .bind(plan.edition)
            .bind(&plan.rules)
            .bind(&plan.hash)
            .bind(plan.members)
            .bind(plan.points)
            .bind(plan.tripped)
            .bind(plan.classes.join("\n"))
            .bind(&plan.snapshot)
            .bind(new.rows)
            .bind(new.lots)
            .bind(both(new.rows, new.lots))
            .bind(plan.made_at.format(TIME).to_string());
        query.fetch_one(&mut self.connection).await.map(|row| row.get(0)).map_err(failed)
    }

    /// Every plan with what happened to it, the earliest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or what it holds is damaged.
    pub async fn points_plans(&mut self) -> Result<Vec<Plan>, StoreError> {
        let failed = self.failed("when points plans were read");
        let rows =
            sqlx::query(include_str!("sql/points/plans.sql")).fetch_all(&mut self.connection).await.map_err(failed)?;
        let damaged = |id: i64, what: &str| StoreError::PlanDamaged { plan: id, what: what.to_owned() };
        let mut plans: Vec<Plan> = rows
            .iter()
            .map(|row| plan(row).ok_or_else(|| damaged(row.get(0), "its day or kind")))
            .collect::<Result<_, _>>()?;
        let failed = self.failed("when points plans were read");
        let rows =
            sqlx::query(include_str!("sql/points/events.sql")).fetch_all(&mut self.connection).await.map_err(failed)?;
        for row in &rows {
            let id: i64 = row.get(0);
            let event = event(row).ok_or_else(|| damaged(id, "an event"))?;
            plans.iter_mut().filter(|plan| plan.id == id).for_each(|plan| plan.events.push(event.clone()));
        }
        Ok(plans)
    }

    /// The rows and lots of a plan, as they were kept.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or what it holds is damaged.
    pub async fn points_plan_rows(&mut self, id: i64) -> Result<(Vec<u8>, Vec<u8>), StoreError> {
        let failed = self.failed("when the rows of a points plan were read");
        let query = sqlx::query(include_str!("sql/points/rows.sql")).bind(id);
        let row = query.fetch_one(&mut self.connection).await.map_err(failed)?;
        let (rows, lots, kept): (Vec<u8>, Vec<u8>, String) = (row.get(0), row.get(1), row.get(2));
        if both(&rows, &lots) == kept {
            Ok((rows, lots))
        } else {
            Err(StoreError::PlanDamaged { plan: id, what: "its rows".to_owned() })
        }
    }

    /// Writes down what happened to a plan, unless something else happened to it since it was read.
    ///
    /// # Errors
    /// [`StoreError::PlanRaced`], or that the store cannot be written.
    pub async fn add_points_event(&mut self, plan: &Plan, event: &Event) -> Result<(), StoreError> {
        let failed = self.failed("when it was written down what happened to a points plan");
        let query = sqlx::query(include_str!("sql/points/add_event.sql"))
            .bind(plan.id)
            .bind(event.what.name())
            .bind(&event.person)
            .bind(&event.reason)
            .bind(&event.hash)
            .bind(event.members)
            .bind(event.points)
            .bind(event.at.format(TIME).to_string())
            .bind(i64::try_from(plan.events.len()).unwrap_or(i64::MAX));
        match query.execute(&mut self.connection).await.map_err(failed)?.rows_affected() {
            1 => Ok(()),
            _ => Err(StoreError::PlanRaced { plan: plan.id }),
        }
    }

    /// Takes the posting of a plan over: whoever had it before is fenced out.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    pub async fn take_over_posting(&mut self, plan: i64) -> Result<Progress, StoreError> {
        let failed = self.failed("when the posting of a points plan began");
        let query = sqlx::query(include_str!("sql/points/take_over.sql")).bind(plan);
        let row = query.fetch_one(&mut self.connection).await.map_err(failed)?;
        Ok(Progress { token: row.get(0), cursor: row.get(1) })
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
        let failed = self.failed("when postings were noted");
        let row = |(posted, reverses): &(Posted, Option<String>)| {
            json!([posted.key, posted.member, posted.points, posted.entry_id, reverses])
        };
        let all = serde_json::Value::from(posted.iter().map(row).collect::<Vec<_>>()).to_string();
        let write = async {
            let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
            let mark = sqlx::query(include_str!("sql/points/progress.sql"))
                .bind(plan)
                .bind(progress.token)
                .bind(&progress.cursor);
            if mark.execute(&mut *transaction).await?.rows_affected() != 1 {
                return Ok(false);
            }
            let add = sqlx::query(include_str!("sql/points/add_postings.sql"));
            add.bind(plan).bind(all).bind(now.format(TIME).to_string()).execute(&mut *transaction).await?;
            transaction.commit().await.map(|()| true)
        };
        write.await.map_err(failed)
    }

    /// What was noted of the postings of a plan, by member.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn noted_postings(&mut self, plan: i64) -> Result<Vec<Noted>, StoreError> {
        let failed = self.failed("when postings were read");
        let query = sqlx::query(include_str!("sql/points/postings.sql")).bind(plan);
        let rows = query.fetch_all(&mut self.connection).await.map_err(failed)?;
        let noted = |row: &SqliteRow| Noted {
            key: row.get(0),
            member: row.get(1),
            points: row.get(2),
            entry_id: row.get(3),
            reverses: row.get(4),
            at: row.get(5),
        };
        Ok(rows.iter().map(noted).collect())
    }
}

/// The sha256 of rows and lots together.
fn both(rows: &[u8], lots: &[u8]) -> String {
    sha256(format!("{} {}", sha256(rows), sha256(lots)).as_bytes())
}

fn time(text: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text, TIME).ok()
}

fn plan(row: &SqliteRow) -> Option<Plan> {
    let day: NaiveDate = parse_day(row.get(3)).ok()?;
    let classes: String = row.get(10);
    Some(Plan {
        id: row.get(0),
        programme: row.get(1),
        kind: PlanKind::named(row.get(2))?,
        day,
        edition: row.get(4),
        rules: row.get(5),
        hash: row.get(6),
        members: row.get(7),
        points: row.get(8),
        tripped: row.get(9),
        classes: classes.lines().map(str::to_owned).collect(),
        snapshot: row.get(11),
        made_at: time(row.get(12))?,
        events: Vec::new(),
    })
}

fn event(row: &SqliteRow) -> Option<Event> {
    Some(Event {
        what: What::named(row.get(1))?,
        person: row.get(2),
        reason: row.get(3),
        hash: row.get(4),
        members: row.get(5),
        points: row.get(6),
        at: time(row.get(7))?,
    })
}
