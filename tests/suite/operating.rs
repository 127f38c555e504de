//! What an operator does: lists runs, reads what they left, tries them again, cancels them, lets jobs rest, asks why nothing ran.

use std::fs;

use fenji::{
    job::Overlap,
    run::{
        archive::Archive,
        logs::log_path,
        store::{
            Store, StoreAddress,
            runs::{Claimed, Effects, Ending, NewRun, Next, Outcome, RunFilter, SlotOf, Standing, State, Trigger},
        },
    },
};
use sha2::{Digest, Sha256};

use crate::support::{Said, World};

const JOB: &str = "monthly-tier-report";

/// Does something with the store of a home.
fn with_store<T>(world: &World, work: impl AsyncFnOnce(&mut Store) -> T) -> T {
    let address = StoreAddress::File(world.home().join("data").join("fenji.db"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { work(&mut Store::open(&address).await.unwrap()).await })
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// A run of the tier report of a month, asked for by somebody with a hostile name.
fn new(world: &World, key: &str, period: &str) -> NewRun {
    NewRun {
        job: JOB.to_owned(),
        definition: sha256(world.read(&format!("jobs/{JOB}.toml")).as_bytes()),
        trigger: Trigger::Manual,
        key: key.to_owned(),
        slot: None,
        period: period.to_owned(),
        once: true,
        revision: 1,
        overlap: Overlap::QueueAll,
        concurrency: JOB.to_owned(),
        gated: false,
        priority: 0,
        max_failures: 3,
        asked_by: Some("Eve\r\nBcc: x".to_owned()),
        available_at: 0,
        start_deadline_at: None,
        skipped: None,
    }
}

/// Adds a run; the job it is of is kept beside.
async fn add(store: &mut Store, world: &World, run: &NewRun) -> i64 {
    store.define_job(JOB, &run.definition, &world.read(&format!("jobs/{JOB}.toml"))).await.unwrap();
    match store.add_run(run).await.unwrap() {
        Standing::Added(id) | Standing::Skipped(id, _) => id,
        other @ Standing::Known(_) => panic!("{other:?}"),
    }
}

async fn claim(store: &mut Store, id: i64) -> Claimed {
    store.claim(("0f3a", "zeus", 4711), 60_000, Some(id)).await.unwrap().unwrap()
}

fn ending(outcome: Outcome, error: Option<&str>, log: Option<String>) -> Ending {
    let failed = error.is_some();
    Ending {
        outcome,
        class: failed.then_some("permanent"),
        error: error.map(str::to_owned),
        exit_code: Some(if failed { 4 } else { 0 }),
        exit_signal: None,
        max_rss_kb: Some(123_456),
        cpu_ms: Some(1_500),
        log,
    }
}

/// Lets a run fail for good.
async fn fail(store: &mut Store, id: i64, reason: &str) {
    let claimed = claim(store, id).await;
    let next = Next::Over(State::Failed, Some(reason.to_owned()));
    assert!(store.fail(&claimed, &ending(Outcome::Failed, Some(reason), None), &next).await.unwrap());
}

async fn succeed(store: &mut Store, id: i64) {
    let claimed = claim(store, id).await;
    let ending = ending(Outcome::Succeeded, None, None);
    assert!(store.succeed(&claimed, &ending, &Effects::default()).await.unwrap());
}

/// What an error said, in one line, so that a break of the line changes nothing.
fn words(said: &Said) -> String {
    let text = said.err.replace(['│', '╰', '─', '▶'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn runs_are_listed_with_hostile_words_made_harmless() {
    let world = World::new();
    let ids = with_store(&world, async |store| {
        let failed = add(store, &world, &new(&world, "m:1", "2026-08")).await;
        fail(store, failed, "=cmd|' /C calc'!A0\r\n\u{1b}[2Jgone").await;
        // The second failed once, and succeeded then.
        let flaky = add(store, &world, &new(&world, "m:2", "2026-09")).await;
        let claimed = claim(store, flaky).await;
        let next = Next::Again { after: 0, reason: "the ledger was locked".to_owned(), counts: true };
        assert!(store.fail(&claimed, &ending(Outcome::Failed, Some("locked"), None), &next).await.unwrap());
        succeed(store, flaky).await;
        (failed, flaky, add(store, &world, &new(&world, "m:3", "2026-10")).await)
    });
    assert_eq!(ids, (1, 2, 3));
    let rows = world.fenji(&["run", "list", "--format", "json"]).succeeded().json();
    let state = |at: usize| rows[at]["state"].as_str().unwrap().to_owned();
    assert_eq!((state(0), state(1), state(2)), ("pending".to_owned(), "succeeded".to_owned(), "failed".to_owned()));
    assert_eq!(rows[1]["note"], "flaky: succeeded after 1 failure");
    assert_eq!(rows[1]["attempts"], 2);
    assert!(rows[1]["created"].as_str().unwrap().ends_with("+08:00"), "in the ledger's zone");
    assert_eq!(rows[2]["reason"], "=cmd|' /C calc'!A0\r\n\u{1b}[2Jgone");
    let csv = world.fenji(&["run", "list", "--state", "failed", "--format", "csv"]).succeeded();
    let read: Vec<csv::StringRecord> =
        csv::Reader::from_reader(csv.out.as_bytes()).records().map(Result::unwrap).collect();
    assert_eq!(read.len(), 1);
    assert!(read[0].iter().next_back().unwrap().starts_with("'=cmd"), "a spreadsheet runs nothing");
    let table = world.fenji(&["run", "list", "--limit", "2"]).succeeded();
    assert_eq!(table.out.lines().count(), 4, "{}", table.out);
    assert!(table.err.contains("`--limit` lists more"), "{}", table.err);
    let all = world.fenji(&["run", "list"]).succeeded().out;
    assert_eq!((all.lines().count(), all.contains(['\u{1b}', '\r'])), (5, false), "{all}");
    assert_eq!(
        world.fenji(&["run", "list", "--since", "2999-01-01", "--format", "json"]).json(),
        serde_json::json!([])
    );
    assert_eq!(world.fenji(&["run", "list", "--job", JOB, "--format", "json"]).json().as_array().unwrap().len(), 3);
    let unknown = world.fenji(&["run", "list", "--job", "monthly-tier-reprot"]);
    assert_eq!(
        (unknown.code, unknown.err.contains("did you mean `monthly-tier-report`?")),
        (2, true),
        "{}",
        unknown.err
    );
    let shown = world.fenji(&["run", "show", "1"]).succeeded().out;
    assert!(shown.contains("Eve  Bcc: x") && !shown.contains('\r'), "{shown}");
}

#[test]
fn what_a_run_left_is_shown_and_verified() {
    let world = World::with_demo_ledger();
    world.keep_job(JOB);
    world.fenji(&["job", "run", JOB, "--period", "2026-10", "--out", "out", "--by", "李雷"]).succeeded();
    let sheet = world.fenji(&["run", "show", "1", "--format", "json"]).succeeded().json();
    assert_eq!((&sheet["run"]["state"], &sheet["run"]["asked_by"]), (&"succeeded".into(), &"李雷".into()));
    assert_eq!(sheet["attempts"][0]["outcome"], "succeeded");
    let made = sheet["artifacts"].as_array().unwrap();
    assert_eq!(made.len(), 12);
    // Each file comes back as it was written, under the name that `show` tells.
    for artifact in made {
        let name = artifact["name"].as_str().unwrap();
        let out = world.home().join("again");
        world.fenji(&["run", "artifact", "1", name, "--out", out.to_str().unwrap()]).succeeded();
        let bytes = fs::read(&out).unwrap();
        assert_eq!(sha256(&bytes), artifact["sha256"].as_str().unwrap());
        assert_eq!(i64::try_from(bytes.len()).unwrap(), artifact["bytes"].as_i64().unwrap());
    }
    let table = world.fenji(&["run", "show", "1"]).succeeded().out;
    assert!(table.contains("\nattempts\n") && table.contains("\nartifacts\n"), "{table}");
    let text = made.iter().find(|artifact| artifact["format"] == "json").unwrap();
    let (name, sha) = (text["name"].as_str().unwrap(), text["sha256"].as_str().unwrap());
    let printed = world.fenji(&["run", "artifact", "1", name]).succeeded();
    assert_eq!(sha256(printed.out.as_bytes()), sha);
    // Damaged, lost, removed on purpose, never made.
    let path = Archive::new(&world.home()).path(sha);
    fs::write(&path, "{}").unwrap();
    let damaged = world.fenji(&["run", "artifact", "1", name]);
    assert_eq!((damaged.code, damaged.out.as_str(), damaged.err.contains("archive::damaged")), (4, "", true));
    fs::remove_file(&path).unwrap();
    let lost = world.fenji(&["run", "artifact", "1", name]);
    assert_eq!((lost.code, lost.err.contains("archive::missing")), (4, true), "{}", lost.err);
    world.store().execute("UPDATE artifact SET removed_at = 1764547200000 WHERE name = ?1", [name]).unwrap();
    let removed = words(&world.fenji(&["run", "artifact", "1", name]));
    assert!(removed.contains("was removed from the archive on 2025-12-01"), "{removed}");
    let unknown = world.fenji(&["run", "artifact", "1", &name.replace("json", "jsno")]);
    assert_eq!(
        (unknown.code, words(&unknown).contains(&format!("did you mean `{name}`?"))),
        (2, true),
        "{}",
        unknown.err
    );
    assert_eq!(world.fenji(&["run", "show", "9"]).code, 2);
}

#[test]
fn a_log_is_given_as_it_is_and_told_when_it_was_changed() {
    let world = World::new();
    let log = b"warning: \x1b[31mred\xff\n";
    with_store(&world, async |store| {
        let id = add(store, &world, &new(&world, "m:1", "2026-10")).await;
        let claimed = claim(store, id).await;
        let next = Next::Over(State::Failed, Some("no".to_owned()));
        let ending = ending(Outcome::Failed, Some("no"), Some(sha256(log)));
        assert!(store.fail(&claimed, &ending, &next).await.unwrap());
        add(store, &world, &new(&world, "m:2", "2026-10")).await;
    });
    let lost = world.fenji(&["run", "log", "1"]);
    assert_eq!((lost.code, words(&lost).contains("this one was made on `zeus`")), (4, true), "{}", lost.err);
    let path = log_path(&world.home(), 1, 1);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, log).unwrap();
    let said = world.fenji(&["run", "log", "1"]).succeeded();
    assert_eq!(said.out, String::from_utf8_lossy(log), "not a terminal: as it is");
    fs::write(&path, b"all is well\n").unwrap();
    let changed = world.fenji(&["run", "log", "1", "--attempt", "1"]);
    assert_eq!((changed.code, changed.out.as_str()), (4, "all is well\n"));
    assert!(
        changed.err.contains("operate::log_changed") && changed.err.contains(&sha256(log)[..40]),
        "{}",
        changed.err
    );
    let unknown = world.fenji(&["run", "log", "1", "--attempt", "2"]);
    assert_eq!((unknown.code, words(&unknown).contains("run 1 has no attempt 2: the last is 1")), (2, true));
    let none = world.fenji(&["run", "log", "2"]);
    assert!(words(&none).contains("none was made yet"), "{}", none.err);
}

#[test]
fn a_run_is_tried_again_as_another_run_and_history_stays() {
    let world = World::new();
    with_store(&world, async |store| {
        let id = add(store, &world, &new(&world, "m:1", "2026-08")).await;
        fail(store, id, "the ledger was gone").await;
        let id = add(store, &world, &new(&world, "m:2", "2026-09")).await;
        succeed(store, id).await;
        let skipped = NewRun { skipped: Some("too late".to_owned()), ..new(&world, "m:3", "2026-10") };
        add(store, &world, &skipped).await;
    });
    let unnamed = world.fenji_with(&[("USER", "")], &["--home", "home", "run", "retry", "1"]);
    assert_eq!((unnamed.code, unnamed.err.contains("--by NAME")), (2, true), "{}", unnamed.err);
    let hostile = world.fenji(&["run", "retry", "1", "--by", "Eve\r\nBcc: x"]);
    assert_eq!((hostile.code, words(&hostile).contains("Eve\\r\\nBcc: x")), (2, true), "{}", hostile.err);
    let said = world.fenji_with(&[("USER", "zhang")], &["--home", "home", "run", "retry", "1"]).succeeded();
    assert!(said.err.contains("run 4 tries run 1 again"), "{}", said.err);
    let run = world.fenji(&["run", "show", "4", "--format", "json"]).json();
    let fields = ["state", "trigger", "asked_by", "period", "revision"].map(|name| run["run"][name].clone());
    assert_eq!(serde_json::json!(fields), serde_json::json!(["pending", "retry", "zhang", "2026-08", 1]));
    let old = world.fenji(&["run", "show", "1", "--format", "json"]).json();
    assert_eq!((&old["run"]["state"], &old["events"][0]["event"]), (&"failed".into(), &"retried".into()));
    // Not twice at once, not while it runs, not what succeeded; what was skipped may be.
    let twice = world.fenji(&["run", "retry", "1", "--by", "a"]);
    assert!(words(&twice).contains("run 4 of the period is pending"), "{}", twice.err);
    let waiting = world.fenji(&["run", "retry", "4", "--by", "a"]);
    assert_eq!((waiting.code, words(&waiting).contains("run 4 is pending")), (2, true), "{}", waiting.err);
    let done = world.fenji(&["run", "retry", "2", "--by", "a"]);
    assert_eq!((done.code, words(&done).contains("`--restate` makes another result")), (2, true), "{}", done.err);
    world.edit(&format!("jobs/{JOB}.toml"), "owner = ", "# edited\nowner = ");
    let restated = world.fenji(&["run", "retry", "2", "--by", "a", "--restate"]).succeeded();
    assert!(restated.err.contains("revision 2") && restated.err.contains("is another now"), "{}", restated.err);
    world.fenji(&["run", "retry", "3", "--by", "a"]).succeeded();
    // The other try fails too: the next one gets a key of its own.
    with_store(&world, async |store| fail(store, 4, "gone again").await);
    let third = world.fenji(&["run", "retry", "1", "--by", "a"]).succeeded();
    assert!(third.err.contains("run 8 tries run 1 again"), "{}", third.err);
    let keys: Vec<String> = with_store(&world, async |store| {
        let all = RunFilter { limit: 99, ..RunFilter::default() };
        let mut runs = store.runs(&all).await.unwrap();
        runs.sort_by_key(|run| run.id);
        runs.into_iter().map(|run| run.key).filter(|key| key.starts_with("r:")).collect()
    });
    assert_eq!(keys, ["r:1:1", "r:2:1", "r:3:1", "r:1:2"]);
    // Once it is done by another run, the failed one is no longer to be done.
    with_store(&world, async |store| succeed(store, 8).await);
    let known = world.fenji(&["run", "retry", "1", "--by", "a"]);
    assert_eq!((known.code, words(&known).contains("was done for 2026-08 by run 8")), (2, true), "{}", known.err);
}

#[test]
fn a_run_is_cancelled_by_a_name() {
    let world = World::new();
    let claimed = with_store(&world, async |store| {
        for (key, period) in [("m:1", "2026-08"), ("m:2", "2026-09")] {
            add(store, &world, &new(&world, key, period)).await;
        }
        claim(store, 2).await
    });
    world.fenji(&["run", "cancel", "1", "--by", "韩梅梅"]).succeeded();
    let over = world.fenji(&["run", "show", "1", "--format", "json"]).json();
    assert_eq!((&over["run"]["state"], &over["run"]["reason"]), (&"cancelled".into(), &"cancelled by 韩梅梅".into()));
    let again = world.fenji(&["run", "cancel", "1", "--by", "a"]);
    assert_eq!((again.code, words(&again).contains("run 1 is cancelled: there is nothing to cancel")), (2, true));
    let asked = world.fenji(&["run", "cancel", "2", "--by", "韩梅梅"]).succeeded();
    assert!(asked.err.contains("is asked to stop it"), "{}", asked.err);
    let noted = world.fenji(&["run", "list", "--state", "running", "--format", "json"]).json();
    assert_eq!(noted[0]["note"], "韩梅梅 asked to cancel it");
    let before = world.fenji(&["run", "cancel", "2", "--by", "a"]).succeeded();
    assert!(before.err.contains("韩梅梅 had asked before"), "{}", before.err);
    with_store(&world, async |store| {
        let beat = store.beat(&claimed, 60_000).await.unwrap();
        assert_eq!(beat, fenji::run::store::runs::Beat::Cancel("韩梅梅".to_owned()));
    });
}

/// The answer to why a job did not run.
fn why(world: &World, arguments: &[&str]) -> String {
    let mut all = vec!["run", "explain"];
    all.extend(arguments);
    all.extend(["--format", "json"]);
    world.fenji(&all).succeeded().json()["answer"].as_str().unwrap().to_owned()
}

#[test]
fn it_is_said_why_nothing_ran() {
    let world = World::new();
    let file = format!("jobs/{JOB}.toml");
    let due = ["--at", "2026-11-01"];
    let ask = |world: &World, at: &[&str]| why(world, &[&[JOB], at].concat());
    let unknown = world.fenji(&["run", "explain", "monthly-tier-reprot"]);
    assert_eq!((unknown.code, unknown.err.contains("did you mean")), (2, true), "{}", unknown.err);
    assert!(ask(&world, &due).contains("no runner has seen schedule `monthly` yet, and none is at work"));
    assert!(ask(&world, &["--at", "2026-11-02"]).contains("no schedule was due on 2026-11-02; the next time is "));
    // The planner saw it in good time, and nobody was there when the slot came.
    world.fenji(&["serve", "--once"]).succeeded();
    let through = |instant: &str| {
        let set = "UPDATE schedule_cursor SET planned_through = ?1 WHERE job_id = ?2";
        let at = chrono::DateTime::parse_from_rfc3339(instant).unwrap().timestamp_millis();
        assert_eq!(world.store().execute(set, (at, JOB)).unwrap(), 1);
    };
    through("2026-10-20T00:00:00Z");
    world.store().execute("DELETE FROM runner", []).unwrap();
    assert_eq!(ask(&world, &due), "nothing ran because no runner was ever at work: start `fenji serve`");
    with_store(&world, async |store| store.runner_seen(("0f3a", "zeus", 4711), "1", "2026a").await.unwrap());
    assert!(ask(&world, &due).contains("is not decided: the log of `fenji serve` says why"));
    world.store().execute("UPDATE runner SET seen_at = seen_at - 61000", []).unwrap();
    assert!(ask(&world, &due).contains("no runner is at work since "));
    // It rests.
    world.fenji(&["job", "pause", JOB, "--by", "李雷"]).succeeded();
    assert!(ask(&world, &due).starts_with("nothing ran because 李雷 paused it on "));
    let twice = world.fenji(&["job", "pause", JOB, "--by", "a"]).succeeded();
    assert!(twice.err.contains("rested already"), "{}", twice.err);
    world.fenji(&["job", "resume", JOB, "--by", "李雷"]).succeeded();
    let resumed = ask(&world, &due);
    assert!(resumed.contains("slots of the time between are not done"), "{resumed}");
    // The plan passed the slot and there was no reason kept.
    world.store().execute("DELETE FROM run_event", []).unwrap();
    assert!(ask(&world, &due).contains("was first seen by a runner after its slot"));
    through("2026-10-20T00:00:00Z");
    let as_it_was = world.read(&file);
    world.edit(&file, "0 6 1 * *", "0 7 1 * *");
    assert!(ask(&world, &due).contains("was edited and no runner has seen that yet"));
    world.write(&file, as_it_was.replace("scheme = \"member-tier\"", "scheme = \"member-tear\""));
    let refused = world.fenji(&["run", "explain", JOB, "--at", "2026-11-01"]).succeeded().out;
    assert!(refused.starts_with(&format!("{JOB} on 2026-11-01: nothing ran because `{file}` is refused")), "{refused}");
    assert!(refused.contains("member-tear"), "{refused}");
    let unscheduled = as_it_was.split("[[schedule]]").next().unwrap().to_owned();
    world.write(&file, unscheduled);
    assert!(ask(&world, &due).contains("has no schedule: it runs only by `fenji job run"));
    fs::remove_file(world.home().join(&file)).unwrap();
    assert!(ask(&world, &due).contains("there is no file"));
}

#[test]
fn it_is_said_what_a_run_waits_for() {
    let world = World::new();
    let slot = |wall: &str, at: &str| SlotOf {
        schedule: "monthly".to_owned(),
        wall: wall.to_owned(),
        at: chrono::DateTime::parse_from_rfc3339(at).unwrap().timestamp_millis(),
    };
    let first = slot("2026-11-01T06:00:00#0", "2026-11-01T06:00:00+08:00");
    // A gate that was never opened, of a slot in the last second of a day by the ledger's clock.
    let late = slot("2026-10-31T23:59:59#0", "2026-10-31T23:59:59+08:00");
    with_store(&world, async |store| {
        add(store, &world, &NewRun { slot: Some(first), ..new(&world, "s:1", "2026-10") }).await;
        add(store, &world, &NewRun { slot: Some(late), gated: true, ..new(&world, "s:2", "2026-09") }).await;
        assert!(store.keep_waiting(2, "waits for `annual-vip` of 2025", 0).await.unwrap());
    });
    let (first, late) = ([JOB, "--at", "2026-11-01"], [JOB, "--at", "2026-10-31"]);
    assert!(why(&world, &first).contains("run 1 waits and no runner is at work"));
    with_store(&world, async |store| store.runner_seen(("0f3a", "zeus", 4711), "1", "2026a").await.unwrap());
    assert!(why(&world, &first).contains("run 1 waits for a runner that has room"));
    assert_eq!(why(&world, &late), "nothing ran yet because run 2 waits for `annual-vip` of 2025");
    with_store(&world, async |store| {
        assert!(store.give_up(2, State::Skipped, "waited in vain: waits for `annual-vip` of 2025").await.unwrap());
        let claimed = claim(store, 1).await;
        let next = Next::Again { after: 3_600_000, reason: "the ledger was locked".to_owned(), counts: true };
        assert!(store.fail(&claimed, &ending(Outcome::Failed, Some("locked"), None), &next).await.unwrap());
    });
    assert!(why(&world, &late).starts_with("nothing ran because run 2 was skipped: waited in vain"));
    let again = why(&world, &first);
    assert!(again.contains("run 1 begins at ") && again.ends_with(": the ledger was locked"), "{again}");
    world.store().execute("UPDATE run SET available_at = 0 WHERE id = 1", []).unwrap();
    with_store(&world, async |store| {
        let claimed = claim(store, 1).await;
        store.beat(&claimed, -1).await.unwrap();
    });
    assert!(why(&world, &first).contains("its runner was lost"));
    world.store().execute("UPDATE run SET lease_until = lease_until + 3600000", []).unwrap();
    assert_eq!(why(&world, &first), "run 1 of 2026-10 is at work");
}

#[test]
fn a_job_rests_before_any_runner_saw_it() {
    let world = World::new();
    world.fenji(&["job", "pause", JOB, "--by", "李雷"]).succeeded();
    world.fenji(&["serve", "--once"]).succeeded();
    let paused = "SELECT count(*) FROM schedule_cursor WHERE job_id = ?1 AND paused_by = '李雷'";
    assert_eq!(world.store().query_row(paused, [JOB], |row| row.get::<_, i64>(0)).unwrap(), 1);
    let resumed = world.fenji(&["job", "resume", JOB, "--by", "李雷", "--catch-up"]).succeeded();
    assert!(resumed.err.contains("from where it stopped"), "{}", resumed.err);
    assert!(world.fenji(&["job", "resume", JOB, "--by", "李雷"]).succeeded().err.contains("did not rest"));
    let unknown = world.fenji(&["job", "pause", "monthly-tier-reprot", "--by", "a"]);
    assert_eq!((unknown.code, unknown.err.contains("did you mean")), (2, true), "{}", unknown.err);
}

/// The checks of the doctor by name: state and what was found.
fn doctor(world: &World, variables: &[(&str, &str)]) -> (i32, std::collections::BTreeMap<String, (String, String)>) {
    let said = world.fenji_with(variables, &["--home", "home", "doctor", "--format", "json"]);
    let rows = said.json();
    let text = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let checks = rows.as_array().unwrap().iter();
    (said.code, checks.map(|row| (text(row, "check"), (text(row, "state"), text(row, "found")))).collect())
}

#[test]
fn the_doctor_looks_at_everything_whatever_is_found() {
    let world = World::with_demo_ledger();
    world.keep_job(JOB);
    let (code, checks) = doctor(&world, &[]);
    let failed: Vec<_> = checks.iter().filter(|(_, (state, _))| state == "failed").collect();
    assert_eq!((code, failed.len()), (0, 0), "{checks:#?}");
    let state = |checks: &std::collections::BTreeMap<String, (String, String)>, name: &str| checks[name].0.clone();
    assert_eq!((state(&checks, "ledger").as_str(), state(&checks, "fonts").as_str()), ("ok", "warning"), "{checks:#?}");
    assert!(checks["fonts"].1.contains("U+4DAE in `陈䶮`"), "{checks:#?}");
    assert!(checks["store"].1.contains("is not there yet"));
    assert!(!world.home().join("data").join("fenji.db").exists(), "nothing is made by looking");
    // Five times, on the first of each month.
    let times = checks[&format!("schedule {JOB}")].1.clone();
    assert_eq!(times.matches("-01 06:00").count(), 5, "{times}");
    // A runner of another edition; a name that no font has; a store that answers.
    let other = async |store: &mut Store| store.runner_seen(("0f3a", "zeus", 4711), "1", "2019c").await.unwrap();
    with_store(&world, other);
    world.sql().execute("UPDATE members SET name = '😀𠮷' WHERE rowid = 1", []).unwrap();
    let (code, checks) = doctor(&world, &[]);
    assert_eq!(code, 0, "{checks:#?}");
    assert!(checks["store"].1.contains("understands all"), "{checks:#?}");
    assert_eq!(state(&checks, "clock"), "ok");
    assert!(checks["runners"].1.contains("zeus (process 4711"), "{checks:#?}");
    assert_eq!(state(&checks, "editions"), "warning");
    assert_eq!(state(&checks, "fonts"), "warning");
    assert!(checks["fonts"].1.contains("U+1F600 in `😀𠮷`"), "{checks:#?}");
    // Much is wrong at once, and all of it is told.
    world.edit(&format!("jobs/{JOB}.toml"), "scheme = \"member-tier\"", "scheme = \"member-tear\"");
    world.write("data/logs", "a file");
    world.sql().execute("ALTER TABLE members RENAME TO people", []).unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    drop(silent);
    let url = format!("smtp://user:s3cret@127.0.0.1:{port}");
    let (code, checks) = doctor(&world, &[("FENJI_SMTP_URL", &url)]);
    assert_eq!(code, 4);
    for name in ["declarations", "ledger", "data/logs", "mail"] {
        assert_eq!(state(&checks, name), "failed", "{name}: {checks:#?}");
    }
    assert_eq!(state(&checks, "data/artifacts"), "ok");
    assert!(!format!("{checks:?}").contains("s3cret"));
    // Not even the home opens: what can be looked at still is.
    world.write("config/metrics.toml", "= nonsense");
    let (code, checks) = doctor(&world, &[]);
    assert_eq!(
        (code, state(&checks, "declarations").as_str(), state(&checks, "store").as_str()),
        (4, "failed", "warning")
    );
    assert_eq!(state(&checks, "data/logs"), "failed");
    let said = world.fenji(&["doctor"]);
    assert!(
        said.out.starts_with("check ") && words(&said).contains("checks failed: declarations"),
        "{}{}",
        said.out,
        said.err
    );
}

#[test]
fn the_doctor_is_greeted_and_sends_nothing() {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut out = stream.try_clone().unwrap();
        out.write_all(b"220 ready\r\n").unwrap();
        let mut lines = Vec::new();
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let answer: &[u8] = if line == "QUIT" { b"221 bye\r\n" } else { b"250 ok\r\n" };
            lines.push(line.split(' ').next().unwrap().to_owned());
            if out.write_all(answer).is_err() {
                break;
            }
        }
        lines
    });
    let world = World::new();
    let (_, checks) = doctor(&world, &[("FENJI_SMTP_URL", &format!("smtp://user:s3cret@127.0.0.1:{port}"))]);
    assert_eq!(checks["mail"].0, "ok", "{checks:#?}");
    assert_eq!(heard.join().unwrap(), ["EHLO", "QUIT"]);
}
