//! `config/ledger.toml`: where the ledger is and how its tables become the entities of the contract.
//!
//! Invariants: a checked [`Mapping`] names only entities and columns of the contract, and every required column has a source.
//! Whether the database really has those columns is found out when it is read (`ledger::source`).

mod entities;
mod place;
mod posting;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use chrono_tz::Tz;
pub use posting::{Lock, PostingSettings, StoredBalance};
use serde::Deserialize;

use crate::{
    declaration::{Declaration, Faults, Spanned},
    ledger::{
        entity::{ColumnSpec, ENTITIES, Entity},
        error::LedgerError,
        mapping::{
            entities::{RawEntity, check_entity},
            place::{database, memory},
            posting::{RawPosting, check_posting},
        },
        server::Server,
    },
    money::{Currency, Scale},
};

/// A checked `config/ledger.toml`.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// Where the database is.
    pub database: Database,
    /// Currency and scale of every amount.
    pub currency: Currency,
    /// The zone in which days begin and end.
    pub zone: Tz,
    /// The entities that this ledger has, by name.
    pub entities: BTreeMap<&'static str, EntityMapping>,
    /// Who computes the figures of subjects.
    pub compute: Compute,
    /// Bytes for what grows with rows: distinct values move to temporary files beyond it.
    pub memory: usize,
    /// How points postings are written into it; `None` when it is only read.
    pub posting: Option<PostingSettings>,
}

/// Who computes the figures of subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compute {
    /// fenji, from rows that it reads: faster on one machine.
    #[default]
    Local,
    /// The database, by `GROUP BY`, where it can do so exactly: for engines larger than one machine, and for slow links.
    Database,
}

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A database on a PostgreSQL server.
    Postgres(Server),
    /// A database on a MariaDB or MySQL server.
    MySql(Server),
}

impl Database {
    /// The file that rows can be written into.
    ///
    /// # Errors
    /// [`LedgerError::ReadOnly`] for a database on a server.
    pub fn file(&self) -> Result<&Path, LedgerError> {
        match self {
            Self::Sqlite(path) => Ok(path),
            Self::Postgres(_) | Self::MySql(_) => Err(LedgerError::ReadOnly),
        }
    }
}

/// How one entity is read.
#[derive(Debug, Clone)]
pub struct EntityMapping {
    /// The entity of the contract.
    pub entity: &'static Entity,
    /// The rows.
    pub rows: Rows,
    /// The columns that exist, by contract name.
    pub columns: BTreeMap<&'static str, ColumnMapping>,
}

/// Where the rows of an entity come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// A table or view of the database.
    Table(String),
    /// A query written by the user, with the file it stands in.
    Query {
        /// The file, for messages.
        file: PathBuf,
        /// The SQL.
        sql: String,
    },
}

/// Where one column comes from.
#[derive(Debug, Clone)]
pub struct ColumnMapping {
    /// The column of the contract.
    pub spec: &'static ColumnSpec,
    /// Where its values come from.
    pub from: Origin,
    /// The unit of an amount or quantity in the database.
    pub unit: AmountUnit,
    /// Words of the database and what they mean in the contract, for choices.
    pub words: BTreeMap<String, String>,
}

/// Where values come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A column of the table or query.
    Column(String),
    /// The same value on every row.
    Constant(String),
}

/// The unit of a whole number in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AmountUnit {
    /// Whole numbers are minor units (fen) or thousandths.
    Minor,
    /// Numbers are major units (yuan) or whole pieces; decimal texts always are.
    Major,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawMapping {
    database: Spanned<String>,
    certificate: Option<Spanned<String>>,
    timeout: Option<Spanned<String>>,
    currency: Spanned<String>,
    scale: Spanned<u8>,
    zone: Spanned<String>,
    layout: RawLayout,
    memory: Option<Spanned<String>>,
    #[serde(default)]
    compute: Compute,
    #[serde(default)]
    entity: BTreeMap<Spanned<String>, RawEntity>,
    posting: Option<RawPosting>,
}

#[derive(Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum RawLayout {
    Fenji,
    Mapped,
}

impl Mapping {
    /// Reads and checks the mapping of a home; paths in it are relative to `home`.
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn read(home: &Path) -> Result<Self, Faults> {
        Self::check(&Declaration::read(&home.join("config").join("ledger.toml"))?, home)
    }

    /// Checks a mapping that was read.
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn check(file: &Declaration, home: &Path) -> Result<Self, Faults> {
        let raw: RawMapping = file.parse()?;
        let mut faults = Vec::new();
        let ledger = database(file, &raw.database, &raw, home).map_err(|fault| faults.push(fault)).ok();
        let scale = Scale::new(*raw.scale.get_ref())
            .map_err(|error| {
                let help = "use the decimal places of the currency: 2 for CNY, 0 for JPY";
                faults.push(file.fault("money::bad_scale", raw.scale.span(), error.to_string(), help));
            })
            .ok();
        let zone = raw
            .zone
            .get_ref()
            .parse::<Tz>()
            .map_err(|_| {
                let message = format!("`{}` is not a time zone", raw.zone.get_ref());
                faults.push(file.fault(
                    "ledger::unknown_zone",
                    raw.zone.span(),
                    message,
                    "use an IANA name such as `Asia/Shanghai`",
                ));
            })
            .ok();
        let code = raw.currency.get_ref();
        if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
            let message = format!("`{code}` is not a currency code");
            faults.push(file.fault(
                "ledger::bad_currency",
                raw.currency.span(),
                message,
                "use an ISO 4217 code such as `CNY`",
            ));
        }
        let mut entities = if raw.layout == RawLayout::Fenji { own_layout() } else { BTreeMap::new() };
        for (name, raw_entity) in &raw.entity {
            match check_entity(file, home, name, raw_entity) {
                Ok(mapped) => {
                    entities.insert(mapped.entity.name, mapped);
                }
                Err(found) => faults.extend(found),
            }
        }
        let memory = memory(file, raw.memory.as_ref()).map_err(|fault| faults.push(fault)).ok();
        let posting = match &ledger {
            Some(ledger) => check_posting(file, &raw, home, ledger, &entities).map_err(|found| faults.extend(found)),
            None => Ok(None),
        };
        match (ledger, scale, zone, memory, posting) {
            (Some(database), Some(scale), Some(zone), Some(memory), Ok(posting)) if faults.is_empty() => Ok(Self {
                database,
                currency: Currency { code: code.clone(), scale },
                zone,
                entities,
                compute: raw.compute,
                memory,
                posting,
            }),
            _ => Err(Faults::from(faults)),
        }
    }
}

/// Our own schema: every entity, every column under its own name, amounts in minor units.
fn own_layout() -> BTreeMap<&'static str, EntityMapping> {
    ENTITIES
        .iter()
        .map(|entity| {
            let column = |spec: &'static ColumnSpec| ColumnMapping {
                spec,
                from: Origin::Column(spec.name.to_owned()),
                unit: AmountUnit::Minor,
                words: BTreeMap::new(),
            };
            let columns = entity.columns.iter().map(|spec| (spec.name, column(spec))).collect();
            (entity.name, EntityMapping { entity, rows: Rows::Table(entity.table.to_owned()), columns })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{entities::without_end, *};

    const HEAD: &str = "database = \"sqlite:data/ledger.db\"\ncurrency = \"CNY\"\nscale = 2\nzone = \"Asia/Shanghai\"\nlayout = \"mapped\"\n";

    fn check(text: &str) -> Result<Mapping, Faults> {
        Mapping::check(&Declaration::new("config/ledger.toml", text), Path::new("/home"))
    }

    fn codes(text: &str) -> Vec<(&'static str, Option<usize>)> {
        check(text).unwrap_err().list().iter().map(|fault| (fault.code_name(), fault.line())).collect()
    }

    #[test]
    fn our_own_layout_needs_no_entities() {
        let mapping = check(&HEAD.replace("mapped", "fenji")).unwrap();
        assert_eq!(mapping.entities.len(), ENTITIES.len());
        assert_eq!(mapping.database, Database::Sqlite(PathBuf::from("/home/data/ledger.db")));
    }

    #[test]
    fn maps_a_table_with_other_names_and_words() {
        let text = format!(
            "{HEAD}[entity.transaction]\ntable = \"t_order\"\n[entity.transaction.columns]\nline_id = \"id\"\nat = \"created\"\n\
             amount = {{ column = \"amt\", unit = \"major\" }}\nkind = {{ column = \"type\", words = {{ \"销售\" = \"sale\" }} }}\n\
             store = {{ constant = \"A\" }}\n"
        );
        let mapping = check(&text).unwrap();
        let entity = &mapping.entities["transaction"];
        assert_eq!(entity.rows, Rows::Table("t_order".to_owned()));
        assert_eq!(entity.columns["amount"].unit, AmountUnit::Major);
        assert_eq!(entity.columns["kind"].words["销售"], "sale");
        assert_eq!(entity.columns["store"].from, Origin::Constant("A".to_owned()));
    }

    #[test]
    fn tells_every_fault_at_once() {
        let text = "database = \"oracle:x\"\ncurrency = \"yuan\"\nscale = 9\nzone = \"Asia/Shangai\"\nlayout = \"mapped\"\n\
                    [entity.transactoin]\ntable = \"t\"\ncolumns = {}\n[entity.region]\ncolumns = { region_id = \"id\", nam = \"x\" }\n";
        assert_eq!(
            codes(text),
            [
                ("ledger::unknown_database", Some(1)),
                ("money::bad_scale", Some(3)),
                ("ledger::unknown_zone", Some(4)),
                ("ledger::bad_currency", Some(2)),
                ("ledger::rows_from_where", Some(9)),
                ("ledger::unknown_column", Some(10)),
                ("ledger::missing_column", Some(9)),
                ("ledger::unknown_entity", Some(6)),
            ]
        );
    }

    #[test]
    fn a_query_may_end_in_a_semicolon_and_comments() {
        for (sql, expected) in [
            ("SELECT 1", "SELECT 1"),
            ("SELECT 1;\n", "SELECT 1"),
            ("SELECT 1; -- done\n-- really\n", "SELECT 1"),
            ("SELECT ';' AS a", "SELECT ';' AS a"),
        ] {
            assert_eq!(without_end(sql).trim_end(), expected);
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        for address in ["postgres://u:secret@db/x", "postgres://u@db/x?password=secret", "postgres:u:secret@db/x"] {
            let faults = check(&HEAD.replace("sqlite:data/ledger.db", address)).unwrap_err();
            let shown = format!("{:?}", miette::Report::new(faults));
            assert!(shown.contains("cannot open the ledger") && !shown.contains("secret"), "{shown}");
        }
    }

    #[test]
    fn money_must_say_its_unit_and_choices_their_words() {
        let text = format!(
            "{HEAD}[entity.card]\ntable = \"c\"\n[entity.card.columns]\ncard_id = \"id\"\nmember_id = {{ column = \"m\", unit = \"minor\" }}\n\
             tier = \"t\"\nissued_on = \"d\"\nfee = \"f\"\nstatus = {{ column = \"s\", words = {{ x = \"actve\" }} }}\n"
        );
        assert_eq!(
            codes(&text),
            [
                ("ledger::money_without_unit", Some(13)),
                ("ledger::unit_without_money", Some(10)),
                ("ledger::unknown_word", Some(14)),
            ]
        );
    }
}
