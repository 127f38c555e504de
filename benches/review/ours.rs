//! The review by this program: its mapping, its metrics in one pass, then the grades.

use std::path::Path;

use chrono::NaiveDate;
use fenji::{
    declaration::Declaration,
    ledger::{mapping::Mapping, snapshot::Snapshot},
    metrics::{
        compute::{Computed, Figures, Request, compute},
        file,
    },
    period::parse_day,
};
use serde_json::Value;

use crate::grade::{Customer, Grading};

const AS_OF: &str = "2026-10-31";
const YEAR_BEFORE: &str = "2025-10-31";
const MONTH_ENDS: [&str; 12] = [
    "2025-11-30",
    "2025-12-31",
    "2026-01-31",
    "2026-02-28",
    "2026-03-31",
    "2026-04-30",
    "2026-05-31",
    "2026-06-30",
    "2026-07-31",
    "2026-08-31",
    "2026-09-30",
    AS_OF,
];

/// The answer from the ledger of a database whose amounts are in `unit` (`major` or `minor`).
pub(crate) fn review(database: &str, unit: &str) -> Value {
    let text = include_str!("ledger.toml").replace("DATABASE", database).replace("UNIT", unit);
    let mapping = Mapping::check(&Declaration::new("ledger.toml", &text), Path::new(".")).unwrap();
    let metrics =
        file::check(&Declaration::new("metrics.toml", include_str!("metrics.toml")), &mapping.currency).unwrap();
    let mut snapshot = Snapshot::open(mapping, day(AS_OF)).unwrap();
    let request =
        |metric: &str, days: &[&str]| Request::new(metrics[metric].clone(), days.iter().map(|text| day(text)));
    let requests = [
        request("recency", &[AS_OF]),
        request("frequency", &[AS_OF]),
        request("monetary", &[YEAR_BEFORE, AS_OF]),
        request("month", &MONTH_ENDS),
    ];
    let computed = compute(&mut snapshot, &requests).unwrap();
    let mut grading = Grading::default();
    each_customer(&snapshot, &computed, &mut |customer| grading.take(customer));
    serde_json::to_value(grading.finish()).unwrap()
}

/// Hands over every customer who bought, with the figures.
fn each_customer(snapshot: &Snapshot, computed: &Computed, visit: &mut dyn FnMut(&Customer)) {
    let place = |metric: &str, as_of: &str| computed.at(metric, day(as_of)).unwrap();
    let figure = |(figures, place): (&Figures, usize), code: u32| figures.get(code, place);
    let (recency, frequency) = (place("recency", AS_OF), place("frequency", AS_OF));
    let (monetary, before) = (place("monetary", AS_OF), place("monetary", YEAR_BEFORE));
    let months = MONTH_ENDS.map(|end| place("month", end));
    let known = snapshot.dictionaries().of("customer_id").unwrap();
    for code in 0..u32::try_from(known.len()).unwrap() {
        let (Some(id), Some(recency)) = (known.text(code), figure(recency, code)) else { continue };
        visit(&Customer {
            id: id.parse().unwrap(),
            recency,
            frequency: figure(frequency, code).unwrap_or(0),
            monetary: figure(monetary, code).unwrap_or(0),
            before: figure(before, code).unwrap_or(0),
            months: months.map(|month| figure(month, code).unwrap_or(0)),
        });
    }
}

fn day(text: &str) -> NaiveDate {
    parse_day(text).unwrap()
}
