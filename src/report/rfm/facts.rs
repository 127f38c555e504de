//! The scores of a scheme, and what the customers of each grade and code come to.

use std::collections::BTreeMap;

use crate::{
    grading::evaluate::FigureColumn,
    metrics::definition::MetricUnit,
    money::Share,
    report::{
        Align, Cell, Column,
        equation::Equation,
        error::ReportError,
        graded::{Scene, Unit, count},
        rfm::RfmInputs,
    },
    scheme::rule::{Better, Rule},
};

/// A dimension that scores customers by one figure.
#[derive(Debug, Clone)]
pub(super) struct Score {
    /// Its place in the version.
    pub(super) dimension: usize,
    pub(super) id: String,
    /// Its name.
    pub(super) title: String,
    /// The place of its metric, and its name.
    pub(super) metric: usize,
    pub(super) measured: String,
    pub(super) better: Better,
    /// Ids of its classes, worst first.
    pub(super) classes: Vec<String>,
}

/// What some customers come to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    pub(super) customers: i64,
    pub(super) orders: i64,
    pub(super) sales: i128,
}

#[derive(Debug)]
pub(super) struct Facts {
    pub(super) scores: Vec<Score>,
    /// By rank.
    pub(super) grades: Vec<Sum>,
    /// By the classes of all scores; customers who lack one stand nowhere.
    pub(super) codes: BTreeMap<Vec<u8>, Sum>,
    /// The metric of sales and that of orders, where scores stand on them.
    sales: Option<usize>,
    orders: Option<usize>,
}

impl Facts {
    pub(super) fn gather(inputs: &RfmInputs<'_>) -> Result<Self, ReportError> {
        let graded = &inputs.graded;
        let scores = scores(inputs);
        if scores.is_empty() {
            let scheme = graded.bound.scheme.id.clone();
            return Err(ReportError::Unsuitable {
                report: "rfm",
                scheme,
                wanted: "dimensions that score customers by a figure, such as recency, frequency and amount",
            });
        }
        if graded.now.subjects.is_empty() {
            return Err(ReportError::Nothing { what: "customers to grade", as_of: graded.now.as_of });
        }
        let unit = |score: &Score| graded.metric(score.metric).map(|metric| metric.metric.unit());
        let of = |wanted: MetricUnit| scores.iter().find(|score| unit(score) == Some(wanted)).map(|score| score.metric);
        let mut facts = Self {
            grades: vec![Sum::default(); graded.bound.scheme.grades.len()],
            codes: BTreeMap::new(),
            sales: of(MetricUnit::Money),
            orders: of(MetricUnit::Count),
            scores,
        };
        for (at, rank) in graded.now.ranks.iter().enumerate() {
            let one = facts.one(inputs, at);
            if let Some(sum) = facts.grades.get_mut(usize::from(*rank)) {
                sum.add(one);
            }
            let classes: Option<Vec<u8>> =
                facts.scores.iter().map(|score| graded.now.class(score.dimension, at)).collect();
            if let Some(classes) = classes {
                facts.codes.entry(classes).or_default().add(one);
            }
        }
        Ok(facts)
    }

    fn one(&self, inputs: &RfmInputs<'_>, at: usize) -> Sum {
        let figure = |metric: Option<usize>| metric.and_then(|metric| inputs.graded.figure(metric, at));
        let part = |metric| figure(metric).map_or(0, |(part, _)| part);
        Sum { customers: 1, orders: part(self.orders), sales: i128::from(part(self.sales)) }
    }

    pub(super) fn whole(&self) -> Sum {
        Sum::of(&self.grades)
    }

    /// Sales as a cell; nothing where no score stands on an amount.
    pub(super) fn money(&self, sales: i128) -> Cell {
        if self.sales.is_some() { Cell::Money(sales) } else { Cell::Empty }
    }

    /// Orders as a cell; nothing where no score stands on a count.
    pub(super) fn orders(&self, orders: i64) -> Cell {
        if self.orders.is_some() { Cell::Count(orders) } else { Cell::Empty }
    }

    /// The average order value, rounded half up.
    pub(super) fn average(&self, sum: &Sum) -> Cell {
        let both = self.sales.is_some() && self.orders.is_some();
        let average = Share::new(sum.sales, sum.orders).scaled(0).filter(|_| both);
        average.map_or(Cell::Empty, Cell::Money)
    }

    /// A row of [`columns`]: what some customers come to.
    pub(super) fn cells(&self, name: String, sum: &Sum, whole: &Sum) -> Vec<Cell> {
        vec![
            Cell::Text(name),
            Cell::Count(sum.customers),
            Cell::Percent(Share::new(sum.customers, whole.customers)),
            self.orders(sum.orders),
            self.money(sum.sales),
            self.sales_share(sum, whole),
            self.average(sum),
        ]
    }

    /// The share of sales as a cell.
    fn sales_share(&self, sum: &Sum, whole: &Sum) -> Cell {
        if self.sales.is_some() { Cell::Percent(Share::new(sum.sales, whole.sales)) } else { Cell::Empty }
    }

    /// The ids of classes in a row: `555`.
    pub(super) fn code(&self, classes: &[u8]) -> String {
        let ids = self.scores.iter().zip(classes);
        ids.filter_map(|(score, class)| score.classes.get(usize::from(*class))).map(String::as_str).collect()
    }

    /// The code of the customer at a place.
    pub(super) fn code_of(&self, inputs: &RfmInputs<'_>, at: usize) -> Option<String> {
        let classes = self.scores.iter().map(|score| inputs.graded.now.class(score.dimension, at));
        classes.collect::<Option<Vec<u8>>>().map(|classes| self.code(&classes))
    }

    /// Places of the customers: the best grade first, within it the largest sales, then by id.
    pub(super) fn in_order(&self, inputs: &RfmInputs<'_>) -> Vec<usize> {
        let mut places: Vec<usize> = (0..inputs.graded.now.subjects.len()).collect();
        places.sort_by_key(|at| {
            let rank = inputs.graded.now.ranks.get(*at).copied();
            std::cmp::Reverse((rank, self.one(inputs, *at).sales))
        });
        places
    }

    pub(super) fn equations(&self, inputs: &RfmInputs<'_>) -> Vec<Equation> {
        let say = |key: &str| inputs.scene.say(&format!("rfm.check_{key}"));
        let graded = &inputs.graded;
        let whole = self.whole();
        let column = |metric: Option<usize>| -> i128 {
            let figures = metric.and_then(|metric| graded.now.basis.get(metric));
            figures.into_iter().flat_map(FigureColumn::iter).flatten().map(|(part, _)| i128::from(part)).sum()
        };
        let excluded = count(graded.now.excluded.len());
        let mut equations = vec![
            Equation::counts(say("customers"), whole.customers, graded.graded()),
            Equation::counts(say("subjects"), graded.graded() + excluded, graded.subjects),
            Equation::figures(say("sales"), whole.sales, column(self.sales), Unit::Money.cell()),
            Equation::figures(say("orders"), i128::from(whole.orders), column(self.orders), Unit::Count.cell()),
        ];
        // Everybody has a code where nobody without one is graded.
        let coded: i64 = self.codes.values().map(|sum| sum.customers).sum();
        if super::is_code(inputs) {
            equations.push(Equation::counts(say("codes"), coded, graded.graded()));
        }
        equations
    }
}

/// The columns of a table of sums; the first names the customers.
pub(super) fn columns(scene: &Scene<'_>, first: &str) -> Vec<Column> {
    let sums = ["customers", "customers_share", "orders", "sales", "sales_share", "average"];
    let sums = sums.iter().map(|id| scene.column("rfm", id, Align::Right));
    std::iter::once(scene.column("rfm", first, Align::Left)).chain(sums).collect()
}

impl Sum {
    /// The sum of some.
    pub(super) fn of<'s>(sums: impl IntoIterator<Item = &'s Self>) -> Self {
        sums.into_iter().fold(Self::default(), |mut whole, sum| {
            whole.add(*sum);
            whole
        })
    }

    fn add(&mut self, other: Self) {
        self.customers += other.customers;
        self.orders += other.orders;
        self.sales += other.sales;
    }
}

/// The dimensions of a code; of every other scheme those that score by a figure.
fn scores(inputs: &RfmInputs<'_>) -> Vec<Score> {
    let Some((_, version)) = inputs.graded.version() else { return Vec::new() };
    let places: Vec<usize> = match version.result().map(|result| &result.rule) {
        Some(Rule::Code { of }) => of.iter().map(|(place, _)| *place).collect(),
        _ => (0..version.dimensions.len()).collect(),
    };
    let score = |place: usize| {
        let dimension = version.dimensions.get(place)?;
        let (Rule::Quantiles { metric, better, .. } | Rule::Bands { metric, better, .. }) = dimension.rule else {
            return None;
        };
        let measured = inputs.graded.metric(metric)?.metric.title.in_lang(inputs.scene.lang).to_owned();
        Some(Score {
            dimension: place,
            id: dimension.id.clone(),
            title: dimension
                .title
                .as_ref()
                .map_or_else(|| measured.clone(), |t| t.in_lang(inputs.scene.lang).to_owned()),
            metric,
            measured,
            better,
            classes: dimension.classes.iter().map(|class| class.id.clone()).collect(),
        })
    };
    places.into_iter().filter_map(score).collect()
}
