//! What every row says of a mean, and the columns above it.

use crate::{
    report::{Align, Cell, Column, satisfaction::SatisfactionInputs},
    satisfaction::statistics::{Change, Sample},
};

/// The ids of the columns under which [`SatisfactionInputs::judged`] stands.
const JUDGED: [(&str, Align); 5] = [
    ("score", Align::Right),
    ("half", Align::Right),
    ("label", Align::Left),
    ("change", Align::Right),
    ("real", Align::Left),
];

impl SatisfactionInputs<'_> {
    /// A column of the report.
    pub(super) fn column(&self, id: &str, align: Align) -> Column {
        let mut column = self.scene.column("satisfaction", id, align);
        if id == "half" {
            let percent = self.survey.confidence.percent().to_string();
            column.title = self.say_with("col_half", &[("percent", &percent)]);
        }
        column
    }

    /// Columns of the report.
    pub(super) fn columns(&self, ids: &[(&str, Align)]) -> Vec<Column> {
        ids.iter().map(|(id, align)| self.column(id, *align)).collect()
    }

    /// The columns above [`SatisfactionInputs::judged`].
    pub(super) fn judged_columns(&self) -> Vec<Column> {
        self.columns(&JUDGED)
    }

    /// A mean, half the width of its interval, the nearest level, what became of it, and whether that is more than noise.
    pub(super) fn judged(&self, sample: &Sample, mean: Option<i128>, before: Option<&Sample>) -> Vec<Cell> {
        let change = before.and_then(|before| self.change(sample, before));
        vec![
            score(mean),
            score(self.half_width(sample)),
            self.label(mean).map_or(Cell::Empty, Cell::Text),
            change.map_or(Cell::Empty, |change| Cell::ScoreChange(change.difference)),
            change.map_or(Cell::Empty, |change| Cell::Text(self.say(verdict(change)))),
        ]
    }

    /// Half the width of the interval around the mean of a sample.
    pub(super) fn half_width(&self, sample: &Sample) -> Option<i128> {
        sample.half_width(self.survey.confidence, self.survey.least)
    }

    /// What became of a mean.
    pub(super) fn change(&self, sample: &Sample, before: &Sample) -> Option<Change> {
        sample.since(before, self.survey.confidence, self.survey.least)
    }

    /// The level nearest to a mean.
    pub(super) fn label(&self, mean: Option<i128>) -> Option<String> {
        let level = self.survey.scale.nearest(mean?)?;
        Some(level.title.in_lang(self.scene.lang).to_owned())
    }

    /// The name of a level by its place.
    pub(super) fn level(&self, place: Option<usize>) -> Cell {
        let level = place.and_then(|place| self.survey.scale.levels.get(place));
        level.map_or(Cell::Empty, |level| Cell::Text(level.title.in_lang(self.scene.lang).to_owned()))
    }

    /// The name of an indicator by its place.
    pub(super) fn indicator(&self, place: usize) -> String {
        let indicator = self.survey.indicators.get(place);
        indicator.map_or_else(String::new, |indicator| indicator.title.in_lang(self.scene.lang).to_owned())
    }

    /// A text of the ledger.
    pub(super) fn text(&self, column: &'static str, code: u32) -> Cell {
        let text = self.scene.dictionaries.text(column, code).filter(|text| !text.is_empty());
        text.map_or(Cell::Empty, |text| Cell::Text(text.to_owned()))
    }
}

/// A score as a cell.
pub(super) fn score(value: Option<i128>) -> Cell {
    value.map_or(Cell::Empty, Cell::Score)
}

/// The key of the word for whether a change is more than noise.
pub(super) fn verdict(change: Change) -> &'static str {
    match change.real {
        Some(true) => "real",
        Some(false) => "noise",
        None => "too_few",
    }
}
