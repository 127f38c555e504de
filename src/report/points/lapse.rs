//! What lapses with the end of a day: the plan for approval, and once it was posted, what members lost as it stands in the ledger.

use std::collections::BTreeMap;

use chrono::Datelike;

use crate::{
    money::Share,
    period::day_from_number,
    points::{
        decision::{Plan, What},
        plan::PlanRow,
        programme::Programme,
    },
    report::{
        Block, Cell, Change, Figure, Finding, Report, Row, Section, Tone,
        equation::Equation,
        error::ReportError,
        graded::{Body, PRINTED, Scene, count, data, total},
        points::Desk,
    },
};

/// What the report is made of.
#[derive(Debug)]
pub struct LapseInputs<'a> {
    /// Everything around the figures.
    pub scene: Scene<'a>,
    /// The programme.
    pub programme: &'a Programme,
    /// The plan, with what was decided about it.
    pub plan: &'a Plan,
    /// Its rows.
    pub rows: &'a [PlanRow],
    /// What was posted, by member, as it was read back from the ledger: the points that were taken.
    pub posted: &'a BTreeMap<String, i64>,
    /// What lapsed the last time: the day, members and points.
    pub last: Option<(chrono::NaiveDate, i64, i64)>,
}

/// Makes the report.
///
/// # Errors
/// [`ReportError::NotReconciled`] when an equation does not hold.
pub fn lapse(inputs: &LapseInputs<'_>) -> Result<Report, ReportError> {
    let desk = Desk { scene: &inputs.scene, programme: inputs.programme };
    let page = Page { inputs, desk, posted: matches!(inputs.plan.state(), Some(What::Posted)) };
    let mut definitions = desk.rules();
    let plan = inputs.plan;
    definitions.push((desk.say("note_plan"), format!("{} · {}", plan.hash, plan.made_at)));
    definitions.push((desk.say("note_lapse"), desk.say("def_lapse")));
    let body = Body {
        id: "points-lapse",
        title: desk.title(if page.posted { "lapsed_title" } else { "lapse_title" }),
        findings: page.findings(),
        sections: vec![page.summary(), page.members(), page.decisions()],
        equations: page.equations(),
        definitions,
    };
    inputs.scene.report(&[], body)
}

struct Page<'a> {
    inputs: &'a LapseInputs<'a>,
    desk: Desk<'a>,
    posted: bool,
}

impl Page<'_> {
    /// What a member loses: as posted, or as planned.
    fn loses(&self, row: &PlanRow) -> i64 {
        if self.posted { self.inputs.posted.get(&row.member).copied().unwrap_or(0) } else { row.lapses }
    }

    fn points(&self) -> i64 {
        self.inputs.rows.iter().map(|row| self.loses(row)).sum()
    }

    fn summary(&self) -> Section {
        let rows = self.inputs.rows;
        let sum = |of: fn(&PlanRow) -> i64| rows.iter().map(of).sum::<i64>();
        let changes = match self.inputs.last {
            Some((day, _, points)) => vec![Change {
                label: self.desk.say_with("on_plan", &[("day", &day.to_string())]),
                by: Cell::PercentChange(Share::new(self.points() - points, points)),
                tone: Tone::Neutral,
            }],
            None => Vec::new(),
        };
        let figure = |id, value, changes| Figure { id, label: self.desk.say(&format!("fig_{id}")), value, changes };
        let none = Vec::new;
        let figures = vec![
            figure("lapses", Cell::Count(self.points()), changes),
            figure("losing", Cell::Count(count(rows.iter().filter(|row| self.loses(row) > 0).count())), none()),
            figure("worth", self.desk.money(self.points()), none()),
            figure("before", Cell::Count(sum(|row| row.balance)), none()),
            figure("kept", Cell::Count(sum(PlanRow::kept)), none()),
            figure("earned_since", Cell::Count(sum(|row| row.earned_since)), none()),
        ];
        self.desk.section("lapse_summary", vec![Block::Figures(figures), Block::Table(self.by_year())])
    }

    /// What lapses by the year in which it was earned.
    fn by_year(&self) -> crate::report::Table {
        let mut years: BTreeMap<i32, (i64, i64)> = BTreeMap::new();
        for lot in self.inputs.rows.iter().flat_map(|row| &row.lots) {
            let year = day_from_number(lot.earned).map_or(0, |day| day.year());
            let (lots, points) = years.entry(year).or_default();
            *lots += 1;
            *points += lot.points;
        }
        let planned: i64 = years.values().map(|(_, points)| points).sum();
        let row = |(year, (lots, points)): (&i32, &(i64, i64))| {
            data(vec![
                Cell::Text(year.to_string()),
                Cell::Count(*lots),
                Cell::Count(*points),
                Cell::Percent(Share::new(*points, planned)),
            ])
        };
        let mut rows: Vec<Row> = years.iter().map(row).collect();
        let lots = years.values().map(|(lots, _)| lots).sum();
        rows.push(total(vec![Cell::Text(self.desk.say("sum")), Cell::Count(lots), Cell::Count(planned), Cell::Empty]));
        let mut columns = self.desk.left(&["earned_in"]);
        columns.extend(self.desk.right(&["lots", "points", "share"]));
        self.desk.table("by_year", columns, rows)
    }

    fn members(&self) -> Section {
        let scene = self.desk.scene;
        let mut all: Vec<&PlanRow> =
            self.inputs.rows.iter().filter(|row| !self.posted || self.loses(row) > 0).collect();
        // Stable: members stand by id.
        all.sort_by_key(|row| std::cmp::Reverse(self.loses(row)));
        let row = |row: &&PlanRow| {
            let code = scene.dictionaries.of("member_id").and_then(|ids| ids.code(&row.member));
            let mut cells = match code {
                Some(code) => scene.who(code),
                None => std::iter::once(Cell::Text(row.member.clone()))
                    .chain(scene.people.described().map(|_| Cell::Empty))
                    .collect(),
            };
            let earned = row.lots.iter().map(|lot| lot.earned);
            let day = |day: Option<i32>| day.and_then(day_from_number).map_or(Cell::Empty, Cell::Date);
            cells.extend([
                Cell::Count(row.balance),
                Cell::Count(self.loses(row)),
                Cell::Count(row.kept()),
                Cell::Count(row.earned_since),
                Cell::Count(count(row.lots.len())),
                day(earned.clone().min()),
                day(earned.max()),
            ]);
            data(cells)
        };
        let mut rows: Vec<Row> = all.iter().map(row).collect();
        let sum = |of: &dyn Fn(&PlanRow) -> i64| Cell::Count(all.iter().map(|row| of(row)).sum());
        let mut cells = vec![Cell::Text(self.desk.say("sum"))];
        cells.extend(scene.people.described().map(|_| Cell::Empty));
        cells.extend([
            sum(&|row| row.balance),
            sum(&|row| self.loses(row)),
            sum(&PlanRow::kept),
            sum(&|row| row.earned_since),
        ]);
        cells.extend([sum(&|row| count(row.lots.len())), Cell::Empty, Cell::Empty]);
        rows.push(total(cells));
        let mut columns = scene.who_columns();
        columns.extend(self.desk.right(&["before", "lapses", "kept", "earned_since", "lots"]));
        columns.extend(self.desk.left(&["first_earned", "last_earned"]));
        let mut table = self.desk.table("losing", columns, rows);
        table.printed = Some(PRINTED);
        self.desk.section("losing", vec![Block::Table(table)])
    }

    fn decisions(&self) -> Section {
        let event = |event: &crate::points::decision::Event| {
            let text = |text: &Option<String>| text.clone().map_or(Cell::Empty, Cell::Text);
            data(vec![
                Cell::Text(event.at.to_string()),
                Cell::Text(self.desk.say(&format!("what_{}", event.what.name()))),
                text(&event.person),
                text(&event.reason),
                Cell::Count(event.members),
                Cell::Count(event.points),
            ])
        };
        let rows: Vec<Row> = self.inputs.plan.events.iter().map(event).collect();
        let mut columns = self.desk.left(&["at", "what", "person", "why"]);
        columns.extend(self.desk.right(&["members", "points"]));
        let block = if rows.is_empty() {
            Block::Text(self.desk.say("undecided"))
        } else {
            Block::Table(self.desk.table("decisions", columns, rows))
        };
        self.desk.section("decisions", vec![block])
    }

    fn findings(&self) -> Vec<Finding> {
        let plan = self.inputs.plan;
        let number = |value: i64| self.desk.number(value);
        let finding =
            |tone, key: &str, values: &[(&str, &str)]| Finding { tone, text: self.desk.say_with(key, values) };
        let members = count(self.inputs.rows.iter().filter(|row| self.loses(row) > 0).count());
        let worth = self.desk.worth_in_words(self.points());
        let values = [
            ("points", &*number(self.points())),
            ("members", &*number(members)),
            ("worth", &*worth),
            ("day", &*plan.day.to_string()),
        ];
        let mut found = vec![finding(Tone::Neutral, if self.posted { "find_posted" } else { "find_planned" }, &values)];
        if plan.tripped && !self.posted {
            found.push(finding(Tone::Bad, "find_tripped", &[]));
        }
        let spent = if self.posted {
            plan.points - self.points()
        } else {
            self.inputs.rows.iter().map(|row| row.lapses - row.left).sum()
        };
        if spent > 0 {
            found.push(finding(Tone::Neutral, "find_spent_since", &[("points", &number(spent))]));
        }
        found
    }

    fn equations(&self) -> Vec<Equation> {
        let rows = self.inputs.rows;
        let lots: i64 = rows.iter().flat_map(|row| &row.lots).map(|lot| lot.points).sum();
        let planned: i64 = rows.iter().map(|row| row.lapses).sum();
        let mut equations = vec![
            Equation::counts(self.desk.say("check_lots"), lots, planned),
            Equation::counts(self.desk.say("check_plan"), planned, self.inputs.plan.points),
            Equation::counts(
                self.desk.say("check_kept"),
                rows.iter().map(|row| row.kept() + row.lapses).sum(),
                rows.iter().map(|row| row.balance).sum(),
            ),
        ];
        if self.posted {
            let noted: i64 = self.inputs.posted.values().sum();
            let done = self
                .inputs
                .plan
                .events
                .iter()
                .rev()
                .find(|event| event.what == What::Posted)
                .map_or(0, |event| event.points);
            equations.push(Equation::counts(self.desk.say("check_posted"), noted, done));
            equations.push(Equation::counts(self.desk.say("check_members"), self.points(), noted));
        }
        equations
    }
}
