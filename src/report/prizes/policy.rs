//! `config/prizes.toml`: from which amount a receipt wins, and what counts as one.

use serde::Deserialize;

use crate::{
    declaration::{Declaration, Faults, Spanned},
    money::{Currency, parse_minor},
};

/// The highest amount that may be asked for, in whole units of the currency.
const MOST_AMOUNT: i64 = 100_000_000;

/// What goods that came back do to their receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Returns {
    /// They reduce it, as far as they came back by the last day of the list.
    Reduce,
    /// Nothing: what was bought counts.
    Ignore,
}

/// Which receipts win, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prizes {
    /// The least amount in minor units.
    pub least_amount: i64,
    /// What returns do.
    pub returns: Returns,
    /// Whether orders of customers in their own name count.
    pub own_name_orders: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Raw {
    least_amount: Spanned<String>,
    returns: Returns,
    own_name_orders: bool,
}

impl Prizes {
    /// Checks the file (S21).
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn check(file: &Declaration, currency: &Currency) -> Result<Self, Faults> {
        let raw: Raw = file.parse()?;
        let text = raw.least_amount.get_ref();
        let most = MOST_AMOUNT.saturating_mul(currency.scale.unit());
        let Some(least_amount) = parse_minor(text, currency.scale).ok().filter(|amount| (1..=most).contains(amount))
        else {
            let help = format!("write an amount above 0 and up to {MOST_AMOUNT}, such as \"78.00\"");
            let message = format!("no receipt can be held against `{text}`");
            return Err(file.fault("prizes::bad_amount", raw.least_amount.span(), message, help).into());
        };
        Ok(Self { least_amount, returns: raw.returns, own_name_orders: raw.own_name_orders })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{declaration::Fault, money::Scale};

    const SHIPPED: &str = include_str!("../../../config/prizes.toml");

    fn check(text: &str) -> Result<Prizes, Faults> {
        let currency = Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() };
        Prizes::check(&Declaration::new("config/prizes.toml", text), &currency)
    }

    #[test]
    fn the_shipped_limit_is_that_of_the_source() {
        let rules = Prizes { least_amount: 7_800, returns: Returns::Reduce, own_name_orders: false };
        assert_eq!(check(SHIPPED).unwrap(), rules);
    }

    #[test]
    fn faults_are_told_with_their_lines() {
        for (from, to, expected) in [
            ("\"78.00\"", "\"0\"", ("prizes::bad_amount", Some(3))),
            ("\"78.00\"", "\"-78\"", ("prizes::bad_amount", Some(3))),
            ("\"78.00\"", "\"78.001\"", ("prizes::bad_amount", Some(3))),
            ("\"78.00\"", "\"100000000.01\"", ("prizes::bad_amount", Some(3))),
            ("\"reduce\"", "\"reduces\"", ("declaration::syntax", Some(4))),
            ("own-name-orders = false", "own-name-orders = \"no\"", ("declaration::syntax", Some(5))),
        ] {
            assert!(SHIPPED.contains(from), "{from}");
            let faults = check(&SHIPPED.replacen(from, to, 1)).unwrap_err();
            let found: Vec<_> = faults.list().iter().map(|fault: &Fault| (fault.code_name(), fault.line())).collect();
            assert_eq!(found, [expected], "{to}");
        }
    }
}
