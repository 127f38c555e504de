//! The cell where two dimensions meet.

use crate::{
    grading::{
        bound::Figure,
        evaluate::{
            NO_CLASS, Work,
            bands::{reached, resolved},
            exact::resolve,
        },
    },
    scheme::rule::{Better, Cells},
};

impl Work<'_> {
    pub(super) fn matrix(&self, rows: usize, columns: usize, cells: &Cells<Figure>) -> Vec<u8> {
        let as_of = self.population.as_of;
        let table: Vec<Vec<u8>> = match cells {
            Cells::Classes(table) => table.clone(),
            Cells::Numbers { cells, limits } => {
                let limits: Vec<_> = limits.iter().map(|limit| resolved(limit, as_of)).collect();
                let class = |cell: &Figure| reached(resolve(*cell, as_of), Better::Higher, &limits);
                cells.iter().map(|row| row.iter().map(class).collect()).collect()
            }
        };
        let cell = |subject: usize| {
            let (row, column) = (self.class(rows, subject), self.class(columns, subject));
            table.get(usize::from(row)).and_then(|row| row.get(usize::from(column))).copied().unwrap_or(NO_CLASS)
        };
        (0..self.population.subjects).map(cell).collect()
    }
}
