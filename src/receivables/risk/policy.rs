//! `config/risk.toml`: the five classes, provisions, contagion, the schemes shown beside, and what is suggested.

use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned, did_you_mean, quoted},
    money::{Scale, Share, parse_minor},
    receivables::risk::{ByClass, RiskClass},
    text::Title,
};

/// Decimal places that a percentage may have.
const PERCENT_PLACES: u8 = 4;
/// The highest number of days that a class may begin with: ten years.
const MOST_DAYS: i64 = 3_660;
/// What stands for a percentage that nobody decided.
const UNDECIDED: &str = "required";

/// A class as declared.
#[derive(Debug, Clone)]
pub struct ClassRule {
    /// What it is called.
    pub title: Title,
    /// The fewest days overdue; `None` for whatever is not due yet.
    pub min_days: Option<i64>,
    /// The most days overdue; `None` for all beyond.
    pub max_days: Option<i64>,
    /// The share of what is open that is set aside; `None` while nobody decided it.
    pub provision: Option<Share>,
}

/// A measure that is suggested to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Nothing is shipped until people decide (S70).
    HoldShipment,
    /// Payment before shipment, 款到发货 (S70).
    Prepayment,
    /// Cash on delivery, 货到付款 (S70).
    CashOnDelivery,
    /// No goods on consignment, 取消寄存式销售 (S70).
    CancelConsignment,
    /// A deposit before a request that takes time (S77).
    Deposit,
}

impl Action {
    /// Every measure, the gravest first.
    pub const ALL: [Self; 5] =
        [Self::HoldShipment, Self::Prepayment, Self::CashOnDelivery, Self::CancelConsignment, Self::Deposit];

    /// The name in declarations and data.
    pub fn name(self) -> &'static str {
        match self {
            Self::HoldShipment => "hold-shipment",
            Self::Prepayment => "prepayment",
            Self::CashOnDelivery => "cash-on-delivery",
            Self::CancelConsignment => "cancel-consignment",
            Self::Deposit => "deposit",
        }
    }

    /// Whether it is one of the terms of supply, of which one holds at a time.
    pub fn is_term(self) -> bool {
        matches!(self, Self::HoldShipment | Self::Prepayment | Self::CashOnDelivery)
    }
}

/// When a measure is suggested: from a class on, or for grades.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// The best class for which it holds.
    pub from_class: Option<RiskClass>,
    /// Schemes with those of their grades for which it holds.
    pub grades: Vec<(String, Vec<String>)>,
}

/// How receivables are classed, checked.
#[derive(Debug, Clone)]
pub struct RiskPolicy {
    /// Set when the figures are an example.
    pub example: Option<Title>,
    /// The classes, the best first.
    pub classes: ByClass<ClassRule>,
    /// When more than this share of a debtor's items is at risk by days, all are; `None` when items do not pull one another.
    pub contagion: Option<Share>,
    /// Schemes whose grades stand beside each customer.
    pub shown: Vec<String>,
    /// The scheme that classes price contracts.
    pub contracts: Option<String>,
    /// The scheme that classes leases.
    pub leases: Option<String>,
    /// What is suggested, and when; the gravest first.
    pub actions: Vec<(Action, Condition)>,
    /// Percentages that nobody decided, each with its place in the file.
    pub undecided: Vec<Fault>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawPolicy {
    example: Option<Title>,
    class: Spanned<Vec<Spanned<RawClass>>>,
    contagion: Option<RawContagion>,
    #[serde(default)]
    schemes: RawSchemes,
    #[serde(default)]
    actions: RawActions,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawClass {
    id: Spanned<String>,
    title: Title,
    min_days: Option<Spanned<i64>>,
    max_days: Option<Spanned<i64>>,
    provision_percent: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawContagion {
    above_percent: Spanned<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawSchemes {
    #[serde(default)]
    shown: Vec<Spanned<String>>,
    contracts: Option<Spanned<String>>,
    leases: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawActions {
    hold_shipment: Option<RawCondition>,
    prepayment: Option<RawCondition>,
    cash_on_delivery: Option<RawCondition>,
    cancel_consignment: Option<RawCondition>,
    deposit: Option<RawCondition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawCondition {
    from_class: Option<Spanned<String>>,
    #[serde(default)]
    grades: Vec<RawGrades>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawGrades {
    scheme: Spanned<String>,
    one_of: Vec<Spanned<String>>,
}

/// The grades of a scheme: `None` when there is no such scheme, nothing in `Some` when it cannot be read.
pub type GradesOf<'g> = &'g dyn Fn(&str) -> Option<Vec<String>>;

impl RiskPolicy {
    /// Checks the file against the schemes of the home.
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn check(file: &Declaration, schemes: &[String], grades: GradesOf<'_>) -> Result<Self, Faults> {
        let raw: RawPolicy = file.parse()?;
        let mut check = Check { file, schemes, grades, faults: Vec::new(), undecided: Vec::new() };
        let classes = check.classes(&raw.class);
        let contagion = raw.contagion.and_then(|raw| check.percent(&raw.above_percent));
        let shown = raw.schemes.shown.into_iter().map(|id| check.scheme(id)).collect();
        let contracts = raw.schemes.contracts.map(|id| check.scheme(id));
        let leases = raw.schemes.leases.map(|id| check.scheme(id));
        let written = [
            raw.actions.hold_shipment,
            raw.actions.prepayment,
            raw.actions.cash_on_delivery,
            raw.actions.cancel_consignment,
            raw.actions.deposit,
        ];
        let named = Action::ALL.into_iter().zip(written);
        let actions = named.filter_map(|(action, raw)| Some((action, check.condition(raw?)))).collect();
        Faults::none_of(check.faults)?;
        match <ByClass<ClassRule>>::try_from(classes) {
            Ok(classes) => {
                let undecided = check.undecided;
                Ok(Self { example: raw.example, classes, contagion, shown, contracts, leases, actions, undecided })
            }
            Err(_) => Err(wrong_classes(file, &raw.class).into()),
        }
    }

    /// The class of an item by its days overdue.
    pub fn class_of(&self, days: i64) -> RiskClass {
        let within = |rule: &ClassRule| rule.max_days.is_none_or(|most| days <= most);
        let found = RiskClass::ALL.into_iter().zip(&self.classes).find(|(_, rule)| within(rule));
        found.map_or(RiskClass::Loss, |(class, _)| class)
    }

    /// The share that each class sets aside; `None` while one is not decided.
    pub fn provisions(&self) -> Option<Vec<Share>> {
        self.classes.iter().map(|class| class.provision).collect()
    }

    /// A class as declared.
    pub fn rule(&self, class: RiskClass) -> Option<&ClassRule> {
        self.classes.get(class as usize)
    }

    /// What decides the class of an item, in words that are the same as long as the rules are.
    pub fn rules(&self) -> String {
        let mut words: Vec<String> = RiskClass::ALL
            .iter()
            .zip(&self.classes)
            .map(|(class, rule)| format!("{} to {:?}", class.name(), rule.max_days))
            .collect();
        words.push(match self.contagion {
            Some(share) => format!("contagion above {}/{}", share.part, share.whole),
            None => "no contagion".to_owned(),
        });
        words.join("; ")
    }
}

struct Check<'c> {
    file: &'c Declaration,
    schemes: &'c [String],
    grades: GradesOf<'c>,
    faults: Vec<Fault>,
    undecided: Vec<Fault>,
}

impl Check<'_> {
    /// The classes in the order of the file; each begins where the one before ends.
    fn classes(&mut self, raw: &Spanned<Vec<Spanned<RawClass>>>) -> Vec<ClassRule> {
        let ids = raw.get_ref().iter().map(|class| class.get_ref().id.get_ref().as_str());
        if !ids.eq(RiskClass::ALL.iter().map(|class| class.name())) {
            self.faults.push(wrong_classes(self.file, raw));
            return Vec::new();
        }
        let mut classes: Vec<ClassRule> = Vec::new();
        let last = raw.get_ref().len() - 1;
        for (place, spanned) in raw.get_ref().iter().enumerate() {
            let class = spanned.get_ref();
            let days = |days: &Option<Spanned<i64>>| days.as_ref().map(|days| *days.get_ref());
            let (min_days, max_days) = (days(&class.min_days), days(&class.max_days));
            let before = classes.last().and_then(|before| before.max_days);
            self.follows(class, (place, last), before);
            let provision = self.provision(class);
            let least = classes.iter().rev().find_map(|before| before.provision);
            if let (Some(least), Some(own)) = (least, provision)
                && own.compare(least).is_some_and(std::cmp::Ordering::is_lt)
            {
                let message = format!("`{}` sets aside less than a better class", class.id.get_ref());
                let help = "a worse class sets aside as much or more: mend the percentages";
                let span = class.provision_percent.span();
                self.faults.push(self.file.fault("risk::provisions_fall", span, message, help));
            }
            classes.push(ClassRule { title: class.title.clone(), min_days, max_days, provision });
        }
        classes
    }

    /// Days must leave no gap: only the first class has no beginning, only the last no end.
    fn follows(&mut self, class: &RawClass, (place, last): (usize, usize), before: Option<i64>) {
        let id = class.id.get_ref();
        let span = class.min_days.as_ref().or(class.max_days.as_ref()).map_or(class.id.span(), Spanned::span);
        let min = class.min_days.as_ref().map(|days| *days.get_ref());
        let max = class.max_days.as_ref().map(|days| *days.get_ref());
        let expected = if place == 0 { None } else { before.map(|days| days + 1) };
        if min != expected {
            let told = |days: Option<i64>| days.map_or_else(|| "none".to_owned(), |days| days.to_string());
            let message = format!("`{id}` has `min-days` {}, and {} follows", told(min), told(expected));
            let help = "each class begins the day after the one before ends; the first has no `min-days`";
            self.faults.push(self.file.fault("risk::days_do_not_follow", span.clone(), message, help));
        }
        let least = min.unwrap_or(0);
        let sound =
            if place == last { max.is_none() } else { max.is_some_and(|max| (least..=MOST_DAYS).contains(&max)) };
        if !sound {
            let message =
                format!("`{id}` ends at {}", max.map_or_else(|| "no day".to_owned(), |days| days.to_string()));
            let help = format!("write `max-days` from {least} to {MOST_DAYS}; only the last class has none");
            self.faults.push(self.file.fault("risk::class_without_end", span, message, help));
        }
    }

    fn provision(&mut self, class: &RawClass) -> Option<Share> {
        let written = &class.provision_percent;
        if written.get_ref() != UNDECIDED {
            return self.percent(written);
        }
        let message = format!("nobody decided the `provision-percent` of `{}`", class.id.get_ref());
        let help = "write a percentage, such as \"2.5\"; until then reports tell no provision";
        self.undecided.push(self.file.fault("risk::undecided", written.span(), message, help));
        None
    }

    fn percent(&mut self, written: &Spanned<String>) -> Option<Share> {
        let text = written.get_ref();
        let whole = 100 * 10_i64.pow(u32::from(PERCENT_PLACES));
        let found = Scale::new(PERCENT_PLACES).ok().and_then(|scale| parse_minor(text, scale).ok());
        let found = found.filter(|part| (0..=whole).contains(part));
        if found.is_none() {
            let message = format!("`{text}` is not a percentage");
            let help = format!("write a number from 0 to 100 with at most {PERCENT_PLACES} decimals, such as \"2.5\"");
            self.faults.push(self.file.fault("risk::bad_percent", written.span(), message, help));
        }
        found.map(|part| Share::new(part, whole))
    }

    fn scheme(&mut self, id: Spanned<String>) -> String {
        if !self.schemes.contains(id.get_ref()) {
            let help = did_you_mean(id.get_ref(), self.schemes.iter().map(String::as_str));
            let message = format!("`{}` is not a scheme of `config/schemes/`", id.get_ref());
            self.faults.push(self.file.fault("risk::unknown_scheme", id.span(), message, help));
        }
        id.into_inner()
    }

    fn condition(&mut self, raw: RawCondition) -> Condition {
        let from_class = raw.from_class.and_then(|written| {
            let found = RiskClass::named(written.get_ref());
            if found.is_none() {
                let help = did_you_mean(written.get_ref(), RiskClass::ALL.iter().map(|class| class.name()));
                let message = format!("`{}` is not a class", written.get_ref());
                self.faults.push(self.file.fault("risk::unknown_class", written.span(), message, help));
            }
            found
        });
        let grades = raw.grades.into_iter().map(|raw| {
            let known = (self.grades)(raw.scheme.get_ref());
            let scheme = self.scheme(raw.scheme);
            for grade in
                raw.one_of.iter().filter(|grade| known.as_ref().is_some_and(|all| !all.contains(grade.get_ref())))
            {
                let known: Vec<&str> = known.iter().flatten().map(String::as_str).collect();
                let message = format!("`{}` is not a grade of `{scheme}`", grade.get_ref());
                let help = format!("its grades are {}", quoted(&known));
                self.faults.push(self.file.fault("risk::unknown_grade", grade.span(), message, help));
            }
            (scheme, raw.one_of.into_iter().map(Spanned::into_inner).collect())
        });
        Condition { grades: grades.collect(), from_class }
    }
}

fn wrong_classes(file: &Declaration, raw: &Spanned<Vec<Spanned<RawClass>>>) -> Fault {
    let ids: Vec<&str> = raw.get_ref().iter().map(|class| class.get_ref().id.get_ref().as_str()).collect();
    let names: Vec<&str> = RiskClass::ALL.iter().map(|class| class.name()).collect();
    let message = format!("the classes are {}", quoted(&ids));
    let help = format!("write the five classes in this order: {}", quoted(&names));
    file.fault("risk::wrong_classes", raw.span(), message, help)
}
