//! One conformance suite for the store in SQLite and in PostgreSQL: what runs go through, whoever is at work.

use std::{path::PathBuf, time::Duration};

use fenji::{
    grading::review::{Head, Opening, Proposal, Provenance},
    job::Overlap,
    ledger::server::Server,
    run::store::{
        Store, StoreAddress,
        runs::{
            Beat, Claimed, Decision, Effects, Ending, NewRun, Next, Outcome, RunFilter, SlotOf, Standing, State,
            Trigger,
        },
    },
};

use crate::servers::postgres;

const LEASE: i64 = 60_000;

/// A store of each kind that is there, in a directory that lives as long as the value.
fn stores() -> Vec<(StoreAddress, tempfile::TempDir)> {
    let dir = || tempfile::tempdir().unwrap();
    let file = dir();
    let mut all = vec![(StoreAddress::File(file.path().join("data").join("fenji.db")), file)];
    if let Some(server) = postgres() {
        let url = server.url(&server.database());
        let server = Server::postgres(&url, None::<PathBuf>, Duration::from_mins(1)).unwrap();
        all.push((StoreAddress::Server(server), dir()));
    }
    all
}

/// Runs a scenario on every kind of store.
fn on_each<F: Future<Output = ()>>(scenario: impl Fn(StoreAddress) -> F) {
    for (address, _dir) in stores() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(scenario(address));
    }
}

fn new(key: &str) -> NewRun {
    NewRun {
        job: "tiers".to_owned(),
        definition: "d1".to_owned(),
        trigger: Trigger::Manual,
        key: key.to_owned(),
        slot: None,
        period: "2026-10".to_owned(),
        once: false,
        revision: 1,
        overlap: Overlap::QueueAll,
        concurrency: "tiers".to_owned(),
        gated: false,
        priority: 0,
        max_failures: 2,
        asked_by: Some("李 'or' 1".to_owned()),
        available_at: 0,
        start_deadline_at: None,
        skipped: None,
    }
}

fn ending(outcome: Outcome) -> Ending {
    Ending {
        outcome,
        class: None,
        error: None,
        exit_code: Some(0),
        exit_signal: None,
        max_rss_kb: Some(1),
        cpu_ms: Some(1),
        log: None,
    }
}

fn effects() -> Effects<'static> {
    Effects { artifacts: vec![("a.html".to_owned(), "html".to_owned(), "00".to_owned(), 3)], ..Effects::default() }
}

async fn added(store: &mut Store, run: &NewRun) -> i64 {
    match store.add_run(run).await.unwrap() {
        Standing::Added(id) => id,
        other => panic!("{other:?}"),
    }
}

async fn claim(store: &mut Store, owner: &str) -> Option<Claimed> {
    store.claim((owner, "host", 1), LEASE, None).await.unwrap()
}

async fn state(store: &mut Store, id: i64) -> State {
    store.run(id).await.unwrap().unwrap().state
}

#[test]
fn every_statement_is_understood() {
    on_each(|address| async move {
        let mut store = Store::open(&address).await.unwrap();
        assert!(store.prove().await.unwrap() > 60);
        // Opened again, nothing is to be done.
        Store::open(&address).await.unwrap().prove().await.unwrap();
    });
}

#[test]
fn a_run_is_claimed_once_and_finished_under_its_token() {
    on_each(|address| async move {
        let mut store = Store::open(&address).await.unwrap();
        let mut other = Store::open(&address).await.unwrap();
        let id = added(&mut store, &new("m:1")).await;
        assert_eq!(store.add_run(&new("m:1")).await.unwrap(), Standing::Known(id));
        let claimed = claim(&mut store, "one").await.unwrap();
        assert_eq!((claimed.id, claimed.token, claimed.attempt), (id, 1, 1));
        assert_eq!(claim(&mut other, "two").await, None);
        assert_eq!(store.beat(&claimed, LEASE).await.unwrap(), Beat::Kept);
        // The lease runs out: another takes the run over, and the first writes nothing more.
        assert_eq!(store.beat(&claimed, -1).await.unwrap(), Beat::Kept);
        assert_eq!(other.sweep().await.unwrap().lost, [id]);
        let second = claim(&mut other, "two").await.unwrap();
        assert!(second.token > claimed.token);
        assert_eq!(second.attempt, 2);
        assert_eq!(store.beat(&claimed, LEASE).await.unwrap(), Beat::Fenced);
        assert!(!store.succeed(&claimed, &ending(Outcome::Succeeded), &effects()).await.unwrap());
        let again = Next::Again { after: 0, reason: String::new(), counts: true };
        assert!(!store.fail(&claimed, &ending(Outcome::Failed), &again).await.unwrap());
        assert!(other.succeed(&second, &ending(Outcome::Succeeded), &effects()).await.unwrap());
        assert!(!other.succeed(&second, &ending(Outcome::Succeeded), &effects()).await.unwrap());
        assert_eq!(state(&mut store, id).await, State::Succeeded);
        assert_eq!(store.artifacts(id).await.unwrap().len(), 1);
        let outcomes: Vec<_> = store.attempts(id).await.unwrap().into_iter().map(|row| row.outcome.unwrap()).collect();
        assert_eq!(outcomes, ["lost", "succeeded"]);
        assert_eq!(store.runs(&RunFilter { limit: 9, ..RunFilter::default() }).await.unwrap().len(), 1);
    });
}

#[test]
fn failures_count_and_interruptions_do_not() {
    on_each(|address| async move {
        let mut store = Store::open(&address).await.unwrap();
        let id = added(&mut store, &new("m:1")).await;
        let again = |counts| Next::Again { after: 0, reason: "again".to_owned(), counts };
        for (outcome, counts) in [(Outcome::Interrupted, false), (Outcome::Failed, true)] {
            let claimed = claim(&mut store, "one").await.unwrap();
            assert!(store.fail(&claimed, &ending(outcome), &again(counts)).await.unwrap());
        }
        let later = Next::Again { after: 3_600_000, reason: "later".to_owned(), counts: true };
        let claimed = claim(&mut store, "one").await.unwrap();
        assert_eq!((claimed.attempt, claimed.failures), (3, 1));
        assert!(store.fail(&claimed, &ending(Outcome::Timeout), &later).await.unwrap());
        assert_eq!(claim(&mut store, "one").await, None);
        let run = store.run(id).await.unwrap().unwrap();
        assert_eq!((run.state, run.failures, run.reason.as_deref()), (State::Pending, 2, Some("later")));
    });
}

#[test]
fn a_run_that_loses_its_runners_is_not_tried_for_ever() {
    on_each(|address| async move {
        let mut store = Store::open(&address).await.unwrap();
        let id = added(&mut store, &new("m:1")).await;
        for _ in 0..3 {
            let claimed = claim(&mut store, "one").await.unwrap();
            store.beat(&claimed, -1).await.unwrap();
            store.sweep().await.unwrap();
        }
        assert_eq!(state(&mut store, id).await, State::Failed);
    });
}

#[test]
fn a_lease_from_before_the_clock_was_set_back_is_shortened() {
    on_each(|address| async move {
        let mut store = Store::open(&address).await.unwrap();
        let id = added(&mut store, &new("m:1")).await;
        let claimed = claim(&mut store, "one").await.unwrap();
        // As if it had been given when the clock was a hundred minutes ahead.
        store.beat(&claimed, LEASE * 100).await.unwrap();
        assert!(store.sweep().await.unwrap().lost.is_empty());
        let left = store.run(id).await.unwrap().unwrap().lease_until.unwrap() - store.clock().await.unwrap();
        assert!((1..=LEASE).contains(&left), "{left}");
        assert_eq!(store.beat(&claimed, LEASE).await.unwrap(), Beat::Kept, "whoever holds it goes on");
    });
}

/// A review of one customer.
fn opening() -> Opening {
    let text = str::to_owned;
    let day = "2026-03-25".parse().unwrap();
    let row = Proposal {
        subject: text("B1'; --"),
        as_of: day,
        proposed: Some(text("A")),
        earned: Some(text("B")),
        before: None,
        classes: vec![None, Some(text("A"))],
        provisional: false,
        earlier: None,
        figures: text("f"),
    };
    Opening {
        head: Head {
            id: text("annual-2026"),
            declaration: text("annual"),
            scheme: text("overall"),
            as_of: day,
            closes_on: "2026-03-30".parse().unwrap(),
        },
        provenance: Provenance {
            version: text("v"),
            rules: text("r"),
            grades: vec![text("B"), text("A")],
            dimensions: vec![text("sales"), text("profit")],
            snapshot: text("s"),
        },
        rows: vec![row],
    }
}

#[test]
fn a_review_is_opened_with_the_run_or_not_at_all() {
    on_each(|address| async move {
        let mut store = Store::open(&address).await.unwrap();
        let opening = opening();
        let opens = || Effects { opening: Some(&opening), ..effects() };
        added(&mut store, &new("m:1")).await;
        let fenced = claim(&mut store, "one").await.unwrap();
        store.beat(&fenced, -1).await.unwrap();
        store.sweep().await.unwrap();
        assert!(!store.succeed(&fenced, &ending(Outcome::Succeeded), &opens()).await.unwrap());
        assert!(store.review("annual-2026").await.unwrap().is_none(), "who lost the lease opens nothing");
        let claimed = claim(&mut store, "two").await.unwrap();
        assert!(store.succeed(&claimed, &ending(Outcome::Succeeded), &opens()).await.unwrap());
        let review = store.review("annual-2026").await.unwrap().unwrap().review;
        assert_eq!(review, opening.review(review.draft.drafted_at));
        // Somebody opened it meanwhile: it stays, and the run is done all the same.
        added(&mut store, &new("m:2")).await;
        let later = claim(&mut store, "two").await.unwrap();
        assert!(store.succeed(&later, &ending(Outcome::Succeeded), &opens()).await.unwrap());
        assert_eq!(store.review("annual-2026").await.unwrap().unwrap().review, review);
        let events = store.events(Some(later.id), None, 9).await.unwrap();
        assert!(events.iter().any(|event| event.detail.contains("opened meanwhile")), "{events:?}");
    });
}

#[test]
fn files_go_when_they_are_old_and_enough_came_after_them() {
    on_each(|address| async move {
        let mut store = Store::open(&address).await.unwrap();
        let mut runs = Vec::new();
        for number in 0..4 {
            let id = added(&mut store, &new(&format!("m:{number}"))).await;
            let claimed = claim(&mut store, "one").await.unwrap();
            let made = vec![("a.html".to_owned(), "html".to_owned(), format!("{:02}", number % 3), 3)];
            let effects = Effects { artifacts: made, ..Effects::default() };
            assert!(store.succeed(&claimed, &ending(Outcome::Succeeded), &effects).await.unwrap());
            runs.push(id);
        }
        let future = store.clock().await.unwrap() + 1;
        assert_eq!(store.removable(future - 60_000, 0, 9).await.unwrap(), []);
        assert_eq!(store.removable(future, 9, 9).await.unwrap(), []);
        let old = store.removable(future, 2, 9).await.unwrap();
        assert_eq!(old.iter().map(|file| file.run).collect::<Vec<_>>(), runs[..2]);
        assert_eq!(store.removable(future, 2, 1).await.unwrap().len(), 1);
        store.remove_artifacts(&old, "li").await.unwrap();
        assert_eq!(store.removable(future, 2, 9).await.unwrap(), []);
        assert!(store.artifacts(runs[0]).await.unwrap()[0].removed_at.is_some());
        // What the first made the fourth made too: its file is kept.
        let kept: Vec<String> = store.kept_files().await.unwrap().into_iter().collect();
        assert_eq!(kept, ["00", "02"]);
        assert_eq!(store.later_runs(runs[1]).await.unwrap(), Some((2, State::Succeeded)));
        assert_eq!(store.later_runs(99).await.unwrap(), None);
    });
}

#[test]
fn runs_of_one_job_do_not_meet() {
    on_each(|address| async move {
        let mut store = Store::open(&address).await.unwrap();
        let first = added(&mut store, &new("m:1")).await;
        let second = added(&mut store, &NewRun { priority: 9, ..new("m:2") }).await;
        let claimed = claim(&mut store, "one").await.unwrap();
        assert_eq!(claimed.id, second);
        assert_eq!(claim(&mut store, "two").await, None);
        assert!(store.succeed(&claimed, &ending(Outcome::Succeeded), &effects()).await.unwrap());
        assert_eq!(claim(&mut store, "two").await.unwrap().id, first);
        let reason = |standing| match standing {
            Standing::Skipped(_, reason) => reason,
            other => panic!("{other:?}"),
        };
        let skip = NewRun { overlap: Overlap::Skip, ..new("m:3") };
        assert_eq!(reason(store.add_run(&skip).await.unwrap()), format!("run {first} was not over"));
        let one = NewRun { overlap: Overlap::QueueOne, ..new("m:4") };
        let waiting = added(&mut store, &one).await;
        let two = NewRun { overlap: Overlap::QueueOne, ..new("m:5") };
        assert_eq!(reason(store.add_run(&two).await.unwrap()), format!("run {waiting} waits already"));
        added(&mut store, &NewRun { overlap: Overlap::Replace, ..new("m:6") }).await;
        assert_eq!(state(&mut store, waiting).await, State::Cancelled);
        assert!(store.run(first).await.unwrap().unwrap().cancel_requested_by.is_some());
    });
}

#[test]
fn a_period_is_done_once_in_each_revision() {
    on_each(|address| async move {
        let mut store = Store::open(&address).await.unwrap();
        let once = |key: &str, revision| NewRun { once: true, revision, ..new(key) };
        let first = added(&mut store, &once("m:1", 1)).await;
        assert!(matches!(store.add_run(&once("m:2", 1)).await.unwrap(), Standing::Skipped(..)));
        added(&mut store, &once("m:3", 2)).await;
        // What failed stands in nobody's way.
        let claimed = store.claim(("one", "host", 1), LEASE, Some(first)).await.unwrap().unwrap();
        let over = Next::Over(State::Failed, Some("no".to_owned()));
        assert!(store.fail(&claimed, &ending(Outcome::Failed), &over).await.unwrap());
        added(&mut store, &once("m:4", 1)).await;
        let of_period = store.runs_of_period("tiers", "2026-10").await.unwrap();
        assert_eq!(of_period.iter().map(|(_, revision, _)| *revision).collect::<Vec<_>>(), [2, 1, 1]);
    });
}

#[test]
fn cancelling_and_waiting_and_deadlines() {
    on_each(|address| async move {
        let mut store = Store::open(&address).await.unwrap();
        let gated = added(&mut store, &NewRun { gated: true, ..new("m:1") }).await;
        assert_eq!(claim(&mut store, "one").await, None);
        assert_eq!(store.gated_runs().await.unwrap()[0].id, gated);
        assert!(store.keep_waiting(gated, "the ledger is open", 60_000).await.unwrap());
        assert!(store.gated_runs().await.unwrap().is_empty());
        assert!(store.open_gate(gated).await.unwrap());
        store.pause_job("tiers", "王").await.unwrap();
        let late = added(&mut store, &NewRun { start_deadline_at: Some(1), ..new("m:2") }).await;
        assert_eq!(store.sweep().await.unwrap().overdue, [late]);
        assert_eq!(state(&mut store, late).await, State::Skipped);
        assert!(store.cancel_run(gated, "王").await.unwrap());
        assert!(!store.cancel_run(gated, "王").await.unwrap());
        let running = added(&mut store, &new("m:3")).await;
        let claimed = claim(&mut store, "one").await.unwrap();
        assert_eq!(claimed.id, running);
        assert!(store.cancel_run(running, "王").await.unwrap());
        assert_eq!(store.beat(&claimed, LEASE).await.unwrap(), Beat::Cancel("王".to_owned()));
    });
}

/// A slot a second since the cursor.
fn every_second(through: i64, now: i64) -> Decision {
    let run = |at: i64| NewRun {
        trigger: Trigger::Schedule,
        slot: Some(SlotOf { schedule: "s".to_owned(), wall: at.to_string(), at }),
        period: at.to_string(),
        overlap: Overlap::Allow,
        ..new(&format!("s:{at}"))
    };
    let runs = (through / 1000 + 1..=now / 1000).map(|second| run(second * 1000)).collect();
    Decision { runs, events: Vec::new(), through: Some(now) }
}

#[test]
fn many_planners_decide_each_slot_once() {
    on_each(|address| async move {
        let mut store = Store::open(&address).await.unwrap();
        // A schedule that is new starts now.
        let none = store.plan("tiers", "s", "d1", "tz", |_, _| panic!("nothing is due")).await.unwrap();
        assert!(none.is_empty());
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let mut store = Store::open(&address).await.unwrap();
            tasks.spawn(async move {
                let mut added = 0;
                for _ in 0..10 {
                    tokio::time::sleep(Duration::from_millis(170)).await;
                    let decided =
                        store.plan("tiers", "s", "d1", "tz", |cursor, now| every_second(cursor.planned_through, now));
                    added += decided.await.unwrap().iter().filter(|one| matches!(one, Standing::Added(_))).count();
                }
                added
            });
        }
        let mut all = 0;
        while let Some(added) = tasks.join_next().await {
            all += added.unwrap();
        }
        let runs = store.runs(&RunFilter { limit: 1000, ..RunFilter::default() }).await.unwrap();
        assert!(!runs.is_empty());
        assert_eq!(runs.len(), all);
        // Another definition of the schedule starts now, and says so.
        let edited = store.plan("tiers", "s", "d2", "tz", |_, _| panic!("it starts now")).await.unwrap();
        assert!(edited.is_empty());
        assert_eq!(store.events(None, Some("tiers"), 9).await.unwrap()[0].kind, "schedule-edited");
        let cursor = store.cursors().await.unwrap().remove(0);
        assert_eq!((cursor.definition.as_str(), cursor.paused), ("d2", None));
    });
}

#[test]
fn many_runners_claim_each_run_once() {
    on_each(|address| async move {
        let mut store = Store::open(&address).await.unwrap();
        for number in 0..120 {
            added(&mut store, &NewRun { overlap: Overlap::Allow, ..new(&format!("m:{number}")) }).await;
        }
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..6 {
            let mut store = Store::open(&address).await.unwrap();
            tasks.spawn(async move {
                let owner = format!("runner {number}");
                let mut mine = 0;
                while let Some(claimed) = claim(&mut store, &owner).await {
                    assert!(store.succeed(&claimed, &ending(Outcome::Succeeded), &effects()).await.unwrap());
                    mine += 1;
                }
                mine
            });
        }
        let mut all = 0;
        while let Some(mine) = tasks.join_next().await {
            all += mine.unwrap();
        }
        assert_eq!(all, 120);
        assert_eq!(store.run_counts().await.unwrap(), [(State::Succeeded, 120)]);
    });
}
