//! `fenji survey`: scores of satisfaction by the rule book (S24, S25).

mod score;

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        DataFormat,
        failure::Failure,
        output::{self, Item, say},
    },
    ledger::{dictionary::NOTHING, snapshot::Snapshot},
    run::{
        error::RunError,
        home::Home,
        job::today,
        satisfaction::{NamedAnswers, WaveInfo, questionnaire, read_waves, waves},
    },
    satisfaction::{
        answers::{Detail, Wave},
        cell::Answer,
        comments::comments,
        questionnaire::Questionnaire,
        score::by_customer,
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
    Score(score::Args),
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

pub(super) fn run(home: &Path, command: &Command, now: DateTime<Utc>) -> Result<(), Failure> {
    let home = Home::open(home)?;
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(&home, now)).map_err(RunError::from)?;
    let known = waves(&mut snapshot)?;
    match command {
        Command::List { format } => list(&known, *format),
        Command::Score(args) => score::run(&home, snapshot, &known, args),
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
    /// Rows that name no wave.
    without_wave: i64,
    strays: Vec<Detail>,
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
        let NamedAnswers { mut waves, without_wave, strays } = read_waves(&mut snapshot, &survey, &names, details)?;
        let before = before.and_then(|before| waves.remove(before));
        let wave = waves.remove(&asked.wave).unwrap_or_default();
        let info = known.iter().find(|info| info.wave == asked.wave).cloned();
        let found = Self { snapshot, survey, info, wave, before, without_wave, strays };
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
            (self.without_wave, "name no wave"),
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
        let rows = self.rows(comments(&self.wave, self.snapshot.dictionaries()), |detail| {
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
        });
        let heads = ["response_id", "customer_id", "indicator", "original", "counted", "overridden", "kind", "comment"];
        output::rows(&heads, &rows, format)
    }

    fn faults(&self, format: DataFormat) -> Result<(), Failure> {
        let mut faults: Vec<&Detail> =
            self.wave.details.iter().chain(&self.strays).filter(|detail| detail.fault.is_some()).collect();
        let dictionaries = self.snapshot.dictionaries();
        faults.sort_by_key(|detail| (dictionaries.text("response_id", detail.response), detail.fault));
        let rows = self.rows(faults, |detail| {
            vec![self.text("level", detail.level), detail.fault.map_or(Item::Empty, |fault| Item::text(fault.name()))]
        });
        output::rows(&["response_id", "customer_id", "indicator", "level", "fault"], &rows, format)
    }

    /// Rows one by one.
    fn rows(&self, details: Vec<&Detail>, rest: impl Fn(&Detail) -> Vec<Item>) -> Vec<Vec<Item>> {
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
