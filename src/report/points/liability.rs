//! The points liability for finance, each month: what there was, what moved, what there is, what it is worth, when it will lapse.

use std::collections::BTreeMap;

use crate::{
    money::{Rounding, Share, div_round},
    period::{Period, Unit, day_from_number},
    points::{
        entry::Kind,
        flow::{Flow, RollForward, total as all_tiers},
        programme::{Breakage, Programme},
        rulebook::FOREVER,
    },
    report::{
        Block, Cell, Change, Chart, ChartKind, ChartUnit, Figure, Finding, Report, Row, Section, Series, Tone,
        equation::Equation,
        error::ReportError,
        graded::{Body, Scene, data, total},
        points::Desk,
    },
};

/// Months of the forecast that have a line of their own.
const MONTHS_AHEAD: usize = 24;

/// What the report is made of.
#[derive(Debug)]
pub struct LiabilityInputs<'a> {
    /// Everything around the figures.
    pub scene: Scene<'a>,
    /// The programme.
    pub programme: &'a Programme,
    /// The periods of the roll-forward, the last of which the report is about.
    pub periods: &'a [Period],
    /// The figures.
    pub found: &'a RollForward,
    /// The names of tiers by place, from 1.
    pub tiers: &'a [String],
}

/// Makes the report.
///
/// # Errors
/// [`ReportError::Nothing`] when nobody has points, [`ReportError::NotReconciled`] when an equation does not hold.
pub fn liability(inputs: &LiabilityInputs<'_>) -> Result<Report, ReportError> {
    let flows: Vec<Flow> = inputs.found.flows.iter().map(all_tiers).collect();
    let Some(now) = flows.last().copied().filter(|flow| flow.members > 0) else {
        return Err(ReportError::Nothing { what: "points entries", as_of: inputs.scene.period.last_day() });
    };
    let desk = Desk { scene: &inputs.scene, programme: inputs.programme };
    let page = Page { inputs, desk, flows, now };
    let mut definitions = desk.rules();
    definitions.extend(
        ["flow", "worth", "ahead", "tiers"].map(|id| (desk.say(&format!("note_{id}")), desk.say(&format!("def_{id}")))),
    );
    let body = Body {
        id: "points-liability",
        title: desk.title("liability_title"),
        findings: page.findings(),
        sections: vec![page.summary(), page.flow(), page.tiers(), page.ahead()],
        equations: page.equations(),
        definitions,
    };
    inputs.scene.report(&[], body)
}

struct Page<'a> {
    inputs: &'a LiabilityInputs<'a>,
    desk: Desk<'a>,
    flows: Vec<Flow>,
    now: Flow,
}

impl Page<'_> {
    /// Points that members can still use, now or later.
    fn usable(&self) -> i64 {
        self.now.closing + self.now.owed - self.now.lapsed
    }

    /// The share of points that will never be used.
    fn breakage(&self) -> Option<Share> {
        let (lapsed, spent) = (self.inputs.found.lapsed_ever, self.inputs.found.spent_ever);
        match self.inputs.programme.liability?.breakage {
            Breakage::Measured => Some(Share::new(lapsed, lapsed + spent)).filter(|share| share.whole > 0),
            Breakage::Decided(share) => Some(share),
        }
    }

    /// What usable points are worth less what will never be used, in minor units, a half upwards.
    fn net(&self) -> Option<i128> {
        let (gross, breakage) = (self.desk.worth(self.usable())?, self.breakage()?);
        div_round(gross * (breakage.whole - breakage.part), breakage.whole, Rounding::HalfUp)
    }

    fn summary(&self) -> Section {
        let before = self.flows.len().checked_sub(2).and_then(|at| self.flows.get(at));
        let change = |now: i64, before: Option<i64>| match before {
            Some(before) => vec![Change {
                label: self.desk.say("on_last"),
                by: Cell::PercentChange(Share::new(now - before, before)),
                tone: Tone::Neutral,
            }],
            None => Vec::new(),
        };
        let figure = |id, value, changes| Figure { id, label: self.desk.say(&format!("fig_{id}")), value, changes };
        let [earned, redeemed, expired, zeroed, ..] = self.now.sums;
        let of = |at: usize| before.and_then(|flow| flow.sums.get(at)).copied();
        let figures = vec![
            figure("balance", Cell::Count(self.now.closing), change(self.now.closing, before.map(|flow| flow.closing))),
            figure("members", Cell::Count(self.now.members), change(self.now.members, before.map(|flow| flow.members))),
            figure("earned", Cell::Count(earned), change(earned, of(0))),
            figure("redeemed", Cell::Count(-redeemed), change(-redeemed, of(1).map(|points| -points))),
            figure("lapsed", Cell::Count(-expired - zeroed), Vec::new()),
            figure("gross", self.desk.money(self.usable()), Vec::new()),
            figure("breakage", self.breakage().map_or(Cell::Empty, Cell::Percent), Vec::new()),
            figure("net", self.net().map_or(Cell::Empty, Cell::Money), Vec::new()),
        ];
        let names = self.inputs.periods.iter().map(Period::to_string).collect();
        let series = |key: &str, of: &dyn Fn(&Flow) -> i64| Series {
            name: self.desk.say(key),
            unit: ChartUnit::Count,
            values: self.flows.iter().map(|flow| Some(i128::from(of(flow)))).collect(),
        };
        let chart = Chart {
            id: "balance",
            title: self.desk.say("balance_chart"),
            kind: ChartKind::Lines,
            categories: names,
            series: vec![series("fig_balance", &|flow| flow.closing)],
        };
        self.desk.section("liability_summary", vec![Block::Figures(figures), Block::Chart(chart)])
    }

    fn flow_cells(flow: &Flow) -> Vec<Cell> {
        let mut cells = vec![Cell::Count(flow.opening)];
        cells.extend(flow.sums.map(Cell::CountChange));
        cells.extend([Cell::CountChange(flow.unmet), Cell::Count(flow.closing)]);
        cells
    }

    fn flow_columns(&self, first: &str) -> Vec<crate::report::Column> {
        let mut columns = self.desk.left(&[first]);
        columns.extend(self.desk.right(&["opening"]));
        columns.extend(self.desk.right(&Kind::ALL.map(Kind::name)));
        columns.extend(self.desk.right(&["unmet", "closing"]));
        columns
    }

    fn flow(&self) -> Section {
        let row = |(period, flow): (&Period, &Flow)| {
            let mut cells = vec![Cell::Text(period.to_string())];
            cells.extend(Self::flow_cells(flow));
            data(cells)
        };
        let mut rows: Vec<Row> = self.inputs.periods.iter().zip(&self.flows).map(row).collect();
        let mut cells = vec![Cell::Text(self.desk.say("sum"))];
        cells.extend(Self::flow_cells(&self.whole()));
        rows.push(total(cells));
        let table = self.desk.table("flow", self.flow_columns("period"), rows);
        self.desk.section("flow", vec![Block::Table(table)])
    }

    /// All periods as one.
    fn whole(&self) -> Flow {
        let mut whole = Flow { opening: self.flows.first().map_or(0, |flow| flow.opening), ..self.now };
        whole.sums = std::array::from_fn(|at| self.flows.iter().filter_map(|flow| flow.sums.get(at)).sum());
        whole.unmet = self.flows.iter().map(|flow| flow.unmet).sum();
        whole
    }

    fn tiers(&self) -> Section {
        let empty = BTreeMap::new();
        let now = self.inputs.found.flows.last().unwrap_or(&empty);
        let row = |(tier, flow): (&usize, &Flow)| {
            let name = tier.checked_sub(1).and_then(|at| self.inputs.tiers.get(at)).cloned();
            let mut cells =
                vec![Cell::Text(name.unwrap_or_else(|| self.desk.say("no_tier"))), Cell::Count(flow.members)];
            cells.extend(Self::flow_cells(flow));
            cells.push(self.desk.money(flow.closing + flow.owed - flow.lapsed));
            data(cells)
        };
        let mut rows: Vec<Row> = now.iter().map(row).collect();
        let mut cells = vec![Cell::Text(self.desk.say("sum")), Cell::Count(self.now.members)];
        cells.extend(Self::flow_cells(&self.now));
        cells.push(self.desk.money(self.usable()));
        rows.push(total(cells));
        let mut columns = self.flow_columns("tier");
        columns.splice(1..1, self.desk.right(&["members"]));
        columns.extend(self.desk.right(&["worth"]));
        self.desk.section("tiers", vec![Block::Table(self.desk.table("tiers", columns, rows))])
    }

    fn ahead(&self) -> Section {
        let mut months: BTreeMap<Period, i64> = BTreeMap::new();
        let mut never = 0;
        for (day, points) in &self.inputs.found.ahead {
            match day_from_number(*day).filter(|_| *day != FOREVER) {
                Some(day) => *months.entry(Period::holding(Unit::Month, day)).or_default() += points,
                None => never += points,
            }
        }
        let mut rows: Vec<Row> = Vec::new();
        let mut reached = 0;
        for (month, points) in months.iter().take(MONTHS_AHEAD) {
            reached += points;
            rows.push(data(vec![
                Cell::Text(month.to_string()),
                Cell::Count(*points),
                self.desk.money(*points),
                Cell::Percent(Share::new(reached, self.usable())),
            ]));
        }
        let later: i64 = months.values().skip(MONTHS_AHEAD).sum();
        for (key, points) in [("later", later), ("never", never)] {
            if points != 0 {
                rows.push(data(vec![
                    Cell::Text(self.desk.say(key)),
                    Cell::Count(points),
                    self.desk.money(points),
                    Cell::Empty,
                ]));
            }
        }
        rows.push(total(vec![
            Cell::Text(self.desk.say("sum")),
            Cell::Count(self.usable()),
            self.desk.money(self.usable()),
            Cell::Empty,
        ]));
        let mut columns = self.desk.left(&["month"]);
        columns.extend(self.desk.right(&["points", "worth", "reached"]));
        let mut blocks = Vec::new();
        if !months.is_empty() {
            let shown = || months.iter().take(MONTHS_AHEAD);
            blocks.push(Block::Chart(Chart {
                id: "ahead",
                title: self.desk.say("ahead_chart"),
                kind: ChartKind::Columns,
                categories: shown().map(|(month, _)| month.to_string()).collect(),
                series: vec![Series {
                    name: self.desk.say("col_points"),
                    unit: ChartUnit::Count,
                    values: shown().map(|(_, points)| Some(i128::from(*points))).collect(),
                }],
            }));
        }
        blocks.push(Block::Table(self.desk.table("ahead", columns, rows)));
        self.desk.section("ahead", blocks)
    }

    fn findings(&self) -> Vec<Finding> {
        let number = |value: i64| self.desk.number(value);
        let finding =
            |tone, key: &str, values: &[(&str, &str)]| Finding { tone, text: self.desk.say_with(key, values) };
        let worth = self.desk.worth_in_words(self.usable());
        let mut found = vec![finding(
            Tone::Neutral,
            "find_balance",
            &[("points", &number(self.usable())), ("worth", &worth), ("members", &number(self.now.members))],
        )];
        if self.now.lapsed > 0 {
            found.push(finding(Tone::Bad, "find_lapsed", &[("points", &number(self.now.lapsed))]));
        }
        if self.now.owed > 0 {
            found.push(finding(Tone::Bad, "find_owed", &[("points", &number(self.now.owed))]));
        }
        if self.now.unmet > 0 {
            found.push(finding(Tone::Bad, "find_unmet", &[("points", &number(self.now.unmet))]));
        }
        let end = crate::period::day_number(self.desk.scene.period.last_day());
        let soon: i64 = self.inputs.found.ahead.range(end..end.saturating_add(91)).map(|(_, points)| points).sum();
        if soon > 0 {
            let share = self.desk.scene.percent(soon, self.usable());
            found.push(finding(Tone::Neutral, "find_soon", &[("points", &number(soon)), ("share", &share)]));
        }
        if self.inputs.programme.liability.is_none() {
            found.push(finding(Tone::Bad, "find_no_value", &[]));
        }
        found
    }

    fn equations(&self) -> Vec<Equation> {
        let mut equations = Vec::new();
        let moved = |flow: &Flow| flow.opening + flow.sums.iter().sum::<i64>() + flow.unmet;
        for (period, flow) in self.inputs.periods.iter().zip(&self.flows) {
            let words = self.desk.say_with("check_flow", &[("period", &period.to_string())]);
            equations.push(Equation::counts(words, moved(flow), flow.closing));
        }
        let whole = self.whole();
        equations.push(Equation::counts(self.desk.say("check_whole"), moved(&whole), self.now.closing));
        let ahead: i64 = self.inputs.found.ahead.values().sum();
        equations.push(Equation::counts(self.desk.say("check_ahead"), ahead, self.usable()));
        equations
    }
}
