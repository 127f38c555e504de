//! The ABC report: customers by their share of the whole (S36), the sales force against it (S37), by amount (S38), and the concentration (S55).
//!
//! Facts in, a [`Report`] out. Not here: the rule that gives the classes (`grading`), how the pages look (`render`).

mod classes;
mod facts;
mod findings;
mod force;
mod list;

use crate::{
    grading::bound::BoundVersion,
    ledger::entity::{Entity, entity},
    metrics::{
        compute::Request,
        definition::{Aggregate, Measure, Metric, RowMeasure, Subject},
        window::Window,
    },
    period::Period,
    report::{
        Report,
        abc::facts::Facts,
        error::ReportError,
        graded::{Body, Graded, Scene},
    },
    scheme::{SubjectKind, rule::Rule},
    text::Title,
};

/// Visits of each customer in the window of the figure.
const VISITS: &str = "abc.visits";
/// Minutes of these visits.
const MINUTES: &str = "abc.visit_minutes";

/// The grades that the report shows.
#[derive(Debug, Clone, Copy)]
pub struct AbcInputs<'a> {
    /// Everything around them.
    pub scene: Scene<'a>,
    /// The grades of the scheme.
    pub graded: Graded<'a>,
    /// Those of the scheme that is printed beside it, such as the classes by number of customers.
    pub beside: Option<Graded<'a>>,
}

/// The metric that a version orders or measures subjects by, as a place among its metrics: that of the result, or of the dimension that the result is
/// an adjustment of.
pub fn measured_by(version: &BoundVersion) -> Option<usize> {
    let mut dimension = version.result()?;
    // An adjustment of an adjustment ends, since no dimension is made of itself.
    while let Rule::Adjust { of, .. } = &dimension.rule {
        dimension = version.dimensions.get(of.dimension)?;
    }
    let (Rule::Shares { metric, .. } | Rule::Bands { metric, .. }) = &dimension.rule else { return None };
    Some(*metric)
}

/// The visits of customers in the window of the figure, as far as the ledger has them.
pub fn requests(
    version: &BoundVersion,
    kind: SubjectKind,
    period: Period,
    has: &dyn Fn(&Entity, &str) -> bool,
) -> Vec<Request> {
    let Some(visit) = entity("visit").filter(|visit| kind == SubjectKind::Customer && has(visit, "customer_id")) else {
        return Vec::new();
    };
    let metric = measured_by(version).and_then(|place| version.metrics.get(place));
    let window = match metric.map(|metric| &metric.metric.measure) {
        Some(Measure::Rows(rows)) => rows.window,
        _ => Window::Months(12),
    };
    let measure = |id: &str, aggregate| {
        let subject = Subject::Column("customer_id");
        let rows = RowMeasure { entity: visit, subject, aggregate, conditions: Vec::new(), window, lag: None };
        let title = Title { zh: id.to_owned(), en: id.to_owned() };
        Request::new(Metric { id: id.to_owned(), title, measure: Measure::Rows(rows) }, [period.last_day()])
    };
    let mut requests = vec![measure(VISITS, Aggregate::Count)];
    if has(visit, "minutes") {
        requests.push(measure(MINUTES, Aggregate::Sum("minutes")));
    }
    requests
}

/// Makes the report.
///
/// # Errors
/// [`ReportError::Unsuitable`] when the scheme measures no figure that can be summed, [`ReportError::Nothing`] when nobody is graded,
/// [`ReportError::NotReconciled`] when an equation does not hold.
pub fn build(inputs: &AbcInputs<'_>) -> Result<Report, ReportError> {
    let facts = Facts::gather(inputs)?;
    let scene = &inputs.scene;
    let scheme = &inputs.graded.bound.scheme;
    let body = Body {
        id: "abc",
        title: scene.say_with("abc.title", &[("scheme", scheme.title.in_lang(scene.lang))]),
        findings: findings::findings(inputs, &facts),
        sections: vec![
            classes::section(inputs, &facts),
            force::section(inputs, &facts),
            list::customers(inputs, &facts),
            list::review(inputs, &facts),
        ],
        equations: facts.equations(inputs),
        definitions: ["whole", "cumulative", "review", "force", "top"]
            .iter()
            .map(|key| (scene.say(&format!("abc.note_{key}")), scene.say(&format!("abc.def_{key}"))))
            .collect(),
    };
    let shown: Vec<Graded<'_>> = std::iter::once(inputs.graded).chain(inputs.beside).collect();
    scene.report(&shown, body)
}
