//! Where the figures come from, and the equations that were tested.

use std::collections::BTreeSet;

use crate::{
    money::decimal,
    report::{
        Cell, Check, Note,
        error::ReportError,
        tier::{
            TierInputs,
            facts::{Facts, Way},
            tiers::names,
        },
    },
    text::{Lang, say, say_with},
};

pub(super) fn notes(inputs: &TierInputs<'_>) -> Vec<Note> {
    let lang = inputs.lang;
    let note = |label: &str, text: String| Note { label: say(lang, &format!("tier.note_{label}")), text };
    let period = inputs.period;
    let read: Vec<String> = inputs
        .read
        .iter()
        .map(|(entity, facts)| {
            let rows = decimal(i128::from(facts.rows), 0);
            say_with(lang, "tier.rows_of", &[("entity", &say(lang, &format!("entity.{entity}"))), ("rows", &rows)])
        })
        .collect();
    let mut notes = vec![
        note("period", format!("{} … {}", period.first_day(), period.last_day())),
        note(
            "as_of",
            say_with(lang, "tier.as_of_text", &[("day", &period.last_day().to_string()), ("zone", inputs.zone)]),
        ),
        note("snapshot", format!("{} · {}", inputs.fingerprint, read.join(join(lang)))),
        note("scheme", scheme(inputs)),
        note("amounts", say_with(lang, "tier.amounts_text", &[("currency", &inputs.currency.code)])),
    ];
    if let Some(count) = inputs.restated.filter(|count| *count > 0) {
        notes.push(note("history", say_with(lang, "tier.restated", &[("count", &count.to_string())])));
    }
    if let Some(decided) = inputs.scheme.versions.get(inputs.now.version) {
        let values = [("who", decided.decided_by.in_lang(lang)), ("why", decided.reason.in_lang(lang))];
        notes.push(note("decided", say_with(lang, "tier.decided_text", &values)));
    }
    for key in ["active", "average", "lapsed", "top"] {
        notes.push(note(&format!("def_{key}"), say(lang, &format!("tier.def_{key}"))));
    }
    notes
}

fn join(lang: Lang) -> &'static str {
    match lang {
        Lang::Chinese => "，",
        Lang::English => ", ",
    }
}

fn scheme(inputs: &TierInputs<'_>) -> String {
    let version = inputs.scheme.versions.get(inputs.now.version);
    let values = [
        ("scheme", inputs.scheme.id.as_str()),
        ("title", inputs.scheme.title.in_lang(inputs.lang)),
        ("version", version.map_or("", |version| version.id.as_str())),
        ("hash", version.map_or("", |version| version.hash.as_str())),
        ("requirements", &inputs.scheme.requirements.join(", ")),
    ];
    say_with(inputs.lang, "tier.scheme_text", &values)
}

/// Tests every equation of the report.
///
/// # Errors
/// [`ReportError::NotReconciled`] with the first that does not hold.
pub(super) fn checks(inputs: &TierInputs<'_>, facts: &Facts) -> Result<Vec<Check>, ReportError> {
    let month = facts.month();
    let count = |value: i64| (i128::from(value), Cell::Count(value));
    let money = |value: i128| (value, Cell::Money(value));
    let tier_net: i128 = facts.tiers.iter().map(|tier| tier.net).sum();
    let tier_active: i64 = facts.tiers.iter().map(|tier| tier.active).sum();
    let members_before = facts.month_before(1).map_or(0, |month| month.members);
    let ways = [Way::Up, Way::Down, Way::Same, Way::New];
    let words = |key: &str| say(inputs.lang, &format!("tier.check_{key}"));
    let mut equations = vec![
        (words("members"), count(facts.graded() + facts.excluded.members), count(month.members)),
        (words("sales"), money(tier_net + facts.excluded.net + facts.unknown.net + facts.no_card), money(month.net)),
        (words("card_sales"), money(tier_net + facts.excluded.net + facts.unknown.net), money(month.net_card)),
        (words("active"), count(tier_active + facts.excluded.active), count(month.active)),
        (words("registered"), count(members_before + month.new), count(month.members)),
        (words("matrix"), count(facts.matrix.iter().flatten().sum()), count(facts.graded())),
        (words("moves"), count(ways.map(|way| facts.moved(way)).iter().sum()), count(facts.graded())),
    ];
    // Every row of the matrix, with those who are not graded any more, is the tier of a month ago.
    let left = left(inputs, facts);
    for (((row, tier), left), name) in facts.matrix.iter().zip(&facts.tiers).zip(&left).zip(names(inputs)) {
        let words = say_with(inputs.lang, "tier.check_matrix_row", &[("tier", &name)]);
        equations.push((words, count(row.iter().sum::<i64>() + left), count(tier.members_before)));
    }
    let mut checks = Vec::new();
    for (equation, (left, left_cell), (right, right_cell)) in equations {
        if left != right {
            return Err(ReportError::NotReconciled { equation, left, right, difference: left - right });
        }
        checks.push(Check { equation, left: left_cell, right: right_cell });
    }
    Ok(checks)
}

/// Members by tier of a month ago who are not graded now.
fn left(inputs: &TierInputs<'_>, facts: &Facts) -> Vec<i64> {
    let now: BTreeSet<u32> = inputs.now.subjects.iter().copied().collect();
    let mut left = vec![0; facts.tiers.len()];
    for (subject, rank) in inputs.before.subjects.iter().zip(&inputs.before.ranks) {
        if let Some(count) = left.get_mut(usize::from(*rank)).filter(|_| !now.contains(subject)) {
            *count += 1;
        }
    }
    left
}
