//! What each grade was promised in the year (S69) against what is recorded: visits, deliveries on time, quality problems.
//!
//! A customer is judged by the plan of the grade that it held in the year: the one before; without one, the one that comes out. What is not recorded is
//! neither kept nor missed. Not here: the promises (`config/reviews/`).

use std::cmp::Ordering;

use chrono::NaiveDate;

use crate::{
    grading::review::declaration::{GradePlan, Visits},
    money::Share,
    period::{Period, Unit, days_after, months_after},
    report::{
        Block, Cell, Section, Table,
        equation::Equation,
        graded::{count, data, total},
        review::{Customer, PRINTED, Pack, facts::Kind},
    },
};

/// Quarters of a year.
const QUARTERS: usize = 4;

/// Whether a promise was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Promise {
    /// It was not.
    Missed,
    /// It still may be, or nothing of it fell due.
    Open,
    /// It was.
    Kept,
}

/// A customer against its plan; `None` where the plan promises nothing or nothing is recorded.
#[derive(Debug)]
struct Judged<'p> {
    customer: &'p Customer<'p>,
    plan: &'p GradePlan,
    visits: Option<Visited>,
    delivery: Option<Promise>,
    major: Option<Promise>,
    general: Option<Promise>,
}

/// Visits of a year against what was promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visited {
    pub(super) kept: Promise,
    /// Visits of the year by people who count.
    pub(super) made: i64,
    /// Units of the year that had fewer than promised.
    pub(super) short: Vec<String>,
    /// Until when a visit is still due, where one is.
    pub(super) due: Option<NaiveDate>,
}

impl std::fmt::Debug for Customer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.row.proposal.subject)
    }
}

/// Judges visits up to a day. Only whole units since a customer began count against anybody.
pub(super) fn visited(
    promised: &Visits,
    visits: &[(NaiveDate, Option<String>)],
    as_of: NaiveDate,
    began: Option<NaiveDate>,
) -> Visited {
    let mut units: Vec<(NaiveDate, NaiveDate, String)> = Vec::new();
    if promised.each == Unit::Quarter {
        let mut quarter = Period::holding(Unit::Quarter, as_of);
        for _ in 0..QUARTERS {
            units.push((quarter.first_day(), quarter.last_day(), quarter.to_string()));
            quarter = quarter.previous();
        }
        units.reverse();
    } else {
        let first = days_after(months_after(as_of, -12), 1);
        units.push((first, as_of, format!("{first} … {as_of}")));
    }
    let counts =
        |rank: &Option<String>| promised.by.is_empty() || rank.as_ref().is_some_and(|rank| promised.by.contains(rank));
    let (mut made, mut short, mut due, mut whole) = (0, Vec::new(), None, 0);
    for (first, last, name) in units {
        let of = visits.iter().filter(|(day, rank)| *day >= first && *day <= last.min(as_of) && counts(rank));
        let found = i64::try_from(of.count()).unwrap_or(i64::MAX);
        made += found;
        if found >= i64::from(promised.least) {
            whole += 1;
            continue;
        }
        let began_within = began.filter(|began| *began > first);
        match (promised.each, began_within) {
            (Unit::Quarter, Some(began)) if began > last => {}
            // A first quarter that was not whole promises nothing yet; a first year still has its visit due.
            (Unit::Quarter, Some(_)) => {}
            (_, Some(began)) => due = Some(days_after(months_after(began, 12), -1)),
            (_, None) if last > as_of => due = Some(last),
            (_, None) => short.push(name),
        }
    }
    let kept = match (short.is_empty(), due, whole) {
        (false, _, _) => Promise::Missed,
        (true, Some(_), _) | (true, None, 0) => Promise::Open,
        (true, None, _) => Promise::Kept,
    };
    Visited { kept, made, short, due }
}

/// Whether a share of deliveries reaches the promised one; open where none was due.
fn delivered(on_time: i64, due: i64, promised: Share) -> Promise {
    match Share::new(on_time, due).compare(promised) {
        _ if due == 0 => Promise::Open,
        Some(Ordering::Less) | None => Promise::Missed,
        Some(_) => Promise::Kept,
    }
}

fn within(found: i64, most: u32) -> Promise {
    if found <= i64::from(most) { Promise::Kept } else { Promise::Missed }
}

impl Judged<'_> {
    fn promises(&self) -> [(&'static str, Option<Promise>); 4] {
        let visits = self.visits.as_ref().map(|visits| visits.kept);
        [("visits", visits), ("delivery", self.delivery), ("major", self.major), ("general", self.general)]
    }

    fn missed(&self) -> usize {
        self.promises().iter().filter(|(_, kept)| *kept == Some(Promise::Missed)).count()
    }
}

impl Pack<'_> {
    /// The plan against the records; `None` where no grade has a plan.
    pub(super) fn plan(&self) -> Option<(Section, Vec<Equation>)> {
        if self.inputs.declared.plan.is_empty() {
            return None;
        }
        let judged: Vec<Judged<'_>> = self.customers.iter().filter_map(|customer| self.judged(customer)).collect();
        let (compliance, equations) = self.compliance(&judged);
        let blocks = [compliance, self.shortfalls(&judged), self.coming()];
        Some((self.section("plan", blocks.into_iter().map(Block::Table).collect()), equations))
    }

    /// The plan of the grade that was held in the year.
    fn plan_of(&self, customer: &Customer<'_>) -> Option<&GradePlan> {
        let grade = customer.row.proposal.before.as_deref().or_else(|| customer.row.outcome());
        self.inputs.declared.plan_of(grade?)
    }

    fn judged<'p>(&'p self, customer: &'p Customer<'p>) -> Option<Judged<'p>> {
        let plan = self.plan_of(customer)?;
        let (record, recorded) = (customer.record, self.inputs.records.recorded);
        let began = if let Cell::Date(day) = self.own(customer, "started_on") { Some(day) } else { None };
        let judge = || visited(&plan.visits, &record.visits, self.review.head.as_of, began);
        let delivery = plan.delivery_rate.filter(|_| recorded.has(Kind::Delivery));
        let problems = recorded.has(Kind::Problem);
        Some(Judged {
            customer,
            plan,
            visits: recorded.has(Kind::Visit).then(judge),
            delivery: delivery.map(|promised| delivered(record.on_time, record.due, promised)),
            major: plan.major_problems.filter(|_| problems).map(|most| within(record.major, most)),
            general: plan.general_problems.filter(|_| problems).map(|most| within(record.general, most)),
        })
    }

    /// For each grade and promise: how many kept it.
    fn compliance(&self, judged: &[Judged<'_>]) -> (Table, Vec<Equation>) {
        let mut rows = Vec::new();
        let mut equations = Vec::new();
        for grade in self.grades().into_iter().flatten() {
            let Some(plan) = self.inputs.declared.plan_of(grade) else { continue };
            let of: Vec<&Judged<'_>> = judged.iter().filter(|one| one.plan.grade == grade).collect();
            for (place, (promise, limit)) in self.promised(plan).into_iter().enumerate() {
                let Some(limit) = limit else { continue };
                let kept = |wanted: Option<Promise>| {
                    let found =
                        of.iter().filter(|one| one.promises().get(place).is_some_and(|(_, kept)| *kept == wanted));
                    count(found.count())
                };
                let (met, missed, open, unrecorded) =
                    (kept(Some(Promise::Kept)), kept(Some(Promise::Missed)), kept(Some(Promise::Open)), kept(None));
                let name = self.grade_name(Some(grade));
                let values =
                    [("grade", name.as_str()), ("promise", &*self.scene.say(&format!("pack.promise_{promise}")))];
                let words = self.scene.say_with("pack.check_plan", &values);
                equations.push(Equation::counts(words, met + missed + open + unrecorded, count(of.len())));
                let mut cells = vec![Cell::Text(name.clone())];
                cells.push(Cell::Text(self.scene.say(&format!("pack.promise_{promise}"))));
                cells.push(Cell::Text(limit));
                cells.extend([count(of.len()), met, missed, open, unrecorded].map(Cell::Count));
                let share = (met + missed > 0).then(|| Cell::Percent(Share::new(met, met + missed)));
                cells.push(share.unwrap_or(Cell::Empty));
                rows.push(data(cells));
            }
        }
        let mut columns = self.left(&["grade", "promise", "limit"]);
        columns.extend(self.right(&["customers", "kept", "missed", "open", "unrecorded", "kept_share"]));
        let note = Some(self.scene.say("pack.compliance_note"));
        (Table { printed: None, note, ..self.table("compliance", columns, rows) }, equations)
    }

    /// The promises of a plan in the order of [`Judged::promises`], in words.
    fn promised(&self, plan: &GradePlan) -> [(&'static str, Option<String>); 4] {
        let most = |most: Option<u32>| most.map(|most| format!("≤ {most}"));
        let rate = plan.delivery_rate.map(|rate| format!("≥ {}", self.scene.text(&Cell::Percent(rate))));
        [
            ("visits", Some(self.visits_in_words(&plan.visits))),
            ("delivery", rate),
            ("major", most(plan.major_problems)),
            ("general", most(plan.general_problems)),
        ]
    }

    fn visits_in_words(&self, visits: &Visits) -> String {
        let ranks: Vec<String> = visits.by.iter().map(|rank| self.scene.say(&format!("pack.rank_{rank}"))).collect();
        let by = if ranks.is_empty() { self.scene.say("pack.rank_any") } else { ranks.join(" / ") };
        let range = if visits.target > visits.least {
            format!("{}–{}", visits.least, visits.target)
        } else {
            visits.least.to_string()
        };
        let values = [("by", by.as_str()), ("range", &range)];
        self.scene.say_with(&format!("pack.visits_each_{}", visits.each.name()), &values)
    }

    /// Every customer with a plan, those with most shortfalls first.
    fn shortfalls(&self, judged: &[Judged<'_>]) -> Table {
        let mut ordered: Vec<&Judged<'_>> = judged.iter().collect();
        // Stable: with as many shortfalls customers stay in the order of their ids.
        ordered.sort_by_key(|one| std::cmp::Reverse(one.missed()));
        let short = ordered.iter().filter(|one| one.missed() > 0).count();
        let recorded = self.inputs.records.recorded;
        let row = |one: &&Judged<'_>| {
            let record = one.customer.record;
            let mut cells = self.named(one.customer);
            cells.push(self.own(one.customer, "salesperson"));
            cells.push(self.grade(Some(&one.plan.grade)));
            cells.push(one.visits.as_ref().map_or(Cell::Empty, |visits| Cell::Count(visits.made)));
            let due = one.visits.as_ref().and_then(|visits| visits.due);
            cells.push(due.map_or(Cell::Empty, Cell::Date));
            let rate = (recorded.has(Kind::Delivery) && record.due > 0).then(|| Share::new(record.on_time, record.due));
            cells.push(rate.map_or(Cell::Empty, Cell::Percent));
            for found in [record.major, record.general] {
                cells.push(if recorded.has(Kind::Problem) { Cell::Count(found) } else { Cell::Empty });
            }
            let missed = one.promises().into_iter().filter(|(_, kept)| *kept == Some(Promise::Missed));
            let missed: Vec<String> = missed.map(|(promise, _)| self.shortfall(one, promise)).collect();
            let words =
                if missed.is_empty() { Cell::Empty } else { Cell::Text(missed.join(&self.scene.say("pack.join"))) };
            cells.push(words);
            data(cells)
        };
        let mut columns = self.named_columns();
        columns.extend(self.left(&["owner", "plan_grade"]));
        columns.extend(self.right(&["visits"]));
        columns.extend(self.left(&["visit_due"]));
        columns.extend(self.right(&["delivery_rate", "major", "general"]));
        columns.extend(self.left(&["shortfall"]));
        let note =
            self.scene.say_with("pack.shortfalls_note", &[("short", &self.scene.text(&Cell::Count(count(short))))]);
        let table = self.table("shortfalls", columns, ordered.iter().map(row).collect());
        Table { printed: Some(short.min(PRINTED)), note: Some(note), ..table }
    }

    fn shortfall(&self, one: &Judged<'_>, promise: &str) -> String {
        let name = self.scene.say(&format!("pack.promise_{promise}"));
        let units = one.visits.as_ref().filter(|_| promise == "visits").map(|visits| visits.short.join(" "));
        // A quarter is named; a year is the year.
        match units.filter(|_| one.plan.visits.each == Unit::Quarter) {
            Some(units) => format!("{name} ({units})"),
            None => name,
        }
    }

    /// Visits to plan for the coming year, by the grade that comes out.
    fn coming(&self) -> Table {
        let mut sums = [0_i64; 3];
        let mut rows = Vec::new();
        for grade in self.grades().into_iter().flatten() {
            let Some(plan) = self.inputs.declared.plan_of(grade) else { continue };
            let customers = count(self.customers.iter().filter(|one| one.row.outcome() == Some(grade)).count());
            let units = if plan.visits.each == Unit::Quarter { 4 } else { 1 };
            let visits = |each: u32| customers * i64::from(each) * units;
            let line = [customers, visits(plan.visits.least), visits(plan.visits.target)];
            for (sum, value) in sums.iter_mut().zip(line) {
                *sum += value;
            }
            let words = [self.grade_name(Some(grade)), self.visits_in_words(&plan.visits)];
            rows.push(data(words.map(Cell::Text).into_iter().chain(line.map(Cell::Count)).collect()));
        }
        let words = [self.scene.say("pack.sum"), String::new()];
        rows.push(total(words.map(Cell::Text).into_iter().chain(sums.map(Cell::Count)).collect()));
        let mut columns = self.left(&["grade", "promise"]);
        columns.extend(self.right(&["customers", "visits_least", "visits_target"]));
        Table { printed: None, ..self.table("coming", columns, rows) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::parse_day;

    fn day(text: &str) -> NaiveDate {
        parse_day(text).unwrap()
    }

    fn visits(days: &[(&str, &str)]) -> Vec<(NaiveDate, Option<String>)> {
        days.iter().map(|(at, rank)| (day(at), (!rank.is_empty()).then(|| (*rank).to_owned()))).collect()
    }

    #[test]
    fn each_quarter_needs_its_own_visit() {
        let promised = Visits { least: 1, target: 1, each: Unit::Quarter, by: vec!["senior".to_owned()] };
        let all =
            [("2025-04-01", "senior"), ("2025-09-30", "senior"), ("2025-12-31", "senior"), ("2026-01-01", "senior")];
        let judge = |days: &[(&str, &str)], began: Option<&str>| {
            let found = visited(&promised, &visits(days), day("2026-03-25"), began.map(day));
            (found.kept, found.made, found.short.join(" "), found.due)
        };
        assert_eq!(judge(&all, None), (Promise::Kept, 4, String::new(), None));
        // The running quarter is not over: its visit is due, not missed.
        assert_eq!(judge(&all[..3], None), (Promise::Open, 3, String::new(), Some(day("2026-03-31"))));
        assert_eq!(judge(&all[1..], None), (Promise::Missed, 3, "2025-Q2".to_owned(), None));
        // A visit by somebody else, or after the day, does not count.
        let other = [("2025-04-01", "sales"), all[1], all[2], all[3], ("2026-03-26", "senior")];
        assert_eq!(judge(&other, None), (Promise::Missed, 3, "2025-Q2".to_owned(), None));
        // Quarters before a customer began, and the one in which it did, are promised nothing.
        assert_eq!(judge(&all[1..], Some("2025-04-02")), (Promise::Kept, 3, String::new(), None));
        assert_eq!(judge(&all[1..], Some("2025-04-01")), (Promise::Missed, 3, "2025-Q2".to_owned(), None));
        assert_eq!(judge(&[], Some("2026-02-01")), (Promise::Open, 0, String::new(), None));
    }

    #[test]
    fn a_year_is_the_twelve_months_up_to_the_day() {
        let promised = Visits { least: 1, target: 2, each: Unit::Year, by: Vec::new() };
        let judge = |at: &str, began: Option<&str>| {
            let found = visited(&promised, &visits(&[(at, "")]), day("2026-03-25"), began.map(day));
            (found.kept, found.made, found.due)
        };
        assert_eq!(judge("2025-03-26", None), (Promise::Kept, 1, None));
        assert_eq!(judge("2025-03-25", None), (Promise::Missed, 0, None));
        assert_eq!(judge("2026-03-25", None), (Promise::Kept, 1, None));
        assert_eq!(judge("2026-03-26", Some("2025-10-01")), (Promise::Open, 0, Some(day("2026-09-30"))));
    }

    #[test]
    fn shares_are_compared_exactly() {
        for (on_time, due, kept) in [
            (19, 20, Promise::Kept),
            (94_999, 100_000, Promise::Missed),
            (0, 0, Promise::Open),
            (0, 1, Promise::Missed),
        ] {
            assert_eq!(delivered(on_time, due, Share::new(95, 100)), kept, "{on_time}/{due}");
        }
        assert_eq!(delivered(999, 1000, Share::new(1, 1)), Promise::Missed);
        assert_eq!((within(0, 0), within(1, 0), within(2, 2)), (Promise::Kept, Promise::Missed, Promise::Kept));
    }
}
