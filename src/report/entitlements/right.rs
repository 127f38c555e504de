//! Which tier a member holds on a day: by the cards that are valid on it, or by the grades that were kept.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    ledger::{batch::NO_DAY, dictionary::NOTHING, entity::entity, error::LedgerError, snapshot::Snapshot},
    period::day_from_number,
    report::entitlements::policy::Entitlements,
};

/// What a member holds on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holding {
    /// A tier, by its place.
    Tier(usize),
    /// A card that would be valid, but is cancelled or lost; nobody knows since when.
    Inactive,
    /// Nothing that counts.
    Nothing,
}

/// A card of a member.
#[derive(Debug, Clone, Copy)]
struct Card {
    tier: Option<usize>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    active: bool,
}

/// The grades that were kept for one day: the tier of each member with its last day.
pub type Kept = BTreeMap<u32, (usize, Option<NaiveDate>)>;

/// Where tiers come from.
#[derive(Debug)]
pub enum Rights {
    /// From cards.
    Cards(Cards),
    /// From kept grades, the earliest day first.
    Grades(Vec<(NaiveDate, Kept)>),
}

/// The cards of members.
#[derive(Debug, Default)]
pub struct Cards {
    by_member: BTreeMap<u32, Vec<Card>>,
    /// How many cards name a tier that the file does not know, by that name.
    pub(super) unknown: BTreeMap<String, i64>,
}

impl Cards {
    /// Reads every card (S09).
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger has no cards or a row cannot be read.
    pub fn read(snapshot: &mut Snapshot, rules: &Entitlements) -> Result<Self, LedgerError> {
        const NEEDED: [&str; 3] = ["member_id", "tier", "issued_on"];
        let Some(card) = entity("card") else { return Ok(Self::default()) };
        snapshot.check_mapped(card, &NEEDED, "entitlements")?;
        let optional = ["valid_from", "valid_to", "status"].into_iter().filter(|column| snapshot.has(card, column));
        let columns: Vec<&'static str> = NEEDED.into_iter().chain(optional).collect();
        let rows = snapshot.read(card, &columns, "entitlements")?;
        let dictionaries = snapshot.dictionaries();
        let code = |column: &str, row: usize| rows.codes(column).get(row).copied().filter(|code| *code != NOTHING);
        let day = |column: &str, row: usize| {
            rows.days(column).get(row).copied().filter(|day| *day != NO_DAY).and_then(day_from_number)
        };
        let mut cards = Self::default();
        for row in 0..rows.len() {
            let word = code("tier", row).and_then(|code| dictionaries.text("tier", code)).unwrap_or_default();
            let tier = rules.tier(word);
            if tier.is_none() {
                *cards.unknown.entry(word.to_owned()).or_default() += 1;
            }
            let status = code("status", row).and_then(|code| dictionaries.text("status", code));
            let card = Card {
                tier,
                from: day("valid_from", row).or(day("issued_on", row)),
                to: day("valid_to", row),
                active: !matches!(status, Some("cancelled" | "lost")),
            };
            if let Some(member) = code("member_id", row) {
                cards.by_member.entry(member).or_default().push(card);
            }
        }
        Ok(cards)
    }

    fn on(&self, member: u32, day: NaiveDate) -> Holding {
        let valid = |card: &&Card| {
            card.tier.is_some() && card.from.is_none_or(|from| from <= day) && card.to.is_none_or(|to| day <= to)
        };
        let cards: Vec<&Card> = self.by_member.get(&member).into_iter().flatten().filter(valid).collect();
        let best = cards.iter().filter(|card| card.active).filter_map(|card| card.tier).max();
        match best {
            Some(tier) => Holding::Tier(tier),
            None if cards.is_empty() => Holding::Nothing,
            None => Holding::Inactive,
        }
    }
}

impl Rights {
    /// What a member holds on a day.
    pub(super) fn on(&self, member: u32, day: NaiveDate) -> Holding {
        match self {
            Self::Cards(cards) => cards.on(member, day),
            Self::Grades(kept) => {
                let last = kept.iter().rev().find(|(since, _)| *since <= day);
                let held = last.and_then(|(_, members)| members.get(&member));
                let valid = held.filter(|(_, to)| to.is_none_or(|to| day <= to));
                valid.map_or(Holding::Nothing, |(tier, _)| Holding::Tier(*tier))
            }
        }
    }

    /// Cards whose tier nobody defined, by its name.
    pub(super) fn unknown(&self) -> Option<&BTreeMap<String, i64>> {
        match self {
            Self::Cards(cards) => Some(&cards.unknown),
            Self::Grades(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::parse_day;

    fn day(text: &str) -> NaiveDate {
        parse_day(text).unwrap()
    }

    #[test]
    fn the_best_card_that_is_valid_on_the_day_counts() {
        let card = |tier, from, to: &str, active| Card {
            tier,
            from: Some(day(from)),
            to: Some(to).filter(|to| !to.is_empty()).map(day),
            active,
        };
        let cards = Cards {
            by_member: BTreeMap::from([
                (1, vec![card(Some(1), "2025-01-01", "", true), card(Some(3), "2026-03-01", "2026-06-30", true)]),
                (2, vec![card(Some(3), "2026-01-01", "", false)]),
                (3, vec![card(None, "2026-01-01", "", true)]),
            ]),
            unknown: BTreeMap::new(),
        };
        let rights = Rights::Cards(cards);
        for (member, on, expected) in [
            (1, "2024-12-31", Holding::Nothing),
            (1, "2025-01-01", Holding::Tier(1)),
            (1, "2026-02-28", Holding::Tier(1)),
            (1, "2026-03-01", Holding::Tier(3)),
            (1, "2026-06-30", Holding::Tier(3)),
            (1, "2026-07-01", Holding::Tier(1)),
            (2, "2026-06-01", Holding::Inactive),
            (2, "2025-06-01", Holding::Nothing),
            (3, "2026-06-01", Holding::Nothing),
            (4, "2026-06-01", Holding::Nothing),
        ] {
            assert_eq!(rights.on(member, day(on)), expected, "{member} {on}");
        }
    }

    #[test]
    fn kept_grades_hold_from_their_day_until_the_next_or_until_they_end() {
        let kept = |tier, to: Option<&str>| BTreeMap::from([(1, (tier, to.map(day)))]);
        let rights = Rights::Grades(vec![
            (day("2025-12-31"), kept(3, None)),
            (day("2026-03-31"), kept(2, Some("2026-04-15"))),
            (day("2026-05-31"), Kept::new()),
        ]);
        for (on, expected) in [
            ("2025-12-30", Holding::Nothing),
            ("2025-12-31", Holding::Tier(3)),
            ("2026-03-30", Holding::Tier(3)),
            ("2026-03-31", Holding::Tier(2)),
            ("2026-04-15", Holding::Tier(2)),
            ("2026-04-16", Holding::Nothing),
            ("2026-05-31", Holding::Nothing),
        ] {
            assert_eq!(rights.on(1, day(on)), expected, "{on}");
        }
    }
}
