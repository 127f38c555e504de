//! Values of the store: whole numbers, texts and bytes, each of which may be absent. Instants are milliseconds, yes and no are 1 and 0.

use sqlx::Error;

/// A value given to a statement, or read. An absent one keeps its type: PostgreSQL asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::run) enum Value {
    /// A whole number.
    Integer(Option<i64>),
    /// A text.
    Text(Option<String>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
}

macro_rules! from {
    ($($variant:ident: $($given:ty => $made:expr),+;)+) => {
        $($(
            impl From<$given> for Value {
                fn from(given: $given) -> Self {
                    Self::$variant(Some($made(given)))
                }
            }
            impl From<Option<$given>> for Value {
                fn from(given: Option<$given>) -> Self {
                    Self::$variant(given.map($made))
                }
            }
        )+)+
    };
}

from! {
    Integer: i64 => std::convert::identity, u32 => i64::from, bool => i64::from;
    Text: &str => str::to_owned, String => std::convert::identity, &String => String::clone;
    Bytes: &[u8] => <[u8]>::to_vec, Vec<u8> => std::convert::identity, &Vec<u8> => Vec::clone;
}

/// The values of a statement, in the order of `$1`, `$2`, …
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::run::store::database::Value::from($value)),*]
    };
}
pub(in crate::run) use values;

/// A row that a statement gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::run) struct Row(pub(super) Vec<Value>);

/// What a column of a row can be taken as.
pub(in crate::run) trait Taken: Sized {
    /// The value, if it is one of this type.
    fn taken(value: &Value) -> Option<Self>;
}

impl Row {
    /// The value of a column.
    ///
    /// # Errors
    /// [`Error::ColumnDecode`] when the column is not there, absent where it may not be, or of another type.
    pub(in crate::run) fn get<T: Taken>(&self, column: usize) -> Result<T, Error> {
        let value = self.0.get(column);
        value.and_then(T::taken).ok_or_else(|| Error::ColumnDecode {
            index: column.to_string(),
            source: format!("{} is not what the statement should give", value.map_or("nothing", kind)).into(),
        })
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Integer(Some(_)) => "a number",
        Value::Text(Some(_)) => "a text",
        Value::Bytes(Some(_)) => "bytes",
        Value::Integer(None) | Value::Text(None) | Value::Bytes(None) => "an absent value",
    }
}

macro_rules! taken {
    ($($taken:ty: $variant:ident),+) => {
        $(
            impl Taken for $taken {
                fn taken(value: &Value) -> Option<Self> {
                    match value {
                        Value::$variant(Some(value)) => Some(value.clone()),
                        Value::Integer(_) | Value::Text(_) | Value::Bytes(_) => None,
                    }
                }
            }
        )+
    };
}

taken!(i64: Integer, String: Text, Vec<u8>: Bytes);

impl Taken for bool {
    fn taken(value: &Value) -> Option<Self> {
        i64::taken(value).map(|number| number != 0)
    }
}

impl<T: Taken> Taken for Option<T> {
    fn taken(value: &Value) -> Option<Self> {
        // SQLite does not tell the type of an absent value.
        match value {
            Value::Integer(None) | Value::Text(None) | Value::Bytes(None) => Some(None),
            Value::Integer(_) | Value::Text(_) | Value::Bytes(_) => T::taken(value).map(Some),
        }
    }
}
