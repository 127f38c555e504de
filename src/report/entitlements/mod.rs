//! Services of membership cards (S09): who has a right to what, who has used it in the calendar year, what was used without a right, and what is still
//! unused near the year's end; by department and VIP service manager.
//!
//! Facts in, a [`Report`] out. Invariants: a use is judged by the tier of its own day; uses without a right count towards no limit. Not here: reminding
//! members, birthday cards as such.

mod facts;
pub mod policy;
mod right;
mod tables;
mod uses;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    report::{
        Block, Cell, Figure, Finding, Report, Section, Tone,
        entitlements::{
            facts::{Facts, Verdict},
            policy::Entitlements,
        },
        equation::Equation,
        error::ReportError,
        graded::{Body, People, Scene, count},
    },
    text::Title,
};

pub use right::{Cards, Kept, Rights};
pub use uses::Use;

/// What the report is made of.
#[derive(Debug, Clone, Copy)]
pub struct EntitlementInputs<'a> {
    /// Everything around it.
    pub scene: Scene<'a>,
    /// Who has a right to what.
    pub rules: &'a Entitlements,
    /// Where tiers come from.
    pub rights: &'a Rights,
    /// The uses of the calendar year up to the last day of the period, in their order.
    pub uses: &'a [Use],
    /// The members on that day, by id.
    pub members: &'a [u32],
    /// Customers, to whom some members belong, for the person in charge of them.
    pub customers: &'a People,
    /// The name of each department, by code.
    pub departments: &'a BTreeMap<u32, u32>,
}

impl EntitlementInputs<'_> {
    fn say(&self, key: &str) -> String {
        self.scene.say(&format!("entitlements.{key}"))
    }

    fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.scene.say_with(&format!("entitlements.{key}"), values)
    }

    fn number(&self, value: i64) -> String {
        self.scene.text(&Cell::Count(value))
    }

    fn day(&self) -> NaiveDate {
        self.scene.period.last_day()
    }

    fn title(&self, title: &Title) -> String {
        title.in_lang(self.scene.lang).to_owned()
    }
}

/// Makes the report (S09).
///
/// # Errors
/// [`ReportError::NotReconciled`] when an equation does not hold.
pub fn build(inputs: &EntitlementInputs<'_>) -> Result<Report, ReportError> {
    let facts = Facts::gather(inputs);
    let section = |id: &'static str, blocks: Vec<Block>| Section {
        id,
        title: inputs.say(id),
        lead: Some(inputs.say(&format!("{id}_lead"))),
        blocks,
    };
    let groups = tables::Groups::of(inputs, &facts);
    let mut sections = vec![
        section(
            "summary",
            vec![
                Block::Figures(figures(inputs, &facts)),
                Block::Table(tables::services(inputs, &facts)),
                Block::Table(tables::tiers(inputs, &facts)),
            ],
        ),
        section("groups", vec![Block::Table(groups.table(inputs))]),
        section("wrong", vec![Block::Table(tables::wrong(inputs, &facts))]),
    ];
    let unused = if inputs.rules.reminds(inputs.day()) {
        Block::Table(tables::unused(inputs, &facts))
    } else {
        Block::Text(inputs.say_with("not_yet", &[("day", &inputs.rules.remind_from())]))
    };
    sections.push(section("unused", vec![unused]));
    sections.push(section("uses", vec![Block::Table(tables::uses(inputs, &facts))]));
    let body = Body {
        id: "entitlements",
        title: inputs.say("title"),
        findings: findings(inputs, &facts),
        sections,
        equations: equations(inputs, &facts, &groups),
        definitions: definitions(inputs),
    };
    inputs.scene.report(&[], body)
}

fn figures(inputs: &EntitlementInputs<'_>, facts: &Facts) -> Vec<Figure> {
    let figure = |id, value| Figure {
        id,
        label: inputs.say(&format!("fig_{id}")),
        value: Cell::Count(value),
        changes: Vec::new(),
    };
    vec![
        figure("entitled", count(facts.entitled.len())),
        figure("uses", count(facts.uses.len())),
        figure("wrong", facts.wrong()),
        figure("unused", count(facts.unused.len())),
    ]
}

fn findings(inputs: &EntitlementInputs<'_>, facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut tell = |tone, key: &str, values: &[(&str, &str)]| {
        found.push(inputs.scene.finding(tone, &format!("entitlements.{key}"), values));
    };
    let (entitled, uses) = (inputs.number(count(facts.entitled.len())), inputs.number(count(facts.uses.len())));
    tell(Tone::Neutral, "find_uses", &[("entitled", &entitled), ("uses", &uses)]);
    if facts.wrong() > 0 {
        tell(Tone::Bad, "find_wrong", &[("count", &inputs.number(facts.wrong()))]);
    }
    if inputs.rules.reminds(inputs.day()) && !facts.unused.is_empty() {
        tell(Tone::Bad, "find_unused", &[("count", &inputs.number(count(facts.unused.len())))]);
    }
    if facts.undefined() > 0 {
        tell(Tone::Bad, "find_undefined", &[("count", &inputs.number(facts.undefined()))]);
    }
    for (word, cards) in inputs.rights.unknown().into_iter().flatten() {
        tell(Tone::Bad, "find_unknown_tier", &[("word", word), ("count", &inputs.number(*cards))]);
    }
    found
}

fn equations(inputs: &EntitlementInputs<'_>, facts: &Facts, groups: &tables::Groups) -> Vec<Equation> {
    let uses = count(facts.uses.len());
    let kinds = [Verdict::OverLimit, Verdict::NotInTier, Verdict::Inactive, Verdict::NoTier, Verdict::UnknownService];
    let wrong: i64 = kinds.into_iter().map(|verdict| facts.of(verdict)).sum();
    let sum = |of: &dyn Fn(&facts::Tally) -> i64| facts.services.iter().map(of).sum::<i64>();
    let rights =
        facts.tiers.iter().zip(&inputs.rules.tiers).map(|(members, tier)| members * count(tier.services.len()));
    vec![
        Equation::counts(inputs.say("check_verdicts"), facts.of(Verdict::Right) + wrong, uses),
        Equation::counts(inputs.say("check_services"), sum(&|tally| tally.uses) + facts.undefined(), uses),
        Equation::counts(inputs.say("check_rights"), sum(&|tally| tally.used + tally.unused), rights.sum()),
        Equation::counts(inputs.say("check_groups"), groups.uses(), uses),
    ]
}

fn definitions(inputs: &EntitlementInputs<'_>) -> Vec<(String, String)> {
    let note = |key: &str, text: String| (inputs.say(&format!("note_{key}")), text);
    let tiers = match &inputs.rules.scheme {
        Some(scheme) => inputs.say_with("def_scheme", &[("scheme", scheme)]),
        None => inputs.say("def_cards"),
    };
    vec![
        note("tiers", tiers),
        note("limit", inputs.say("def_limit")),
        note("unused", inputs.say_with("def_unused", &[("day", &inputs.rules.remind_from())])),
        note("manager", inputs.say("def_manager")),
        note("rules", inputs.say("def_rules")),
    ]
}
