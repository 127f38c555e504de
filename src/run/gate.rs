//! Runs that wait for other jobs: looked at from time to time, without holding anybody up.

use crate::{
    declaration::Declaration,
    job::schedule::Gate,
    period::Period,
    run::{
        error::RunError,
        home::Home,
        store::{
            Store,
            runs::{State, Waiting},
        },
    },
};

/// Looks at every waiting run whose time has come; gives how many may begin now.
///
/// # Errors
/// [`RunError`] when the store cannot be used.
pub async fn look(home: &Home, store: &mut Store) -> Result<usize, RunError> {
    let mut opened = 0;
    for waiting in store.gated_runs().await? {
        let source = store.job_definition(&waiting.job, &waiting.definition).await?.unwrap_or_default();
        let file = Declaration::new(&format!("jobs/{}.toml", waiting.job), &source);
        let gates = match home.job_of(&file, &waiting.job) {
            Ok(job) => job.runs.gates,
            Err(error) => {
                let reason = format!("the job cannot be read any more: {error}");
                store.give_up(waiting.id, State::Failed, &reason).await?;
                continue;
            }
        };
        match closed(home, store, &gates, &waiting).await? {
            None => opened += usize::from(store.open_gate(waiting.id).await?),
            Some((gate, reason)) => wait(store, gate, &waiting, &reason).await?,
        }
    }
    Ok(opened)
}

/// The first gate that is closed, and what is waited for.
async fn closed<'g>(
    home: &Home,
    store: &mut Store,
    gates: &'g [Gate],
    waiting: &Waiting,
) -> Result<Option<(&'g Gate, String)>, RunError> {
    let ours = Period::parse(&waiting.period)?;
    for gate in gates {
        let unit = home.job(&gate.job)?.period;
        let period = gate.period(unit, ours).to_string();
        let runs = store.runs_of_period(&gate.job, &period).await?;
        if !runs.iter().any(|(_, _, state)| *state == State::Succeeded) {
            return Ok(Some((gate, format!("waits for `{}` of {period}", gate.job))));
        }
    }
    Ok(None)
}

async fn wait(store: &mut Store, gate: &Gate, waiting: &Waiting, reason: &str) -> Result<(), RunError> {
    let milliseconds = |length: std::time::Duration| i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
    let left = waiting.since.saturating_add(milliseconds(gate.deadline)) - store.clock().await?;
    if left <= 0 {
        let state = if gate.fails { State::Failed } else { State::Skipped };
        store.give_up(waiting.id, state, &format!("waited in vain: {reason}")).await?;
    } else {
        store.keep_waiting(waiting.id, reason, milliseconds(gate.every).min(left)).await?;
    }
    Ok(())
}
