//! Receipts that win a spin of the prize wheel (S21): one spin a receipt that reaches the amount, by store and day, with a member or without.
//!
//! Facts in, a [`Report`] out. Invariants: a receipt belongs to the day of its first line and is listed once, however long the period; what a return does
//! is a setting that the report names. Not here: prizes, which the wheel decides.

mod facts;
pub mod policy;
mod receipts;
mod tables;

use crate::{
    money::Share,
    report::{
        Block, Cell, Figure, Finding, Report, Section, Tone,
        equation::Equation,
        error::ReportError,
        graded::{Body, Scene, count},
        prizes::{
            facts::Facts,
            policy::{Prizes, Returns},
        },
    },
};

pub use receipts::Receipts;

/// What the report is made of.
#[derive(Debug, Clone, Copy)]
pub struct PrizeInputs<'a> {
    /// Everything around it.
    pub scene: Scene<'a>,
    /// Which receipts win.
    pub rules: &'a Prizes,
    /// The receipts of the period.
    pub receipts: &'a Receipts,
}

impl PrizeInputs<'_> {
    fn say(&self, key: &str) -> String {
        self.scene.say(&format!("prizes.{key}"))
    }

    fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.scene.say_with(&format!("prizes.{key}"), values)
    }

    fn number(&self, value: i64) -> String {
        self.scene.text(&Cell::Count(value))
    }

    fn limit(&self) -> String {
        self.scene.text(&Cell::Money(self.rules.least_amount.into()))
    }
}

/// Makes the report (S21).
///
/// # Errors
/// [`ReportError::NotReconciled`] when an equation does not hold.
pub fn build(inputs: &PrizeInputs<'_>) -> Result<Report, ReportError> {
    let facts = Facts::gather(inputs);
    let mut blocks = vec![Block::Figures(figures(inputs, &facts)), Block::Table(tables::stores(inputs, &facts))];
    if inputs.scene.period.first_day() != inputs.scene.period.last_day() {
        blocks.push(Block::Table(tables::days(inputs, &facts)));
    }
    let section = |id: &'static str, blocks: Vec<Block>| Section {
        id,
        title: inputs.say(id),
        lead: Some(inputs.say_with(&format!("{id}_lead"), &[("limit", &inputs.limit())])),
        blocks,
    };
    let mut sections = vec![section("summary", blocks)];
    sections.push(section("winning", vec![Block::Table(tables::receipts(inputs, "receipts", &facts.winning))]));
    if inputs.rules.returns == Returns::Reduce && !facts.fell.is_empty() {
        sections.push(section("fell", vec![Block::Table(tables::receipts(inputs, "fell_below", &facts.fell))]));
    }
    let body = Body {
        id: "prize-receipts",
        title: inputs.say("title"),
        findings: findings(inputs, &facts),
        sections,
        equations: equations(inputs, &facts),
        definitions: definitions(inputs),
    };
    inputs.scene.report(&[], body)
}

fn figures(inputs: &PrizeInputs<'_>, facts: &Facts) -> Vec<Figure> {
    let figure = |id, value| Figure { id, label: inputs.say(&format!("fig_{id}")), value, changes: Vec::new() };
    let sum = facts.sum();
    vec![
        figure("winning", Cell::Count(facts.winners())),
        figure("share", Cell::Percent(Share::new(facts.winners(), facts.all))),
        figure("with_member", Cell::Count(sum.with_member)),
        figure("without_member", Cell::Count(sum.without_member)),
    ]
}

fn findings(inputs: &PrizeInputs<'_>, facts: &Facts) -> Vec<Finding> {
    let values =
        [("winning", &*inputs.number(facts.winners())), ("all", &inputs.number(facts.all)), ("limit", &inputs.limit())];
    let mut found = vec![inputs.scene.finding(Tone::Neutral, "prizes.find_winning", &values)];
    let mut tell = |tone, key: &str, how_many: i64| {
        if how_many > 0 {
            let values = [("count", &*inputs.number(how_many)), ("limit", &inputs.limit())];
            found.push(inputs.scene.finding(tone, &format!("prizes.{key}"), &values));
        }
    };
    tell(Tone::Neutral, "find_fell", count(facts.fell.len()));
    tell(Tone::Bad, "find_unnumbered", inputs.receipts.unnumbered);
    if inputs.rules.returns == Returns::Reduce {
        tell(Tone::Bad, "find_astray", inputs.receipts.astray);
    }
    tell(Tone::Bad, "find_mixed", facts.mixed);
    tell(Tone::Neutral, "find_own_name", facts.own_name);
    found
}

fn equations(inputs: &PrizeInputs<'_>, facts: &Facts) -> Vec<Equation> {
    let sum = facts.sum();
    let fell = count(facts.fell.len());
    let listed = facts.winning.iter().map(|receipt| i128::from(facts::total(inputs, receipt))).sum();
    let read = count(inputs.receipts.rows.len());
    let by_day = facts.days.values().map(|tally| tally.winning()).sum();
    vec![
        Equation::counts(inputs.say("check_parts"), facts.winners() + fell + facts.below, facts.all),
        Equation::counts(inputs.say("check_read"), facts.all + facts.own_name, read),
        Equation::counts(inputs.say("check_stores"), sum.winning(), facts.winners()),
        Equation::counts(inputs.say("check_days"), by_day, facts.winners()),
        Equation::figures(inputs.say("check_amount"), sum.amount.into(), listed, Cell::Money),
    ]
}

fn definitions(inputs: &PrizeInputs<'_>) -> Vec<(String, String)> {
    let note = |key: &str, text: String| (inputs.say(&format!("note_{key}")), text);
    let day = inputs.scene.period.last_day().to_string();
    let returns = match (inputs.rules.returns, inputs.receipts.returns_named) {
        (Returns::Reduce, true) => inputs.say_with("def_reduce", &[("day", &day)]),
        (Returns::Reduce, false) => inputs.say_with("def_reduce_own", &[("day", &day)]),
        (Returns::Ignore, _) => inputs.say("def_ignore"),
    };
    let own_name = inputs.say(if inputs.rules.own_name_orders { "def_own_name_in" } else { "def_own_name_out" });
    vec![
        note("limit", inputs.say_with("def_limit", &[("limit", &inputs.limit())])),
        note("receipt", format!("{}{own_name}", inputs.say("def_receipt"))),
        note("returns", returns),
        note("rules", inputs.say("def_rules")),
    ]
}
