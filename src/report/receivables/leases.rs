//! Leases in five classes with proposals (S72–S74), as the scheme of leases gives them.

use std::collections::BTreeMap;

use crate::report::{
    Align, Block, Cell, Column, Row, Section, Table,
    graded::{Graded, data, figure_cell},
    receivables::RiskList,
};

/// Why a lease has its base class, in the words of the contract.
const CAUSES: [&str; 3] = ["lateness", "other", "deterioration"];
/// What flags are called in figures.
const FLAGS: [&str; 2] = ["yes", "no"];

/// Leases by their base class and the proposed one.
type Counts = BTreeMap<(Option<u8>, u8), i64>;

impl RiskList<'_> {
    /// The classes of leases: base against proposal.
    pub(super) fn lease_section(&self) -> Option<Section> {
        let beside = self.inputs.leases?;
        let blocks = match &beside.graded {
            Ok(graded) => self.lease_blocks(graded)?,
            Err(why) => vec![Block::Text(self.say_with("no_leases", &[("why", &self.without(why))]))],
        };
        Some(self.section("leases", blocks))
    }

    /// A figure of a lease, the words of the contract in the language of the report.
    fn lease_cell(&self, cell: Cell) -> Cell {
        match cell {
            Cell::Text(word) if CAUSES.contains(&word.as_str()) => Cell::Text(self.say(&format!("cause_{word}"))),
            Cell::Text(word) if FLAGS.contains(&word.as_str()) => Cell::Text(self.say(&word)),
            other => other,
        }
    }

    fn lease_blocks(&self, graded: &Graded<'_>) -> Option<Vec<Block>> {
        let (_, bound) = graded.version()?;
        let base = bound.dimensions.iter().position(|dimension| dimension.id == "base");
        let base_metric = base.and_then(|base| bound.dimensions.get(base)?.rule.metric().copied());
        let shown = |place: &usize| Some(*place) != base_metric;
        let class = |rank: Option<u8>| rank.map_or(Cell::Empty, |rank| Cell::Text(graded.grade(rank, self.scene.lang)));
        let mut rows = Vec::new();
        let mut counts = Counts::new();
        for (at, (lease, rank)) in graded.now.subjects.iter().zip(&graded.now.ranks).enumerate() {
            let from = base.and_then(|base| graded.now.class(base, at));
            *counts.entry((from, *rank)).or_default() += 1;
            if from == Some(*rank) {
                continue;
            }
            let id = self.scene.dictionaries.text("lease_id", *lease).unwrap_or_default();
            let mut cells = vec![Cell::Text(id.to_owned()), class(from), class(Some(*rank))];
            let metrics = bound.metrics.iter().enumerate().filter(|(place, _)| shown(place));
            cells.extend(metrics.map(|(place, metric)| {
                self.lease_cell(figure_cell(metric, graded.figure(place, at), self.scene.dictionaries))
            }));
            rows.push(data(cells));
        }
        let mut columns = self.left(&["lease", "base_class", "proposed_class"]);
        let metrics = bound.metrics.iter().enumerate().filter(|(place, _)| shown(place));
        columns.extend(metrics.map(|(_, metric)| Column {
            id: metric.metric.id.clone(),
            title: metric.metric.title.in_lang(self.scene.lang).to_owned(),
            align: Align::Right,
        }));
        let note = Some(self.say("lease_note"));
        let proposals = Table { note, ..self.table("lease_proposals", columns, rows) };
        // From the best class on.
        let line = |((from, to), leases): ((Option<u8>, u8), i64)| -> Row {
            data(vec![class(from), class(Some(to)), Cell::Count(leases)])
        };
        let mut heads = self.left(&["base_class", "proposed_class"]);
        heads.extend(self.right(&["leases"]));
        let counts = counts.into_iter().rev().map(line).collect();
        let matrix = Table { printed: None, ..self.table("lease_classes", heads, counts) };
        Some(vec![Block::Table(matrix), Block::Table(proposals)])
    }
}
