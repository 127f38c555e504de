//! `fenji points approve`, `withdraw`, `post`, `reverse` and `verify`.

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        DataFormat,
        failure::Failure,
        job::block_on,
        output::{self, Item, say},
        progress::bar,
    },
    money::decimal,
    run::{
        error::RunError,
        home::Home,
        points::{plan, plan::Decided, post, verify},
        store::Store,
    },
};

/// A decision of a person about a plan.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Decision {
    /// The number of the plan
    plan: i64,
    /// Who decides
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Decision {
    fn decided(&self) -> Decided<'_> {
        Decided { by: &self.by, reason: self.reason.as_deref() }
    }
}

pub(super) fn approve(home: &Home, decision: &Decision, now: DateTime<Utc>) -> Result<(), Failure> {
    let plan = block_on(async {
        let mut store = Store::open(&home.settings.store).await?;
        plan::approve(home, &mut store, decision.plan, decision.decided(), now).await
    })??;
    say(&format!("plan {} is approved by {}: `fenji points post {}`", plan.id, decision.by.trim(), plan.id));
    Ok(())
}

pub(super) fn withdraw(home: &Home, decision: &Decision, now: DateTime<Utc>) -> Result<(), Failure> {
    let plan = block_on(async {
        let mut store = Store::open(&home.settings.store).await?;
        plan::withdraw(home, &mut store, decision.plan, decision.decided(), now).await
    })??;
    say(&format!("plan {} is withdrawn", plan.id));
    Ok(())
}

pub(super) fn post(home: &Home, id: i64, now: DateTime<Utc>) -> Result<(), Failure> {
    let bar = bar("members posted");
    let outcome = block_on(async {
        let mut store = Store::open(&home.settings.store).await?;
        let mut told = |done: usize, all: usize| {
            bar.set_length(u64::try_from(all).unwrap_or(u64::MAX));
            bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
        };
        post::post(home, &mut store, id, now, &mut told).await
    })??;
    bar.finish_and_clear();
    told("posted", &outcome);
    Ok(())
}

pub(super) fn reverse(home: &Home, decision: &Decision, now: DateTime<Utc>) -> Result<(), Failure> {
    let outcome = block_on(async {
        let mut store = Store::open(&home.settings.store).await?;
        post::reverse(home, &mut store, decision.plan, decision.decided(), now).await
    })??;
    told("reversed", &outcome);
    Ok(())
}

fn told(what: &str, outcome: &post::Outcome) {
    let plan = &outcome.plan;
    let number = |value: i64| decimal(value.into(), 0);
    say(&format!(
        "plan {} is {what}: {} entries of {} points stand in the ledger",
        plan.id,
        number(outcome.entries),
        number(outcome.points)
    ));
    if what == "posted" && outcome.points != plan.points {
        say(&format!(
            "{} points of the plan were not posted: members spent them meanwhile",
            number(plan.points - outcome.points)
        ));
    }
}

pub(super) fn verify(home: &Home, id: i64, format: DataFormat, now: DateTime<Utc>) -> Result<(), Failure> {
    let (plan, differing) = block_on(async {
        let mut store = Store::open(&home.settings.store).await?;
        verify::verify(home, &mut store, id, now).await
    })??;
    let row = |one: &verify::Differing| vec![Item::text(&one.member), Item::count(one.planned), Item::count(one.found)];
    output::rows(&["member_id", "planned", "in_ledger"], &differing.iter().map(row).collect::<Vec<_>>(), format)?;
    if differing.is_empty() {
        say(&format!(
            "plan {} stands in the ledger: {} points of {} members",
            plan.id,
            decimal(plan.points.into(), 0),
            decimal(plan.members.into(), 0)
        ));
        return Ok(());
    }
    Err(RunError::from(verify::refused(&plan, &differing)).into())
}
