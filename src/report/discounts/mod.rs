//! Step discounts by product category (S20): points of the year in each category, classes with what they pay next year, moves, and the table for
//! the store systems.
//!
//! Facts in, a [`Report`] out. Invariants: points of a member in a category are the net amount of the year, fractions dropped once; a discount names its
//! category and is valid in the following year. Not here: points that a programme posts and lets lapse.

mod facts;
pub mod policy;
mod spend;
mod tables;

use chrono::NaiveDate;

use crate::{
    period::Period,
    report::{
        Block, Cell, Figure, Finding, Report, Section, Tone,
        discounts::{facts::Facts, policy::Discounts},
        equation::Equation,
        error::ReportError,
        graded::{Body, Scene, count},
    },
    text::Lang,
};

pub use spend::Spend;

/// What the report is made of.
#[derive(Debug, Clone, Copy)]
pub struct DiscountInputs<'a> {
    /// Everything around it; the period is a year.
    pub scene: Scene<'a>,
    /// How points become discounts.
    pub rules: &'a Discounts,
    /// What members bought.
    pub spend: &'a Spend,
}

impl DiscountInputs<'_> {
    fn say(&self, key: &str) -> String {
        self.scene.say(&format!("discounts.{key}"))
    }

    fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.scene.say_with(&format!("discounts.{key}"), values)
    }

    fn number(&self, value: i64) -> String {
        self.scene.text(&Cell::Count(value))
    }

    fn money(&self, minor: i64) -> String {
        self.scene.text(&Cell::Money(minor.into()))
    }

    /// The first and the last day of the discounts.
    fn valid(&self) -> (NaiveDate, NaiveDate) {
        let next = Period::holding(self.scene.period.unit(), self.scene.period.end());
        (next.first_day(), next.last_day())
    }

    /// The discount of a class in words: `9.5折`, `5 % off`.
    fn discount(&self, class: usize) -> String {
        let class = self.rules.classes.get(class);
        class.map_or_else(String::new, |class| match self.scene.lang {
            Lang::Chinese => class.zhe(),
            Lang::English => self.say_with("off", &[("percent", &class.off())]),
        })
    }
}

/// Makes the report (S20).
///
/// # Errors
/// [`ReportError::Nothing`] when nobody bought anything, [`ReportError::NotReconciled`] when an equation does not hold.
pub fn build(inputs: &DiscountInputs<'_>) -> Result<Report, ReportError> {
    let facts = Facts::gather(inputs);
    if facts.categories.is_empty() {
        return Err(ReportError::Nothing { what: "sales to members", as_of: inputs.scene.period.last_day() });
    }
    let section = |id: &'static str, blocks: Vec<Block>| Section {
        id,
        title: inputs.say(id),
        lead: Some(inputs.say(&format!("{id}_lead"))),
        blocks,
    };
    let mut sections = vec![section(
        "summary",
        vec![
            Block::Figures(figures(inputs, &facts)),
            Block::Table(tables::categories(inputs, &facts)),
            Block::Table(tables::classes(inputs, &facts)),
        ],
    )];
    let [_, lines_before] = inputs.spend.lines;
    if lines_before > 0 {
        sections.push(section("moves", vec![Block::Table(tables::moves(inputs, &facts))]));
    }
    sections.push(section("given", vec![Block::Table(tables::given(inputs, &facts))]));
    let body = Body {
        id: "discounts",
        title: inputs.say("title"),
        findings: findings(inputs, &facts),
        sections,
        equations: equations(inputs, &facts),
        definitions: definitions(inputs),
    };
    inputs.scene.report(&[], body)
}

fn figures(inputs: &DiscountInputs<'_>, facts: &Facts) -> Vec<Figure> {
    let figure = |id, value| Figure {
        id,
        label: inputs.say(&format!("fig_{id}")),
        value: Cell::Count(value),
        changes: Vec::new(),
    };
    let covered = facts.categories.iter().filter(|category| category.covered).count();
    vec![
        figure("members", facts.members),
        figure("discounts", facts.discounts()),
        figure("categories", count(covered)),
        figure("points", facts.points),
    ]
}

fn findings(inputs: &DiscountInputs<'_>, facts: &Facts) -> Vec<Finding> {
    let (from, to) = inputs.valid();
    let mut found = Vec::new();
    let mut tell = |tone, key: &str, values: &[(&str, &str)]| {
        found.push(inputs.scene.finding(tone, &format!("discounts.{key}"), values));
    };
    let values = [
        ("members", &*inputs.number(facts.members)),
        ("discounts", &inputs.number(facts.discounts())),
        ("from", &from.to_string()),
        ("to", &to.to_string()),
    ];
    tell(Tone::Neutral, "find_given", &values);
    let [_, lines_before] = inputs.spend.lines;
    if lines_before > 0 {
        let values = [
            ("better", &*inputs.number(facts.moved(|before, now| before > 0 && now > before))),
            ("worse", &inputs.number(facts.moved(|before, now| now > 0 && now < before))),
            ("new", &inputs.number(facts.moved(|before, _| before == 0))),
            ("lost", &inputs.number(facts.moved(|_, now| now == 0))),
        ];
        tell(Tone::Neutral, "find_moves", &values);
        let year_before = inputs.scene.period.previous().first_day();
        if let Some(day) = inputs.spend.begins().filter(|day| *day > year_before) {
            tell(Tone::Neutral, "find_begins", &[("day", &day.to_string())]);
        }
    }
    let uncategorised = facts.categories.iter().filter(|category| category.name.is_none());
    let [amount, points] = uncategorised.fold([0, 0], |[amount, points], category| {
        let ([own, _], [own_points, _]) = (category.amount, category.points);
        [amount + own, points + own_points]
    });
    if amount != 0 || points != 0 {
        let values = [("amount", &*inputs.money(amount)), ("points", &inputs.number(points))];
        tell(Tone::Bad, "find_uncategorised", &values);
    }
    found
}

fn equations(inputs: &DiscountInputs<'_>, facts: &Facts) -> Vec<Equation> {
    let money =
        |key: &str, left: i64, right: i64| Equation::figures(inputs.say(key), left.into(), right.into(), Cell::Money);
    let points = facts.categories.iter().map(|category| category.points[0]).sum();
    let by_class = (0..inputs.rules.classes.len()).map(|class| facts.of_class(class)).sum();
    let ([without, _], [all, _]) = (inputs.spend.without_member, inputs.spend.all);
    vec![
        Equation::counts(inputs.say("check_points"), points, facts.points),
        money("check_amount", facts.points * inputs.rules.amount_per_point + facts.rest, facts.amount),
        money("check_lines", facts.categories.iter().map(|category| category.amount[0]).sum::<i64>() + without, all),
        Equation::counts(inputs.say("check_classes"), by_class, facts.discounts()),
        Equation::counts(inputs.say("check_moves"), facts.moved(|_, now| now > 0), facts.discounts()),
    ]
}

fn definitions(inputs: &DiscountInputs<'_>) -> Vec<(String, String)> {
    let (from, to) = inputs.valid();
    let note = |key: &str, text: String| (inputs.say(&format!("note_{key}")), text);
    let rules = inputs.rules;
    let classes = rules.classes.iter().enumerate().map(|(place, class)| {
        format!("{} ≥ {} → {}", class.id, inputs.number(class.from_points), inputs.discount(place))
    });
    let categories = match &rules.categories {
        policy::Categories::Only(only) => inputs.say_with("def_only", &[("categories", &only.join(" · "))]),
        policy::Categories::Except(except) if except.is_empty() => inputs.say("def_every"),
        policy::Categories::Except(except) => inputs.say_with("def_except", &[("categories", &except.join(" · "))]),
    };
    vec![
        note("points", inputs.say_with("def_points", &[("amount", &inputs.money(rules.amount_per_point))])),
        note("classes", classes.collect::<Vec<_>>().join(" · ")),
        note("categories", categories),
        note("valid", inputs.say_with("def_valid", &[("from", &from.to_string()), ("to", &to.to_string())])),
        note("before", inputs.say("def_before")),
        note("rules", inputs.say("def_rules")),
    ]
}
