//! Tests of a rule in words, each with the figure or class that it was tried on.

use crate::{
    cli::explain::{rule::Told, shown_metric},
    grading::bound::Figure,
    scheme::rule::{Among, Compare, Presence, Test, When},
};

impl Told<'_> {
    pub(super) fn when(&self, when: &When<usize, Figure>) -> String {
        let all: Vec<String> = when.all.iter().map(|test| self.test(test)).collect();
        let any: Vec<String> = when.any.iter().map(|test| self.test(test)).collect();
        let any = if any.is_empty() { None } else { Some(format!("({})", any.join(" or "))) };
        let parts: Vec<String> = all.into_iter().chain(any).collect();
        if parts.is_empty() { "always".to_owned() } else { parts.join(" and ") }
    }

    /// A test with the figure or class that it was tried on.
    fn test(&self, test: &Test<usize, Figure>) -> String {
        let metric = |place: usize| {
            let facts = self.found.metrics.get(place);
            facts
                .map_or_else(Default::default, |facts| (facts.metric.metric.id.clone(), shown_metric(self.home, facts)))
        };
        match test {
            Test::Figure { metric: place, bounds } => {
                let (id, own) = metric(*place);
                let bounds = bounds.iter().map(|(compare, figure)| {
                    let compare = match compare {
                        Compare::AtLeast => "at least",
                        Compare::Above => "above",
                        Compare::AtMost => "at most",
                        Compare::Below => "below",
                    };
                    format!("{compare} {}", self.figure(*place, *figure))
                });
                format!("{id} {} (is {own})", bounds.collect::<Vec<_>>().join(" and "))
            }
            Test::Word { metric: place, words, pass } => {
                let (id, own) = metric(*place);
                let among = if *pass == Among::Listed { "one of" } else { "none of" };
                format!("{id} {among} {} (is {own})", words.join(", "))
            }
            Test::HasFigure { metric: place, presence } => {
                let (id, own) = metric(*place);
                format!("{id} {} (is {own})", if *presence == Presence::There { "there" } else { "missing" })
            }
            Test::Class { dimension, pass } => {
                let (id, own) = self.named(*dimension);
                let classes = self.found.dimensions.get(*dimension).map_or(&[][..], |facts| &facts.dimension.classes);
                let passing = classes.iter().zip(pass).filter(|(_, pass)| **pass).map(|(class, _)| class.id.as_str());
                format!("{id} one of {} (is {own})", passing.collect::<Vec<_>>().join(", "))
            }
            Test::HasClass { dimension, presence } => {
                let (id, own) = self.named(*dimension);
                format!("{id} {} (is {own})", if *presence == Presence::There { "has a class" } else { "has no class" })
            }
        }
    }
}
