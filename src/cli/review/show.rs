//! `fenji review show` and `fenji review diff`.

use std::{collections::BTreeMap, path::PathBuf};

use chrono::{DateTime, Utc};
use clap::ValueEnum;
use serde_json::{Value, json};

use super::{changes_lines, tell};
use crate::{
    cli::{
        DataFormat,
        failure::{Failure, USAGE},
        job::block_on,
        output::{self, Item, say},
    },
    deliver::file::write_atomically,
    grading::review::{
        Kind, Review, Row, State,
        moves::{Matrix, Section},
    },
    ledger::snapshot::Snapshot,
    render::xlsx::form::{Field, FieldKind, Form, form},
    run::{
        error::RunError,
        home::Home,
        job::today,
        review::{
            find, ledger_changes,
            people::{Person, people},
        },
    },
    scheme::Scheme,
    text::{Lang, say as word, say_with},
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The review, such as annual-march-2026; annual-march is its latest
    id: String,
    /// Which rows
    #[arg(long, value_enum, default_value = "all", ignore_case = true)]
    section: Which,
    /// How to print; xlsx is a workbook to fill in by hand and needs --out
    #[arg(long, value_enum, default_value = "table")]
    format: ShowFormat,
    /// The file; standard output unless given
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DiffArgs {
    /// The review
    id: String,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: DiffFormat,
}

/// The rows that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// Customers of the best grade
    A,
    /// Customers with special policies
    B,
    /// Customers on special settlement terms
    C,
    /// New customers with a provisional grade
    D,
    /// All others
    E,
    /// Rows that move, by the proposal or by decision
    Movers,
    /// Rows that nobody decided as they stand
    Undecided,
    /// Every row
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    /// Aligned columns for people
    Table,
    /// JSON
    Json,
    /// Comma-separated values
    Csv,
    /// A workbook to fill in by hand
    Xlsx,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DiffFormat {
    /// Aligned columns for people
    Table,
    /// JSON
    Json,
}

pub(super) fn run(home: &Home, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let (_, stored) = block_on(find(home, &args.id))??;
    let review = &stored.review;
    let people = read_people(home, review, now)?;
    let rows: Vec<&Row> =
        review.rows.iter().filter(|row| wanted(review, row, &person(&people, row), args.section)).collect();
    let scheme = home.scheme(&review.head.scheme)?;
    let table = Table { review, people: &people, scheme: &scheme, lang: home.settings.language };
    let format = match args.format {
        ShowFormat::Table => DataFormat::Table,
        ShowFormat::Json => DataFormat::Json,
        ShowFormat::Csv => DataFormat::Csv,
        ShowFormat::Xlsx => {
            let Some(out) = &args.out else {
                let message = "a workbook is written to a file".to_owned();
                return Err(Failure::told(USAGE, message, "name it with `--out FILE.xlsx`".to_owned()));
            };
            let bytes =
                form(&table.form(&rows), &home.mapping.currency, home.settings.language).map_err(RunError::from)?;
            write_atomically(out, &bytes).map_err(RunError::from)?;
            say(&format!(
                "wrote {}; read it back with `fenji review import {} --by NAME`",
                out.display(),
                out.display()
            ));
            tell(home, review, now);
            return Ok(());
        }
    };
    let heads = table.heads();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let lines: Vec<Vec<Item>> = rows.iter().map(|row| table.line(row)).collect();
    let bytes = output::rendered(&heads, &lines, format)?;
    match &args.out {
        Some(out) => write_atomically(out, &bytes).map_err(RunError::from)?,
        None => output::bytes(&bytes)?,
    }
    tell(home, review, now);
    Ok(())
}

/// Prints who moves, the matrices of moves, and what the ledger changed since the draft.
pub(super) fn diff(home: &Home, args: &DiffArgs, now: DateTime<Utc>) -> Result<(), Failure> {
    let (review, changes) = block_on(ledger_changes(home, &args.id, now))??;
    let people = read_people(home, &review, now)?;
    let heads = ["subject", "name", "before", "proposed", "decided", "move"];
    let line = |row: &Row| {
        let grade = |grade: Option<&str>| grade.map_or(Item::Empty, Item::text);
        vec![
            Item::text(&row.proposal.subject),
            person(&people, row).name.map_or(Item::Empty, Item::text),
            grade(row.proposal.before.as_deref()),
            grade(row.proposal.proposed.as_deref()),
            row.standing().map_or(Item::Empty, |decision| grade(decision.grade.as_deref())),
            Item::text(review.movement(row, row.outcome()).name()),
        ]
    };
    let movers: Vec<Vec<Item>> = review.movers().map(line).collect();
    let proposed = review.matrix(|row| row.proposal.proposed.as_deref());
    let decided = review.matrix(Row::outcome);
    if args.format == DiffFormat::Json {
        let moved = changes.moved.iter().map(|(subject, was, is)| json!({ "subject": subject, "was": was, "is": is }));
        let ledger = json!({
            "rules": changes.rules, "added": changes.added, "gone": changes.gone, "figures": changes.figures,
            "moved": moved.collect::<Vec<_>>(),
        });
        output::json(&json!({
            "review": review.head.id, "state": review.state().name(), "movers": output::objects(&heads, &movers),
            "proposed": matrix_json(&proposed), "decided": matrix_json(&decided), "ledger": ledger,
        }))?;
    } else {
        let mut text = output::aligned(&heads, &movers);
        for (title, matrix) in [("before → proposed", &proposed), ("before → decided or proposed", &decided)] {
            text.extend(["\n", title, "\n", &matrix_text(matrix)]);
        }
        text += "\n";
        if review.state() == State::Published {
            text += "it is published: what the ledger says now is not looked at any more\n";
        } else if changes.none() {
            text += "the ledger proposes what the draft says\n";
        } else {
            text += "the ledger changed since the draft: open the review again to take it in\n";
            text.extend(changes_lines(&changes).iter().map(|line| format!("  {line}\n")));
        }
        output::bytes(text.as_bytes())?;
    }
    tell(home, &review, now);
    Ok(())
}

fn matrix_text(matrix: &Matrix) -> String {
    let name = |grade: &Option<String>| grade.clone().unwrap_or_else(|| "none".to_owned());
    let names: Vec<String> = matrix.grades.iter().map(name).collect();
    let heads: Vec<&str> = std::iter::once("from \\ to").chain(names.iter().map(String::as_str)).collect();
    let line = |(name, counts): (&String, &Vec<u64>)| {
        std::iter::once(Item::text(name)).chain(counts.iter().map(|count| Item::count(*count))).collect()
    };
    output::aligned(&heads, &names.iter().zip(&matrix.counts).map(line).collect::<Vec<_>>())
}

fn matrix_json(matrix: &Matrix) -> Value {
    json!({ "grades": matrix.grades, "counts": matrix.counts })
}

fn read_people(home: &Home, review: &Review, now: DateTime<Utc>) -> Result<BTreeMap<String, Person>, Failure> {
    let subject = home.scheme(&review.head.scheme)?.subject;
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(home, now)).map_err(RunError::from)?;
    Ok(people(&mut snapshot, subject, review.head.as_of).map_err(RunError::from)?)
}

fn person(people: &BTreeMap<String, Person>, row: &Row) -> Person {
    people.get(&row.proposal.subject).cloned().unwrap_or_default()
}

fn wanted(review: &Review, row: &Row, person: &Person, which: Which) -> bool {
    let stands_in = |section: Section| review.sections(row, person.terms).contains(&section);
    match which {
        Which::A => stands_in(Section::A),
        Which::B => stands_in(Section::B),
        Which::C => stands_in(Section::C),
        Which::D => stands_in(Section::D),
        Which::E => stands_in(Section::E),
        Which::Movers => review.moves(row),
        Which::Undecided => row.standing().is_none(),
        Which::All => true,
    }
}

/// The rows of a review as lines.
struct Table<'t> {
    review: &'t Review,
    people: &'t BTreeMap<String, Person>,
    scheme: &'t Scheme,
    lang: Lang,
}

impl Table<'_> {
    fn heads(&self) -> Vec<String> {
        let dimensions = self.review.draft.provenance.dimensions.iter().map(|dimension| format!("class_{dimension}"));
        let front = ["subject", "name", "region", "salesperson"].map(str::to_owned).into_iter();
        let back = ["provisional", "before", "proposed", "earned", "decision", "decided", "by", "why", "until", "note"];
        front.chain(dimensions).chain(back.map(str::to_owned)).collect()
    }

    fn line(&self, row: &Row) -> Vec<Item> {
        let text = |text: Option<String>| text.map_or(Item::Empty, Item::text);
        let person = person(self.people, row);
        let proposal = &row.proposal;
        let decision = row.standing();
        let mut line =
            vec![Item::text(&proposal.subject), text(person.name), text(person.region), text(person.salesperson)];
        line.extend(proposal.classes.iter().cloned().map(text));
        let provisional = proposal.provisional.then(|| word(self.lang, "review.yes"));
        line.extend(
            [provisional, proposal.before.clone(), proposal.proposed.clone(), proposal.earned.clone()].map(text),
        );
        line.extend([
            decision.map_or(Item::Empty, |decision| Item::text(decision.kind.name())),
            text(decision.and_then(|decision| decision.grade.clone())),
            text(decision.map(|decision| decision.by.clone())),
            text(decision.and_then(|decision| decision.why.clone())),
            text(decision.and_then(|decision| decision.until).map(|day| day.to_string())),
            text(self.note(row)),
        ]);
        line
    }

    /// What somebody who decides must know of a row.
    fn note(&self, row: &Row) -> Option<String> {
        let earlier = row.proposal.earlier.as_ref().map(|earlier| {
            let until = earlier.until.map(|day| day.to_string()).unwrap_or_default();
            let values =
                [("by", earlier.by.as_str()), ("grade", &earlier.grade), ("why", &earlier.why), ("until", &until)];
            let holds = earlier.holds_on(row.proposal.as_of);
            say_with(self.lang, if holds { "review.override_holds" } else { "review.override_ended" }, &values)
        });
        let last = row.decisions.last().filter(|decision| decision.row != row.proposal.fingerprint());
        let basis = last.map(|decision| match row.standing() {
            Some(_) => word(self.lang, "review.recheck"),
            None => say_with(self.lang, "review.lapsed", &[("decision", &self.decision(decision.kind))]),
        });
        let notes: Vec<String> = [earlier, basis].into_iter().flatten().collect();
        (!notes.is_empty()).then(|| notes.join("; "))
    }

    fn decision(&self, kind: Kind) -> String {
        word(self.lang, &format!("review.{}", kind.name()))
    }

    fn form(&self, rows: &[&Row]) -> Form {
        let head = &self.review.head;
        let field = |id: &str, kind: FieldKind| Field {
            id: id.to_owned(),
            title: word(self.lang, &format!("review.{id}")),
            kind,
        };
        let shown = |id: &'static str| field(id, FieldKind::Shown);
        let grades = self.review.draft.provenance.grades.iter().rev().cloned().collect();
        let decisions = Kind::ALL.map(|kind| self.decision(kind)).to_vec();
        let mut fields: Vec<Field> = ["subject", "name", "region", "salesperson"].map(shown).to_vec();
        let dimensions = self.review.draft.provenance.dimensions.iter();
        fields.extend(dimensions.map(|id| {
            let title = self.title_of(id).unwrap_or(id).to_owned();
            Field { id: format!("class_{id}"), title, kind: FieldKind::Shown }
        }));
        fields.extend(["provisional", "before", "proposed", "note"].map(shown));
        fields.extend([
            field("decision", FieldKind::Choice(decisions)),
            field("grade", FieldKind::Choice(grades)),
            field("why", FieldKind::Words),
            field("until", FieldKind::Words),
            field("review", FieldKind::Hidden),
            field("stamp", FieldKind::Hidden),
        ]);
        let day = head.as_of.to_string();
        let about = [("id", head.id.as_str()), ("scheme", head.scheme.as_str()), ("day", day.as_str())];
        Form {
            title: word(self.lang, "review.title"),
            about: say_with(self.lang, "review.about", &about),
            fields,
            rows: rows.iter().map(|row| self.cells(row)).collect(),
        }
    }

    /// The title of a dimension, where the scheme gives it one.
    fn title_of(&self, dimension: &str) -> Option<&str> {
        let (_, version) = self.scheme.version_on(self.review.head.as_of)?;
        let found = version.dimensions.iter().find(|known| known.id == dimension)?;
        Some(found.title.as_ref()?.in_lang(self.lang))
    }

    fn cells(&self, row: &Row) -> Vec<String> {
        let person = person(self.people, row);
        let proposal = &row.proposal;
        let decision = row.standing();
        let front = [Some(proposal.subject.clone()), person.name, person.region, person.salesperson];
        let provisional = proposal.provisional.then(|| word(self.lang, "review.yes"));
        let middle = [provisional, proposal.before.clone(), proposal.proposed.clone(), self.note(row)];
        let filled = [
            decision.map(|decision| self.decision(decision.kind)),
            decision.and_then(|decision| decision.grade.clone()),
            decision.and_then(|decision| decision.why.clone()),
            decision.and_then(|decision| decision.until).map(|day| day.to_string()),
            Some(self.review.head.id.clone()),
            Some(row.stamp()),
        ];
        let all = front.into_iter().chain(proposal.classes.clone()).chain(middle).chain(filled);
        all.map(Option::unwrap_or_default).collect()
    }
}
