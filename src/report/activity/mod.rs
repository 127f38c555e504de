//! Active, dormant and lost customers by name (S34); with a scheme of classes beside, those who do not grow and those who rise (S44).
//!
//! Facts in, a [`Report`] out. Not here: after how many days somebody is lost (`grading`).

mod growth;

use crate::{
    ledger::entity::entity,
    metrics::{
        compute::Request,
        definition::{Aggregate, Condition, Measure, Metric, RowMeasure, Subject, Test},
        window::{Lag, Window},
    },
    money::Share,
    period::{Period, day_from_number},
    report::{
        Align, Block, Cell, Report, Section, Table, Tone,
        equation::Equation,
        error::ReportError,
        graded::{Body, Graded, Scene, count, data, total},
    },
    scheme::SubjectKind,
    text::Title,
};

/// Rows of a list that are printed; the workbook and the data files have all.
const PRINTED: usize = 50;

/// Day of the last purchase.
const LAST: &str = "activity.last";
/// Days since then.
const DAYS: &str = "activity.days";
/// Purchases to date.
const ORDERS: &str = "activity.orders";
/// Net amount of the last 12 months.
const YEAR: &str = "activity.year";
/// Net amount of the 12 months before them.
const YEAR_BEFORE: &str = "activity.year_before";
/// Net amount of the last 6 months, of the 6 before, and of the 6 before those.
const HALVES: [&str; 3] = ["activity.half_1", "activity.half_2", "activity.half_3"];

/// The grades that the report shows.
#[derive(Debug, Clone, Copy)]
pub struct ActivityInputs<'a> {
    /// Everything around them.
    pub scene: Scene<'a>,
    /// The grades by activity.
    pub graded: Graded<'a>,
    /// The classes by which growth is judged.
    pub beside: Option<Graded<'a>>,
}

/// The figures of subjects with purchases; none for subjects of another kind.
pub fn requests(kind: SubjectKind, period: Period) -> Vec<Request> {
    let (_, key) = kind.entity_and_key();
    let Some(transaction) = entity("transaction").filter(|transaction| transaction.column(key).is_some()) else {
        return Vec::new();
    };
    let ask = |id: &str, aggregate, words: &[&str], window, lag| {
        let subject = Subject::Column(key);
        let conditions = vec![kinds(words)];
        request(id, RowMeasure { entity: transaction, subject, aggregate, conditions, window, lag }, period)
    };
    let sale = &["sale"][..];
    let net = &["sale", "return", "adjustment"][..];
    let amount = Aggregate::Sum("amount");
    let time = transaction.time.unwrap_or("at");
    let mut requests = vec![
        ask(LAST, Aggregate::LastDay(time), sale, Window::All, None),
        ask(DAYS, Aggregate::DaysSince(time), sale, Window::All, None),
        ask(ORDERS, Aggregate::CountDistinct("order_id"), sale, Window::All, None),
        ask(YEAR, amount, net, Window::Months(12), None),
        ask(YEAR_BEFORE, amount, net, Window::Months(12), Some(Lag::Months(12))),
    ];
    for (half, lag) in HALVES.iter().zip([None, Some(Lag::Months(6)), Some(Lag::Months(12))]) {
        requests.push(ask(half, amount, net, Window::Months(6), lag));
    }
    requests
}

fn request(id: &str, rows: RowMeasure, period: Period) -> Request {
    let title = Title { zh: id.to_owned(), en: id.to_owned() };
    Request::new(Metric { id: id.to_owned(), title, measure: Measure::Rows(rows) }, [period.last_day()])
}

fn kinds(words: &[&str]) -> Condition {
    Condition { column: "kind", test: Test::OneOf(words.iter().map(|word| (*word).to_owned()).collect()) }
}

impl ActivityInputs<'_> {
    /// A figure of a subject.
    fn figure(&self, id: &str, subject: u32) -> Option<i64> {
        let (figures, at) = self.scene.computed.at(id, self.graded.now.as_of).ok()?;
        figures.get(subject, at)
    }

    fn money(&self, id: &str, subject: u32) -> i128 {
        i128::from(self.figure(id, subject).unwrap_or(0))
    }
}

/// Makes the report.
///
/// # Errors
/// [`ReportError::Nothing`] when nobody is graded, [`ReportError::NotReconciled`] when an equation does not hold.
pub fn build(inputs: &ActivityInputs<'_>) -> Result<Report, ReportError> {
    let (scene, graded) = (&inputs.scene, &inputs.graded);
    if graded.now.subjects.is_empty() {
        return Err(ReportError::Nothing { what: "customers to grade", as_of: graded.now.as_of });
    }
    let lists: Vec<(u8, Vec<usize>)> =
        graded.ranks().collect::<Vec<u8>>().into_iter().rev().map(|rank| (rank, members(inputs, rank))).collect();
    let listed: i64 = lists.iter().map(|(_, members)| count(members.len())).sum();
    let mut sections = vec![summary(inputs, &lists)];
    sections.push(Section {
        id: "lists",
        title: scene.say("activity.lists"),
        lead: Some(scene.say("activity.lists_lead")),
        blocks: lists.iter().map(|(rank, members)| Block::Table(list(inputs, *rank, members))).collect(),
    });
    sections.extend(inputs.beside.map(|beside| growth::section(inputs, &beside)));
    let findings = lists
        .iter()
        .map(|(rank, members)| {
            let values = [
                ("grade", &*graded.grade(*rank, scene.lang)),
                ("customers", &scene.text(&Cell::Count(count(members.len())))),
                ("share", &scene.percent(count(members.len()), graded.graded())),
            ];
            scene.finding(Tone::Neutral, "activity.find", &values)
        })
        .collect();
    let excluded = count(graded.now.excluded.len());
    let body = Body {
        id: "activity",
        title: scene.say_with("activity.title", &[("scheme", graded.bound.scheme.title.in_lang(scene.lang))]),
        findings,
        sections,
        equations: vec![
            Equation::counts(scene.say("activity.check_lists"), listed, graded.graded()),
            Equation::counts(scene.say("activity.check_subjects"), graded.graded() + excluded, graded.subjects),
        ],
        definitions: ["last", "growth"]
            .iter()
            .map(|key| (scene.say(&format!("activity.note_{key}")), scene.say(&format!("activity.def_{key}"))))
            .collect(),
    };
    let shown: Vec<Graded<'_>> = std::iter::once(inputs.graded).chain(inputs.beside).collect();
    scene.report(&shown, body)
}

/// Those who hold a rank, the largest amount of two years first, then by id.
fn members(inputs: &ActivityInputs<'_>, rank: u8) -> Vec<usize> {
    let set = inputs.graded.now;
    let mut members: Vec<usize> = (0..set.subjects.len()).filter(|at| set.ranks.get(*at) == Some(&rank)).collect();
    members.sort_by_key(|at| {
        let subject = set.subjects.get(*at).copied().unwrap_or(0);
        std::cmp::Reverse(inputs.money(YEAR, subject) + inputs.money(YEAR_BEFORE, subject))
    });
    members
}

fn summary(inputs: &ActivityInputs<'_>, lists: &[(u8, Vec<usize>)]) -> Section {
    let (scene, graded) = (&inputs.scene, &inputs.graded);
    let sum = |id: &str, members: &mut dyn Iterator<Item = usize>| -> i128 {
        members.filter_map(|at| graded.now.subjects.get(at)).map(|subject| inputs.money(id, *subject)).sum()
    };
    let moved = |rank: u8, members: &[usize]| {
        let before = members.iter().filter_map(|at| graded.now.before.get(*at).copied().flatten());
        count(before.filter(|before| *before != rank).count())
    };
    let mut rows: Vec<_> = lists
        .iter()
        .rev()
        .map(|(rank, members)| {
            data(vec![
                Cell::Text(graded.grade(*rank, scene.lang)),
                Cell::Count(count(members.len())),
                Cell::Percent(Share::new(count(members.len()), graded.graded())),
                Cell::Count(moved(*rank, members)),
                Cell::Money(sum(YEAR, &mut members.iter().copied())),
                Cell::Money(sum(YEAR_BEFORE, &mut members.iter().copied())),
            ])
        })
        .collect();
    let all = || 0..graded.now.subjects.len();
    rows.push(total(vec![
        Cell::Text(scene.say("activity.sum")),
        Cell::Count(graded.graded()),
        Cell::Percent(Share::new(graded.graded(), graded.graded())),
        Cell::Count(lists.iter().map(|(rank, members)| moved(*rank, members)).sum()),
        Cell::Money(sum(YEAR, &mut all())),
        Cell::Money(sum(YEAR_BEFORE, &mut all())),
    ]));
    let mut columns = vec![scene.column("activity", "class", Align::Left)];
    let ids = ["customers", "share", "moved", "year", "year_before"];
    columns.extend(ids.iter().map(|id| scene.column("activity", id, Align::Right)));
    let table = Table {
        id: "activity".into(),
        title: scene.say("activity.summary_table"),
        columns,
        rows,
        printed: None,
        note: None,
    };
    Section {
        id: "summary",
        title: scene.say("activity.summary"),
        lead: Some(scene.say("activity.summary_lead")),
        blocks: vec![Block::Table(table)],
    }
}

fn list(inputs: &ActivityInputs<'_>, rank: u8, members: &[usize]) -> Table {
    let (scene, graded) = (&inputs.scene, &inputs.graded);
    let mut columns = scene.who_columns();
    columns.push(scene.column("activity", "last", Align::Left));
    let ids = ["days", "orders", "year", "year_before"];
    columns.extend(ids.iter().map(|id| scene.column("activity", id, Align::Right)));
    columns.push(scene.column("activity", "before", Align::Left));
    let row = |at: &usize| {
        let subject = graded.now.subjects.get(*at).copied().unwrap_or(0);
        let number = |id: &str| inputs.figure(id, subject);
        let last = number(LAST).and_then(|day| i32::try_from(day).ok()).and_then(day_from_number);
        let mut cells = scene.who(subject);
        cells.push(last.map_or(Cell::Empty, Cell::Date));
        cells.push(number(DAYS).map_or(Cell::Empty, Cell::Count));
        cells.push(number(ORDERS).map_or(Cell::Empty, Cell::Count));
        cells.push(Cell::Money(inputs.money(YEAR, subject)));
        cells.push(Cell::Money(inputs.money(YEAR_BEFORE, subject)));
        cells.push(graded.before(*at, scene.lang));
        data(cells)
    };
    let id = graded.bound.scheme.grade(rank).map_or("", |grade| grade.id.as_str());
    let customers = scene.text(&Cell::Count(count(members.len())));
    let grade = graded.grade(rank, scene.lang);
    Table {
        id: format!("list_{id}").into(),
        title: scene.say_with("activity.list", &[("grade", &grade), ("customers", &customers)]),
        columns,
        rows: members.iter().map(row).collect(),
        printed: Some(PRINTED),
        note: Some(scene.say("activity.list_note")),
    }
}
