//! The order of dimensions in which each stands behind those it is made of.

use crate::scheme::{
    check::Checker,
    rule::{Dimension, Rule, Test, When, Written},
};

impl Checker<'_> {
    /// The places of the dimensions in such an order; `None` when one is made of itself.
    pub(super) fn order(&mut self, dimensions: &[Option<Dimension<Written, Written>>]) -> Option<Vec<usize>> {
        let of = |dimension: &Option<Dimension<Written, Written>>| {
            dimension.as_ref().map_or_else(Vec::new, |dimension| made_of(&dimension.rule))
        };
        let needs: Vec<Vec<usize>> = dimensions.iter().map(of).collect();
        let mut order: Vec<usize> = Vec::new();
        while order.len() < dimensions.len() {
            let ready = |place: &usize| {
                !order.contains(place) && needs.get(*place).is_some_and(|needs| needs.iter().all(|n| order.contains(n)))
            };
            let Some(next) = (0..dimensions.len()).find(ready) else {
                let left: Vec<&Dimension<Written, Written>> = dimensions
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| !order.contains(at))
                    .filter_map(|(_, d)| d.as_ref())
                    .collect();
                let names: Vec<String> = left.iter().map(|dimension| format!("`{}`", dimension.id)).collect();
                let message = format!("{} are made of one another in a circle", names.join(", "));
                let span = left.first().map_or(0..0, |dimension| dimension.span.clone());
                let help = "let one of them stand on metrics or on other dimensions alone";
                return self.told("scheme::cycle", span, message, help);
            };
            order.push(next);
        }
        Some(order)
    }
}

/// The dimensions that a rule looks at.
fn made_of(rule: &Rule<Written, Written>) -> Vec<usize> {
    match rule {
        Rule::Bands { .. }
        | Rule::Lookup { .. }
        | Rule::Shares { .. }
        | Rule::Quantiles { .. }
        | Rule::Scheme { .. } => Vec::new(),
        Rule::Matrix { rows, columns, .. } => vec![*rows, *columns],
        Rule::Conditions { cases, .. } | Rule::Labels { cases } => {
            cases.iter().flat_map(|case| looked_at(&case.when)).collect()
        }
        Rule::Code { of } => of.iter().map(|(dimension, _)| *dimension).collect(),
        Rule::Weighted { parts, .. } => parts.iter().map(|part| part.dimension).collect(),
        Rule::Vote { of, .. } => of.iter().map(|source| source.dimension).collect(),
        Rule::Adjust { of, steps } => {
            std::iter::once(of.dimension).chain(steps.iter().flat_map(|step| looked_at(&step.when))).collect()
        }
    }
}

fn looked_at(when: &When<Written, Written>) -> Vec<usize> {
    let tests = when.all.iter().chain(&when.any);
    tests
        .filter_map(|test| match test {
            Test::Class { dimension, .. } | Test::HasClass { dimension, .. } => Some(*dimension),
            Test::Figure { .. } | Test::Word { .. } | Test::HasFigure { .. } => None,
        })
        .collect()
}
