//! Runs that wait for other jobs or for the ledger: looked at from time to time, without holding anybody up.

use tokio::sync::oneshot;

use crate::{
    declaration::Declaration,
    job::schedule::{Condition, Gate, upstream},
    ledger::question::Question,
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
        let reason = match &gate.condition {
            Condition::Job { id, back } => {
                let period = upstream(home.job(id)?.period, *back, ours).to_string();
                let runs = store.runs_of_period(id, &period).await?;
                let done = runs.iter().any(|(_, _, state)| *state == State::Succeeded);
                (!done).then(|| format!("waits for `{id}` of {period}"))
            }
            Condition::Ledger(question) => ask(home, question, &waiting.job, ours).await,
        };
        if let Some(reason) = reason {
            return Ok(Some((gate, reason)));
        }
    }
    Ok(None)
}

/// Why the ledger does not let a run begin. A ledger that cannot be asked may answer the next time.
async fn ask(home: &Home, question: &Question, job: &str, period: Period) -> Option<String> {
    let (question, mapping, file) = (question.clone(), home.mapping.clone(), format!("jobs/{job}.toml"));
    let (tell, told) = oneshot::channel();
    // A thread of its own: nobody waits for a server that is silent, not even at the end.
    std::thread::spawn(move || {
        let _nobody_listens = tell.send(question.is_answered(&mapping, &file, period));
    });
    match told.await {
        Ok(Ok(true)) => None,
        Ok(Ok(false)) => Some("waits for the ledger: its question has no answer yet".to_owned()),
        Ok(Err(error)) => Some(format!("waits for the ledger: it cannot be asked: {error}")),
        Err(_) => Some("waits for the ledger: it could not be asked".to_owned()),
    }
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
