//! Reports on points: the liability for finance, what lapses for approval, what is about to lapse.
//!
//! Invariants: the roll-forward closes to the point, for every tier and month; what stands in the ledger is told from there, never from the plan. Not here: where the figures
//! come from (`run::points`).

mod expiring;
mod lapse;
mod liability;

pub use expiring::{ExpiringInputs, expiring};
pub use lapse::{LapseInputs, lapse};
pub use liability::{LiabilityInputs, liability};

use crate::{
    money::{Rounding, div_round},
    points::programme::Programme,
    report::{Align, Block, Cell, Column, Section, Table, graded::Scene},
};

/// Millionths of a major unit in one: the unit of the value of a point.
const VALUE_UNIT: i128 = 1_000_000;

/// The scene with the words of these reports.
#[derive(Debug, Clone, Copy)]
struct Desk<'a> {
    scene: &'a Scene<'a>,
    programme: &'a Programme,
}

impl Desk<'_> {
    fn say(&self, key: &str) -> String {
        self.scene.say(&format!("points.{key}"))
    }

    fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.scene.say_with(&format!("points.{key}"), values)
    }

    fn left(&self, ids: &[&str]) -> Vec<Column> {
        ids.iter().map(|id| self.scene.column("points", id, Align::Left)).collect()
    }

    fn right(&self, ids: &[&str]) -> Vec<Column> {
        ids.iter().map(|id| self.scene.column("points", id, Align::Right)).collect()
    }

    fn section(&self, id: &'static str, blocks: Vec<Block>) -> Section {
        Section { id, title: self.say(&format!("{id}_title")), lead: Some(self.say(&format!("{id}_lead"))), blocks }
    }

    fn table(&self, id: &'static str, columns: Vec<Column>, rows: Vec<crate::report::Row>) -> Table {
        Table { id: id.into(), title: self.say(&format!("{id}_table")), columns, rows, printed: None, note: None }
    }

    /// The title of a report with the programme.
    fn title(&self, key: &str) -> String {
        self.say_with(key, &[("programme", self.programme.title.in_lang(self.scene.lang))])
    }

    /// A count in words.
    fn number(&self, value: i64) -> String {
        self.scene.text(&Cell::Count(value))
    }

    /// What points are worth in minor units, a half upwards (四舍五入); nothing while nobody decided what a point is worth.
    fn worth(&self, points: i64) -> Option<i128> {
        let liability = self.programme.liability?;
        let minor = i128::from(points) * i128::from(liability.value) * i128::from(self.scene.currency.scale.unit());
        div_round(minor, VALUE_UNIT, Rounding::HalfUp)
    }

    fn money(&self, points: i64) -> Cell {
        self.worth(points).map_or(Cell::Empty, Cell::Money)
    }

    /// What points are worth in words; that nobody decided it, where nobody did.
    fn worth_in_words(&self, points: i64) -> String {
        self.worth(points).map_or_else(|| self.say("no_value"), |worth| self.scene.text(&Cell::Money(worth)))
    }

    /// The rules of the day, for the notes.
    fn rules(&self) -> Vec<(String, String)> {
        let version = self.programme.version_on(self.scene.period.last_day());
        let lang = self.scene.lang;
        let mut notes: Vec<(String, String)> = Vec::new();
        if let Some(version) = version {
            let values = [("who", version.decided_by.in_lang(lang)), ("why", version.reason.in_lang(lang))];
            let decided = self.scene.say_with("tier.decided_text", &values);
            notes.push((
                self.say("note_rules"),
                format!("{} · {} · {}", self.programme.id, version.id, self.programme.fingerprint),
            ));
            notes.push((self.scene.say("graded.note_decided"), decided));
        }
        notes
    }
}
