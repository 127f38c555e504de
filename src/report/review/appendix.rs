//! The appendix of a review pack: how each customer came to its proposal, dimension by dimension. Movers are printed, the workbook has everybody.

use crate::{
    grading::{
        bound::{BoundMetric, BoundVersion, Figure},
        evaluate::resolve,
    },
    report::{
        Block, Cell, Row, Section, Table,
        graded::{count, data, dimension_title, figure_cell, metric_cell},
        review::{Customer, PRINTED, Pack},
    },
    scheme::{
        Boundary,
        rule::{Better, Dimension, Limit, Rule},
    },
};

impl Pack<'_> {
    pub(super) fn appendix(&self) -> Section {
        let mut ordered: Vec<&Customer<'_>> = self.customers.iter().collect();
        // Stable: movers first, each part in the order of ids.
        ordered.sort_by_key(|customer| !self.review.moves(customer.row));
        let version = self.inputs.graded.version().map(|(_, version)| version);
        let lines = |customer: &&Customer<'_>| match version {
            Some(version) => self.explained(customer, version),
            None => Vec::new(),
        };
        let moving = ordered.iter().filter(|customer| self.review.moves(customer.row)).take(PRINTED);
        let printed: usize = moving.map(|customer| lines(customer).len()).sum();
        let rows: Vec<Row> = ordered.iter().flat_map(lines).collect();
        let mut columns = self.named_columns();
        columns.extend(self.left(&["dimension"]));
        columns.extend(self.right(&["figure"]));
        columns.extend(self.left(&["class", "next_class"]));
        let movers = count(self.review.movers().count());
        let note = self.scene.say_with("pack.explained_note", &[("movers", &self.scene.text(&Cell::Count(movers)))]);
        let table = self.table("explained", columns, rows);
        self.section("appendix", vec![Block::Table(Table { printed: Some(printed), note: Some(note), ..table })])
    }

    /// A row for each dimension, then what came out.
    fn explained(&self, customer: &Customer<'_>, version: &BoundVersion) -> Vec<Row> {
        let proposal = &customer.row.proposal;
        let line = |of: Vec<Cell>| data(self.named(customer).into_iter().chain(of).collect());
        let mut rows: Vec<Row> = Vec::new();
        for (id, class) in self.review.draft.provenance.dimensions.iter().zip(&proposal.classes) {
            let found = version.dimensions.iter().find(|dimension| dimension.id == *id);
            let metric = found.and_then(|dimension| dimension.rule.metric().copied());
            let figure = metric.and_then(|metric| {
                let bound = self.inputs.graded.metric(metric)?;
                let figure = self.inputs.graded.figure(metric, customer.at?);
                Some(figure_cell(bound, figure, self.scene.dictionaries))
            });
            // A dimension that another scheme gives, or other dimensions, has no figure of its own: its rule stands instead.
            let rule = found.map_or(Cell::Empty, |dimension| self.next(customer, version, dimension, class.as_deref()));
            let title = found.map_or_else(|| id.clone(), |found| dimension_title(self.scene, version, found));
            let class = class.clone().map_or(Cell::Empty, Cell::Text);
            // Figures of one column have many units: they are shown as words.
            let figure = figure.filter(|figure| !matches!(figure, Cell::Empty));
            let figure = figure.map_or(Cell::Empty, |figure| Cell::Text(self.scene.text(&figure)));
            rows.push(line(vec![Cell::Text(title), figure, class, rule]));
        }
        let decided = match (customer.row.standing(), &proposal.earned) {
            (Some(decision), _) => {
                let why = decision.why.clone().unwrap_or_default();
                let values = [("by", decision.by.as_str()), ("why", &why)];
                self.scene.say_with(&format!("pack.out_{}", decision.kind.name()), &values)
            }
            (None, None) => self.scene.say("pack.out_excluded"),
            (None, Some(_)) => {
                let holds = proposal.earlier.as_ref().is_some_and(|earlier| earlier.holds_on(proposal.as_of));
                self.scene.say(if holds { "pack.out_earlier" } else { "pack.out_proposed" })
            }
        };
        let names = [proposal.before.as_deref(), proposal.earned.as_deref(), customer.row.outcome()]
            .map(|grade| self.grade_name(grade));
        let [before, earned, outcome] = names;
        let values = [("before", before.as_str()), ("earned", &earned), ("outcome", &outcome)];
        let came = self.scene.say_with("pack.came_out", &values);
        rows.push(line(vec![
            Cell::Text(self.scene.say("pack.result")),
            Cell::Empty,
            Cell::Text(outcome.clone()),
            Cell::Text(format!("{came}{}{decided}", self.scene.say("pack.join"))),
        ]));
        rows
    }

    /// The next better class with its limit, or the rule where it has no limits.
    fn next(
        &self,
        customer: &Customer<'_>,
        version: &BoundVersion,
        dimension: &Dimension<usize, Figure>,
        class: Option<&str>,
    ) -> Cell {
        let own = class.and_then(|class| dimension.classes.iter().position(|known| known.id == class));
        let named = |place: usize| {
            let found = version.dimensions.get(place);
            found.map_or_else(String::new, |found| dimension_title(self.scene, version, found))
        };
        let of = |places: &mut dyn Iterator<Item = usize>| places.map(named).collect::<Vec<_>>().join(" · ");
        let words = match &dimension.rule {
            Rule::Bands { metric, better, limits } => {
                let better_class = |limit: &&Limit<Figure>| own.is_none_or(|own| usize::from(limit.class) > own);
                let Some(limit) = limits.iter().find(better_class) else { return Cell::Empty };
                return Cell::Text(self.limit(version, dimension, (*metric, *better), limit));
            }
            Rule::Scheme { scheme } => self.by_scheme(customer, &scheme.text),
            Rule::Vote { of: voters, .. } => {
                let voters = of(&mut voters.iter().map(|voter| voter.dimension));
                self.scene.say_with("pack.by_parts", &[("parts", &voters)])
            }
            Rule::Weighted { parts, .. } => {
                let parts = of(&mut parts.iter().map(|part| part.dimension));
                self.scene.say_with("pack.by_parts", &[("parts", &parts)])
            }
            Rule::Matrix { rows, columns, .. } => {
                self.scene.say_with("pack.by_parts", &[("parts", &of(&mut [*rows, *columns].into_iter()))])
            }
            Rule::Code { of: parts } => {
                self.scene.say_with("pack.by_parts", &[("parts", &of(&mut parts.iter().map(|(place, _)| *place)))])
            }
            Rule::Adjust { of: from, .. } => {
                self.scene.say_with("pack.by_parts", &[("parts", &of(&mut std::iter::once(from.dimension)))])
            }
            Rule::Lookup { .. }
            | Rule::Shares { .. }
            | Rule::Quantiles { .. }
            | Rule::Conditions { .. }
            | Rule::Labels { .. } => {
                return Cell::Empty;
            }
        };
        Cell::Text(words)
    }

    /// The scheme that gives a class, with the figures that it looks at.
    fn by_scheme(&self, customer: &Customer<'_>, name: &str) -> String {
        let words = self.scene.say_with("pack.by_scheme", &[("scheme", name)]);
        let (Some(bound), Some(worked)) = (self.inputs.graded.bound.others.get(name), self.inputs.others.get(name))
        else {
            return words;
        };
        let version = bound.scheme.version_on(self.review.head.as_of);
        let metrics =
            version.and_then(|(place, _)| bound.versions.get(place)).map(|version| version.metrics.as_slice());
        let told = metrics.unwrap_or_default().iter().zip(&worked.metrics).map(|(metric, figures)| {
            let figure = customer.at.and_then(|at| figures.get(at));
            let cell = figure_cell(metric, figure, self.scene.dictionaries);
            format!("{} {}", metric.metric.title.in_lang(self.scene.lang), self.scene.text(&cell))
        });
        let join = self.scene.say("pack.join");
        std::iter::once(words).chain(told).collect::<Vec<_>>().join(&join)
    }

    fn limit(
        &self,
        version: &BoundVersion,
        dimension: &Dimension<usize, Figure>,
        (metric, better): (usize, Better),
        limit: &Limit<Figure>,
    ) -> String {
        let class = dimension.classes.get(usize::from(limit.class));
        let class = class.map_or("", |class| class.title.in_lang(self.scene.lang));
        let sign = match (better, limit.boundary) {
            (Better::Higher, Boundary::Better) => "≥",
            (Better::Higher, Boundary::Worse) => ">",
            (Better::Lower, Boundary::Better) => "≤",
            (Better::Lower, Boundary::Worse) => "<",
        };
        // Limits are held against figures with the factors of a ratio taken in: only figures need them.
        let share = resolve(limit.figure, self.review.head.as_of);
        let cell = match version.metrics.get(metric) {
            Some(BoundMetric { parts: Some((of, per)), .. }) if of.unit() == per.unit() => Cell::Percent(share),
            Some(BoundMetric { parts: None, metric, .. }) if share.whole == 1 => {
                i64::try_from(share.part).map_or(Cell::Empty, |part| metric_cell(metric, part, self.scene.dictionaries))
            }
            _ => Cell::Times(share),
        };
        format!("{class} {sign} {}", self.scene.text(&cell))
    }
}
