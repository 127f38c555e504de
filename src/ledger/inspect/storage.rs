//! What a column of SQLite holds, where the declared type promises nothing.

use crate::ledger::{propose::schema::ColumnKind, raw::Raw, source::Dialect};

/// The classes of values that a sample showed.
#[derive(Debug, Default, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "a sample may show any of the classes together")]
pub(super) struct Storage {
    whole: bool,
    real: bool,
    text: bool,
    other: bool,
}

impl Storage {
    /// Takes a value into account.
    pub(super) fn see(&mut self, raw: Raw<'_>) {
        match raw {
            Raw::Null => {}
            Raw::Integer(_) => self.whole = true,
            Raw::Real(_) => self.real = true,
            Raw::Text(_) => self.text = true,
            Raw::Decimal { .. }
            | Raw::Flag(_)
            | Raw::Day(_)
            | Raw::Local(_)
            | Raw::Utc(_)
            | Raw::Uuid(_)
            | Raw::Other(_) => self.other = true,
        }
    }

    /// What the column holds, from the values seen and, without any, from the declared type.
    pub(super) fn kind(self, declared: &str) -> ColumnKind {
        let declared = ColumnKind::of(Dialect::Sqlite, declared);
        // Twelve yuan are a whole number here and 12.5 yuan are not.
        let fractional = matches!(declared, ColumnKind::Real | ColumnKind::Decimal { .. });
        if self.other {
            ColumnKind::Other
        } else if self.text {
            ColumnKind::Text { length: None }
        } else if self.real || fractional {
            ColumnKind::Real
        } else if self.whole {
            ColumnKind::Integer
        } else {
            declared
        }
    }
}
