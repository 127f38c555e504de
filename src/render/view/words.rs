//! The words around figures: periods, days, currencies and what a change means.

use chrono::{Datelike, NaiveDate};

use crate::{
    money::Currency,
    period::{Period, Unit},
    report::{Cell, Change, Tone, format::one_line},
    text::{Lang, say, say_with},
};

/// A period in words: `2026 年 10 月`, `October 2026`.
pub fn period_words(period: Period, lang: Lang) -> String {
    let first = period.first_day();
    let year = first.year().to_string();
    let month = match lang {
        Lang::Chinese => first.month().to_string(),
        Lang::English => first.format("%B").to_string(),
    };
    match period.unit() {
        Unit::Day => first.to_string(),
        Unit::Month => say_with(lang, "render.period-month", &[("year", &year), ("month", &month)]),
        Unit::Quarter => {
            let quarter = (first.month0() / 3 + 1).to_string();
            say_with(lang, "render.period-quarter", &[("year", &year), ("quarter", &quarter)])
        }
        Unit::Year => say_with(lang, "render.period-year", &[("year", &year)]),
    }
}

/// The as-of day in words: `截至 2026-10-31`.
pub fn as_of_words(day: NaiveDate, lang: Lang) -> String {
    say_with(lang, "render.as-of", &[("day", &day.to_string())])
}

/// In what amounts are: `人民币元（CNY）`, or the bare code of a currency without a name here.
pub fn currency_words(currency: &Currency, lang: Lang) -> String {
    match currency.code.as_str() {
        "CNY" | "USD" | "EUR" | "GBP" | "JPY" | "HKD" => {
            let name = say(lang, &format!("render.currency-{}", currency.code));
            say_with(lang, "render.currency-with-code", &[("name", &name), ("code", &currency.code)])
        }
        _ => one_line(&currency.code),
    }
}

/// The class of a tone.
pub fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "neutral",
        Tone::Good => "good",
        Tone::Bad => "bad",
    }
}

/// The word for a change of a tone: `好转`, `转差`, or nothing.
pub(super) fn verdict(change: &Change, lang: Lang) -> String {
    match (change.tone, &change.by) {
        (_, Cell::Empty) | (Tone::Neutral, _) => String::new(),
        (Tone::Good, _) => say(lang, "render.better"),
        (Tone::Bad, _) => say(lang, "render.worse"),
    }
}
