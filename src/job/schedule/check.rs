//! The schedules of a job file, checked with their lines.

use std::{collections::BTreeSet, str::FromStr, sync::Arc, time::Duration};

use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Spanned, did_you_mean},
    job::{
        Limits, Retry,
        schedule::{Clocks, Condition, Gate, JobSchedule, Overlap, Runs},
    },
    ledger::question::Question,
    period::Unit,
    schedule::{
        Fold, Gap, Rule, Schedule, Span,
        calendar::Calendar,
        duration,
        misfire::{Misfire, Order, Policy},
    },
};

/// What a job file says about its runs, unchecked.
pub(in crate::job) struct RawRuns {
    pub(in crate::job) schedule: Vec<RawSchedule>,
    pub(in crate::job) wait_for: Vec<Spanned<RawGate>>,
    pub(in crate::job) overlap: Option<Overlap>,
    pub(in crate::job) priority: Option<i32>,
    pub(in crate::job) timeout: Option<Spanned<String>>,
    pub(in crate::job) memory: Option<Spanned<String>>,
    pub(in crate::job) retry: Option<RawRetry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::job) struct RawRetry {
    max_failures: Option<Spanned<u32>>,
    first: Option<Spanned<String>>,
    max: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::job) struct RawGate {
    job: Option<Spanned<String>>,
    sql: Option<Spanned<String>>,
    period_offset: Option<Spanned<i64>>,
    every: Option<Spanned<String>>,
    deadline: Option<Spanned<String>>,
    on_deadline: Option<OnDeadline>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum OnDeadline {
    Skip,
    Fail,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::job) struct RawSchedule {
    id: Spanned<String>,
    cron: Option<Spanned<String>>,
    #[serde(default)]
    dom_and_dow: bool,
    last_day_of_month: Option<Spanned<String>>,
    working_day: Option<RawWorkingDay>,
    each_working_day: Option<Spanned<String>>,
    calendar: Option<Spanned<String>>,
    timezone: Option<Spanned<String>>,
    dst_gap: Option<Gap>,
    dst_fold: Option<Fold>,
    period_offset: Option<Spanned<i64>>,
    misfire: Option<Policy>,
    misfire_grace: Option<Spanned<String>>,
    catchup_window: Option<Spanned<String>>,
    max_catchup: Option<u32>,
    catchup_order: Option<Order>,
    start_deadline: Option<Spanned<String>>,
    jitter: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawWorkingDay {
    n: Spanned<i64>,
    of: Span,
    at: Spanned<String>,
}

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

impl RawRuns {
    /// Checks what a file says about runs of periods of a unit.
    pub(in crate::job) fn check(
        self,
        file: &Declaration,
        unit: Unit,
        clocks: Clocks<'_>,
        faults: &mut Vec<Fault>,
    ) -> Runs {
        let mut reader = Reader { file, unit, clocks, faults };
        let mut ids = BTreeSet::new();
        for raw in &self.schedule {
            if !ids.insert(raw.id.get_ref().clone()) {
                let message = format!("two schedules are called `{}`", raw.id.get_ref());
                reader.fault("job::schedule_twice", &raw.id, message, "give each schedule of the job an id of its own");
            }
        }
        let schedules = self.schedule.iter().filter_map(|raw| reader.schedule(raw)).collect();
        let gates = self.wait_for.iter().filter_map(|raw| reader.gate(raw)).collect();
        let usual = Limits::default();
        let retry = self.retry.as_ref().map_or(usual.retry, |raw| reader.retry(raw));
        let timeout = reader.length(self.timeout.as_ref(), usual.timeout);
        let memory = self.memory.as_ref().and_then(|text| reader.memory(text));
        Runs {
            schedules,
            gates,
            overlap: self.overlap.unwrap_or(Overlap::QueueAll),
            priority: self.priority.map_or(0, i64::from),
            limits: Limits { timeout, memory, retry },
        }
    }
}

struct Reader<'r> {
    file: &'r Declaration,
    unit: Unit,
    clocks: Clocks<'r>,
    faults: &'r mut Vec<Fault>,
}

impl Reader<'_> {
    fn fault<T>(&mut self, code: &'static str, at: &Spanned<T>, message: String, help: impl Into<String>) {
        self.faults.push(self.file.fault(code, at.span(), message, help));
    }

    fn length(&mut self, text: Option<&Spanned<String>>, usual: Duration) -> Duration {
        let Some(text) = text else { return usual };
        duration::parse(text.get_ref()).unwrap_or_else(|| {
            let message = format!("`{}` is not a length of time", text.get_ref());
            self.fault(
                "job::bad_length",
                text,
                message,
                "write a whole number and `s`, `m`, `h` or `d`, such as `10m`",
            );
            usual
        })
    }

    fn memory(&mut self, text: &Spanned<String>) -> Option<u64> {
        let written = text.get_ref();
        let digits = written.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit = match written.get(digits.len()..).unwrap_or_default().trim() {
            "MB" | "MiB" => 1 << 20,
            "GB" | "GiB" => 1 << 30,
            _ => 0,
        };
        let bytes = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).filter(|bytes| *bytes > 0);
        if bytes.is_none() {
            let message = format!("`{written}` is not a size of memory");
            self.fault("job::bad_memory", text, message, "write a whole number and `MB` or `GB`, such as `2GB`");
        }
        bytes
    }

    fn retry(&mut self, raw: &RawRetry) -> Retry {
        let usual = Limits::default().retry;
        let max_failures = match &raw.max_failures {
            Some(number) if *number.get_ref() == 0 => {
                let help = "write 1 for a run that is tried once";
                self.fault("job::no_try", number, "a run is tried at least once".to_owned(), help);
                1
            }
            Some(number) => *number.get_ref(),
            None => usual.max_failures,
        };
        let first = self.length(raw.first.as_ref(), usual.first);
        Retry { max_failures, first, max: self.length(raw.max.as_ref(), usual.max).max(first) }
    }

    fn gate(&mut self, raw: &Spanned<RawGate>) -> Option<Gate> {
        let condition = match (&raw.get_ref().job, &raw.get_ref().sql) {
            (Some(job), None) => self.upstream(job, raw.get_ref().period_offset.as_ref())?,
            (None, Some(sql)) => self.question(sql, raw.get_ref().period_offset.as_ref())?,
            _ => {
                let help = "write `job = \"…\"` for a job that must have done its period, or `sql = \"…\"` for a question to the ledger";
                self.fault("job::one_condition", raw, "it must say in one way what is waited for".to_owned(), help);
                return None;
            }
        };
        let raw = raw.get_ref();
        Some(Gate {
            condition,
            every: self.length(raw.every.as_ref(), MINUTE * 5).max(Duration::from_secs(1)),
            deadline: self.length(raw.deadline.as_ref(), DAY * 2),
            fails: raw.on_deadline == Some(OnDeadline::Fail),
        })
    }

    fn upstream(&mut self, job: &Spanned<String>, offset: Option<&Spanned<i64>>) -> Option<Condition> {
        let id = job.get_ref();
        if !self.clocks.jobs.contains(id) {
            let help = did_you_mean(id, self.clocks.jobs.iter().map(String::as_str));
            self.fault("job::unknown_job", job, format!("`{id}` is not a job of `jobs/`"), help);
            return None;
        }
        Some(Condition::Job { id: id.clone(), back: self.back(offset, 0)? })
    }

    fn question(&mut self, sql: &Spanned<String>, offset: Option<&Spanned<i64>>) -> Option<Condition> {
        if let Some(offset) = offset {
            let help =
                "take it out: `:period`, `:period_start` and `:period_end` are of the period that the run is about";
            let message = "a question to the ledger has no period of its own".to_owned();
            self.fault("job::no_offset", offset, message, help);
            return None;
        }
        match Question::parse(sql.get_ref()) {
            Ok(_) if sql.get_ref().trim().is_empty() => {
                let help = "write a query that gives a row when the run may begin";
                self.fault("job::no_question", sql, "nothing is asked".to_owned(), help);
                None
            }
            Ok(question) => Some(Condition::Ledger(question)),
            Err(name) => {
                let help = did_you_mean(&name, ["period", "period_start", "period_end"]);
                self.fault("job::unknown_parameter", sql, format!("`:{name}` is not known"), help);
                None
            }
        }
    }

    /// How many periods before, from an offset that is not above 0.
    fn back(&mut self, offset: Option<&Spanned<i64>>, usual: u32) -> Option<u32> {
        let Some(offset) = offset else { return Some(usual) };
        let back =
            offset.get_ref().checked_neg().and_then(|back| u32::try_from(back).ok()).filter(|back| *back <= 1200);
        if back.is_none() {
            let help = "write 0 for the period that holds the day, -1 for the one before";
            self.fault("job::bad_period", offset, format!("`{}` is not a period that is over", offset.get_ref()), help);
        }
        back
    }

    fn schedule(&mut self, raw: &RawSchedule) -> Option<JobSchedule> {
        let rule = self.rule(raw);
        let zone = self.zone(raw);
        let back = self.back(raw.period_offset.as_ref(), 1);
        let misfire = Misfire {
            policy: raw.misfire.unwrap_or(Policy::FireAll),
            grace: self.length(raw.misfire_grace.as_ref(), MINUTE * 5),
            window: self.length(raw.catchup_window.as_ref(), DAY * 90),
            max: raw.max_catchup.map_or(12, |max| usize::try_from(max).unwrap_or(usize::MAX)),
            order: raw.catchup_order.unwrap_or(Order::OldestFirst),
        };
        let start_deadline = raw.start_deadline.as_ref().map(|text| self.length(Some(text), DAY));
        let jitter = self.length(raw.jitter.as_ref(), Duration::ZERO).min(HOUR * 12);
        let (rule, zone, back) = (rule?, zone?, back?);
        let (gap, fold) = rule.usual();
        let (gap, fold) = (raw.dst_gap.unwrap_or(gap), raw.dst_fold.unwrap_or(fold));
        let hash = meaning(&rule, zone, (gap, fold), (self.unit, back), raw.dom_and_dow);
        let schedule = Schedule { id: raw.id.get_ref().clone(), rule, zone, gap, fold };
        Some(JobSchedule { schedule, hash, back, misfire, start_deadline, jitter })
    }

    fn zone(&mut self, raw: &RawSchedule) -> Option<Tz> {
        let Some(name) = &raw.timezone else { return Some(self.clocks.zone) };
        let zone = Tz::from_str(name.get_ref()).ok();
        if zone.is_none() {
            let known = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
            let help = did_you_mean(name.get_ref(), known);
            self.fault("job::unknown_zone", name, format!("`{}` is not a time zone", name.get_ref()), help);
        }
        zone
    }

    fn rule(&mut self, raw: &RawSchedule) -> Option<Rule> {
        let kinds = [
            raw.cron.is_some(),
            raw.last_day_of_month.is_some(),
            raw.working_day.is_some(),
            raw.each_working_day.is_some(),
        ];
        if kinds.into_iter().filter(|is| *is).count() != 1 {
            let help = "write one of `cron`, `last-day-of-month`, `working-day`, `each-working-day`";
            let message = format!("schedule `{}` must say in one way when it is due", raw.id.get_ref());
            self.fault("job::one_rule", &raw.id, message, help);
            return None;
        }
        if let Some(text) = &raw.cron {
            return self.cron(text, raw.dom_and_dow);
        }
        if let Some(at) = &raw.last_day_of_month {
            return self.time(at).map(Rule::LastDayOfMonth);
        }
        let calendar = self.calendar(raw);
        if let Some(at) = &raw.each_working_day {
            let at = self.time(at);
            return Some(Rule::EachWorkingDay { at: at?, calendar: calendar? });
        }
        let day = raw.working_day.as_ref()?;
        let at = self.time(&day.at);
        let n = *day.n.get_ref();
        let most = match day.of {
            Unit::Day => 0,
            Unit::Month => 15,
            Unit::Quarter => 50,
            Unit::Year => 200,
        };
        if n == 0 || n.abs() > most {
            let message = format!("a {} has no working day number {n} that can be counted on", day.of.name());
            self.fault(
                "job::bad_working_day",
                &day.n,
                message,
                "count from 1, or from the end with -1; for every one write `each-working-day`",
            );
            return None;
        }
        Some(Rule::WorkingDay { n, of: day.of, at: at?, calendar: calendar? })
    }

    fn cron(&mut self, text: &Spanned<String>, both_days: bool) -> Option<Rule> {
        let fields = text.get_ref().split_ascii_whitespace().count();
        let help = "write five fields (minute hour day month weekday), or six with seconds first, such as `0 6 1 * *`";
        let rule = match Rule::cron(text.get_ref(), both_days) {
            Ok(rule) if matches!(fields, 5 | 6) || text.get_ref().starts_with('@') => rule,
            Ok(_) => {
                self.fault("job::bad_cron", text, format!("`{}` has {fields} fields", text.get_ref()), help);
                return None;
            }
            Err(error) => {
                self.fault("job::bad_cron", text, format!("`{}` cannot be read: {error}", text.get_ref()), help);
                return None;
            }
        };
        let ever = Schedule { id: String::new(), rule, zone: Tz::UTC, gap: Gap::Shift, fold: Fold::First };
        if ever.is_ever_due(DateTime::<Utc>::UNIX_EPOCH) {
            return Some(ever.rule);
        }
        let message = format!("`{}` is never due: no year has such a day", text.get_ref());
        self.fault("job::never_due", text, message, "for the end of months write `last-day-of-month = \"06:00\"`");
        None
    }

    fn time(&mut self, text: &Spanned<String>) -> Option<NaiveTime> {
        let time = NaiveTime::parse_from_str(text.get_ref(), "%H:%M").ok();
        if time.is_none() {
            let message = format!("`{}` is not a time of day", text.get_ref());
            self.fault("job::bad_time", text, message, "write hours and minutes, such as `06:00`");
        }
        time
    }

    fn calendar(&mut self, raw: &RawSchedule) -> Option<Arc<Calendar>> {
        let known: Vec<&str> = self.clocks.calendars.iter().map(|calendar| calendar.id.as_str()).collect();
        let Some(name) = &raw.calendar else {
            let message = format!("schedule `{}` does not say which days are worked", raw.id.get_ref());
            let help = format!("write `calendar = \"…\"`: {}", known.join(", "));
            self.fault("job::no_calendar", &raw.id, message, help);
            return None;
        };
        let found = self.clocks.calendars.iter().find(|calendar| calendar.id == *name.get_ref()).cloned();
        if found.is_none() {
            let help = did_you_mean(name.get_ref(), known);
            let message = format!("`{}` is not a calendar of `config/calendars/`", name.get_ref());
            self.fault("job::unknown_calendar", name, message, help);
        }
        found
    }
}

/// The fingerprint of what decides about slots and their periods; how missed ones are treated may change without a new beginning.
fn meaning(rule: &Rule, zone: Tz, clock: (Gap, Fold), period: (Unit, u32), both_days: bool) -> String {
    let rule = match rule {
        Rule::Cron(cron) => format!("cron {} {both_days}", cron.as_str()),
        Rule::LastDayOfMonth(at) => format!("last-day-of-month {at}"),
        Rule::WorkingDay { n, of, at, calendar } => format!("working-day {n} {} {at} {}", of.name(), calendar.id),
        Rule::EachWorkingDay { at, calendar } => format!("each-working-day {at} {}", calendar.id),
    };
    let text = format!("{rule} {zone} {clock:?} {} {}", period.0.name(), period.1);
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()))
}
