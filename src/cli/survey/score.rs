//! `fenji survey score`.

use std::{cmp::Reverse, collections::BTreeMap};

use clap::ValueEnum;

use crate::{
    cli::{
        DataFormat,
        failure::Failure,
        job::block_on,
        output::{self, Item},
        survey::{Asked, Found, PLACES},
    },
    ledger::{
        dictionary::{Dictionary, NOTHING},
        snapshot::Snapshot,
    },
    run::{error::RunError, grades::work_out, home::Home, satisfaction::WaveInfo, store::Store},
    satisfaction::{
        answers::{Sheet, Wave},
        score::{Counts, CustomerScore, by_customer, by_group, by_indicator, weakness},
        statistics::Sample,
    },
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    asked: Asked,
    /// What to score by
    #[arg(long, value_enum, default_value = "indicator")]
    by: By,
    /// An earlier wave to compare with
    #[arg(long, value_name = "WAVE")]
    before: Option<String>,
    /// With --by grade: the scheme; else that of the survey's targets
    #[arg(long, value_name = "SCHEME")]
    scheme: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Overall,
    Indicator,
    Customer,
    Department,
    Product,
    Staff,
    Grade,
}

impl By {
    /// The column of the ledger that sheets are grouped by.
    fn column(self) -> &'static str {
        match self {
            Self::Overall | Self::Indicator | Self::Grade => "",
            Self::Customer => "customer_id",
            Self::Department => "department_id",
            Self::Product => "product",
            Self::Staff => "staff",
        }
    }
}

const JUDGED: [&str; 7] = ["score", "label", "from", "to", "before", "change", "real"];
const COUNTED: [&str; 5] = ["answers", "overridden", "blank", "not_applicable", "different"];

fn counts(counts: &Counts) -> Vec<Item> {
    let of = [counts.answers, counts.overridden, counts.blank, counts.not_applicable, counts.different];
    of.into_iter().map(Item::count).collect()
}

pub(super) fn run(home: &Home, snapshot: Snapshot, known: &[WaveInfo], args: &Args) -> Result<(), Failure> {
    let mut found = Found::read(home, snapshot, known, &args.asked, args.before.as_ref(), false)?;
    match args.by {
        By::Indicator => indicators(&found, args.asked.format),
        By::Customer => customers(&found, args.asked.format),
        By::Grade => {
            let grades = grades(home, &mut found, args.scheme.as_deref())?;
            let key = |sheet: &Sheet| {
                let at = usize::try_from(sheet.customer).ok()?;
                Some(grades.ranks.get(at).copied().flatten().map_or(u32::MAX, u32::from))
            };
            let name = |key: u32| {
                let grade = usize::try_from(key).ok().and_then(|key| grades.names.get(key));
                Some(grade.map_or("(not graded)", String::as_str).to_owned())
            };
            let target = |key: u32| {
                let grade = usize::try_from(key).ok().and_then(|key| grades.names.get(key))?;
                found.survey.targets.as_ref()?.least.iter().find(|(known, _)| known == grade).map(|(_, least)| *least)
            };
            groups(&found, "grade", args.asked.format, (&key, &name, &target))
        }
        By::Overall | By::Department | By::Product | By::Staff => {
            let column = args.by.column();
            let key = |sheet: &Sheet| {
                Some(match args.by {
                    By::Department => sheet.department,
                    By::Product => sheet.product,
                    By::Staff => sheet.staff,
                    By::Overall | By::Indicator | By::Customer | By::Grade => NOTHING,
                })
            };
            let text = |key: u32| found.snapshot.dictionaries().text(column, key).filter(|_| key != NOTHING);
            let name = |key: u32| if column.is_empty() { Some("overall") } else { text(key) }.map(str::to_owned);
            let head = if column.is_empty() { "group" } else { column };
            groups(&found, head, args.asked.format, (&key, &name, &|_| None))
        }
    }
}

fn indicators(found: &Found, format: DataFormat) -> Result<(), Failure> {
    let scores = by_indicator(&found.survey, &found.wave);
    let before = found.before.as_ref().map(|before| by_indicator(&found.survey, before));
    let ranks = weakness(&scores, found.survey.least);
    let rows: Vec<Vec<Item>> = found
        .survey
        .indicators
        .iter()
        .zip(&scores)
        .enumerate()
        .map(|(place, (indicator, score))| {
            let mut row = vec![Item::text(&indicator.id), Item::text(indicator.group.name())];
            row.extend(counts(&score.counts));
            let before = before.as_ref().and_then(|before| before.get(place)).map(|before| &before.sample);
            row.extend(found.judged(&score.sample, score.mean().scaled(PLACES.into()), before));
            row.push(ranks.get(place).copied().flatten().map_or(Item::Empty, place_item));
            row.extend(score.counted.iter().map(|count| Item::count(*count)));
            row
        })
        .collect();
    let levels: Vec<String> = found.survey.scale.levels.iter().map(|level| level.id.replace('-', "_")).collect();
    let mut heads = vec!["indicator", "group"];
    heads.extend(COUNTED);
    heads.extend(JUDGED);
    heads.push("weakest");
    heads.extend(levels.iter().map(String::as_str));
    output::rows(&heads, &rows, format)
}

/// A place from 1.
fn place_item(place: usize) -> Item {
    Item::count(i128::try_from(place).unwrap_or(0))
}

fn customers(found: &Found, format: DataFormat) -> Result<(), Failure> {
    let scores = |wave: &Wave| by_customer(&found.survey, wave, |_| Some(0));
    let before: BTreeMap<u32, i64> = found.before.as_ref().map_or_else(BTreeMap::new, |before| {
        scores(before).into_iter().filter_map(|of| Some((of.customer, of.score?))).collect()
    });
    let score = |value: Option<i64>| value.map_or(Item::Empty, |value| Item::decimal(value.into(), PLACES));
    let mut all: Vec<CustomerScore> = scores(&found.wave);
    let dictionaries = found.snapshot.dictionaries();
    all.sort_by_key(|of| dictionaries.text("customer_id", of.customer));
    let row = |of: &CustomerScore| {
        let before = before.get(&of.customer).copied();
        let label = of.score.and_then(|score| found.survey.scale.nearest(score.into()));
        let mut row = vec![found.text("customer_id", of.customer)];
        row.extend(counts(&of.counts));
        row.extend([
            score(of.score),
            label.map_or(Item::Empty, |level| Item::text(&level.id)),
            score(before),
            score(of.score.zip(before).map(|(now, before)| now - before)),
        ]);
        row
    };
    let rows: Vec<Vec<Item>> = all.iter().map(row).collect();
    let mut heads = vec!["customer_id"];
    heads.extend(COUNTED);
    heads.extend(["score", "label", "before", "change"]);
    output::rows(&heads, &rows, format)
}

/// How sheets are grouped: the key of a sheet, the name of a key, the target of a key.
type Grouping<'g> =
    (&'g dyn Fn(&Sheet) -> Option<u32>, &'g dyn Fn(u32) -> Option<String>, &'g dyn Fn(u32) -> Option<i128>);

fn groups(found: &Found, head: &str, format: DataFormat, (key, name, target): Grouping<'_>) -> Result<(), Failure> {
    let of = |wave: &Wave| by_group(&by_customer(&found.survey, wave, key), target);
    let before: BTreeMap<u32, Sample> = found
        .before
        .as_ref()
        .map_or_else(BTreeMap::new, |before| of(before).into_iter().map(|of| (of.key, of.sample)).collect());
    let mut all = of(&found.wave);
    // Codes follow the order of reading: equal means stand by name, and have the same place.
    all.sort_by_cached_key(|of| (of.sample.n < found.survey.least, Reverse(of.sample.mean()), name(of.key)));
    let place = |mean: Option<i128>| all.iter().position(|other| other.sample.mean() == mean);
    let rows: Vec<Vec<Item>> = all
        .iter()
        .map(|of| {
            let name = name(of.key).map_or(Item::Empty, Item::text);
            let mut row = vec![name, Item::count(of.customers), Item::count(of.sample.n)];
            row.extend(counts(&of.counts));
            row.extend(found.judged(&of.sample, of.sample.mean(), before.get(&of.key)));
            let ranked = place(of.sample.mean()).filter(|_| of.sample.n >= found.survey.least);
            row.push(ranked.map_or(Item::Empty, |place| place_item(place + 1)));
            row.push(target(of.key).map_or(Item::Empty, |least| Item::decimal(least, PLACES)));
            row.push(target(of.key).map_or(Item::Empty, |_| Item::count(of.reached)));
            row
        })
        .collect();
    let mut heads = vec![head, "customers", "answered"];
    heads.extend(COUNTED);
    heads.extend(JUDGED);
    heads.extend(["rank", "target", "reached"]);
    output::rows(&heads, &rows, format)
}

/// Grades of customers by their code, with the names of the ranks.
struct Grades {
    ranks: Vec<Option<u8>>,
    names: Vec<String>,
}

/// The grades of a scheme at the end of the wave.
fn grades(home: &Home, found: &mut Found, scheme: Option<&str>) -> Result<Grades, Failure> {
    let of_targets = found.survey.targets.as_ref().map(|targets| targets.scheme.clone());
    let Some(scheme) = scheme.map(str::to_owned).or(of_targets) else {
        return Err(RunError::NoSurvey { known: home.surveys().join(", ") }.into());
    };
    let day = found.info.as_ref().and_then(|info| info.closed_on.or(info.opened_on));
    let Some(day) = day else { return Err(RunError::NoDay.into()) };
    let snapshot = &mut found.snapshot;
    let grades = block_on(async {
        let mut store = Store::open(&home.settings.store).await?;
        work_out(home, snapshot, &mut store, &scheme, day, Vec::new()).await
    })??;
    let customers = snapshot.dictionaries().of("customer_id").map_or(0, Dictionary::len);
    let names = grades.bound.scheme.grades.iter().map(|grade| grade.id.clone()).collect();
    Ok(Grades { ranks: grades.now.by_code(customers), names })
}
