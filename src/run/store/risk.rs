//! Receivable risk lists that were given out.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::Value as Json;

use crate::{
    period::parse_day,
    receivables::risk::{
        RiskClass,
        change::{List, Listed},
    },
    run::store::{
        Store, StoreError, TIME, Transaction,
        database::{Control, values},
        sha256, statements,
    },
};

/// A row as it is kept: customer, currency, class, open and at risk in minor units.
type KeptRow = (String, String, String, String, String);

impl Store {
    /// Keeps a list; a day that has another already gets a new revision, one that has the same is left as it is.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written: then nothing is kept.
    pub async fn keep_risk_list(&mut self, list: &List, snapshot: &str, now: NaiveDateTime) -> Result<(), StoreError> {
        let mut transaction = self.begin("when a receivable risk list was kept", Control::Begin).await?;
        transaction.keep_risk_list(list, snapshot, now).await?;
        transaction.commit().await
    }

    /// The list kept for the latest day before another.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or what it holds is damaged.
    pub async fn risk_list_before(&mut self, day: NaiveDate) -> Result<Option<List>, StoreError> {
        const DOING: &str = "when the last receivable risk list was read";
        let rows = self.query(DOING, &statements::RISK_LIST_BEFORE, values![day.to_string()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let taken = || Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        let (as_of, rules, rows, kept): (String, String, Vec<u8>, String) = taken().map_err(self.failed(DOING))?;
        let found = sha256(&rows);
        let rows = from_bytes(&rows).filter(|_| kept == found);
        match (parse_day(&as_of), rows) {
            (Ok(as_of), Some(rows)) => Ok(Some(List { as_of, rules, rows })),
            _ => Err(StoreError::RiskListDamaged { as_of, kept, found }),
        }
    }
}

impl Transaction<'_> {
    /// Keeps a list within the transaction.
    pub(super) async fn keep_risk_list(
        &mut self,
        list: &List,
        snapshot: &str,
        now: NaiveDateTime,
    ) -> Result<(), StoreError> {
        let bytes = to_bytes(list);
        let values = values![
            list.as_of.to_string(),
            &list.rules,
            i64::try_from(list.rows.len()).unwrap_or(i64::MAX),
            snapshot,
            &bytes,
            sha256(&bytes),
            now.format(TIME).to_string(),
        ];
        self.execute(&statements::KEEP_RISK_LIST, values).await.map(drop)
    }
}

/// The rows of a list as they are kept.
pub(in crate::run) fn to_bytes(list: &List) -> Vec<u8> {
    Json::from(list.rows.iter().map(kept).collect::<Vec<Json>>()).to_string().into_bytes()
}

/// The rows of a list from what was kept.
pub(in crate::run) fn from_bytes(bytes: &[u8]) -> Option<Vec<Listed>> {
    serde_json::from_slice::<Vec<KeptRow>>(bytes).ok()?.into_iter().map(listed).collect()
}

fn kept(listed: &Listed) -> Json {
    let Listed { customer, currency, class, open, at_risk } = listed;
    let words = [customer.clone(), currency.clone(), class.name().to_owned(), open.to_string(), at_risk.to_string()];
    Json::from(words.to_vec())
}

fn listed((customer, currency, class, open, at_risk): KeptRow) -> Option<Listed> {
    let class = RiskClass::named(&class)?;
    Some(Listed { customer, currency, class, open: open.parse().ok()?, at_risk: at_risk.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::store::{StoreAddress, database::Statement};

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
        let mut store = Store::open(&StoreAddress::File(dir.path().join("fenji.db"))).await.unwrap();
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
        // The list that came twice was kept once.
        let statement = Statement { name: "", sqlite: "SELECT count(*) FROM risk_list", postgres: "" };
        let kept = store.query("", &statement, values![]).await.unwrap();
        assert_eq!(kept[0].get::<i64>(0).unwrap(), 3);
        store.spoil("UPDATE risk_list SET rows = x'5B5D'").await;
        let damaged = store.risk_list_before(day("2026-11-01")).await;
        assert!(matches!(damaged, Err(StoreError::RiskListDamaged { .. })), "{damaged:?}");
    }
}
