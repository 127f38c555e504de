//! The answer of a review: exact whole numbers that every contestant must give alike.

use serde::Serialize;
use serde_json::Value;

/// The sums over all customers of what a review says of each.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Answer {
    pub(crate) customers: i64,
    pub(crate) recency: i64,
    pub(crate) frequency: i64,
    pub(crate) monetary: i64,
    pub(crate) monetary_before: i64,
    pub(crate) recency_quintiles: i64,
    pub(crate) frequency_quintiles: i64,
    pub(crate) monetary_quintiles: i64,
    pub(crate) abc: i64,
    pub(crate) tiers: i64,
    pub(crate) tiers_before: i64,
    pub(crate) months: [i64; 12],
    pub(crate) months_by_customer: [i64; 12],
    pub(crate) trend: [i64; 3],
    pub(crate) migration: [i64; 25],
}

/// Where two answers first differ, in words.
pub(crate) fn first_difference(one: (&str, &Value), other: (&str, &Value)) -> Option<String> {
    let (left, right) = (one.1.as_object()?, other.1.as_object()?);
    let key = left.keys().chain(right.keys()).find(|key| left.get(*key) != right.get(*key))?;
    let told = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    Some(format!("`{key}` is {} by {}, {} by {}", told(left.get(key)), one.0, told(right.get(key)), other.0))
}
