//! `config/metrics.toml`: metric definitions as people write them, checked against the ledger contract.

mod condition;
mod ratio;
mod rows;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use condition::condition;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned, WrittenCondition, did_you_mean},
    ledger::entity::{ColumnSpec, ColumnType, ENTITIES, Entity, entity},
    metrics::definition::{Condition, Measure, Metric, RowMeasure, Subject},
    money::{Currency, Scale},
    text::Title,
};

const AGGREGATES: &[&str] = &[
    "sum",
    "count",
    "count-distinct",
    "min",
    "max",
    "latest",
    "first-day",
    "last-day",
    "days-since",
    "days-until",
    "ratio",
];

/// The checked metrics of a home, by name.
pub type Metrics = BTreeMap<String, Metric>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    metric: BTreeMap<Spanned<String>, RawMetric>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawMetric {
    title: Title,
    aggregate: Spanned<String>,
    entity: Option<Spanned<String>>,
    subject: Spanned<String>,
    column: Option<Spanned<String>>,
    #[serde(default, rename = "where")]
    conditions: Vec<Spanned<WrittenCondition>>,
    window: Option<Spanned<String>>,
    lag: Option<Spanned<String>>,
    of: Option<Spanned<String>>,
    per: Option<Spanned<String>>,
}

/// Checks a metrics file; amounts in it are in the major unit of `currency`.
///
/// # Errors
/// Every fault of the file, with its line.
pub fn check(file: &Declaration, currency: &Currency) -> Result<Metrics, Faults> {
    let raw: RawFile = file.parse()?;
    let reader = Reader { file, scale: currency.scale, faults: Vec::new() };
    reader.check(&raw)
}

struct Reader<'f> {
    file: &'f Declaration,
    scale: Scale,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn check(mut self, raw: &RawFile) -> Result<Metrics, Faults> {
        let mut metrics = Metrics::new();
        for (name, raw_metric) in &raw.metric {
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            if name.get_ref().is_empty() || !name.get_ref().bytes().all(plain) {
                let message = format!("`{}` is not a name of a metric", name.get_ref());
                let help = "write small letters, digits and `_`, such as `net_spend_12m`";
                self.told::<()>("metrics::bad_name", name.span(), message, help);
            }
            if let Some(measure) = self.measure(name, raw_metric) {
                let metric = Metric { id: name.get_ref().clone(), title: raw_metric.title.clone(), measure };
                metrics.insert(metric.id.clone(), metric);
            }
        }
        for (name, raw_metric) in &raw.metric {
            self.check_ratio(name, raw_metric, raw, &metrics);
        }
        Faults::none_of(self.faults).map(|()| metrics)
    }

    fn told<T>(
        &mut self,
        code: &'static str,
        at: std::ops::Range<usize>,
        message: String,
        help: impl Into<String>,
    ) -> Option<T> {
        self.faults.push(self.file.fault(code, at, message, help));
        None
    }

    fn measure(&mut self, name: &Spanned<String>, raw: &RawMetric) -> Option<Measure> {
        let aggregate = raw.aggregate.get_ref().as_str();
        if !AGGREGATES.contains(&aggregate) {
            let help = did_you_mean(aggregate, AGGREGATES.iter().copied());
            return self.told(
                "metrics::unknown_aggregate",
                raw.aggregate.span(),
                format!("`{aggregate}` is not an aggregate"),
                help,
            );
        }
        if aggregate == "ratio" {
            return self.ratio(name, raw);
        }
        let Some(wanted) = &raw.entity else {
            return self.missing(name, "entity");
        };
        let Some(found) = entity(wanted.get_ref()) else {
            let help = did_you_mean(wanted.get_ref(), ENTITIES.iter().map(|entity| entity.name));
            return self.told(
                "metrics::unknown_entity",
                wanted.span(),
                format!("`{}` is not an entity", wanted.get_ref()),
                help,
            );
        };
        let subject = self.column(found, &raw.subject);
        if let Some(spec) = subject
            && !matches!(spec.kind, ColumnType::Key | ColumnType::Text)
        {
            let message = format!("`{}` is a {} and cannot be a subject", spec.name, spec.kind.name());
            return self.told(
                "metrics::bad_subject",
                raw.subject.span(),
                message,
                "name a key or text column, such as `member_id`",
            );
        }
        let aggregate = self.aggregate(found, name, raw);
        let conditions: Vec<Option<Condition>> = raw
            .conditions
            .iter()
            .map(|raw| condition(self.file, self.scale, found, raw).map_err(|fault| self.faults.push(fault)).ok())
            .collect();
        let window = self.window(found, name, raw, aggregate);
        let subject = subject?.name;
        let conditions: Vec<Condition> = conditions.into_iter().collect::<Option<_>>()?;
        self.check_latest(found, raw, aggregate, &conditions)?;
        let ((window, lag), aggregate) = (window?, aggregate?);
        let subject = Subject::Column(subject);
        Some(Measure::Rows(RowMeasure { entity: found, subject, aggregate, conditions, window, lag }))
    }

    fn missing<T>(&mut self, name: &Spanned<String>, key: &str) -> Option<T> {
        let message = format!("metric `{}` needs `{key}`", name.get_ref());
        self.told(
            "metrics::missing_key",
            name.span(),
            message,
            "see the head of `config/metrics.toml` for what each key means",
        )
    }

    fn column(&mut self, entity: &'static Entity, name: &Spanned<String>) -> Option<&'static ColumnSpec> {
        let found = entity.column(name.get_ref());
        if found.is_none() {
            let help = did_you_mean(name.get_ref(), entity.columns.iter().map(|column| column.name));
            let message = format!("entity `{}` has no column `{}`", entity.name, name.get_ref());
            return self.told("metrics::unknown_column", name.span(), message, help);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::definition::Test;

    fn currency() -> Currency {
        Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() }
    }

    fn codes(text: &str) -> Vec<(&'static str, Option<usize>)> {
        let faults = check(&Declaration::new("config/metrics.toml", text), &currency()).unwrap_err();
        faults.list().iter().map(|fault| (fault.code_name(), fault.line())).collect()
    }

    #[test]
    fn the_shipped_metrics_are_sound() {
        let file = Declaration::new("config/metrics.toml", include_str!("../../../config/metrics.toml"));
        let metrics = check(&file, &currency()).unwrap();
        assert!(metrics.len() >= 6);
    }

    #[test]
    fn limits_are_exact_and_in_the_unit_of_their_column() {
        let text = "[metric.m]\ntitle = { zh = \"大额\", en = \"big\" }\nentity = \"transaction\"\nsubject = \"member_id\"\naggregate = \"count\"\n\
                    where = [{ column = \"amount\", above = \"12.34\", at-most = \"20\" }]\nwindow = \"all\"\n";
        let metrics = check(&Declaration::new("m", text), &currency()).unwrap();
        let Measure::Rows(rows) = &metrics["m"].measure else { panic!("rows") };
        assert_eq!(rows.conditions[0].test, Test::Between(1235, 2000));
    }

    /// The faults of a metric whose keys behind the title are given.
    fn faults_of(keys: &str) -> Vec<&'static str> {
        let text = format!("[metric.m]\ntitle = {{ zh = \"甲\", en = \"a\" }}\n{keys}\n");
        match check(&Declaration::new("config/metrics.toml", &text), &currency()) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.list().iter().map(Fault::code_name).collect(),
        }
    }

    type Case = (&'static str, &'static str, String, &'static [&'static str]);

    const ALL: &str = "window = \"all\"";
    const YEAR: &str = "window = \"year\"";

    fn taken(aggregate: &str, column: &str, rest: &str) -> String {
        format!("aggregate = \"{aggregate}\"\ncolumn = \"{column}\"\n{rest}")
    }

    fn held_to(cases: &[Case]) {
        for (entity, subject, rest, faults) in cases {
            let found = faults_of(&format!("entity = \"{entity}\"\nsubject = \"{subject}\"\n{rest}"));
            assert_eq!(found, *faults, "{entity} {subject} {rest}");
        }
    }

    #[test]
    fn the_latest_value_is_taken_where_there_is_one() {
        let latest = |column: &str, rest: &str| taken("latest", column, rest);
        let outlook = "where = [{ column = \"aspect\", one-of = [\"outlook\"] }]";
        let two = "where = [{ column = \"aspect\", one-of = [\"outlook\", \"conduct\"] }]";
        held_to(&[
            ("assessment", "customer_id", latest("class", &format!("{outlook}\n{ALL}")), &[]),
            (
                "assessment",
                "customer_id",
                latest("figure", &format!("{outlook}\nwindow = \"previous quarter\"\nlag = \"1 month\"")),
                &[],
            ),
            ("assessment", "customer_id", latest("class", outlook), &["metrics::missing_key"]),
            ("assessment", "customer_id", latest("class", ALL), &["metrics::no_latest"]),
            ("assessment", "customer_id", latest("class", &format!("{two}\n{ALL}")), &["metrics::no_latest"]),
            ("assessment", "aspect", latest("class", &format!("{outlook}\n{ALL}")), &["metrics::no_latest"]),
            ("transaction", "customer_id", latest("amount", ALL), &["metrics::no_latest"]),
            ("customer", "customer_id", latest("star", ""), &[]),
            ("customer", "customer_id", latest("star", ALL), &[]),
            ("customer", "customer_id", latest("star", YEAR), &["metrics::no_time"]),
            ("customer", "customer_id", latest("star", "lag = \"1 month\""), &["metrics::no_time"]),
            ("customer", "customer_id", latest("region_id", ALL), &["metrics::wrong_column_type"]),
            ("customer", "region_id", latest("star", ALL), &["metrics::no_latest"]),
        ]);
    }

    #[test]
    fn days_windows_and_lags_are_taken_where_they_make_sense() {
        let until = |column: &str, rest: &str| taken("days-until", column, rest);
        held_to(&[
            ("physician", "physician_id", taken("latest", "potential", ""), &[]),
            ("collateral", "lease_id", "aggregate = \"sum\"\ncolumn = \"value\"".to_owned(), &[]),
            (
                "collateral",
                "lease_id",
                format!("aggregate = \"sum\"\ncolumn = \"value\"\n{YEAR}"),
                &["metrics::no_time"],
            ),
            (
                "collateral",
                "lease_id",
                "aggregate = \"first-day\"\nwindow = \"all\"".to_owned(),
                &["metrics::missing_key"],
            ),
            ("instalment", "lease_id", until("due_on", ""), &[]),
            ("instalment", "lease_id", until("due_on", YEAR), &["metrics::no_time"]),
            ("instalment", "lease_id", until("paid_on", "window = \"90 days\""), &[]),
            ("instalment", "lease_id", until("paid_on", ""), &["metrics::missing_key"]),
            ("instalment", "lease_id", until("amount", ALL), &["metrics::wrong_column_type"]),
            ("instalment", "lease_id", format!("aggregate = \"days-until\"\n{ALL}"), &["metrics::missing_key"]),
            (
                "points_entry",
                "member_id",
                format!("aggregate = \"days-since\"\ncolumn = \"at\"\n{ALL}"),
                &["metrics::wrong_column_type"],
            ),
            (
                "instalment",
                "lease_id",
                "aggregate = \"count\"\nwindow = \"previous\"".to_owned(),
                &["metrics::bad_window"],
            ),
            (
                "instalment",
                "lease_id",
                "aggregate = \"count\"\nwindow = \"year\"\nlag = \"year\"".to_owned(),
                &["metrics::bad_lag"],
            ),
            (
                "complaint",
                "customer_id",
                format!("aggregate = \"count\"\nwhere = [{{ column = \"solved\", one-of = [\"maybe\"] }}]\n{ALL}"),
                &["metrics::unknown_word"],
            ),
            (
                "payment",
                "customer_id",
                format!("aggregate = \"count\"\nwhere = [{{ column = \"days_late\", above = \"1.5\" }}]\n{ALL}"),
                &["metrics::bad_limit"],
            ),
        ]);
    }

    #[test]
    fn words_and_days_are_not_divided() {
        let parts = "[metric.w]\ntitle = { zh = \"甲\", en = \"a\" }\nentity = \"customer\"\nsubject = \"customer_id\"\naggregate = \"latest\"\ncolumn = \"trade_type\"\n\
             [metric.n]\ntitle = { zh = \"甲\", en = \"a\" }\nentity = \"customer\"\nsubject = \"customer_id\"\naggregate = \"latest\"\ncolumn = \"star\"\n\
             [metric.d]\ntitle = { zh = \"甲\", en = \"a\" }\nentity = \"customer\"\nsubject = \"customer_id\"\naggregate = \"latest\"\ncolumn = \"started_on\"\n";
        let ratio = |of: &str, per: &str| {
            let ratio =
                format!("subject = \"customer_id\"\naggregate = \"ratio\"\nof = \"{of}\"\nper = \"{per}\"\n{parts}");
            faults_of(&ratio)
        };
        assert_eq!(ratio("n", "n"), [""; 0]);
        assert_eq!(ratio("w", "n"), ["metrics::bad_ratio"]);
        assert_eq!(ratio("n", "w"), ["metrics::bad_ratio"]);
        assert_eq!(ratio("n", "d"), ["metrics::bad_ratio"]);
    }

    #[test]
    fn words_of_flags_are_those_of_the_dictionaries() {
        let text = "[metric.m]\ntitle = { zh = \"甲\", en = \"a\" }\nentity = \"complaint\"\nsubject = \"customer_id\"\naggregate = \"count\"\n\
                    where = [{ column = \"solved\", not-one-of = [\"yes\", \"0\"] }]\nwindow = \"all\"\n";
        let metrics = check(&Declaration::new("m", text), &currency()).unwrap();
        let Measure::Rows(rows) = &metrics["m"].measure else { panic!("rows") };
        assert_eq!(rows.conditions[0].test, Test::NotOneOf(vec!["1".to_owned(), "0".to_owned()]));
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        let head = "title = { zh = \"甲\", en = \"a\" }\n";
        let text = format!(
            "[metric.a]\n{head}entity = \"transactions\"\nsubject = \"member_id\"\naggregate = \"count\"\nwindow = \"all\"\n\
             [metric.b]\n{head}entity = \"transaction\"\nsubject = \"amount\"\naggregate = \"count\"\nwindow = \"all\"\n\
             [metric.c]\n{head}entity = \"transaction\"\nsubject = \"member_id\"\naggregate = \"sum\"\ncolumn = \"store\"\nwindow = \"1 week\"\n\
             [metric.d]\n{head}subject = \"member_id\"\naggregate = \"ratio\"\nof = \"a\"\nper = \"d\"\n\
             [metric.e]\n{head}entity = \"transaction\"\nsubject = \"member_id\"\naggregate = \"median\"\n"
        );
        assert_eq!(
            codes(&text),
            [
                ("metrics::unknown_entity", Some(3)),
                ("metrics::bad_subject", Some(10)),
                ("metrics::wrong_column_type", Some(18)),
                ("metrics::bad_window", Some(19)),
                ("metrics::unknown_aggregate", Some(30)),
                ("metrics::bad_ratio", Some(25)),
            ]
        );
    }
}
