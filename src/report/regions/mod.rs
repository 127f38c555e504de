//! Classes by region, this year against last year (S85).
//!
//! Facts in, a [`Report`] out. Not here: the grades of either year (`run`).

use std::collections::BTreeMap;

use crate::{
    grading::set::GradeSet,
    money::Share,
    report::{
        Align, Block, Cell, Chart, ChartKind, ChartUnit, Column, Report, Section, Series, Table, Tone,
        equation::Equation,
        error::ReportError,
        graded::{Body, Graded, Scene, count, data, total},
    },
};

/// The column of the customers' own rows that names the region.
pub const OWN: &[&str] = &["region_id"];

/// The grades that the report shows.
#[derive(Debug, Clone, Copy)]
pub struct RegionInputs<'a> {
    /// Everything around them.
    pub scene: Scene<'a>,
    /// The grades of the scheme now.
    pub graded: Graded<'a>,
    /// Those of a year before; `None` when the scheme was not in force then.
    pub before: Option<Graded<'a>>,
}

/// How many subjects of each region hold each rank.
type Counts = BTreeMap<(bool, String), Vec<i64>>;

/// Makes the report.
///
/// # Errors
/// [`ReportError::Nothing`] when nobody is graded, [`ReportError::NotReconciled`] when an equation does not hold.
pub fn build(inputs: &RegionInputs<'_>) -> Result<Report, ReportError> {
    let (scene, graded) = (&inputs.scene, &inputs.graded);
    if graded.now.subjects.is_empty() {
        return Err(ReportError::Nothing { what: "customers to grade", as_of: graded.now.as_of });
    }
    let now = counts(inputs, graded.now);
    let before = inputs.before.map(|before| counts(inputs, before.now)).unwrap_or_default();
    let regions: Vec<(bool, String)> =
        now.keys().chain(before.keys()).cloned().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let day = graded.now.as_of.to_string();
    let day_before = inputs.before.map(|before| before.now.as_of.to_string());
    let mut blocks = vec![Block::Chart(totals(inputs, &regions, &now, &before))];
    blocks.push(Block::Table(table(inputs, "regions_now", &day, &regions, &now)));
    if let Some(day) = &day_before {
        blocks.push(Block::Table(table(inputs, "regions_before", day, &regions, &before)));
        blocks.push(Block::Table(change(inputs, &regions, &now, &before)));
    }
    blocks.push(Block::Chart(classes(inputs, &regions, &now)));
    let sum = |counts: &Counts| counts.values().flatten().sum::<i64>();
    let mut equations = vec![
        Equation::counts(scene.say_with("regions.check_sum", &[("day", &day)]), sum(&now), graded.graded()),
        Equation::counts(
            scene.say("regions.check_subjects"),
            graded.graded() + count(graded.now.excluded.len()),
            graded.subjects,
        ),
    ];
    if let (Some(day), Some(graded)) = (&day_before, &inputs.before) {
        let words = scene.say_with("regions.check_sum", &[("day", day)]);
        equations.push(Equation::counts(words, sum(&before), graded.graded()));
    }
    let body = Body {
        id: "regions",
        title: scene.say_with("regions.title", &[("scheme", graded.bound.scheme.title.in_lang(scene.lang))]),
        findings: findings(inputs, &now, &before),
        sections: vec![Section {
            id: "regions",
            title: scene.say("regions.regions"),
            lead: Some(scene.say("regions.lead")),
            blocks,
        }],
        equations,
        definitions: vec![(scene.say("regions.note_region"), scene.say("regions.def_region"))],
    };
    scene.report(&[inputs.graded], body)
}

fn counts(inputs: &RegionInputs<'_>, set: &GradeSet) -> Counts {
    let grades = inputs.graded.bound.scheme.grades.len();
    let mut counts = Counts::new();
    for (subject, rank) in set.subjects.iter().zip(&set.ranks) {
        let region = inputs.scene.people.text(*subject, "region_id", inputs.scene.dictionaries);
        let region = region.map_or_else(|| (true, inputs.scene.say("regions.nowhere")), |name| (false, name));
        let counts = counts.entry(region).or_insert_with(|| vec![0; grades]);
        if let Some(count) = counts.get_mut(usize::from(*rank)) {
            *count += 1;
        }
    }
    counts
}

fn of(counts: &Counts, region: &(bool, String), rank: u8) -> i64 {
    counts.get(region).and_then(|counts| counts.get(usize::from(rank))).copied().unwrap_or(0)
}

fn sum_of(counts: &Counts, region: &(bool, String)) -> i64 {
    counts.get(region).map_or(0, |counts| counts.iter().sum())
}

fn columns(inputs: &RegionInputs<'_>, regions: &[(bool, String)]) -> Vec<Column> {
    let scene = &inputs.scene;
    let mut columns = vec![scene.column("regions", "class", Align::Left)];
    columns.extend(regions.iter().enumerate().map(|(nth, (_, name))| Column {
        id: format!("region_{}", nth + 1),
        title: name.clone(),
        align: Align::Right,
    }));
    columns.push(scene.column("regions", "sum", Align::Right));
    columns.push(scene.column("regions", "share", Align::Right));
    columns
}

/// Classes down, regions across, with sums on both sides.
fn table(inputs: &RegionInputs<'_>, id: &'static str, day: &str, regions: &[(bool, String)], counts: &Counts) -> Table {
    let (scene, graded) = (&inputs.scene, &inputs.graded);
    let all: i64 = counts.values().flatten().sum();
    let mut rows = Vec::new();
    for rank in graded.ranks() {
        let row: Vec<i64> = regions.iter().map(|region| of(counts, region, rank)).collect();
        let sum: i64 = row.iter().sum();
        let mut cells = vec![Cell::Text(graded.grade(rank, scene.lang))];
        cells.extend(row.into_iter().map(Cell::Count));
        cells.extend([Cell::Count(sum), Cell::Percent(Share::new(sum, all))]);
        rows.push(data(cells));
    }
    let mut sums = vec![Cell::Text(scene.say("regions.sum"))];
    sums.extend(regions.iter().map(|region| Cell::Count(sum_of(counts, region))));
    sums.extend([Cell::Count(all), Cell::Percent(Share::new(all, all))]);
    rows.push(total(sums));
    Table {
        id: id.into(),
        title: scene.say_with("regions.table", &[("day", day)]),
        columns: columns(inputs, regions),
        rows,
        printed: None,
        note: None,
    }
}

fn change(inputs: &RegionInputs<'_>, regions: &[(bool, String)], now: &Counts, before: &Counts) -> Table {
    let (scene, graded) = (&inputs.scene, &inputs.graded);
    let mut rows = Vec::new();
    for rank in graded.ranks() {
        let row: Vec<i64> = regions.iter().map(|region| of(now, region, rank) - of(before, region, rank)).collect();
        let sum = row.iter().sum();
        let mut cells = vec![Cell::Text(graded.grade(rank, scene.lang))];
        cells.extend(row.into_iter().map(Cell::CountChange));
        cells.push(Cell::CountChange(sum));
        rows.push(data(cells));
    }
    let mut sums = vec![Cell::Text(scene.say("regions.sum"))];
    let row: Vec<i64> = regions.iter().map(|region| sum_of(now, region) - sum_of(before, region)).collect();
    let sum = row.iter().sum();
    sums.extend(row.into_iter().map(Cell::CountChange));
    sums.push(Cell::CountChange(sum));
    rows.push(total(sums));
    let mut columns = columns(inputs, regions);
    columns.pop();
    Table {
        id: "regions_change".into(),
        title: scene.say("regions.change_table"),
        columns,
        rows,
        printed: None,
        note: None,
    }
}

/// Customers graded in each region, both years.
fn totals(inputs: &RegionInputs<'_>, regions: &[(bool, String)], now: &Counts, before: &Counts) -> Chart {
    let scene = &inputs.scene;
    let series = |name: String, counts: &Counts| Series {
        name,
        unit: ChartUnit::Count,
        values: regions.iter().map(|region| Some(i128::from(sum_of(counts, region)))).collect(),
    };
    let day = |set: &GradeSet| set.as_of.to_string();
    let mut shown: Vec<Series> = inputs.before.map(|graded| series(day(graded.now), before)).into_iter().collect();
    shown.push(series(day(inputs.graded.now), now));
    Chart {
        id: "regions",
        title: scene.say("regions.chart"),
        kind: ChartKind::Columns,
        categories: regions.iter().map(|(_, name)| name.clone()).collect(),
        series: shown,
    }
}

/// Classes side by side in each region.
fn classes(inputs: &RegionInputs<'_>, regions: &[(bool, String)], now: &Counts) -> Chart {
    let (scene, graded) = (&inputs.scene, &inputs.graded);
    let series = |rank: u8| Series {
        name: graded.grade(rank, scene.lang),
        unit: ChartUnit::Count,
        values: regions.iter().map(|region| Some(i128::from(of(now, region, rank)))).collect(),
    };
    Chart {
        id: "region_classes",
        title: scene.say_with("regions.classes_chart", &[("day", &graded.now.as_of.to_string())]),
        kind: ChartKind::Columns,
        categories: regions.iter().map(|(_, name)| name.clone()).collect(),
        series: graded.ranks().map(series).collect(),
    }
}

fn findings(inputs: &RegionInputs<'_>, now: &Counts, before: &Counts) -> Vec<crate::report::Finding> {
    let (scene, graded) = (&inputs.scene, &inputs.graded);
    let Some(best) = graded.ranks().next() else { return Vec::new() };
    let grade = graded.grade(best, scene.lang);
    let mut findings = Vec::new();
    if let Some((region, counts)) = now.iter().max_by_key(|(_, counts)| counts.get(usize::from(best)).copied()) {
        let number = counts.get(usize::from(best)).copied().unwrap_or(0);
        let whole: i64 = now.values().filter_map(|counts| counts.get(usize::from(best))).sum();
        let values = [
            ("grade", grade.as_str()),
            ("region", &region.1),
            ("count", &*scene.text(&Cell::Count(number))),
            ("share", &scene.percent(number, whole)),
        ];
        findings.push(scene.finding(Tone::Neutral, "regions.find_best", &values));
    }
    if inputs.before.is_some() {
        let sum = |counts: &Counts| -> i64 { counts.values().filter_map(|counts| counts.get(usize::from(best))).sum() };
        let change = sum(now) - sum(before);
        let tone = match change.signum() {
            1 => Tone::Good,
            -1 => Tone::Bad,
            _ => Tone::Neutral,
        };
        let values = [("grade", grade.as_str()), ("change", &*scene.text(&Cell::CountChange(change)))];
        findings.push(scene.finding(tone, "regions.find_change", &values));
    }
    findings
}
