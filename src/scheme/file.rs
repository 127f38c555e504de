//! Scheme files as people write them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    declaration::Spanned,
    period::Unit,
    scheme::{Boundary, Combine, Demotion, SubjectKind, WithoutFigure},
    text::Title,
};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawScheme {
    pub(super) title: Title,
    pub(super) requirements: Vec<String>,
    pub(super) subject: SubjectKind,
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
    pub(super) decided_by: String,
    pub(super) reason: String,
    pub(super) cadence: Unit,
    pub(super) boundary: Boundary,
    pub(super) without_figure: WithoutFigure,
    pub(super) combine: Combine,
    pub(super) movement: RawMovement,
    #[serde(default)]
    pub(super) dimension: Vec<Spanned<RawDimension>>,
    #[serde(default)]
    pub(super) example: Vec<Spanned<RawExample>>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum RawMovement {
    Free,
    #[serde(rename_all = "kebab-case")]
    Ladder {
        assessment_months: Vec<u32>,
        demotion: Demotion,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawDimension {
    pub(super) id: String,
    pub(super) kind: Spanned<String>,
    pub(super) metric: Spanned<String>,
    pub(super) limits: BTreeMap<Spanned<String>, Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawExample {
    pub(super) metrics: BTreeMap<String, String>,
    pub(super) before: Option<String>,
    #[serde(default)]
    pub(super) assessment: bool,
    pub(super) grade: String,
}
