//! How an attempt ends in the store: under its lease, and once.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::{
    job::{Format, Limits},
    run::{
        archive::Archive,
        artifacts,
        attempt::{
            class::Class,
            manifest::Failure,
            parent::{Context, Performed},
        },
        error::RunError,
        job::Work,
        store::{
            Store,
            points::NewPlan,
            runs::{Beat, Claimed, Effects, Ending, Next, Outcome, State},
        },
    },
};

/// How often the end of an attempt is tried to be written when the store does not answer.
const WRITING: Duration = Duration::from_secs(1);

/// A run that cannot even begin.
pub(super) async fn refused(store: &mut Store, claimed: &Claimed, error: &RunError) -> Result<Performed, RunError> {
    let ending = Ending {
        outcome: Outcome::Failed,
        class: Some(Class::of(error).name()),
        error: Some(error.to_string()),
        exit_code: None,
        exit_signal: None,
        max_rss_kb: None,
        cpu_ms: None,
        log: None,
    };
    let next = Next::Over(State::Failed, Some(error.to_string()));
    if store.fail(claimed, &ending, &next).await? {
        Ok(Performed::Failed { outcome: Outcome::Failed, error: error.to_string(), exit_code: None, again: false })
    } else {
        Ok(Performed::Fenced)
    }
}

/// Ends the attempt of a child that was stopped.
pub(super) async fn stopped(
    store: &mut Store,
    context: &Context,
    claimed: &Claimed,
    limits: &Limits,
    ending: Ending,
) -> Result<Performed, RunError> {
    let error = ending.error.clone().unwrap_or_default();
    match ending.outcome {
        Outcome::Interrupted => {
            let next = Next::Again { after: 0, reason: error.clone(), counts: false };
            write_end(store, context, claimed, &ending, &next, &error).await
        }
        Outcome::Cancelled => {
            let next = Next::Over(State::Cancelled, Some(error.clone()));
            write_end(store, context, claimed, &ending, &next, &error).await
        }
        Outcome::Timeout | Outcome::Failed | Outcome::Succeeded => {
            let failure = Failure { class: Class::Transient, error };
            failed_with(store, context, claimed, limits, ending, failure).await
        }
    }
}

/// Ends an attempt that failed: it is tried again where that may help and it was not tried often enough.
pub(super) async fn failed_with(
    store: &mut Store,
    context: &Context,
    claimed: &Claimed,
    limits: &Limits,
    ending: Ending,
    failure: Failure,
) -> Result<Performed, RunError> {
    let outcome = if ending.outcome == Outcome::Succeeded { Outcome::Failed } else { ending.outcome };
    let ending = Ending { outcome, class: Some(failure.class.name()), error: Some(failure.error.clone()), ..ending };
    let over = failure.class == Class::Permanent || claimed.failures + 1 >= claimed.max_failures;
    let next = if over {
        Next::Over(State::Failed, Some(failure.error.clone()))
    } else {
        let after = limits.retry.after(claimed.failures, claimed.id);
        Next::Again { after, reason: failure.error.clone(), counts: true }
    };
    write_end(store, context, claimed, &ending, &next, &failure.error).await
}

async fn write_end(
    store: &mut Store,
    context: &Context,
    claimed: &Claimed,
    ending: &Ending,
    next: &Next,
    error: &str,
) -> Result<Performed, RunError> {
    let mut written = store.fail(claimed, ending, next).await;
    while let Err(cause) = &written {
        if !cause.is_passing() || !reopened(store, context, claimed).await? {
            break;
        }
        written = store.fail(claimed, ending, next).await;
    }
    if !written? {
        return Ok(Performed::Fenced);
    }
    Ok(Performed::Failed {
        outcome: ending.outcome,
        error: error.to_owned(),
        exit_code: ending.exit_code,
        again: matches!(next, Next::Again { .. }),
    })
}

/// Makes the connection anew while the lease may still hold; `false` when it does not.
async fn reopened(store: &mut Store, context: &Context, claimed: &Claimed) -> Result<bool, RunError> {
    let from = Instant::now();
    let lease = Duration::from_millis(u64::try_from(context.lease).unwrap_or(0));
    loop {
        sleep(WRITING).await;
        match Store::open(&context.store).await {
            Ok(opened) => {
                *store = opened;
                // Whether the first try was written after all, or the lease is lost: then nothing more is to be done.
                return Ok(!matches!(store.beat(claimed, context.lease).await?, Beat::Fenced));
            }
            Err(error) if !error.is_passing() || from.elapsed() > lease => return Err(error.into()),
            Err(_) => {}
        }
    }
}

/// Whether the attempt stands in the store as the one that succeeded.
async fn is_done(store: &mut Store, claimed: &Claimed) -> bool {
    let run = store.run(claimed.id).await.ok().flatten();
    run.is_some_and(|run| run.state == State::Succeeded && run.attempt == claimed.attempt)
}

/// Brings what a child made into the archive, out of the home, and into the store; in this order, so that nothing is told that is not there.
pub(super) async fn finish(
    store: &mut Store,
    context: &Context,
    claimed: &Claimed,
    ending: Ending,
    work: &Work,
) -> Result<Performed, RunError> {
    let archive = Archive::new(&context.home);
    let mut made = Vec::with_capacity(work.files.len());
    for file in &work.files {
        let sha256 = archive.put(&file.bytes)?;
        let bytes = i64::try_from(file.bytes.len()).unwrap_or(i64::MAX);
        made.push((file.name.display().to_string(), file.format.name().to_owned(), sha256, bytes));
    }
    let paths = match &context.out {
        Some(out) => artifacts::write(&work.files, out)?,
        None => work.files.iter().map(|file| file.name.clone()).collect(),
    };
    let effects = Effects {
        artifacts: made,
        grades: work.grades.clone(),
        risk_list: work.risk_list.as_ref().map(|(list, snapshot)| (list, snapshot.as_str())),
        plan: work.plan.as_ref().map(|(plan, rows, lots)| NewPlan { plan, rows, lots }),
        opening: work.opening.as_ref(),
        local: work.local,
        summary: work.warnings.join("\n"),
    };
    let mut written = store.succeed(claimed, &ending, &effects).await;
    while let Err(cause) = &written {
        if !cause.is_passing() || !reopened(store, context, claimed).await? {
            break;
        }
        written = store.succeed(claimed, &ending, &effects).await;
    }
    // The answer may have been lost when everything was written.
    if written.is_err() && is_done(store, claimed).await {
        written = Ok(true);
    }
    if !written? {
        return Ok(Performed::Fenced);
    }
    let mails = work.files.iter().filter(|file| file.format == Format::Eml);
    let mails = mails.map(|file| (file.recipients.clone(), file.bytes.clone())).collect();
    let files = work.files.iter().map(|file| file.format).zip(paths).collect();
    Ok(Performed::Succeeded { files, warnings: work.warnings.clone(), mails })
}
