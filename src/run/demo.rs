//! `fenji demo`: a home with a believable ledger, in which every shipped job can run at once.

use std::path::Path;

use chrono::NaiveDate;
use rusqlite::Connection;

use crate::{
    deliver::file::write_atomically,
    ledger::{
        create::{LedgerInfo, create},
        demo::{DemoCounts, DemoPlan, generate},
    },
    period::{Period, Unit},
    run::{error::RunError, home::Home},
};

/// The organisation of the shipped settings, and the one of the demo.
const ORGANISATION: (&str, &str) = (
    "organisation = { zh = \"示例公司\", en = \"Example Company\" }",
    "organisation = { zh = \"江城百货（演示数据）\", en = \"Jiangcheng Department Stores (demonstration data)\" }",
);

/// The last month that is over on a day.
pub fn last_full_month(today: NaiveDate) -> Period {
    Period::holding(Unit::Month, today).previous()
}

/// Makes a home in a new or empty directory and fills its ledger up to the last full month.
///
/// # Errors
/// [`RunError::NotEmpty`], or [`RunError::Demo`] when the ledger cannot be made.
pub fn make(root: &Path, today: NaiveDate, progress: &mut dyn FnMut(u64, u64)) -> Result<(Home, DemoCounts), RunError> {
    Home::init(root)?;
    let path = root.join("config").join("fenji.toml");
    if let Some(settings) = Home::files().get("config/fenji.toml") {
        write_atomically(&path, settings.replace(ORGANISATION.0, ORGANISATION.1).as_bytes())?;
    }
    let home = Home::open(root)?;
    let failed = |cause: &dyn std::fmt::Display| RunError::Demo { cause: cause.to_string() };
    let ledger = home.mapping.database.file().map_err(|cause| failed(&cause))?;
    if let Some(parent) = ledger.parent() {
        std::fs::create_dir_all(parent).map_err(|cause| failed(&cause))?;
    }
    let info = LedgerInfo { currency: home.mapping.currency.clone(), zone: home.mapping.zone };
    create(ledger, &info).map_err(|cause| failed(&cause))?;
    let mut connection = Connection::open(ledger).map_err(|cause| failed(&cause))?;
    let plan = DemoPlan::demo(last_full_month(today).last_day());
    let counts = generate(&mut connection, &plan, progress).map_err(|cause| failed(&cause))?;
    Ok((home, counts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_settings_name_the_organisation_that_the_demo_replaces() {
        assert!(Home::files()["config/fenji.toml"].contains(ORGANISATION.0));
    }
}
