//! Leases in five classes with proposals (S72–S74), as the scheme of leases gives them.

use std::collections::BTreeMap;

use crate::{
    receivables::risk::RiskClass,
    report::{
        Align, Block, Cell, Column, Row, Section, Table,
        graded::{Graded, data, figure_cell, total},
        receivables::RiskList,
    },
};

/// Why a lease has its base class, in the words of the contract.
const CAUSES: [&str; 3] = ["lateness", "other", "deterioration"];
/// What flags are called in figures.
const FLAGS: [&str; 2] = ["yes", "no"];

/// The base class of a lease and the proposed one.
type Classes = (Option<u8>, u8);
/// Leases by their classes: how many, and what is still to be paid of them in minor units.
type Counts = BTreeMap<Classes, (i64, i128)>;

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
        let Cell::Text(word) = cell else { return cell };
        Cell::Text(match word.as_str() {
            cause if CAUSES.contains(&cause) => self.say(&format!("cause_{cause}")),
            flag if FLAGS.contains(&flag) => self.say(flag),
            _ => word,
        })
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
            let line = counts.entry((from, *rank)).or_default();
            *line = (line.0 + 1, line.1 + i128::from(self.inputs.papers.leases.get(lease).copied().unwrap_or(0)));
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
        Some(vec![Block::Table(self.lease_matrix(graded, &counts)), Block::Table(proposals)])
    }

    /// Leases by class, from the best one on, and what is at risk of them (S72): by the base class, and by the proposed one.
    fn lease_matrix(&self, graded: &Graded<'_>, counts: &Counts) -> Table {
        let class = |rank: Option<u8>| rank.map_or(Cell::Empty, |rank| Cell::Text(graded.grade(rank, self.scene.lang)));
        let line = |((from, to), (leases, unpaid)): (&Classes, &(i64, i128))| -> Row {
            data(vec![class(*from), class(Some(*to)), Cell::Count(*leases), Cell::Money(*unpaid)])
        };
        let mut rows: Vec<Row> = counts.iter().rev().map(line).collect();
        let at_risk = |rank: u8| {
            let grade = graded.bound.scheme.grade(rank);
            grade.and_then(|grade| RiskClass::named(&grade.id)).is_some_and(RiskClass::at_risk)
        };
        let sum = |key: &str, holds: &dyn Fn(&Classes) -> bool| {
            let of = counts.iter().filter(|(classes, _)| holds(classes));
            let (leases, unpaid) = of.fold((0, 0), |sum, (_, line)| (sum.0 + line.0, sum.1 + line.1));
            total(vec![Cell::Text(self.say(key)), Cell::Empty, Cell::Count(leases), Cell::Money(unpaid)])
        };
        rows.push(sum("sum", &|_| true));
        rows.push(sum("lease_risk_base", &|(from, _)| from.is_some_and(at_risk)));
        rows.push(sum("lease_risk_proposed", &|(_, to)| at_risk(*to)));
        let mut heads = self.left(&["base_class", "proposed_class"]);
        heads.extend(self.right(&["leases", "unpaid_rent"]));
        Table { printed: None, ..self.table("lease_classes", heads, rows) }
    }
}
