//! Points about to lapse, so many days ahead: who is to be warned today. The notices themselves are another matter.

use std::collections::BTreeMap;

use crate::{
    period::day_from_number,
    points::{outlook::Expiring, programme::Programme},
    report::{
        Block, Cell, Figure, Finding, Report, Row, Tone,
        equation::Equation,
        error::ReportError,
        graded::{Body, PRINTED, Scene, count, data, total},
        points::Desk,
    },
};

/// What the report is made of.
#[derive(Debug)]
pub struct ExpiringInputs<'a> {
    /// Everything around the figures.
    pub scene: Scene<'a>,
    /// The programme.
    pub programme: &'a Programme,
    /// What lapses of whom and when, by day and member.
    pub expiring: &'a [Expiring],
    /// Points in all that lapse on each of the days, worked out apart from the members.
    pub totals: &'a BTreeMap<i64, i64>,
}

/// Makes the report.
///
/// # Errors
/// [`ReportError::NotReconciled`] when an equation does not hold.
pub fn expiring(inputs: &ExpiringInputs<'_>) -> Result<Report, ReportError> {
    let desk = Desk { scene: &inputs.scene, programme: inputs.programme };
    let of = |ahead: i64| inputs.expiring.iter().filter(move |one| one.days_ahead == ahead);
    let points = |ahead: i64| of(ahead).map(|one| one.points).sum::<i64>();
    let figure = |ahead: i64, value: i64, key: &str| Figure {
        id: "expiring",
        label: desk.say_with(key, &[("days", &ahead.to_string())]),
        value: Cell::Count(value),
        changes: Vec::new(),
    };
    let leads = &inputs.programme.warn_days;
    let figures = leads.iter().flat_map(|ahead| {
        [figure(*ahead, count(of(*ahead).count()), "fig_warned"), figure(*ahead, points(*ahead), "fig_expiring")]
    });
    let mut blocks = vec![Block::Figures(figures.collect())];
    blocks.push(Block::Table(members(&desk, inputs)));
    let equations = inputs.totals.iter().map(|(ahead, total)| {
        let words = desk.say_with("check_expiring", &[("days", &ahead.to_string())]);
        Equation::counts(words, points(*ahead), *total)
    });
    let number = |value: i64| desk.number(value);
    let find = |ahead: &i64| {
        let day = inputs.scene.period.last_day() + chrono::Days::new(ahead.unsigned_abs());
        let values = [
            ("days", &*ahead.to_string()),
            ("day", &*day.to_string()),
            ("members", &*number(count(of(*ahead).count()))),
            ("points", &*number(points(*ahead))),
        ];
        Finding { tone: Tone::Neutral, text: desk.say_with("find_expiring", &values) }
    };
    let mut definitions = desk.rules();
    definitions.push((desk.say("note_expiring"), desk.say("def_expiring")));
    let body = Body {
        id: "points-expiring",
        title: desk.title("expiring_report_title"),
        findings: leads.iter().map(find).collect(),
        sections: vec![desk.section("expiring", blocks)],
        equations: equations.collect(),
        definitions,
    };
    inputs.scene.report(&[], body)
}

fn members(desk: &Desk<'_>, inputs: &ExpiringInputs<'_>) -> crate::report::Table {
    let row = |one: &Expiring| {
        let mut cells = vec![Cell::Count(one.days_ahead), day_from_number(one.last).map_or(Cell::Empty, Cell::Date)];
        cells.extend(inputs.scene.who(one.member));
        cells.extend([Cell::Count(one.points), desk.money(one.points), Cell::Count(one.balance)]);
        data(cells)
    };
    let mut rows: Vec<Row> = inputs.expiring.iter().map(row).collect();
    let all: i64 = inputs.expiring.iter().map(|one| one.points).sum();
    let mut cells = vec![Cell::Text(desk.say("sum")), Cell::Empty];
    cells.extend(inputs.scene.who_columns().iter().map(|_| Cell::Empty));
    cells.extend([Cell::Count(all), desk.money(all), Cell::Empty]);
    rows.push(total(cells));
    let mut columns = desk.right(&["days_ahead"]);
    columns.extend(desk.left(&["last_day"]));
    columns.extend(inputs.scene.who_columns());
    columns.extend(desk.right(&["points", "worth", "balance"]));
    let mut table = desk.table("expiring", columns, rows);
    table.printed = Some(PRINTED);
    table
}
