//! `fenji survey`: scores of satisfaction by the rule book (S24, S25).

use std::{collections::BTreeMap, path::Path};

use chrono::{DateTime, Utc};
use clap::ValueEnum;

use crate::{
    cli::{
        DataFormat,
        failure::Failure,
        job::block_on,
        output::{self, Item, say},
    },
    ledger::{
        dictionary::{Dictionary, NOTHING},
        snapshot::Snapshot,
    },
    run::{
        error::RunError,
        grades::work_out,
        home::Home,
        job::today,
        satisfaction::{WaveInfo, questionnaire, read_waves, waves},
        store::Store,
    },
    satisfaction::{
        answers::{Answer, Detail, Sheet, Wave},
        questionnaire::Questionnaire,
        score::{Counts, CustomerScore, by_customer, by_group, by_indicator},
        statistics::Sample,
    },
};

/// Decimal places of scores in data.
const PLACES: u8 = 6;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List the waves that the ledger has
    List {
        /// How to print
        #[arg(long, value_enum, default_value = "table")]
        format: DataFormat,
    },
    /// Score a wave: by indicator, or the means of customers by whatever groups them
    Score(Score),
    /// List the answers that comments changed, and comments that changed nothing (S25)
    Audit(Asked),
    /// List the answers that are not counted, and why
    Faults(Asked),
}

/// Which wave of which survey.
#[derive(Debug, clap::Args)]
pub(super) struct Asked {
    /// The wave
    #[arg(long, value_name = "WAVE")]
    wave: String,
    /// The survey: a file of config/surveys/; else the one of the wave, or the only one
    #[arg(long, value_name = "SURVEY")]
    survey: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: DataFormat,
}

#[derive(Debug, clap::Args)]
pub(super) struct Score {
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

pub(super) fn run(home: &Path, command: &Command, now: DateTime<Utc>) -> Result<(), Failure> {
    let home = Home::open(home)?;
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(&home, now)).map_err(RunError::from)?;
    let known = waves(&mut snapshot)?;
    match command {
        Command::List { format } => list(&known, *format),
        Command::Score(args) => score(&home, snapshot, &known, args),
        Command::Audit(asked) => {
            let found = Found::read(&home, snapshot, &known, asked, None, true)?;
            found.audit(asked.format)
        }
        Command::Faults(asked) => {
            let found = Found::read(&home, snapshot, &known, asked, None, true)?;
            found.faults(asked.format)
        }
    }
}

fn list(known: &[WaveInfo], format: DataFormat) -> Result<(), Failure> {
    let day = |day: Option<chrono::NaiveDate>| day.map_or(Item::Empty, |day| Item::text(day.to_string()));
    let text = |text: &Option<String>| text.as_ref().map_or(Item::Empty, Item::text);
    let row = |info: &WaveInfo| {
        vec![
            Item::text(&info.wave),
            text(&info.questionnaire),
            text(&info.title),
            day(info.opened_on),
            day(info.closed_on),
            info.invited.map_or(Item::Empty, Item::count),
        ]
    };
    let rows: Vec<Vec<Item>> = known.iter().map(row).collect();
    output::rows(&["wave", "survey", "title", "opened_on", "closed_on", "invited"], &rows, format)
}

/// A wave, and the one before where it was asked for.
struct Found {
    snapshot: Snapshot,
    survey: Questionnaire,
    info: Option<WaveInfo>,
    wave: Wave,
    before: Option<Wave>,
}

impl Found {
    fn read(
        home: &Home,
        mut snapshot: Snapshot,
        known: &[WaveInfo],
        asked: &Asked,
        before: Option<&String>,
        details: bool,
    ) -> Result<Self, Failure> {
        let survey = questionnaire(home, asked.survey.as_deref(), known, Some(&asked.wave))?;
        let names: Vec<String> = std::iter::once(&asked.wave).chain(before).cloned().collect();
        let mut found = read_waves(&mut snapshot, &survey, &names, details)?;
        let before = before.and_then(|before| found.remove(before));
        let wave = found.remove(&asked.wave).unwrap_or_default();
        let info = known.iter().find(|info| info.wave == asked.wave).cloned();
        let found = Self { snapshot, survey, info, wave, before };
        found.tell();
        Ok(found)
    }

    /// What the reader must know beside the figures, on standard error.
    fn tell(&self) {
        let wave = &self.wave;
        for (count, what) in [
            (wave.unknown_indicators, "are about an indicator that nobody defined"),
            (wave.unknown_levels, "are not a level of the scale"),
            (wave.repeated, "repeat an answer of the same sheet"),
            (wave.different, "contradict another answer of the same sheet"),
        ] {
            if count > 0 {
                say(&format!("warning: {count} answers {what} and are not counted: `fenji survey faults` lists them"));
            }
        }
        let customers = by_customer(&self.survey, wave, |_| Some(0));
        let answered = customers.iter().filter(|customer| customer.score.is_some()).count();
        let rate = match self.info.as_ref().and_then(|info| info.invited) {
            Some(invited) if invited > 0 => {
                let share = crate::money::Share::new(i128::try_from(answered).unwrap_or(0), invited);
                let rate = share.scaled(3).map_or_else(String::new, |rate| crate::money::decimal(rate, 1));
                format!("of {invited} who were asked ({rate} %)")
            }
            _ => "of an unknown number who were asked".to_owned(),
        };
        let (id, rows, snapshot) = (&self.survey.id, wave.rows, self.snapshot.fingerprint());
        say(&format!("survey {id}, {rows} rows; {answered} customers answered {rate}; snapshot {snapshot}"));
    }

    fn text(&self, column: &'static str, code: u32) -> Item {
        match self.snapshot.dictionaries().text(column, code) {
            Some(text) if code != NOTHING => Item::text(text),
            _ => Item::Empty,
        }
    }

    /// What every row says of a mean.
    fn judged(&self, sample: &Sample, mean: Option<i128>, before: Option<&Sample>) -> Vec<Item> {
        let score = |value: Option<i128>| value.map_or(Item::Empty, |value| Item::decimal(value, PLACES));
        let (confidence, least) = (self.survey.confidence, self.survey.least);
        let half = sample.half_width(confidence, least);
        let change = before.and_then(|before| sample.since(before, confidence, least));
        let label = mean.and_then(|mean| self.survey.scale.nearest(mean));
        let real = change.map_or(Item::Empty, |change| {
            Item::text(match change.real {
                Some(true) => "yes",
                Some(false) => "no",
                None => "too-few",
            })
        });
        vec![
            score(mean),
            label.map_or(Item::Empty, |level| Item::text(&level.id)),
            score(mean.zip(half).map(|(mean, half)| (mean - half).max(0))),
            score(mean.zip(half).map(|(mean, half)| (mean + half).min(100_000_000))),
            score(before.and_then(Sample::mean)),
            score(change.map(|change| change.difference)),
            real,
        ]
    }

    fn audit(&self, format: DataFormat) -> Result<(), Failure> {
        let rows = self.details(
            |detail| detail.fault.is_none() && detail.kind.is_some(),
            |detail| {
                let level = |place: Option<usize>| {
                    let level = place.and_then(|place| self.survey.scale.levels.get(place));
                    level.map_or(Item::Empty, |level| Item::text(&level.id))
                };
                let original = if let Answer::Level(level) = detail.cell.answer() { Some(level) } else { None };
                vec![
                    level(original),
                    level(detail.cell.counted(&self.survey)),
                    Item::text(if detail.cell.overridden() { "yes" } else { "no" }),
                    detail.kind.map_or(Item::Empty, |kind| Item::text(kind.name())),
                    self.text("comment", detail.comment),
                ]
            },
        );
        let heads = ["response_id", "customer_id", "indicator", "original", "counted", "overridden", "kind", "comment"];
        output::rows(&heads, &rows, format)
    }

    fn faults(&self, format: DataFormat) -> Result<(), Failure> {
        let rows = self.details(
            |detail| detail.fault.is_some(),
            |detail| {
                vec![
                    self.text("level", detail.level),
                    detail.fault.map_or(Item::Empty, |fault| Item::text(fault.name())),
                ]
            },
        );
        output::rows(&["response_id", "customer_id", "indicator", "level", "fault"], &rows, format)
    }

    /// Rows one by one, in the order of their ids.
    fn details(&self, shown: impl Fn(&Detail) -> bool, rest: impl Fn(&Detail) -> Vec<Item>) -> Vec<Vec<Item>> {
        let mut details: Vec<&Detail> = self.wave.details.iter().filter(|detail| shown(detail)).collect();
        let dictionaries = self.snapshot.dictionaries();
        details.sort_by_key(|detail| (dictionaries.text("response_id", detail.response), detail.fault));
        let row = |detail: &Detail| {
            let indicator = detail.indicator.and_then(|place| self.survey.indicators.get(place));
            let mut row = vec![
                self.text("response_id", detail.response),
                self.text("customer_id", detail.sheet.customer),
                indicator.map_or_else(|| self.text("indicator", detail.asked), |indicator| Item::text(&indicator.id)),
            ];
            row.extend(rest(detail));
            row
        };
        details.into_iter().map(row).collect()
    }
}

const JUDGED: [&str; 7] = ["score", "label", "from", "to", "before", "change", "real"];
const COUNTED: [&str; 5] = ["answers", "overridden", "blank", "not_applicable", "different"];

fn counts(counts: &Counts) -> Vec<Item> {
    let of = [counts.answers, counts.overridden, counts.blank, counts.not_applicable, counts.different];
    of.into_iter().map(Item::count).collect()
}

fn score(home: &Home, snapshot: Snapshot, known: &[WaveInfo], args: &Score) -> Result<(), Failure> {
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
                Item::text(grade.map_or("(not graded)", String::as_str))
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
            let name = |key: u32| if column.is_empty() { Item::text("overall") } else { found.text(column, key) };
            let head = if column.is_empty() { "group" } else { column };
            groups(&found, head, args.asked.format, (&key, &name, &|_| None))
        }
    }
}

fn indicators(found: &Found, format: DataFormat) -> Result<(), Failure> {
    let scores = by_indicator(&found.survey, &found.wave);
    let before = found.before.as_ref().map(|before| by_indicator(&found.survey, before));
    let mut places: Vec<usize> = (0..scores.len())
        .filter(|place| scores.get(*place).is_some_and(|s| s.sample.n >= found.survey.least))
        .collect();
    // The weakest first; equal ones have the same place.
    let mean = |place: usize| scores.get(place).and_then(|score| score.mean().scaled(PLACES.into()));
    places.sort_by_key(|place| mean(*place));
    let rank = |place: usize| {
        let own = places.contains(&place).then(|| mean(place))?;
        places.iter().position(|other| mean(*other) == own).map(|at| at + 1)
    };
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
            row.extend(found.judged(&score.sample, mean(place), before));
            row.push(rank(place).map_or(Item::Empty, |rank| Item::count(i128::try_from(rank).unwrap_or(0))));
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
type Grouping<'g> = (&'g dyn Fn(&Sheet) -> Option<u32>, &'g dyn Fn(u32) -> Item, &'g dyn Fn(u32) -> Option<i128>);

fn groups(found: &Found, head: &str, format: DataFormat, (key, name, target): Grouping<'_>) -> Result<(), Failure> {
    let of = |wave: &Wave| by_group(&by_customer(&found.survey, wave, key), target);
    let before: BTreeMap<u32, Sample> = found
        .before
        .as_ref()
        .map_or_else(BTreeMap::new, |before| of(before).into_iter().map(|of| (of.key, of.sample)).collect());
    let mut all = of(&found.wave);
    all.sort_by_key(|of| (of.sample.n < found.survey.least, std::cmp::Reverse(of.sample.mean()), of.key));
    let rows: Vec<Vec<Item>> = all
        .iter()
        .enumerate()
        .map(|(place, of)| {
            let mut row = vec![name(of.key), Item::count(of.customers), Item::count(of.sample.n)];
            row.extend(counts(&of.counts));
            row.extend(found.judged(&of.sample, of.sample.mean(), before.get(&of.key)));
            let ranked = of.sample.n >= found.survey.least;
            row.push(if ranked { Item::count(i128::try_from(place + 1).unwrap_or(0)) } else { Item::Empty });
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
