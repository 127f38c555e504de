//! A fingerprint of everything that decides a grade: grades, rules, limits and the metrics they are held against. Blind to comments, layout, titles,
//! examples and who decided.
//!
//! Invariant: the text that is hashed is written here, not by a library or a derive, so that it stays the same from version to version of fenji.

mod metric;
mod rule;

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::{
    grading::bound::BoundVersion,
    metrics::definition::Condition,
    scheme::{Demotion, Movement, Scheme, Validity, Version, WithoutFigure},
};

/// The fingerprint of one version's rules, 16 hexadecimal digits.
pub(super) fn fingerprint(
    scheme: &Scheme,
    conditions: &[Condition],
    version: &Version,
    bound: &BoundVersion,
) -> String {
    let mut text = String::new();
    let grades: Vec<&str> = scheme.grades.iter().map(|grade| grade.id.as_str()).collect();
    // Writing into a `String` cannot fail.
    _ = write!(
        text,
        "grades {grades:?} of {} where {} in force {} cadence {} result {} movement {}",
        scheme.subject.entity_and_key().0,
        metric::conditions(conditions),
        version.in_force,
        version.cadence.name(),
        bound.result,
        movement(&bound.movement)
    );
    if let Some(provisional) = &bound.provisional {
        _ = write!(text, " provisional {} months since {}", provisional.months, provisional.since);
    }
    for metric in &bound.metrics {
        _ = write!(text, " metric {}", metric::text(metric));
    }
    for dimension in &bound.dimensions {
        let classes: Vec<&str> = dimension.classes.iter().map(|class| class.id.as_str()).collect();
        let without = match dimension.without_figure {
            WithoutFigure::Lowest => "lowest",
            WithoutFigure::Exclude => "exclude",
        };
        _ = write!(text, " dimension {classes:?} without {without} {}", rule::text(&dimension.rule));
    }
    let digest = Sha256::digest(text.as_bytes());
    let start = digest.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    format!("{start:016x}")
}

fn movement(movement: &Movement) -> String {
    let Movement::Ladder(ladder) = movement else { return "free".to_owned() };
    let demotion = match ladder.demotion {
        Demotion::OneStep => "one-step",
        Demotion::ToEarned => "to-earned",
        Demotion::Never => "never",
    };
    let validity = match &ladder.validity {
        Validity::Calendar(months) => format!("{months:?}"),
        Validity::Months(months) => format!("{months} months"),
    };
    let retention = ladder.retention.map_or_else(|| "none".to_owned(), |dimension| dimension.to_string());
    format!(
        "ladder {validity} {demotion} retention {retention} grace {} hold {}",
        ladder.grace_days, ladder.min_hold_months
    )
}
