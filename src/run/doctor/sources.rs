//! Declarations, store, ledger and fonts.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use tokio::time::Instant;

use crate::{
    ledger::{entity::ENTITIES, snapshot::Snapshot},
    money::decimal,
    render::font::{Fonts, Weight},
    run::{
        check::{Finding, State, check},
        doctor::Check,
        error::RunError,
        home::Home,
        store::{Store, StoreAddress},
    },
};

/// The store's clock and this machine's may differ so much: milliseconds.
const DRIFT: i64 = 5_000;
/// So many names are told of those that are wrong.
const TOLD: usize = 5;

/// The declarations, and the ledger against them.
pub(super) fn declared(home: &Home, today: NaiveDate) -> (Check, Check) {
    let (ledger, declarations): (Vec<Finding>, Vec<Finding>) =
        check(home, today).into_iter().partition(|finding| finding.what == "ledger");
    let declarations = match wrong(&declarations) {
        (0, _) => match undecided(&declarations) {
            (0, _) => Check::ok("declarations", format!("{} are sound", declarations.len())),
            (count, named) => Check::warning(
                "declarations",
                format!("{count} that are in use wait for figures that nobody decided: {named}"),
                "`fenji check --quick` lists the figures: somebody has to decide them",
            ),
        },
        (count, named) => Check::failed(
            "declarations",
            format!("{count} of {} are refused: {named}", declarations.len()),
            "`fenji check --quick` shows every fault with its line",
        ),
    };
    let first = ledger.iter().find_map(|finding| match &finding.state {
        State::Wrong(error) => Some(error),
        State::Sound | State::Waiting(_) | State::Unserved(_) => None,
    });
    let ledger = match (wrong(&ledger), first) {
        ((count, _), Some(error)) if count > 1 => {
            let found = format!("{error}; and {} more faults", count - 1);
            Check::failed("ledger", found, "`fenji check --quick` shows every fault of the connection and the mapping")
        }
        (_, Some(error)) => Check::error("ledger", error),
        (_, None) => {
            Check::ok("ledger", "a snapshot opens, and its tables are as mapped; `fenji check` reads every value")
        }
    };
    (declarations, ledger)
}

/// How many are refused, and the first of them.
fn wrong(findings: &[Finding]) -> (usize, String) {
    named(findings.iter().filter(|finding| matches!(finding.state, State::Wrong(_))))
}

/// How many in use wait for somebody to decide, and the first of them.
fn undecided(findings: &[Finding]) -> (usize, String) {
    named(findings.iter().filter(|finding| finding.used && matches!(finding.state, State::Waiting(_))))
}

fn named<'f>(findings: impl Iterator<Item = &'f Finding>) -> (usize, String) {
    let names: Vec<String> = findings.map(|finding| format!("{} {}", finding.what, finding.name)).collect();
    let mut told = names.iter().take(TOLD).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > TOLD {
        told += ", …";
    }
    (names.len(), told)
}

/// The store: gives it when it is there and can be used.
pub(super) async fn store(home: &Home, clock: DateTime<Utc>, checks: &mut Vec<Check>) -> Option<Store> {
    let address = &home.settings.store;
    if let StoreAddress::File(path) = address
        && !path.exists()
    {
        checks.push(Check::ok("store", format!("`{address}` is not there yet: the first run makes it")));
        return None;
    }
    let opened = async {
        let began = Instant::now();
        let mut store = Store::open(address).await?;
        let ahead = store.clock().await? - (clock + began.elapsed()).timestamp_millis();
        Ok::<_, RunError>((store.prove().await?, ahead, store))
    };
    match opened.await {
        Err(error) => {
            checks.push(Check::error("store", &error));
            None
        }
        Ok((statements, ahead, store)) => {
            checks.push(Check::ok("store", format!("`{address}` opens and understands all {statements} statements")));
            checks.push(drift(ahead));
            Some(store)
        }
    }
}

/// How far the store's clock is ahead of this machine's.
fn drift(ahead: i64) -> Check {
    let found = format!("the store's clock is {} s ahead of this machine's", decimal(ahead.into(), 3));
    if ahead.abs() <= DRIFT {
        return Check::ok("clock", found);
    }
    Check::warning("clock", found, "leases and slots go by the store's clock: set both clocks by NTP")
}

/// The font of PDFs against the names in the ledger.
pub(super) fn fonts(home: &Home, today: NaiveDate) -> Check {
    let fonts = match Fonts::load(&home.settings.font) {
        Ok(fonts) => fonts,
        Err(error) => return Check::error("fonts", &error),
    };
    match lacking(home, today, &fonts) {
        Err(error) => Check::warning(
            "fonts",
            format!("`{}` is there; the names in the ledger cannot be read: {error}", fonts.family()),
            "`fenji check` says what is wrong with the ledger",
        ),
        Ok((names, lacking)) if lacking.is_empty() => Check::ok(
            "fonts",
            format!(
                "`{}` has every character of the {} different names in the ledger",
                fonts.family(),
                decimal(names, 0)
            ),
        ),
        Ok((_, lacking)) => {
            let told: Vec<String> = lacking
                .iter()
                .take(TOLD)
                .map(|(character, name)| format!("U+{:04X} in `{name}`", u32::from(*character)))
                .collect();
            Check::warning(
                "fonts",
                format!(
                    "`{}` lacks {} characters of names in the ledger: {}",
                    fonts.family(),
                    lacking.len(),
                    told.join(", ")
                ),
                "they are printed as boxes: name a font that has them in config/fenji.toml, `font = \"system\"` or files",
            )
        }
    }
}

/// How many names there are, and the characters of them that no face has, each with a name.
fn lacking(home: &Home, today: NaiveDate, fonts: &Fonts) -> Result<(i128, BTreeMap<char, String>), RunError> {
    let mut snapshot = Snapshot::open(home.mapping.clone(), today)?;
    for entity in ENTITIES.iter().filter(|entity| entity.column("name").is_some()) {
        if snapshot.has(entity, "name") {
            snapshot.scan(entity, &[("name", crate::ledger::decode::Texts::Coded)], "the font", &|_, _| {})?;
        }
    }
    let mut lacking = BTreeMap::new();
    let Some(names) = snapshot.dictionaries().of("name") else { return Ok((0, lacking)) };
    let codes = 0..=u32::try_from(names.len()).unwrap_or(u32::MAX);
    for name in codes.filter_map(|code| names.text(code)) {
        for character in name.chars().filter(|c| !c.is_whitespace() && !c.is_control()) {
            if fonts.glyph(character, Weight::Regular).is_none() {
                lacking.entry(character).or_insert_with(|| name.to_owned());
            }
        }
    }
    Ok((i128::try_from(names.len()).unwrap_or(i128::MAX), lacking))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::doctor::Health;

    #[test]
    fn clocks_that_differ_are_told() {
        for (ahead, health) in [
            (0, Health::Ok),
            (5_000, Health::Ok),
            (-5_000, Health::Ok),
            (5_001, Health::Warning),
            (-86_400_000, Health::Warning),
        ] {
            assert_eq!(drift(ahead).health, health, "{ahead}");
        }
        assert_eq!(drift(-86_400_000).found, "the store's clock is -86,400.000 s ahead of this machine's");
    }
}
