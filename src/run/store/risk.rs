//! Receivable risk lists that were given out.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::Value;
use sqlx::Row;

use crate::{
    period::parse_day,
    receivables::risk::{
        RiskClass,
        change::{List, Listed},
    },
    run::store::{Store, StoreError, sha256},
};

/// A row as it is kept: customer, currency, class, open and at risk in minor units.
type KeptRow = (String, String, String, String, String);

impl Store {
    /// Keeps a list; a day that has another already gets a new revision, one that has the same is left as it is.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written: then nothing is kept.
    pub async fn keep_risk_list(&mut self, list: &List, snapshot: &str, now: NaiveDateTime) -> Result<(), StoreError> {
        let failed = self.failed("when a receivable risk list was kept");
        let bytes = Value::from(list.rows.iter().map(kept).collect::<Vec<Value>>()).to_string().into_bytes();
        let query = sqlx::query(include_str!("sql/risk/keep.sql"))
            .bind(list.as_of.to_string())
            .bind(&list.rules)
            .bind(i64::try_from(list.rows.len()).unwrap_or(i64::MAX))
            .bind(snapshot)
            .bind(&bytes)
            .bind(sha256(&bytes))
            .bind(now.format("%Y-%m-%d %H:%M:%S").to_string());
        query.execute(&mut self.connection).await.map(drop).map_err(failed)
    }

    /// The list kept for the latest day before another.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or what it holds is damaged.
    pub async fn risk_list_before(&mut self, day: NaiveDate) -> Result<Option<List>, StoreError> {
        let failed = self.failed("when the last receivable risk list was read");
        let query = sqlx::query(include_str!("sql/risk/before.sql")).bind(day.to_string());
        let Some(row) = query.fetch_optional(&mut self.connection).await.map_err(failed)? else { return Ok(None) };
        let (as_of, rules, rows, kept): (String, String, Vec<u8>, String) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        let found = sha256(&rows);
        let read = serde_json::from_slice::<Vec<KeptRow>>(&rows).ok().filter(|_| kept == found);
        let rows = read.and_then(|rows| rows.into_iter().map(listed).collect::<Option<Vec<Listed>>>());
        match (parse_day(&as_of), rows) {
            (Ok(as_of), Some(rows)) => Ok(Some(List { as_of, rules, rows })),
            _ => Err(StoreError::RiskListDamaged { as_of, kept, found }),
        }
    }
}

fn kept(listed: &Listed) -> Value {
    let Listed { customer, currency, class, open, at_risk } = listed;
    let words = [customer.clone(), currency.clone(), class.name().to_owned(), open.to_string(), at_risk.to_string()];
    Value::from(words.to_vec())
}

fn listed((customer, currency, class, open, at_risk): KeptRow) -> Option<Listed> {
    let class = RiskClass::named(&class)?;
    Some(Listed { customer, currency, class, open: open.parse().ok()?, at_risk: at_risk.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(day: &str, customers: &[(&str, RiskClass, i128)]) -> List {
        let row = |(customer, class, open): &(&str, RiskClass, i128)| Listed {
            customer: (*customer).to_owned(),
            currency: "CNY".to_owned(),
            class: *class,
            open: *open,
            at_risk: 0,
        };
        List { as_of: parse_day(day).unwrap(), rules: "r".to_owned(), rows: customers.iter().map(row).collect() }
    }

    #[tokio::test]
    async fn the_last_list_before_a_day_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("fenji.db")).await.unwrap();
        let day = |text: &str| parse_day(text).unwrap();
        let now = day("2026-11-01").and_hms_opt(9, 0, 0).unwrap();
        assert_eq!(store.risk_list_before(now.date()).await.unwrap(), None);
        let september = list("2026-09-30", &[("a\tb\n\"", RiskClass::Loss, i128::from(i64::MAX) * 8)]);
        let first = list("2026-10-31", &[("a", RiskClass::Normal, 1)]);
        let second = list("2026-10-31", &[("a", RiskClass::Doubtful, 1)]);
        for list in [&september, &first, &second, &second] {
            store.keep_risk_list(list, "x", now).await.unwrap();
        }
        assert_eq!(store.risk_list_before(day("2026-10-31")).await.unwrap(), Some(september));
        assert_eq!(store.risk_list_before(day("2026-11-01")).await.unwrap(), Some(second));
        let kept = sqlx::query("SELECT count(*) FROM risk_list").fetch_one(&mut store.connection).await.unwrap();
        assert_eq!(kept.get::<i64, _>(0), 3);
        sqlx::query("UPDATE risk_list SET rows = x'5B5D'").execute(&mut store.connection).await.unwrap();
        let damaged = store.risk_list_before(day("2026-11-01")).await;
        assert!(matches!(damaged, Err(StoreError::RiskListDamaged { .. })), "{damaged:?}");
    }
}
