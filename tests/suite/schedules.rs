//! When schedules are due: held against the vectors of two other cron libraries, and against a clock that is watched minute by minute.

use std::{collections::BTreeMap, sync::mpsc, thread};

use chrono::{DateTime, Datelike, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use fenji::schedule::{Fold, Gap, Rule, Schedule, Slot};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::support::shared;

/// What we do otherwise than the libraries that the vectors are from, and why.
const OTHERWISE: [(&[i64], &str); 4] = [
    (
        &[57, 58, 59, 61, 63, 89, 90, 91, 92, 93, 94, 95, 96, 118, 119, 120, 124, 125, 126, 127, 128, 129, 134],
        "a step from a single number, such as `5/15`, is refused when it is read: dialects disagree about its end; `5-59/15` says it",
    ),
    (
        &[137, 148],
        "an hour that the clock leaves out is due when the clock goes on (`dst-gap = \"shift\"`), not skipped",
    ),
    (
        &[150, 155, 165],
        "an hour that the clock shows twice is due the first time (`dst-fold = \"first\"`), not both times",
    ),
    (&[176, 177, 178, 179], "a zone is one of the IANA database, with its history and future, never a fixed offset"),
];

fn schedule(cron: &str, zone: &str) -> Result<Schedule, String> {
    let rule = Rule::cron(cron, false).map_err(|error| error.to_string())?;
    let zone = zone.parse().map_err(|_| format!("`{zone}` is not a zone of the IANA database"))?;
    let (gap, fold) = rule.usual();
    Ok(Schedule { id: "s".to_owned(), rule, zone, gap, fold })
}

fn text<'v>(vector: &'v Value, field: &str) -> &'v str {
    vector[field].as_str().unwrap_or_default()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Whether we do as a vector says; if not, how.
fn does(vector: &Value) -> Result<(), String> {
    let (cron, zone) = (text(vector, "expr"), text(vector, "tz"));
    match text(vector, "kind") {
        "next" => {
            let due = schedule(cron, zone)?.next(instant(text(vector, "after")), 1);
            let due: Vec<String> = due.iter().map(|slot| slot.at.format("%Y-%m-%dT%H:%M:%SZ").to_string()).collect();
            let expected: Vec<&str> = vector["next"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            if due == expected { Ok(()) } else { Err(format!("due {due:?}, not {expected:?}")) }
        }
        "match" => {
            let at = instant(text(vector, "at"));
            let slots = schedule(cron, zone)?.slots(at - TimeDelta::seconds(1), at, 9).map_err(|e| e.to_string())?;
            let due = !slots.is_empty();
            if due == vector["match"].as_bool().unwrap() { Ok(()) } else { Err(format!("due at {at}: {due}")) }
        }
        "same" => {
            let (one, other) = (schedule(cron, "UTC")?, schedule(text(vector, "same_as"), "UTC")?);
            let from = instant("2024-01-01T00:00:00Z");
            if one.next(from, 300) == other.next(from, 300) { Ok(()) } else { Err("not the same".to_owned()) }
        }
        "invalid" => match schedule(cron, "UTC") {
            Ok(schedule) if schedule.is_ever_due(DateTime::UNIX_EPOCH) => Err("accepted".to_owned()),
            _ => Ok(()),
        },
        kind => panic!("a vector of the unknown kind {kind}"),
    }
}

#[test]
fn the_vectors_of_others_are_shared_or_listed_with_the_reason() {
    let Some(vectors) = shared("cron_vectors/vectors_dev.jsonl") else { return };
    let vectors = std::fs::read_to_string(vectors).unwrap();
    let mut wrong = Vec::new();
    for line in vectors.lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let id = vector["id"].as_i64().unwrap();
        let listed = OTHERWISE.iter().any(|(ids, _)| ids.contains(&id));
        match does(&vector) {
            Ok(()) if listed => wrong.push(format!("{id} is listed as not shared, and is shared: {vector}")),
            Err(how) if !listed => wrong.push(format!("{how}: {vector}")),
            Ok(()) | Err(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Zones whose clocks do something worth watching, and some whose clocks do not.
const ZONES: [&str; 40] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "Africa/Juba",
    "America/Asuncion",
    "America/Ciudad_Juarez",
    "America/Havana",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/Scoresbysund",
    "America/St_Johns",
    "America/Whitehorse",
    "Antarctica/Casey",
    "Antarctica/Troll",
    "Asia/Almaty",
    "Asia/Amman",
    "Asia/Beirut",
    "Asia/Damascus",
    "Asia/Famagusta",
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Asia/Tehran",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Dublin",
    "Europe/London",
    "Europe/Volgograd",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Easter",
    "Pacific/Norfolk",
];

/// A rule as fenji reads it, and as a plain question about a time.
struct Watched {
    rule: Rule,
    due: fn(NaiveDateTime) -> bool,
}

fn watched() -> Vec<Watched> {
    let cron = |text: &str, due: fn(NaiveDateTime) -> bool| Watched { rule: Rule::cron(text, false).unwrap(), due };
    let last = chrono::NaiveTime::from_hms_opt(0, 30, 0).unwrap();
    vec![
        cron("*/15 * * * *", |at| at.minute() % 15 == 0),
        cron("0 */2 * * *", |at| at.minute() == 0 && at.hour() % 2 == 0),
        cron("30 2 * * *", |at| (at.hour(), at.minute()) == (2, 30)),
        cron("0 1 * * *", |at| (at.hour(), at.minute()) == (1, 0)),
        cron("0 0 * * *", |at| (at.hour(), at.minute()) == (0, 0)),
        cron("45 0-3,23 * * *", |at| at.minute() == 45 && matches!(at.hour(), 0..=3 | 23)),
        cron("59 23 * * 0", |at| (at.hour(), at.minute()) == (23, 59) && at.weekday().num_days_from_sunday() == 0),
        cron("10 2 25-31 * 0", |at| {
            (at.hour(), at.minute()) == (2, 10) && (at.day() >= 25 || at.weekday().num_days_from_sunday() == 0)
        }),
        Watched {
            rule: Rule::LastDayOfMonth(last),
            due: |at| (at.hour(), at.minute()) == (0, 30) && (at + TimeDelta::days(1)).month() != at.month(),
        },
    ]
}

/// The instants at which a zone's clock is moved: found by looking every hour, then every minute.
fn transitions(zone: Tz) -> Vec<DateTime<Utc>> {
    let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    let (mut at, end) = (instant("2020-01-01T00:00:00Z"), instant("2041-01-01T00:00:00Z"));
    let mut found = Vec::new();
    let mut shown = offset(at);
    while at < end {
        let next = at + TimeDelta::hours(1);
        let then = offset(next);
        if then != shown {
            let minute = (1..=60).map(|minutes| at + TimeDelta::minutes(minutes)).find(|at| offset(*at) != shown);
            found.push(minute.unwrap());
        }
        (at, shown) = (next, then);
    }
    found
}

/// What somebody writes down who watches a clock minute by minute: when it showed each time.
fn watch(zone: Tz, from: DateTime<Utc>, until: DateTime<Utc>) -> BTreeMap<NaiveDateTime, Vec<DateTime<Utc>>> {
    let mut shown: BTreeMap<NaiveDateTime, Vec<DateTime<Utc>>> = BTreeMap::new();
    let mut at = from;
    while at <= until {
        shown.entry(at.with_timezone(&zone).naive_local()).or_default().push(at);
        at += TimeDelta::minutes(1);
    }
    // Times that were never shown are due when the clock showed the next one.
    let mut left_out = Vec::new();
    let times: Vec<NaiveDateTime> = shown.keys().copied().collect();
    for pair in times.windows(2) {
        let mut time = pair[0] + TimeDelta::minutes(1);
        while time < pair[1] {
            left_out.push(time);
            time += TimeDelta::minutes(1);
        }
    }
    shown.extend(left_out.into_iter().map(|time| (time, Vec::new())));
    shown
}

fn expected(
    shown: &BTreeMap<NaiveDateTime, Vec<DateTime<Utc>>>,
    due: fn(NaiveDateTime) -> bool,
    gap: Gap,
    fold: Fold,
) -> Vec<Slot> {
    let slot = |at: &DateTime<Utc>, wall: NaiveDateTime, fold: u8| Slot { at: *at, wall, fold };
    let mut slots = Vec::new();
    for (wall, instants) in shown.iter().filter(|(wall, _)| due(**wall)) {
        match instants.as_slice() {
            [] if gap == Gap::Shift => {
                let after = shown.range(*wall..).find_map(|(_, instants)| instants.first());
                slots.extend(after.map(|at| slot(at, *wall, 0)));
            }
            [] => {}
            [once] => slots.push(slot(once, *wall, 0)),
            [first, .., second] => {
                slots.extend((fold != Fold::Second).then(|| slot(first, *wall, 0)));
                slots.extend((fold != Fold::First).then(|| slot(second, *wall, 1)));
            }
        }
    }
    slots.sort_unstable();
    slots
}

/// Holds every rule against the clock around a day; gives how many slots were held.
fn hold(zone: Tz, around: DateTime<Utc>, random: &mut ChaCha8Rng) -> usize {
    let clock = watch(zone, around - TimeDelta::hours(40), around + TimeDelta::hours(40));
    let (after, until) = (around - TimeDelta::hours(25), around + TimeDelta::hours(25));
    let middle = after + TimeDelta::minutes(random.random_range(0..=3000));
    let mut count = 0;
    for Watched { rule, due } in watched() {
        let policies = [(Gap::Shift, Fold::First), (Gap::Skip, Fold::Both), (Gap::Shift, Fold::Second)];
        for (gap, fold) in policies.into_iter().chain([rule.usual()]) {
            let schedule = Schedule { id: "s".to_owned(), rule: rule.clone(), zone, gap, fold };
            let slots = schedule.slots(after, until, usize::MAX).unwrap();
            let mut seen = expected(&clock, due, gap, fold);
            seen.retain(|slot| slot.at > after && slot.at <= until);
            assert_eq!(slots, seen, "{zone} around {around}: {rule:?}, {gap:?}, {fold:?}");
            let mut keys: Vec<String> = slots.iter().map(Slot::key).collect();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), slots.len(), "{zone} around {around}: two slots have one name");
            let mut halves = schedule.slots(after, middle, usize::MAX).unwrap();
            halves.extend(schedule.slots(middle, until, usize::MAX).unwrap());
            assert_eq!(halves, slots, "{zone} around {around}, split at {middle}");
            count += slots.len();
        }
    }
    count
}

#[test]
fn a_clock_that_is_watched_minute_by_minute_agrees_about_every_slot() {
    let (told, sums) = mpsc::channel();
    thread::scope(|scope| {
        for (place, zones) in ZONES.chunks(20).enumerate() {
            let told = told.clone();
            scope.spawn(move || {
                let mut random = ChaCha8Rng::seed_from_u64(place as u64);
                for name in zones {
                    let zone: Tz = name.parse().unwrap();
                    let moved = transitions(zone);
                    // And a day on which nothing happens.
                    let days = moved.iter().copied().chain([instant("2027-08-15T11:00:00Z")]);
                    let slots: usize = days.map(|around| hold(zone, around, &mut random)).sum();
                    told.send((moved.len(), slots)).unwrap();
                }
            });
        }
    });
    drop(told);
    let (moved, slots) = sums.iter().fold((0, 0), |sum, (moved, slots)| (sum.0 + moved, sum.1 + slots));
    assert!(moved > 900 && slots > 1_000_000, "{moved} moved clocks, {slots} slots");
}
