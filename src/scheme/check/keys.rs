//! Which keys belong to which kind of dimension.

use crate::{
    declaration::{Spanned, did_you_mean, quoted},
    scheme::{check::Checker, file::RawDimension},
};

/// A kind of dimension with its keys.
struct Kind {
    name: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
}

const SHARE: &[&str] = &["metric", "shares", "crossing", "ties", "not-positive"];

const KINDS: &[Kind] = &[
    Kind { name: "bands", required: &["metric", "limits"], optional: &["better", "without-figure"] },
    Kind { name: "lookup", required: &["metric", "words", "otherwise"], optional: &["without-figure"] },
    Kind { name: "cumulative-share", required: SHARE, optional: &["better"] },
    Kind { name: "count-share", required: SHARE, optional: &["better"] },
    Kind { name: "top-share", required: &["metric", "shares"], optional: &["better"] },
    Kind {
        name: "quantiles",
        required: &["metric", "method", "population"],
        optional: &["better", "bins", "cuts", "ties"],
    },
    Kind { name: "matrix", required: &["rows", "columns", "column-order", "cells"], optional: &["limits"] },
    Kind { name: "conditions", required: &["case", "otherwise"], optional: &[] },
    Kind { name: "labels", required: &["classes", "case"], optional: &[] },
    Kind { name: "code", required: &["of"], optional: &[] },
    Kind { name: "weighted", required: &["parts", "limits", "missing"], optional: &[] },
    Kind { name: "vote", required: &["of", "how", "ties", "missing"], optional: &[] },
    Kind { name: "adjust", required: &["of", "step"], optional: &[] },
    Kind { name: "scheme", required: &["scheme"], optional: &[] },
];

impl Checker<'_> {
    /// Whether the kind is known, and the keys are those of the kind.
    pub(super) fn keys(&mut self, raw: &Spanned<RawDimension>) {
        let (span, raw) = (raw.span(), raw.get_ref());
        let name = raw.kind.get_ref().as_str();
        let Some(kind) = KINDS.iter().find(|kind| kind.name == name) else {
            let message = format!("`{name}` is not a kind of dimension");
            let help = did_you_mean(name, KINDS.iter().map(|kind| kind.name));
            self.told::<()>("scheme::unknown_kind", raw.kind.span(), message, help);
            return;
        };
        let present = present(raw);
        for key in kind.required.iter().filter(|key| !present.contains(key)) {
            let message = format!("dimension `{}` of the kind `{name}` needs `{key}`", raw.id.get_ref());
            let help = format!("a `{name}` is written with {}", quoted(kind.required));
            self.told::<()>("scheme::missing_key", span.clone(), message, help);
        }
        let known = |key: &str| kind.required.contains(&key) || kind.optional.contains(&key) || key == "classes";
        let made = name == "code" && present.contains(&"classes");
        for key in present.iter().filter(|key| !known(key) || (**key == "classes" && made)) {
            let message = format!("`{key}` does not belong to a dimension of the kind `{name}`");
            let keys: Vec<&str> = kind.required.iter().chain(kind.optional).copied().collect();
            self.told::<()>("scheme::foreign_key", span.clone(), message, format!("it knows {}", quoted(&keys)));
        }
    }
}

/// The keys of a dimension that are there, those of every kind apart.
fn present(raw: &RawDimension) -> Vec<&'static str> {
    let all = [
        ("classes", raw.classes.is_some()),
        ("without-figure", raw.without_figure.is_some()),
        ("metric", raw.metric.is_some()),
        ("better", raw.better.is_some()),
        ("limits", raw.limits.is_some()),
        ("words", raw.words.is_some()),
        ("otherwise", raw.otherwise.is_some()),
        ("shares", raw.shares.is_some()),
        ("crossing", raw.crossing.is_some()),
        ("ties", raw.ties.is_some()),
        ("not-positive", raw.not_positive.is_some()),
        ("bins", raw.bins.is_some()),
        ("method", raw.method.is_some()),
        ("cuts", raw.cuts.is_some()),
        ("population", raw.population.is_some()),
        ("rows", raw.rows.is_some()),
        ("columns", raw.columns.is_some()),
        ("column-order", raw.column_order.is_some()),
        ("cells", raw.cells.is_some()),
        ("case", raw.case.is_some()),
        ("of", raw.of.is_some()),
        ("parts", raw.parts.is_some()),
        ("missing", raw.missing.is_some()),
        ("how", raw.how.is_some()),
        ("step", raw.step.is_some()),
        ("scheme", raw.scheme.is_some()),
    ];
    all.into_iter().filter(|(_, there)| *there).map(|(key, _)| key).collect()
}
