//! The rules by which points are earned (S15), checked.

use std::collections::BTreeMap;

use crate::{
    declaration::Spanned,
    money::{Scale, parse_minor},
    points::programme::{
        EarnRule, Earned, Multipliers,
        check::Checker,
        raw::{RawEarn, RawMultiplier, RawPurchase},
    },
};

/// Most points that one referral or event can earn.
const MOST_POINTS: i64 = 1_000_000;
/// Decimal places of a factor.
const FACTOR_PLACES: u8 = 3;
/// The highest factor, in thousandths.
const MOST_FACTOR: i64 = 100_000;

impl Checker<'_> {
    pub(super) fn earn(&mut self, raw: &[RawEarn]) -> Vec<EarnRule> {
        let mut rules: Vec<EarnRule> = Vec::new();
        for written in raw {
            if rules.iter().any(|known| known.rule == *written.rule.get_ref()) {
                let message = format!("two rules are called `{}`", written.rule.get_ref());
                self.told("points::duplicate_rule", &written.rule, message, "entries name one rule: join the two");
            }
            let kinds = [written.purchase.is_some(), written.referral.is_some(), written.event.is_some()];
            if kinds.iter().filter(|kind| **kind).count() != 1 {
                let message = format!("rule `{}` does not say what earns points", written.rule.get_ref());
                self.told("points::one_source", &written.rule, message, "write one of `purchase`, `referral`, `event`");
                continue;
            }
            let earned = if let Some(purchase) = &written.purchase {
                self.purchase(purchase)
            } else if let Some(points) = &written.referral {
                Some(Earned::Referral { points: self.within("referral", points, 1, MOST_POINTS) })
            } else {
                let events = written.event.iter().flatten();
                let points: BTreeMap<String, i64> =
                    events.map(|(event, points)| (event.clone(), self.within(event, points, 1, MOST_POINTS))).collect();
                Some(Earned::Event { points })
            };
            rules.extend(earned.map(|earned| EarnRule { rule: written.rule.get_ref().clone(), earned }));
        }
        rules
    }

    fn purchase(&mut self, raw: &RawPurchase) -> Option<Earned> {
        let scale = self.known.currency.scale;
        let per = parse_minor(raw.per.get_ref(), scale).ok().filter(|per| *per > 0);
        if per.is_none() {
            let message = format!("`{}` is not an amount that earns a point", raw.per.get_ref());
            let help = format!("write an amount above 0 with at most {} decimal places, such as \"1\"", scale.places());
            self.told("points::bad_per", &raw.per, message, help);
        }
        let multipliers = raw.multiplier.as_ref().map(|raw| self.multipliers(raw));
        Some(Earned::Purchase { per: per?, floor: raw.floor, multipliers })
    }

    fn multipliers(&mut self, raw: &RawMultiplier) -> Multipliers {
        let grades = self.grades(&raw.scheme);
        let mut thousandths = BTreeMap::new();
        for (grade, text) in &raw.factor {
            self.grade(grade, text, raw.scheme.get_ref(), &grades);
            if let Some(factor) = factor(text) {
                thousandths.insert(grade.clone(), factor);
            } else {
                let message = format!("`{}` is not a factor", text.get_ref());
                self.told(
                    "points::bad_factor",
                    text,
                    message,
                    "write a number above 0, at most 100, such as \"2\" or \"1.5\"",
                );
            }
        }
        Multipliers { scheme: raw.scheme.get_ref().clone(), thousandths }
    }
}

fn factor(text: &Spanned<String>) -> Option<i64> {
    let value = Scale::new(FACTOR_PLACES).and_then(|scale| parse_minor(text.get_ref(), scale)).ok()?;
    Some(value).filter(|value| (1..=MOST_FACTOR).contains(value))
}
