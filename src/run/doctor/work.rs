//! Runners, calendars and schedules.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::{
    period::months_after,
    run::{
        doctor::Check,
        home::Home,
        planner::Jobs,
        store::{Store, runs::RunnerRow},
        why_not::is_alive,
    },
    schedule::TZDB,
};

/// So many times of a schedule are told.
const TIMES: usize = 5;
/// So many months ahead a calendar should know.
const AHEAD: i32 = 3;

/// The runners at work, and whether they have the same time zones.
pub(super) async fn runners(home: &Home, store: &mut Store) -> Vec<Check> {
    let read = async { Ok::<_, crate::run::store::StoreError>((store.clock().await?, store.runners(0).await?)) };
    let (now, all) = match read.await {
        Ok(read) => read,
        Err(error) => return vec![Check::error("runners", &error)],
    };
    let alive: Vec<&RunnerRow> = all.iter().filter(|runner| is_alive(runner, now)).collect();
    if alive.is_empty() {
        let scheduled = Jobs::read(home).list().filter(|job| !job.runs.schedules.is_empty()).count();
        if scheduled == 0 {
            return vec![Check::ok("runners", "none is at work, and no job has a schedule")];
        }
        let found = format!("none is at work: the schedules of {scheduled} jobs wait");
        return vec![Check::warning("runners", found, "start `fenji serve`")];
    }
    let told: Vec<String> =
        alive.iter().map(|one| format!("{} (process {}, fenji {})", one.host, one.pid, one.version)).collect();
    vec![Check::ok("runners", format!("at work: {}", told.join(", "))), editions(&alive)]
}

/// Runners that know other time zones plan other instants for the same slot.
fn editions(alive: &[&RunnerRow]) -> Check {
    let editions: BTreeSet<&str> = alive.iter().map(|runner| runner.tzdb.as_str()).chain([TZDB]).collect();
    let told = editions.iter().copied().collect::<Vec<_>>().join(", ");
    if editions.len() == 1 {
        return Check::ok("editions", format!("runners and this program have the time zones of {told}"));
    }
    let found = format!("runners and this program have different editions of the time zones: {told}");
    Check::warning("editions", found, "run the same version of fenji everywhere")
}

/// The edition of the time zones.
pub(super) fn zones() -> Check {
    Check::ok("time zones", format!("edition {TZDB} is compiled in"))
}

/// Whether calendars know the months ahead.
pub(super) fn calendars(home: &Home, today: NaiveDate) -> Vec<Check> {
    let calendars = match home.calendars() {
        Ok(calendars) => calendars,
        Err(error) => return vec![Check::error("calendars", &error)],
    };
    let until = months_after(today, AHEAD);
    let check = |calendar: &std::sync::Arc<crate::schedule::calendar::Calendar>| {
        let name = format!("calendar {}", calendar.id);
        let file = format!("config/calendars/{}.toml", calendar.id);
        let year = |year| (year, calendar.knows(year));
        match [year(today.year()), year(until.year())] {
            [(lacking, None), _] => Check::failed(
                name,
                format!("it does not know {lacking}: schedules of working days are not planned"),
                format!("add the year {lacking} to {file}"),
            ),
            [_, (lacking, None)] => Check::warning(
                name,
                format!("it does not know {lacking}, which begins within {AHEAD} months"),
                format!("add the year {lacking} to {file} as soon as it is published"),
            ),
            [_, (unsure, Some(false))] => Check::warning(
                name,
                format!("its year {unsure} is not official yet"),
                format!("compare it with what is published, and say `official = true` in {file}"),
            ),
            [(first, _), (last, _)] => Check::ok(name, format!("it knows {first} to {last}, officially")),
        }
    };
    calendars.iter().map(check).collect()
}

/// The next times of every job that has a schedule.
pub(super) fn schedules(home: &Home, clock: DateTime<Utc>) -> Vec<Check> {
    let jobs = Jobs::read(home);
    let mut checks = Vec::new();
    for job in jobs.list().filter(|job| !job.runs.schedules.is_empty()) {
        let slots = job.runs.schedules.iter().flat_map(|schedule| schedule.schedule.next(clock, TIMES));
        let mut times: Vec<DateTime<Utc>> = slots.map(|slot| slot.at).collect();
        times.sort_unstable();
        times.truncate(TIMES);
        let name = format!("schedule {}", job.id);
        let told = |at: &DateTime<Utc>| at.with_timezone(&home.mapping.zone).format("%Y-%m-%d %H:%M").to_string();
        checks.push(if times.is_empty() {
            let remedy = format!("look at the schedules in jobs/{}.toml and at their calendar", job.id);
            Check::warning(name, "no time is known at which it is due", remedy)
        } else {
            Check::ok(name, format!("next {}", times.iter().map(told).collect::<Vec<_>>().join(", ")))
        });
    }
    // What is wrong with them is told with the declarations.
    checks.extend(jobs.faults.iter().map(|(id, _)| {
        Check::failed(
            format!("schedule {id}"),
            format!("jobs/{id}.toml is refused: it is not planned"),
            "`fenji check --quick`",
        )
    }));
    checks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::doctor::Health;

    #[test]
    fn runners_of_other_editions_are_told() {
        let runner = |tzdb: &str| RunnerRow {
            owner: "o".to_owned(),
            host: "h".to_owned(),
            pid: 1,
            version: "1".to_owned(),
            tzdb: tzdb.to_owned(),
            started_at: 0,
            seen_at: 0,
            stopped_at: None,
        };
        let (ours, other) = (runner(TZDB), runner("2019c"));
        assert_eq!(editions(&[&ours, &ours]).health, Health::Ok);
        let check = editions(&[&ours, &other]);
        assert_eq!(check.health, Health::Warning);
        assert!(check.found.contains("2019c") && check.found.contains(TZDB), "{}", check.found);
    }
}
