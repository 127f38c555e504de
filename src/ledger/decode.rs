//! One database value → one value of the contract's type, or a refusal.
//!
//! Invariants: nothing is guessed and nothing is rounded; a floating-point amount is refused. Not here: where values come from
//! (`ledger::source`), and the row they stand in (`ledger::reader`).

use chrono_tz::Tz;

use crate::{
    ledger::{
        batch::{MISSING, NO_DAY, SharedDictionaries, Values},
        clock::Clock,
        entity::ColumnType,
        lookup::{self, Known, Lookup},
        mapping::{AmountUnit, ColumnMapping},
        raw::Raw,
    },
    money::{Currency, Scale, parse_minor},
    period::SECONDS_A_DAY,
};

/// Decimal places of a quantity: thousandths.
const QUANTITY_PLACES: u8 = 3;

/// What a reader wants of the texts of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Texts {
    /// Codes, whose texts stand in the dictionaries.
    Coded,
    /// Only to tell them apart: takes no memory for values that stand once.
    ToldApart,
}

/// Why a value was refused; the row is added by the caller.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Empty,
    Real(String),
    Type { found: String, help: String },
    TooMany,
}

/// Reads the values of one column.
#[derive(Debug)]
pub(super) struct Decoder<'m> {
    column: &'m ColumnMapping,
    texts: Texts,
    scale: Scale,
    clock: Clock,
    lookup: Lookup,
    /// Keys whose codes are looked up at the end of the batch.
    pending: Vec<u128>,
}

impl<'m> Decoder<'m> {
    pub(super) fn new(column: &'m ColumnMapping, texts: Texts, currency: &Currency, zone: Tz) -> Self {
        Self {
            column,
            texts,
            scale: currency.scale,
            clock: Clock::new(zone),
            lookup: Lookup::default(),
            pending: Vec::new(),
        }
    }

    /// An empty column of the right kind.
    pub(super) fn values(&self) -> Values {
        match self.column.spec.kind {
            ColumnType::Key | ColumnType::Text if self.texts == Texts::ToldApart => Values::Identities(Vec::new()),
            ColumnType::Key | ColumnType::Text | ColumnType::Choice(_) | ColumnType::Flag => Values::Codes(Vec::new()),
            ColumnType::Money | ColumnType::Quantity | ColumnType::Points | ColumnType::Count | ColumnType::Instant => {
                Values::Numbers(Vec::new())
            }
            ColumnType::Day => Values::Days(Vec::new()),
        }
    }

    /// Reads one value into the column and gives its part in the fingerprint of the row.
    pub(super) fn read(
        &mut self,
        raw: Raw<'_>,
        values: &mut Values,
        dictionaries: &SharedDictionaries,
    ) -> Result<u64, Refusal> {
        Ok(match values {
            Values::Codes(_) if self.column.spec.kind == ColumnType::Key && self.column.words.is_empty() => {
                let (key, mark) = self.key(raw, dictionaries)?;
                self.pending.push(key);
                mark
            }
            Values::Codes(codes) => {
                let known = self.known(raw, dictionaries)?;
                codes.push(known.map_or(0, |known| known.code));
                known.map_or(0, |known| known.mark)
            }
            Values::Identities(identities) => {
                let (identity, mark) = self.identity(raw)?;
                identities.push(identity);
                mark
            }
            Values::Numbers(numbers) => {
                let number = self.number(raw)?;
                numbers.push(number);
                number.cast_unsigned()
            }
            Values::Days(days) => {
                let day = self.day(raw)?;
                days.push(day);
                i64::from(day).cast_unsigned()
            }
        })
    }

    /// Completes the column when its batch does: looks up what was put off.
    pub(super) fn complete(&mut self, values: &mut Values, dictionaries: &SharedDictionaries) -> Result<(), Refusal> {
        let Values::Codes(codes) = values else { return Ok(()) };
        let found = self.lookup.resolve(&self.pending, codes, dictionaries, self.column.spec.name);
        self.pending.clear();
        found.ok_or(Refusal::TooMany)
    }

    /// Forgets what was put off.
    pub(super) fn clear(&mut self) {
        self.pending.clear();
    }

    /// What is put off of a key, with its part in the fingerprint; 0 for nothing.
    fn key(&mut self, raw: Raw<'_>, dictionaries: &SharedDictionaries) -> Result<(u128, u64), Refusal> {
        if let Raw::Integer(number) = raw {
            return Ok((lookup::number_key(number), lookup::number_mark(number)));
        }
        if matches!(raw, Raw::Null | Raw::Text("")) {
            return self.empty((0, 0));
        }
        let mut scratch = String::new();
        let text = self.text(raw, &mut scratch)?;
        let key = self.lookup.key(text, dictionaries, self.column.spec.name).ok_or(Refusal::TooMany)?;
        Ok((key, lookup::text_mark(text)))
    }

    fn empty<T>(&self, nothing: T) -> Result<T, Refusal> {
        if self.column.spec.required { Err(Refusal::Empty) } else { Ok(nothing) }
    }

    /// The code of one value, apart from any column of values; `None` for nothing.
    pub(super) fn code(&mut self, raw: Raw<'_>, dictionaries: &SharedDictionaries) -> Result<Option<u32>, Refusal> {
        self.known(raw, dictionaries).map(|known| known.map(|known| known.code))
    }

    /// The code of a word; none for nothing.
    fn known(&mut self, raw: Raw<'_>, dictionaries: &SharedDictionaries) -> Result<Option<Known>, Refusal> {
        if matches!(raw, Raw::Null | Raw::Text("")) {
            return self.empty(None);
        }
        // A number that is known was allowed in this column before, unless it was a text then.
        if let (Raw::Integer(number), false) = (raw, self.column.spec.kind == ColumnType::Text)
            && let Some(known) = self.lookup.number(number)
        {
            return Ok(Some(known));
        }
        let mut scratch = String::new();
        let text = self.text(raw, &mut scratch)?;
        if let Some(known) = self.lookup.known(text) {
            return Ok(Some(known));
        }
        let meaning = self.meaning(text, raw)?;
        let mut dictionary = dictionaries.of(self.column.spec.name).ok_or(Refusal::TooMany)?;
        let code = dictionary.intern(meaning).ok_or(Refusal::TooMany)?;
        drop(dictionary);
        let known = Known { code, mark: lookup::text_mark(meaning) };
        self.lookup.learn(text, known);
        Ok(Some(known))
    }

    /// A text that is only told apart, with its part in the fingerprint; 0 for nothing.
    fn identity(&mut self, raw: Raw<'_>) -> Result<(u128, u64), Refusal> {
        if matches!(raw, Raw::Null | Raw::Text("")) {
            return self.empty((0, 0));
        }
        if let (Raw::Integer(number), ColumnType::Key) = (raw, self.column.spec.kind) {
            return Ok((lookup::number_key(number), lookup::number_mark(number)));
        }
        let mut scratch = String::new();
        let text = self.text(raw, &mut scratch)?;
        let meaning = if self.column.words.is_empty() { text } else { self.meaning(text, raw)? };
        Ok((lookup::identity(meaning), lookup::text_mark(meaning)))
    }

    /// The text of a value, where it is, or where it was written down.
    fn text<'t>(&self, raw: Raw<'t>, scratch: &'t mut String) -> Result<&'t str, Refusal> {
        if let Raw::Text(text) = raw {
            return Ok(text);
        }
        *scratch = self.words(raw)?;
        Ok(scratch)
    }

    /// A value as the text it stands for.
    fn words(&self, raw: Raw<'_>) -> Result<String, Refusal> {
        let kind = self.column.spec.kind;
        let is_choice = matches!(kind, ColumnType::Choice(_));
        let words = match raw {
            Raw::Text(text) => Some(text.to_owned()),
            Raw::Integer(value) if kind == ColumnType::Key || kind == ColumnType::Flag || is_choice => {
                Some(value.to_string())
            }
            Raw::Decimal { mantissa, places } if kind == ColumnType::Key || is_choice => {
                let value = whole(mantissa, places).ok_or_else(|| wrong(raw, "a key is a whole number or a text"))?;
                Some(value.to_string())
            }
            Raw::Flag(value) if kind == ColumnType::Flag || is_choice => Some(u8::from(value).to_string()),
            Raw::Uuid(_) if kind == ColumnType::Key => Some(raw.plain()),
            Raw::Null
            | Raw::Integer(_)
            | Raw::Real(_)
            | Raw::Decimal { .. }
            | Raw::Flag(_)
            | Raw::Day(_)
            | Raw::Local(_)
            | Raw::Utc(_)
            | Raw::Uuid(_)
            | Raw::Other(_) => None,
        };
        words.ok_or_else(|| wrong(raw, "store it as text, or map a query that casts it"))
    }

    /// What a text means in the contract.
    fn meaning<'t>(&'t self, text: &'t str, raw: Raw<'_>) -> Result<&'t str, Refusal> {
        let meaning = self.column.words.get(text).map_or(text, String::as_str);
        if let ColumnType::Choice(known) = self.column.spec.kind
            && !known.contains(&meaning)
        {
            let help = format!(
                "known words are {}; translate others with `words` in `config/ledger.toml`",
                crate::declaration::quoted(known)
            );
            return Err(wrong(Raw::Text(text), &help));
        }
        if self.column.spec.kind == ColumnType::Flag && !matches!(meaning, "0" | "1") {
            return Err(wrong(raw, "a flag is 0 or 1"));
        }
        Ok(meaning)
    }

    fn number(&mut self, raw: Raw<'_>) -> Result<i64, Refusal> {
        let kind = self.column.spec.kind;
        if kind == ColumnType::Instant {
            return self.instant(raw).map(|at| at.unwrap_or(MISSING));
        }
        if matches!(kind, ColumnType::Points | ColumnType::Count) {
            return self.whole_number(raw);
        }
        let quantity = Scale::new(QUANTITY_PLACES).unwrap_or(self.scale);
        let places = if kind == ColumnType::Quantity { quantity } else { self.scale };
        let minor = self.column.unit == AmountUnit::Minor;
        let no_places = Scale::new(0).unwrap_or(places);
        let too_large = || wrong(raw, "the amount does not fit in 64 bits of minor units");
        let value = match raw {
            Raw::Null | Raw::Text("") => return self.empty(MISSING),
            Raw::Integer(value) if minor => value,
            Raw::Integer(value) => value.checked_mul(places.unit()).ok_or_else(too_large)?,
            Raw::Text(text) => parse_minor(text, if minor { no_places } else { places }).map_err(|error| {
                wrong(raw, &miette::Diagnostic::help(&error).map_or(String::new(), |help| help.to_string()))
            })?,
            Raw::Decimal { mantissa, places: found } => {
                let wanted = if minor { no_places } else { places };
                scaled(mantissa, found, wanted.places()).ok_or_else(|| {
                    wrong(
                        raw,
                        &format!("it has more than {} decimal places, or does not fit in 64 bits", wanted.places()),
                    )
                })?
            }
            Raw::Real(value) => return Err(Refusal::Real(format!("{value:?}"))),
            Raw::Flag(_) | Raw::Day(_) | Raw::Local(_) | Raw::Utc(_) | Raw::Uuid(_) | Raw::Other(_) => {
                return Err(wrong(raw, "store whole minor units as a whole number, or a decimal"));
            }
        };
        if value == MISSING { Err(too_large()) } else { Ok(value) }
    }

    fn whole_number(&self, raw: Raw<'_>) -> Result<i64, Refusal> {
        let value = match raw {
            Raw::Null => return self.empty(MISSING),
            Raw::Integer(value) => Some(value),
            Raw::Decimal { mantissa, places } => whole(mantissa, places),
            Raw::Real(_)
            | Raw::Text(_)
            | Raw::Flag(_)
            | Raw::Day(_)
            | Raw::Local(_)
            | Raw::Utc(_)
            | Raw::Uuid(_)
            | Raw::Other(_) => None,
        };
        let whole = if self.column.spec.kind == ColumnType::Points {
            "points are whole numbers"
        } else {
            "a count is a whole number"
        };
        value.filter(|value| *value != MISSING).ok_or_else(|| wrong(raw, whole))
    }

    fn day(&mut self, raw: Raw<'_>) -> Result<i32, Refusal> {
        let Some(at) = self.instant(raw)? else { return Ok(NO_DAY) };
        i32::try_from(at.div_euclid(SECONDS_A_DAY)).map_err(|_| wrong(raw, "the day is outside the calendar"))
    }

    fn instant(&mut self, raw: Raw<'_>) -> Result<Option<i64>, Refusal> {
        match raw {
            Raw::Null | Raw::Text("") => self.empty(None),
            Raw::Text(text) => match self.clock.text(text) {
                Some(at) => Ok(Some(at)),
                None => Err(wrong(
                    raw,
                    "write days as `2026-10-31` and instants as `2026-10-31 18:05:09`, with an offset if not local",
                )),
            },
            Raw::Integer(_) => {
                Err(wrong(raw, "map a query with `datetime(…, 'unixepoch')`: nothing says what the number counts"))
            }
            Raw::Day(day) => Ok(Some(i64::from(day) * SECONDS_A_DAY)),
            Raw::Local(at) => Ok(Some(at)),
            Raw::Utc(at) => {
                self.clock.local(at).map(Some).ok_or_else(|| wrong(raw, "the time is outside the calendar"))
            }
            Raw::Real(_) | Raw::Decimal { .. } | Raw::Flag(_) | Raw::Uuid(_) | Raw::Other(_) => {
                Err(wrong(raw, "store dates as dates, timestamps or text"))
            }
        }
    }
}

/// A decimal number that is a whole one.
fn whole(mantissa: i64, places: u8) -> Option<i64> {
    scaled(mantissa, places, 0)
}

/// A decimal number in units of `10^-wanted`; `None` when that would round it or does not fit.
fn scaled(mantissa: i64, places: u8, wanted: u8) -> Option<i64> {
    if places <= wanted {
        return 10_i64.checked_pow(u32::from(wanted - places)).and_then(|factor| mantissa.checked_mul(factor));
    }
    let factor = 10_i64.checked_pow(u32::from(places - wanted))?;
    (mantissa % factor == 0).then(|| mantissa / factor)
}

fn wrong(found: Raw<'_>, help: &str) -> Refusal {
    Refusal::Type { found: found.describe(), help: help.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{batch::Dictionaries, dictionary::NOTHING, entity::entity, mapping::Origin};
    use std::collections::BTreeMap;

    fn read(entity_name: &str, column: &str, unit: AmountUnit, raw: Raw<'_>) -> Result<Values, Refusal> {
        let spec = entity(entity_name).unwrap().column(column).unwrap();
        let words = BTreeMap::from([("销售".to_owned(), "sale".to_owned())]);
        let mapping = ColumnMapping { spec, from: Origin::Column(column.to_owned()), unit, words };
        let currency = Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() };
        let mut decoder = Decoder::new(&mapping, Texts::Coded, &currency, chrono_tz::Asia::Shanghai);
        let mut values = decoder.values();
        let dictionaries = Dictionaries::default().share([spec.name]);
        decoder.read(raw, &mut values, &dictionaries)?;
        decoder.complete(&mut values, &dictionaries)?;
        Ok(values)
    }

    #[test]
    fn money_is_exact_or_refused() {
        let money = |unit, raw| read("transaction", "amount", unit, raw);
        assert_eq!(money(AmountUnit::Minor, Raw::Integer(1234)), Ok(Values::Numbers(vec![1234])));
        assert_eq!(money(AmountUnit::Major, Raw::Integer(12)), Ok(Values::Numbers(vec![1200])));
        assert_eq!(money(AmountUnit::Major, Raw::Text("-12.34")), Ok(Values::Numbers(vec![-1234])));
        assert_eq!(money(AmountUnit::Minor, Raw::Text("1234")), Ok(Values::Numbers(vec![1234])));
        assert!(matches!(money(AmountUnit::Minor, Raw::Text("12.34")), Err(Refusal::Type { .. })));
        assert_eq!(money(AmountUnit::Major, Raw::Real(12.34)), Err(Refusal::Real("12.34".to_owned())));
        assert_eq!(money(AmountUnit::Minor, Raw::Null), Err(Refusal::Empty));
        for raw in [Raw::Text("1.005"), Raw::Text("abc"), Raw::Integer(i64::MAX), Raw::Other("a blob")] {
            assert!(matches!(money(AmountUnit::Major, raw), Err(Refusal::Type { .. })), "{raw:?}");
        }
        assert!(matches!(money(AmountUnit::Minor, Raw::Integer(i64::MIN)), Err(Refusal::Type { .. })));
        assert_eq!(read("card", "fee", AmountUnit::Minor, Raw::Null), Ok(Values::Numbers(vec![MISSING])));
    }

    #[test]
    fn choices_are_translated_or_refused() {
        let kind = |raw| read("transaction", "kind", AmountUnit::Minor, raw);
        assert_eq!(kind(Raw::Text("销售")), kind(Raw::Text("sale")));
        assert!(matches!(kind(Raw::Text("Sale")), Err(Refusal::Type { .. })));
        assert_eq!(kind(Raw::Null), Err(Refusal::Empty));
        let flag = |raw| read("member", "blocked", AmountUnit::Minor, raw);
        assert_eq!(flag(Raw::Integer(1)), Ok(Values::Codes(vec![1])));
        assert!(matches!(flag(Raw::Integer(2)), Err(Refusal::Type { .. })));
        assert_eq!(flag(Raw::Null), Ok(Values::Codes(vec![NOTHING])));
    }

    #[test]
    fn days_and_instants_are_local() {
        let day = |raw| read("member", "registered_on", AmountUnit::Minor, raw);
        assert_eq!(day(Raw::Text("1970-01-03 23:59:59")), Ok(Values::Days(vec![2])));
        assert_eq!(day(Raw::Text("1969-12-31 23:59:59")), Ok(Values::Days(vec![-1])));
        assert_eq!(day(Raw::Day(-1)), Ok(Values::Days(vec![-1])));
        assert!(matches!(day(Raw::Integer(20_000)), Err(Refusal::Type { .. })));
        let instant = |raw| read("transaction", "at", AmountUnit::Minor, raw);
        assert_eq!(instant(Raw::Local(5)), Ok(Values::Numbers(vec![5])));
        assert_eq!(instant(Raw::Utc(5)), Ok(Values::Numbers(vec![28_805])));
        assert_eq!(instant(Raw::Day(1)), Ok(Values::Numbers(vec![86_400])));
    }

    #[test]
    fn decimals_are_exact_or_refused() {
        let money = |unit, mantissa, places| read("transaction", "amount", unit, Raw::Decimal { mantissa, places });
        assert_eq!(money(AmountUnit::Major, -1234, 2), Ok(Values::Numbers(vec![-1234])));
        assert_eq!(money(AmountUnit::Major, 15, 1), Ok(Values::Numbers(vec![150])));
        assert_eq!(money(AmountUnit::Major, 12_340_000, 6), Ok(Values::Numbers(vec![1234])));
        assert_eq!(money(AmountUnit::Minor, 1500, 2), Ok(Values::Numbers(vec![15])));
        for (unit, mantissa, places) in
            [(AmountUnit::Major, 1005, 3), (AmountUnit::Minor, 15, 1), (AmountUnit::Major, i64::MAX, 0)]
        {
            assert!(matches!(money(unit, mantissa, places), Err(Refusal::Type { .. })), "{mantissa} {places}");
        }
        let key = |raw| read("transaction", "member_id", AmountUnit::Minor, raw);
        assert_eq!(key(Raw::Decimal { mantissa: 4200, places: 2 }), key(Raw::Text("42")));
        assert!(matches!(key(Raw::Decimal { mantissa: 4250, places: 2 }), Err(Refusal::Type { .. })));
    }

    #[test]
    fn texts_and_numbers_of_one_key_are_one_value() {
        let mapping = ColumnMapping {
            spec: entity("transaction").unwrap().column("order_id").unwrap(),
            from: Origin::Column("o".to_owned()),
            unit: AmountUnit::Minor,
            words: BTreeMap::new(),
        };
        let currency = Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() };
        let dictionaries = Dictionaries::default().share(["order_id"]);
        for texts in [Texts::Coded, Texts::ToldApart] {
            let mut decoder = Decoder::new(&mapping, texts, &currency, chrono_tz::Asia::Shanghai);
            let mut values = decoder.values();
            let raws =
                [Raw::Integer(42), Raw::Text("42"), Raw::Text("042"), Raw::Null, Raw::Text("20261031-0000000042")];
            let marks: Vec<u64> =
                raws.iter().map(|raw| decoder.read(*raw, &mut values, &dictionaries).unwrap()).collect();
            decoder.complete(&mut values, &dictionaries).unwrap();
            let same = match &values {
                Values::Codes(codes) => [codes[0] == codes[1], codes[0] == codes[2], codes[3] == 0, codes[4] == 0],
                Values::Identities(all) => [all[0] == all[1], all[0] == all[2], all[3] == 0, all[4] == 0],
                Values::Numbers(_) | Values::Days(_) => panic!("texts"),
            };
            assert_eq!(same, [true, false, true, false]);
            assert_eq!(marks[0], marks[1]);
            assert_ne!(marks[0], marks[2]);
        }
    }
}
