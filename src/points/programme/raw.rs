//! The file of a programme as it is written.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    declaration::Spanned,
    period::Unit,
    points::{
        programme::{BeyondBalance, Floor},
        validity::LastDay,
    },
    text::{Title, words},
};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawProgramme {
    pub(super) title: Title,
    pub(super) requirements: Vec<String>,
    pub(super) entries: Option<Spanned<String>>,
    pub(super) classes: Option<Spanned<String>>,
    pub(super) tiers: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) before_lapse: Vec<Spanned<String>>,
    pub(super) beyond_balance: BeyondBalance,
    #[serde(default)]
    pub(super) warn_days: Vec<Spanned<i64>>,
    pub(super) most_above_last: Option<Spanned<String>>,
    pub(super) liability: Option<RawLiability>,
    pub(super) version: Spanned<Vec<RawVersion>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawLiability {
    pub(super) value_per_point: Spanned<String>,
    pub(super) breakage: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawVersion {
    pub(super) id: Spanned<String>,
    pub(super) in_force: Spanned<String>,
    #[serde(deserialize_with = "words")]
    pub(super) decided_by: Title,
    #[serde(deserialize_with = "words")]
    pub(super) reason: Title,
    #[serde(default)]
    pub(super) pending_days: Option<Spanned<i64>>,
    pub(super) lapse: RawLapse,
    #[serde(default)]
    pub(super) earn: Vec<RawEarn>,
}

/// How points lapse, as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum By {
    Lot,
    Inactivity,
    Calendar,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawLapse {
    pub(super) by: Spanned<By>,
    pub(super) validity: Option<Spanned<String>>,
    pub(super) last_day: Option<Spanned<LastDay>>,
    pub(super) round_to: Option<Spanned<Unit>>,
    pub(super) on: Option<Spanned<Vec<Spanned<String>>>>,
    #[serde(default)]
    pub(super) class: BTreeMap<String, Spanned<Vec<Spanned<String>>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawEarn {
    pub(super) rule: Spanned<String>,
    pub(super) purchase: Option<RawPurchase>,
    pub(super) referral: Option<Spanned<i64>>,
    pub(super) event: Option<BTreeMap<String, Spanned<i64>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawPurchase {
    pub(super) per: Spanned<String>,
    pub(super) floor: Floor,
    pub(super) multiplier: Option<RawMultiplier>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawMultiplier {
    pub(super) scheme: Spanned<String>,
    pub(super) factor: BTreeMap<String, Spanned<String>>,
}
