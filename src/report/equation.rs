//! Equations that a report must meet before it is let out.

use crate::report::{Cell, Check, error::ReportError};

/// Two figures that must be the same.
#[derive(Debug, Clone)]
pub struct Equation {
    words: String,
    left: i128,
    right: i128,
    cell: fn(i128) -> Cell,
}

impl Equation {
    /// An equation between counts.
    pub fn counts(words: String, left: i64, right: i64) -> Self {
        let cell = |value| i64::try_from(value).map_or(Cell::Empty, Cell::Count);
        Self { words, left: i128::from(left), right: i128::from(right), cell }
    }

    /// An equation between figures that are shown by a function.
    pub fn figures(words: String, left: i128, right: i128, cell: fn(i128) -> Cell) -> Self {
        Self { words, left, right, cell }
    }

    /// Tests equations in their order.
    ///
    /// # Errors
    /// [`ReportError::NotReconciled`] with the first that does not hold.
    pub fn hold(equations: Vec<Self>) -> Result<Vec<Check>, ReportError> {
        let check = |Self { words, left, right, cell }| {
            if left == right {
                Ok(Check { equation: words, left: cell(left), right: cell(right) })
            } else {
                Err(ReportError::NotReconciled { equation: words, left, right, difference: left - right })
            }
        };
        equations.into_iter().map(check).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_equation_that_does_not_hold_is_told() {
        let equations = |third| {
            vec![
                Equation::counts("a".to_owned(), 1, 1),
                Equation::figures("b".to_owned(), 700, 700, Cell::Money),
                Equation::counts("c".to_owned(), 2, third),
            ]
        };
        assert_eq!(Equation::hold(equations(2)).unwrap().len(), 3);
        let error = Equation::hold(equations(5)).unwrap_err();
        assert!(error.to_string().contains("c: 2 is not 5, a difference of -3"), "{error}");
    }
}
