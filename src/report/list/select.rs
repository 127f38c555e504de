//! Who stands on a list, in which order, and who fills it up.

use std::{cmp::Ordering, collections::BTreeMap};

use crate::{
    ledger::batch::{MISSING, NO_DAY, Values},
    money::Share,
    report::{
        Cell,
        graded::count,
        list::{
            ListInputs,
            definition::{Direction, Source, Test},
        },
    },
    scheme::rule::Compare,
};

/// A subject on a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chosen {
    pub(super) subject: u32,
    /// Whether it only fills the list up.
    pub(super) fills: bool,
}

/// The list of one value of the column that lists are parted by, or the only one.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) name: Option<String>,
    pub(super) chosen: Vec<Chosen>,
    /// How many meet the tests, and how many do not.
    pub(super) tested: i64,
    pub(super) left_out: i64,
}

impl Group {
    /// How many fill it up.
    pub(super) fn filled(&self) -> i64 {
        count(self.chosen.iter().filter(|chosen| chosen.fills).count())
    }

    /// How many it lacks.
    pub(super) fn short(&self, at_least: u32) -> i64 {
        (i64::from(at_least) - count(self.chosen.len())).max(0)
    }
}

/// The lists, by the value that parts them; subjects without one come last.
pub(super) fn groups(inputs: &ListInputs<'_>) -> Vec<Group> {
    let mut parts: BTreeMap<(bool, String), Vec<u32>> = BTreeMap::new();
    for subject in ordered(inputs) {
        let value = inputs.list.by.map(|by| inputs.scene.people.cell(subject, by, inputs.scene.dictionaries));
        let name = match value {
            Some(cell @ (Cell::Text(_) | Cell::Date(_) | Cell::Count(_))) => inputs.scene.text(&cell),
            _ => String::new(),
        };
        parts.entry((name.is_empty(), name)).or_default().push(subject);
    }
    if parts.is_empty() && inputs.list.by.is_none() {
        parts.insert((true, String::new()), Vec::new());
    }
    parts.into_iter().map(|((unnamed, name), subjects)| group(inputs, (!unnamed).then_some(name), &subjects)).collect()
}

fn group(inputs: &ListInputs<'_>, name: Option<String>, subjects: &[u32]) -> Group {
    let (meet, rest): (Vec<u32>, Vec<u32>) =
        subjects.iter().copied().partition(|subject| holds(inputs, &inputs.list.tests, *subject));
    let mut chosen: Vec<Chosen> = meet.iter().map(|subject| Chosen { subject: *subject, fills: false }).collect();
    if let Some(fill) = &inputs.list.fill {
        let wanted = usize::try_from(inputs.list.at_least).unwrap_or(usize::MAX).saturating_sub(chosen.len());
        let more = rest.iter().copied().filter(|subject| holds(inputs, fill, *subject)).take(wanted);
        chosen.extend(more.map(|subject| Chosen { subject, fills: true }));
    }
    Group { name, chosen, tested: count(meet.len()), left_out: count(rest.len()) }
}

fn holds(inputs: &ListInputs<'_>, tests: &[Test], subject: u32) -> bool {
    tests.iter().all(|test| match test {
        Test::Figure(place, bounds) => {
            let share = |figure| inputs.metric(*place).map(|metric| metric.share(figure));
            let figure = inputs.figure(*place, subject).and_then(share);
            figure.is_some_and(|figure| bounds.iter().all(|(compare, bound)| within(figure, *compare, *bound)))
        }
        Test::Word(place, words, listed) => {
            word(inputs, *place, subject).is_some_and(|w| words.contains(&w) == *listed)
        }
        Test::NoFigure(place, empty) => inputs.figure(*place, subject).is_none() == *empty,
        Test::Grade(place, ranks, listed) => {
            inputs.rank(*place, subject).is_some_and(|rank| ranks.contains(&rank) == *listed)
        }
        Test::NoGrade(place, empty) => inputs.rank(*place, subject).is_none() == *empty,
    })
}

fn word(inputs: &ListInputs<'_>, place: usize, subject: u32) -> Option<String> {
    let (figure, _) = inputs.figure(place, subject)?;
    let words = inputs.metric(place)?.metric.words()?;
    words.word(inputs.scene.dictionaries, figure).map(str::to_owned)
}

fn within(figure: Share, compare: Compare, bound: Share) -> bool {
    let Some(order) = figure.compare(bound) else { return false };
    match compare {
        Compare::AtLeast => order.is_ge(),
        Compare::Above => order.is_gt(),
        Compare::AtMost => order.is_le(),
        Compare::Below => order.is_lt(),
    }
}

/// The subjects in the order of the list; those without anything to order by come last, equal ones stand by id.
fn ordered(inputs: &ListInputs<'_>) -> Vec<u32> {
    let Some((source, direction)) = &inputs.list.order else { return inputs.subjects.to_vec() };
    let mut keyed: Vec<(Option<Key>, u32)> =
        inputs.subjects.iter().map(|subject| (key(inputs, source, *subject), *subject)).collect();
    keyed.sort_by(|(one, _), (other, _)| match (one, other) {
        (Some(one), Some(other)) if *direction == Direction::HighestFirst => other.order(one),
        (Some(one), Some(other)) => one.order(other),
        (one, other) => one.is_none().cmp(&other.is_none()),
    });
    keyed.into_iter().map(|(_, subject)| subject).collect()
}

/// What subjects are ordered by.
enum Key {
    Figure(Share),
    Text(String),
}

impl Key {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Figure(one), Self::Figure(other)) => one.compare(*other).unwrap_or(Ordering::Equal),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            (Self::Figure(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Figure(_)) => Ordering::Greater,
        }
    }
}

fn key(inputs: &ListInputs<'_>, source: &Source, subject: u32) -> Option<Key> {
    match source {
        Source::Metric(place) => {
            let number = || Some(Key::Figure(inputs.metric(*place)?.share(inputs.figure(*place, subject)?)));
            word(inputs, *place, subject).map(Key::Text).or_else(number)
        }
        Source::Grade(place) => inputs.rank(*place, subject).map(|rank| Key::Figure(Share::new(rank, 1))),
        Source::Column(column) => {
            let (rows, place) = inputs.scene.people.rows();
            let row = place(subject)?;
            match rows.column(column.name) {
                Some(Values::Numbers(numbers)) => numbers.get(row).copied().filter(|n| *n != MISSING).map(figure),
                Some(Values::Days(days)) => {
                    days.get(row).copied().filter(|d| *d != NO_DAY).map(|day| figure(day.into()))
                }
                _ => inputs.scene.people.text(subject, column.name, inputs.scene.dictionaries).map(Key::Text),
            }
        }
    }
}

fn figure(value: i64) -> Key {
    Key::Figure(Share::new(value, 1))
}
