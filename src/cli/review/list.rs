//! `fenji review list`: every review with its deadline.

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        DataFormat,
        failure::Failure,
        job::block_on,
        output::{self, Item},
    },
    grading::review::State,
    run::{
        home::Home,
        review::deadline::{Due, all},
    },
};

const HEADS: [&str; 10] =
    ["review", "scheme", "as_of", "opens_on", "closes_on", "state", "rows", "undecided", "days_left", "deadline"];

pub(super) fn run(home: &Home, format: DataFormat, now: DateTime<Utc>) -> Result<(), Failure> {
    let found = block_on(all(home, now))??;
    output::rows(&HEADS, &found.iter().map(row).collect::<Vec<_>>(), format)
}

fn row(due: &Due) -> Vec<Item> {
    let day = |day: chrono::NaiveDate| Item::text(day.to_string());
    let count = |count: usize| Item::count(i128::try_from(count).unwrap_or(i128::MAX));
    let opened = due.state.is_some();
    let deadline = match (due.published_on, due.days_left) {
        (Some(published), _) => format!("published on {published}"),
        (None, Some(days)) => left(days),
        (None, None) => String::new(),
    };
    vec![
        Item::text(&due.head.id),
        Item::text(&due.head.scheme),
        day(due.head.as_of),
        due.opens_on.map_or(Item::Empty, day),
        day(due.head.closes_on),
        Item::text(due.state.map_or("not-opened", State::name)),
        if opened { count(due.rows) } else { Item::Empty },
        if opened { count(due.undecided) } else { Item::Empty },
        due.days_left.map_or(Item::Empty, Item::count),
        Item::text(deadline),
    ]
}

/// Days left until a review closes, in words.
pub(super) fn left(days: i64) -> String {
    match days {
        0 => "closes today".to_owned(),
        1 => "1 day left".to_owned(),
        -1 => "overdue by 1 day".to_owned(),
        days if days < 0 => format!("overdue by {} days", -days),
        days => format!("{days} days left"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_are_told_in_words() {
        for (days, expected) in [
            (5, "5 days left"),
            (1, "1 day left"),
            (0, "closes today"),
            (-1, "overdue by 1 day"),
            (-30, "overdue by 30 days"),
        ] {
            assert_eq!(left(days), expected);
        }
    }
}
