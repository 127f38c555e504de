//! Scheme files as people write them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    declaration::{Spanned, WrittenCondition},
    period::Unit,
    scheme::{
        Boundary, Demotion, SubjectKind, WithoutFigure,
        rule::{Better, How, NotPositive, Population},
    },
    text::{Title, words},
};

/// Texts by name.
pub(super) type Table = BTreeMap<Spanned<String>, Spanned<String>>;
/// Texts in a row.
pub(super) type List = Vec<Spanned<String>>;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawScheme {
    pub(super) title: Title,
    pub(super) requirements: Vec<String>,
    pub(super) subject: SubjectKind,
    #[serde(default, rename = "where")]
    pub(super) conditions: Vec<Spanned<WrittenCondition>>,
    pub(super) example: Option<Title>,
    #[serde(default)]
    pub(super) grade: Vec<RawGrade>,
    #[serde(default)]
    pub(super) version: Vec<Spanned<RawVersion>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawGrade {
    pub(super) id: Spanned<String>,
    pub(super) title: Title,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawVersion {
    pub(super) id: String,
    pub(super) in_force: Spanned<String>,
    #[serde(deserialize_with = "words")]
    pub(super) decided_by: Title,
    #[serde(deserialize_with = "words")]
    pub(super) reason: Title,
    pub(super) cadence: Unit,
    pub(super) boundary: Boundary,
    pub(super) without_figure: WithoutFigure,
    pub(super) result: Spanned<String>,
    pub(super) movement: RawMovement,
    pub(super) provisional: Option<RawProvisional>,
    #[serde(default)]
    pub(super) dimension: Vec<Spanned<RawDimension>>,
    #[serde(default)]
    pub(super) example: Vec<Spanned<RawExample>>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum RawMovement {
    Free,
    Ladder(RawLadder),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawLadder {
    pub(super) assessment_months: Option<Vec<u32>>,
    pub(super) validity: Option<String>,
    pub(super) demotion: Demotion,
    pub(super) retention: Option<String>,
    #[serde(default)]
    pub(super) grace_days: u16,
    pub(super) min_hold: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawProvisional {
    pub(super) months: u16,
    pub(super) since: Spanned<String>,
}

/// A dimension of any kind; which keys belong to which kind is `check::keys`'s affair.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawDimension {
    pub(super) id: Spanned<String>,
    pub(super) title: Option<Title>,
    pub(super) kind: Spanned<String>,
    pub(super) classes: Option<Spanned<Vec<RawClass>>>,
    pub(super) without_figure: Option<WithoutFigure>,
    pub(super) metric: Option<Spanned<String>>,
    pub(super) better: Option<Better>,
    pub(super) limits: Option<Table>,
    pub(super) words: Option<Table>,
    pub(super) otherwise: Option<Spanned<String>>,
    pub(super) shares: Option<Table>,
    pub(super) crossing: Option<Boundary>,
    pub(super) ties: Option<Spanned<String>>,
    pub(super) not_positive: Option<NotPositive>,
    pub(super) bins: Option<Spanned<u8>>,
    pub(super) method: Option<Spanned<String>>,
    pub(super) cuts: Option<List>,
    pub(super) population: Option<Population>,
    pub(super) rows: Option<Spanned<String>>,
    pub(super) columns: Option<Spanned<String>>,
    pub(super) column_order: Option<List>,
    pub(super) cells: Option<BTreeMap<Spanned<String>, List>>,
    pub(super) case: Option<Vec<Spanned<RawCase>>>,
    pub(super) of: Option<Spanned<toml::Value>>,
    pub(super) parts: Option<Vec<Spanned<RawPart>>>,
    pub(super) missing: Option<Spanned<String>>,
    pub(super) how: Option<How>,
    pub(super) step: Option<Vec<Spanned<RawStep>>>,
    pub(super) scheme: Option<Spanned<String>>,
}

/// A class of a dimension's own: its id alone, or with a title.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum RawClass {
    Id(String),
    #[serde(rename_all = "kebab-case")]
    Titled {
        id: String,
        title: Title,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawCase {
    pub(super) class: Option<Spanned<String>>,
    pub(super) label: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) all: Vec<Spanned<RawTest>>,
    #[serde(default)]
    pub(super) any: Vec<Spanned<RawTest>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawTest {
    pub(super) metric: Option<Spanned<String>>,
    pub(super) dimension: Option<Spanned<String>>,
    pub(super) at_least: Option<Spanned<String>>,
    pub(super) above: Option<Spanned<String>>,
    pub(super) at_most: Option<Spanned<String>>,
    pub(super) below: Option<Spanned<String>>,
    pub(super) one_of: Option<List>,
    pub(super) not_one_of: Option<List>,
    pub(super) empty: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawPart {
    pub(super) dimension: Spanned<String>,
    pub(super) weight: Spanned<String>,
    pub(super) scores: Table,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawStep {
    pub(super) title: Option<Title>,
    pub(super) by: Option<i16>,
    pub(super) raise_to: Option<Spanned<String>>,
    pub(super) lower_to: Option<Spanned<String>>,
    pub(super) cap: Option<Spanned<String>>,
    pub(super) floor: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) all: Vec<Spanned<RawTest>>,
    #[serde(default)]
    pub(super) any: Vec<Spanned<RawTest>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawExample {
    pub(super) subjects: Option<Vec<RawSubject>>,
    #[serde(default)]
    pub(super) metrics: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) dimensions: BTreeMap<String, String>,
    pub(super) grade: Option<String>,
    pub(super) as_of: Option<Spanned<String>>,
    pub(super) before: Option<String>,
    pub(super) since: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) assessment: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawSubject {
    #[serde(default)]
    pub(super) metrics: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) dimensions: BTreeMap<String, String>,
    pub(super) grade: String,
}
