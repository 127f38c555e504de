//! Reads what a column does with the text of its origin: `strip`, `words`, `unit`, `negate`, `format` and `zone`.

use std::{collections::BTreeMap, ops::Range};

use chrono_tz::Tz;
use toml::de::DeTable;

use super::{
    Shape, Sign, Unit,
    columns::{Reader, is_number, is_words},
    walk::Placed,
};
use crate::{
    declaration::did_you_mean,
    ledger::{entity::ColumnType, load::moment::Formats},
};

impl Reader<'_, '_, '_, '_> {
    /// Reads the whole of it; nothing when any part is at fault.
    pub(super) fn shape(&mut self, table: &DeTable<'_>) -> Option<Shape> {
        let place = self.place();
        let kind = self.spec.kind;
        let strip = match table.get("strip") {
            Some(value) => Some((self.walk.text(value, &format!("`strip` of {place}"))?, value.span())),
            None => None,
        };
        if is_words(kind) {
            return Some(Shape::Words { strip: strip.map(|(text, _)| text.to_owned()), words: self.words(table)? });
        }
        if is_number(kind) {
            return self.number(table, strip);
        }
        let zone = match table.get("zone") {
            Some(value) => Some((self.zone(value)?, value.span())),
            None => None,
        };
        let formats = match table.get("format") {
            Some(value) => self.formats(value)?,
            None => Formats::usual(kind),
        };
        if let Some((_, span)) = zone.clone()
            && kind == ColumnType::Day
            && formats.has_days_alone()
        {
            let message = format!("{place} has a `zone`, but its format has no time of day");
            self.walk.fault(
                "ledger_map::zone_of_a_day",
                span,
                message,
                "leave `zone` out: a day without a time is not moved to another zone",
            );
            return None;
        }
        Some(Shape::Time { formats, zone: zone.map(|(zone, _)| zone) })
    }

    fn number(&mut self, table: &DeTable<'_>, strip: Option<(&str, Range<usize>)>) -> Option<Shape> {
        let place = self.place();
        if let Some((text, span)) = &strip
            && text.contains(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        {
            let message = format!("`strip` of {place} would take digits, signs or the decimal point out of numbers");
            self.walk.fault(
                "ledger_map::bad_strip",
                span.clone(),
                message,
                "name only the other characters, such as `¥,`",
            );
            return None;
        }
        let unit = match table.get("unit") {
            Some(value) => match self.walk.word(value, &format!("`unit` of {place}"), &["major", "minor"])? {
                0 => Unit::Major,
                _ => Unit::Minor,
            },
            None => Unit::Major,
        };
        let sign = match table.get("negate") {
            Some(value) if self.walk.flag(value, &format!("`negate` of {place}"))? => Sign::Turned,
            _ => Sign::Kept,
        };
        Some(Shape::Number { unit, sign, strip: strip.map(|(text, _)| text.chars().collect()).unwrap_or_default() })
    }

    fn words(&mut self, table: &DeTable<'_>) -> Option<BTreeMap<String, String>> {
        let mut words = BTreeMap::new();
        let Some(value) = table.get("words") else { return Some(words) };
        let what = format!("`words` of {}", self.place());
        for (key, meaning) in self.walk.table(value, &what)? {
            let meaning_text = self.walk.text(meaning, &what)?;
            self.known_word(meaning_text, meaning.span());
            words.insert(key.get_ref().trim().to_owned(), meaning_text.to_owned());
        }
        Some(words)
    }

    fn zone(&mut self, value: &Placed<'_>) -> Option<Tz> {
        let name = self.walk.text(value, &format!("`zone` of {}", self.place()))?;
        let zone = name.parse::<Tz>().ok();
        if zone.is_none() {
            let zones = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
            self.walk.fault(
                "ledger_map::unknown_zone",
                value.span(),
                format!("there is no time zone `{name}`"),
                did_you_mean(name, zones),
            );
        }
        zone
    }

    fn formats(&mut self, value: &Placed<'_>) -> Option<Formats> {
        let texts = self.walk.one_or_more(value, &format!("`format` of {}", self.place()));
        let (formats, bad) = Formats::read(texts.iter().map(|(text, _)| *text));
        for (index, reason) in &bad {
            if let Some((text, span)) = texts.get(*index) {
                let message = format!("`{text}` is not a format of a day or time: {reason}");
                let help = "write it as in `%Y-%m-%d %H:%M:%S`, or `epoch-seconds`, or `epoch-millis`";
                self.walk.fault("ledger_map::bad_format", span.clone(), message, help);
            }
        }
        (bad.is_empty() && !texts.is_empty()).then_some(formats)
    }
}
