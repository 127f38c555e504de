//! Points by category, classes and moves: what the report shows, worked out once.

use std::cmp::Reverse;

use crate::{
    ledger::dictionary::NOTHING,
    report::{
        discounts::{DiscountInputs, policy::Discounts, spend::Two},
        graded::count,
    },
};

/// One category of the ledger, or the lines without one.
#[derive(Debug)]
pub(super) struct Category {
    code: u32,
    /// Its name; `None` for lines without a category.
    pub(super) name: Option<String>,
    /// Whether it has discounts.
    pub(super) covered: bool,
    /// Members by their class of the year.
    pub(super) by_class: Vec<i64>,
    /// Members who bought and have no class.
    pub(super) without: i64,
    /// Points of all members, of the year and of the year before.
    pub(super) points: Two,
    /// Net amounts of all members.
    pub(super) amount: Two,
}

/// A discount of a member on a category.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given {
    pub(super) member: u32,
    /// The place of the category.
    pub(super) category: usize,
    pub(super) points: i64,
    pub(super) amount: i64,
    pub(super) class: usize,
    /// The class by the points of the year before.
    pub(super) before: Option<usize>,
}

/// Everything that the report shows.
#[derive(Debug)]
pub(super) struct Facts {
    /// The categories, the most points first; lines without one come last.
    pub(super) categories: Vec<Category>,
    /// The discounts: by category, from the best class down, the most points first.
    pub(super) given: Vec<Given>,
    /// How many by class before, then by class of the year; the first place is none.
    pub(super) moves: Vec<Vec<i64>>,
    /// Members with a discount.
    pub(super) members: i64,
    /// Points of all members, added up member by member, and what is left of their amounts below a point.
    pub(super) points: i64,
    pub(super) rest: i64,
    /// Net amount of all members.
    pub(super) amount: i64,
}

impl Facts {
    pub(super) fn gather(inputs: &DiscountInputs<'_>) -> Self {
        let rules = inputs.rules;
        let places = rules.classes.len() + 1;
        let mut facts = Self {
            categories: categories(inputs),
            given: Vec::new(),
            moves: vec![vec![0; places]; places],
            members: 0,
            points: 0,
            rest: 0,
            amount: 0,
        };
        for (member, own) in (0_u32..).zip(&inputs.spend.members) {
            let before = facts.given.len();
            for (code, amounts) in own {
                facts.add(rules, member, *code, *amounts);
            }
            facts.members += i64::from(facts.given.len() > before);
        }
        let id = |member: u32| inputs.scene.dictionaries.text("member_id", member);
        facts.given.sort_by_cached_key(|given| {
            (given.category, Reverse(given.class), Reverse(given.points), id(given.member))
        });
        facts
    }

    fn add(&mut self, rules: &Discounts, member: u32, code: u32, amounts: Two) {
        let Some((place, category)) = self.categories.iter_mut().enumerate().find(|(_, one)| one.code == code) else {
            return;
        };
        let points = amounts.map(|amount| rules.points(amount));
        let [class, before] = points.map(|points| if category.covered { rules.class(points) } else { None });
        let [now, _] = points;
        let [amount, _] = amounts;
        for (sum, value) in category.points.iter_mut().zip(points).chain(category.amount.iter_mut().zip(amounts)) {
            *sum += value;
        }
        self.points += now;
        self.rest += amount - now * rules.amount_per_point;
        self.amount += amount;
        match class.and_then(|class| category.by_class.get_mut(class)) {
            Some(count) => *count += 1,
            None => category.without += i64::from(amount != 0),
        }
        if let Some(class) = class {
            self.given.push(Given { member, category: place, points: now, amount, class, before });
        }
        if class.is_some() || before.is_some() {
            let at = |class: Option<usize>| class.map_or(0, |class| class + 1);
            let row = self.moves.get_mut(at(before));
            row.and_then(|row| row.get_mut(at(class))).into_iter().for_each(|count| *count += 1);
        }
    }

    /// How many discounts moved as a test of the places before and now says.
    pub(super) fn moved(&self, test: impl Fn(usize, usize) -> bool) -> i64 {
        let rows = self.moves.iter().enumerate();
        let cells =
            rows.flat_map(|(before, row)| row.iter().enumerate().map(move |(now, count)| (before, now, *count)));
        cells.filter(|(before, now, _)| test(*before, *now)).map(|(_, _, count)| count).sum()
    }

    /// How many discounts there are.
    pub(super) fn discounts(&self) -> i64 {
        count(self.given.len())
    }

    /// How many discounts a class has.
    pub(super) fn of_class(&self, class: usize) -> i64 {
        self.categories.iter().filter_map(|category| category.by_class.get(class)).sum()
    }
}

/// Every category that members bought from, the one with the most points of the year first.
fn categories(inputs: &DiscountInputs<'_>) -> Vec<Category> {
    let rules = inputs.rules;
    let mut points: std::collections::BTreeMap<u32, i64> = std::collections::BTreeMap::new();
    for (code, [now, _]) in inputs.spend.members.iter().flatten() {
        *points.entry(*code).or_default() += rules.points(*now);
    }
    let category = |code: u32| {
        let text = inputs.scene.dictionaries.text("category", code).filter(|text| !text.trim().is_empty());
        Category {
            code,
            name: text.map(str::to_owned),
            covered: code != NOTHING && text.is_some_and(|text| rules.covers(text)),
            by_class: vec![0; rules.classes.len()],
            without: 0,
            points: [0; 2],
            amount: [0; 2],
        }
    };
    let mut found: Vec<(i64, Category)> = points.into_iter().map(|(code, points)| (points, category(code))).collect();
    found.sort_by(|(points, one), (more, other)| {
        (one.name.is_none(), more, &one.name).cmp(&(other.name.is_none(), points, &other.name))
    });
    found.into_iter().map(|(_, category)| category).collect()
}
