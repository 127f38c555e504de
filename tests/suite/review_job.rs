//! The job that opens the annual review, and tells on its last day how it stands (S56, E13).

use serde_json::Value;

use crate::support::{Said, World};

const JOB: &str = "annual-review-march";

fn show(world: &World) -> Value {
    let mut review = world.fenji(&["review", "show", "annual-march", "--format", "json"]).succeeded().json();
    without_times(&mut review);
    review
}

/// Takes out when something was written: that differs from world to world.
fn without_times(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !name.ends_with("_at"));
            fields.values_mut().for_each(without_times);
        }
        Value::Array(all) => all.iter_mut().for_each(without_times),
        _ => {}
    }
}

/// What an error said, in one line, so that a break of the line changes nothing.
fn words(said: &Said) -> String {
    let text = said.err.replace(['│', '╰', '─', '▶'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn run(world: &World, day: &str) -> Said {
    world.fenji(&["job", "run", JOB, "--period", day, "--by", "li", "--out", "home/out"])
}

#[test]
fn the_job_opens_what_a_person_would_open_and_tells_when_it_is_late() {
    let by_hand = World::with_business_ledger();
    by_hand.fenji(&["review", "open", "annual-march", "--as-of", "2026-03-25"]).succeeded();
    let world = World::with_business_ledger();
    let said = run(&world, "2026-03-25").succeeded();
    assert!(
        words(&said).contains("review annual-march-2026 was opened: 61 subjects are to be decided by 2026-03-30"),
        "{}",
        said.err
    );
    assert_eq!(show(&world), show(&by_hand));
    let events = world.fenji(&["run", "show", "1", "--format", "json"]).succeeded().json()["events"].to_string();
    assert!(events.contains("review annual-march-2026 of 61 subjects is open"), "{events}");
    // The next run tells how it stands, and changes nothing.
    world.fenji(&["review", "override", "annual-march", "B00002", "B", "--by", "li", "--why", "x"]).succeeded();
    let before = show(&world);
    let late = run(&world, "2026-03-30").succeeded();
    assert!(
        words(&late).contains("was to be published by 2026-03-30: it is in-review, 60 of 61 subjects undecided"),
        "{}",
        late.err
    );
    assert!(!late.err.contains("was opened"), "{}", late.err);
    assert_eq!(show(&world), before);
    let files = world.files();
    for name in ["out/annual-review-march-2026-03-25.pdf", "out/annual-review-march-2026-03-30.pdf"] {
        assert!(files.iter().any(|file| file == name), "{name}: {files:?}");
    }
}

#[test]
fn it_is_opened_through_the_schedule_too_and_once() {
    let world = World::with_business_ledger();
    let fill = ["job", "backfill", JOB, "--from", "2026-03-25", "--to", "2026-03-26", "--by", "li"];
    world.fenji(&fill).succeeded();
    world.fenji(&["serve", "--once"]).succeeded();
    let runs = world.fenji(&["run", "list", "--format", "json"]).succeeded().json();
    let states: Vec<&str> = runs.as_array().unwrap().iter().filter_map(|run| run["state"].as_str()).collect();
    assert_eq!(states, ["succeeded", "succeeded"], "{runs}");
    let drafts: i64 = world.store().query_row("SELECT count(*) FROM review_draft", [], |row| row.get(0)).unwrap();
    assert_eq!((drafts, show(&world).as_array().map(Vec::len)), (1, Some(61)));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let world = World::with_business_ledger();
    let early = run(&world, "2026-03-24");
    assert_eq!(
        (early.code, words(&early).contains("takes its figures as of 2026-03-25: there is none yet on 2026-03-24")),
        (2, true),
        "{}",
        early.err
    );
    assert!(world.fenji(&["review", "show", "annual-march"]).err.contains("review::unknown"));
    world.edit(&format!("jobs/{JOB}.toml"), "\"annual-march\"", "\"annual-marsh\"");
    let unknown = run(&world, "2026-03-25");
    let told = words(&unknown);
    assert_eq!(unknown.code, 3, "{told}");
    assert!(told.contains("job::unknown_review") && told.contains("annual-march"), "{told}");
    world.edit(&format!("jobs/{JOB}.toml"), "review = \"annual-marsh\"", "scheme = \"abc\"");
    let nothing = run(&world, "2026-03-25");
    assert_eq!((nothing.code, words(&nothing).contains("job::list_or_scheme")), (3, true), "{}", nothing.err);
}
