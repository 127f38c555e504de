//! `config/ledger.toml`: where the ledger is and how its tables become the entities of the contract.
//!
//! Invariants: a checked [`Mapping`] names only entities and columns of the contract, and every required column has a source.
//! Whether the database really has those columns is found out when it is read (`ledger::source`).

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono_tz::Tz;
use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned, did_you_mean},
    ledger::{
        address::{self, Kind},
        entity::{ColumnSpec, ColumnType, ENTITIES, Entity, entity},
        error::LedgerError,
        server::Server,
    },
    money::{Currency, Scale},
};

/// How long a statement on a server may take, and how long it may be silent, when nothing else is written.
const TIMEOUT: Duration = Duration::from_secs(600);
/// The longest time that can be written.
const MOST_SECONDS: u32 = 24 * 3600;

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
}

#[derive(Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum RawLayout {
    Fenji,
    Mapped,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawEntity {
    table: Option<Spanned<String>>,
    sql: Option<Spanned<String>>,
    columns: BTreeMap<Spanned<String>, RawColumn>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a column's name, or a table with `column` or `constant` and, where needed, `unit` (`minor` or `major`) and `words`"
)]
enum RawColumn {
    Name(String),
    Full(RawFullColumn),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawFullColumn {
    column: Option<String>,
    constant: Option<String>,
    unit: Option<AmountUnit>,
    #[serde(default)]
    words: BTreeMap<String, String>,
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
        let database = database(file, &raw, home).map_err(|fault| faults.push(fault)).ok();
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
        match (database, scale, zone, memory) {
            (Some(database), Some(scale), Some(zone), Some(memory)) if faults.is_empty() => Ok(Self {
                database,
                currency: Currency { code: code.clone(), scale },
                zone,
                entities,
                compute: raw.compute,
                memory,
            }),
            _ => Err(Faults::from(faults)),
        }
    }
}

fn database(file: &Declaration, raw: &RawMapping, home: &Path) -> Result<Database, Fault> {
    let text = raw.database.get_ref();
    if let Some(path) = text.strip_prefix("sqlite:") {
        let path = path.trim_start_matches("//");
        if !path.is_empty() {
            return match raw.certificate.as_ref().or(raw.timeout.as_ref()) {
                None => Ok(Database::Sqlite(home.join(path))),
                Some(setting) => Err(file.fault(
                    "ledger::setting_without_server",
                    setting.span(),
                    "a ledger in a file has neither `certificate` nor `timeout`",
                    "remove it: it is for a ledger on a server",
                )),
            };
        }
    }
    let certificate = raw.certificate.as_ref().map(|path| certificate(file, path, home)).transpose()?;
    let timeout = raw.timeout.as_ref().map_or(Ok(TIMEOUT), |text| timeout(file, text))?;
    match address::read(text, certificate, timeout) {
        Ok((Kind::Postgres, server)) => Ok(Database::Postgres(server)),
        Ok((Kind::MySql, server)) => Ok(Database::MySql(server)),
        Err(error) => {
            let message = format!("cannot open the ledger: {error}");
            // The line is not shown where it may hold a password.
            let user_is_alone = text.rsplit_once('@').is_none_or(|(user, _)| user.matches(':').count() < 2);
            Err(if user_is_alone && !text.contains("pass") && !text.contains("pwd") {
                file.fault(error.code(), raw.database.span(), message, error.help())
            } else {
                file.whole_file_fault(error.code(), message, error.help())
            })
        }
    }
}

fn certificate(file: &Declaration, path: &Spanned<String>, home: &Path) -> Result<PathBuf, Fault> {
    let found = home.join("config").join(path.get_ref());
    if found.is_file() {
        return Ok(found);
    }
    let message = format!("there is no certificate at `{}`", found.display());
    let help = "the path is relative to the home's `config/`; the file holds the certificate of the authority that signed the server's";
    Err(file.fault("ledger::no_certificate", path.span(), message, help))
}

fn timeout(file: &Declaration, text: &Spanned<String>) -> Result<Duration, Fault> {
    let written = text.get_ref();
    let seconds_of = |unit: &str| match unit {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        _ => None,
    };
    let digits = written.trim_end_matches(|c: char| !c.is_ascii_digit());
    let seconds = digits
        .parse::<u32>()
        .ok()
        .zip(written.get(digits.len()..).and_then(seconds_of))
        .and_then(|(number, unit)| number.checked_mul(unit))
        .filter(|seconds| (1..=MOST_SECONDS).contains(seconds));
    seconds.map(|seconds| Duration::from_secs(seconds.into())).ok_or_else(|| {
        let message = format!("`{written}` is not a time from `1s` to `24h`");
        file.fault(
            "ledger::bad_timeout",
            text.span(),
            message,
            "write a whole number and `s`, `m` or `h`, such as `10m`",
        )
    })
}

/// Bytes of `512 MiB` or `2 GiB`; 512 MiB when nothing is said.
fn memory(file: &Declaration, text: Option<&Spanned<String>>) -> Result<usize, Fault> {
    let Some(text) = text else { return Ok(512 << 20) };
    let bytes = text.get_ref().split_once(' ').and_then(|(count, unit)| {
        let unit = match unit {
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return None,
        };
        count.parse::<usize>().ok().filter(|count| *count > 0)?.checked_mul(unit)
    });
    bytes.ok_or_else(|| {
        let message = format!("`{}` is not an amount of memory", text.get_ref());
        file.fault("ledger::bad_memory", text.span(), message, "write `\"512 MiB\"` or `\"2 GiB\"`")
    })
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

fn check_entity(
    file: &Declaration,
    home: &Path,
    name: &Spanned<String>,
    raw: &RawEntity,
) -> Result<EntityMapping, Vec<Fault>> {
    let Some(found) = entity(name.get_ref()) else {
        let help = did_you_mean(name.get_ref(), ENTITIES.iter().map(|entity| entity.name));
        let message = format!("`{}` is not an entity of the ledger", name.get_ref());
        return Err(vec![file.fault("ledger::unknown_entity", name.span(), message, help)]);
    };
    let mut faults = Vec::new();
    let rows = rows(file, home, name, raw).map_err(|fault| faults.push(fault)).ok();
    let mut columns = BTreeMap::new();
    for (column_name, raw_column) in &raw.columns {
        match check_column(file, found, column_name, raw_column) {
            Ok(column) => {
                columns.insert(column.spec.name, column);
            }
            Err(fault) => faults.push(fault),
        }
    }
    for spec in found.columns.iter().filter(|spec| spec.required) {
        if !columns.contains_key(spec.name) && !raw.columns.keys().any(|key| key.get_ref() == spec.name) {
            let message = format!("entity `{}` needs the column `{}` ({})", found.name, spec.name, spec.meaning);
            let help = format!("add `{} = \"its name in your table\"` to the columns", spec.name);
            faults.push(file.fault("ledger::missing_column", name.span(), message, help));
        }
    }
    match rows {
        Some(rows) if faults.is_empty() => Ok(EntityMapping { entity: found, rows, columns }),
        _ => Err(faults),
    }
}

fn rows(file: &Declaration, home: &Path, name: &Spanned<String>, raw: &RawEntity) -> Result<Rows, Fault> {
    match (&raw.table, &raw.sql) {
        (Some(table), None) => Ok(Rows::Table(table.get_ref().clone())),
        (None, Some(sql)) => {
            let path = home.join("config").join(sql.get_ref());
            let text = std::fs::read_to_string(&path).map_err(|cause| {
                let message = format!("cannot read `{}`: {cause}", path.display());
                file.fault(
                    "ledger::unreadable_query",
                    sql.span(),
                    message,
                    "the path is relative to the home's `config/`",
                )
            })?;
            Ok(Rows::Query { file: path, sql: without_end(&text).to_owned() })
        }
        _ => {
            let message = format!("entity `{}` needs either `table` or `sql`", name.get_ref());
            Err(file.fault("ledger::rows_from_where", name.span(), message, "name one of the two"))
        }
    }
}

/// A query without its closing semicolon and the comments behind it, so that it can stand inside another.
fn without_end(sql: &str) -> &str {
    let comment = |line: &str| line.trim().is_empty() || line.trim().starts_with("--");
    match sql.rsplit_once(';') {
        Some((query, rest)) if rest.lines().all(comment) => query,
        _ => sql,
    }
}

fn check_column(
    file: &Declaration,
    entity: &'static Entity,
    name: &Spanned<String>,
    raw: &RawColumn,
) -> Result<ColumnMapping, Fault> {
    let Some(spec) = entity.column(name.get_ref()) else {
        let help = did_you_mean(name.get_ref(), entity.columns.iter().map(|column| column.name));
        let message = format!("entity `{}` has no column `{}`", entity.name, name.get_ref());
        return Err(file.fault("ledger::unknown_column", name.span(), message, help));
    };
    let fault = |code, message: String, help: &str| Err(file.fault(code, name.span(), message, help));
    let full = match raw {
        RawColumn::Name(column) => {
            let from = Origin::Column(column.clone());
            return checked_unit(file, name, spec, None).map(|unit| ColumnMapping {
                spec,
                from,
                unit,
                words: BTreeMap::new(),
            });
        }
        RawColumn::Full(full) => full,
    };
    let from = match (&full.column, &full.constant) {
        (Some(column), None) => Origin::Column(column.clone()),
        (None, Some(constant)) => Origin::Constant(constant.clone()),
        _ => {
            let message = format!("column `{}` needs either `column` or `constant`", spec.name);
            return fault("ledger::column_from_where", message, "name one of the two");
        }
    };
    if let ColumnType::Choice(known) = spec.kind {
        if let Some(word) = full.words.values().find(|word| !known.contains(&word.as_str())) {
            let message = format!("`{word}` is not a `{}` of entity `{}`", spec.name, entity.name);
            let help = did_you_mean(word, known.iter().copied());
            return fault("ledger::unknown_word", message, &help);
        }
    } else if spec.kind != ColumnType::Text && !full.words.is_empty() {
        let message = format!("column `{}` is a {}, whose words cannot be translated", spec.name, spec.kind.name());
        return fault("ledger::words_without_choice", message, "remove `words`");
    }
    checked_unit(file, name, spec, full.unit).map(|unit| ColumnMapping { spec, from, unit, words: full.words.clone() })
}

/// An amount must say its unit: nothing in a whole number tells yuan from fen.
fn checked_unit(
    file: &Declaration,
    name: &Spanned<String>,
    spec: &'static ColumnSpec,
    unit: Option<AmountUnit>,
) -> Result<AmountUnit, Fault> {
    match (spec.kind, unit) {
        (ColumnType::Money | ColumnType::Quantity, Some(unit)) => Ok(unit),
        (ColumnType::Quantity, None) => Ok(AmountUnit::Major),
        (ColumnType::Money, None) => {
            let message = format!("column `{}` is money and does not say its unit", spec.name);
            let help = format!(
                "write `{} = {{ column = \"…\", unit = \"major\" }}` for yuan, or `unit = \"minor\"` for whole fen",
                spec.name
            );
            Err(file.fault("ledger::money_without_unit", name.span(), message, help))
        }
        (_, Some(_)) => {
            let message = format!("column `{}` is a {} and has no unit", spec.name, spec.kind.name());
            Err(file.fault("ledger::unit_without_money", name.span(), message, "remove `unit`"))
        }
        (_, None) => Ok(AmountUnit::Minor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let faults = check(&HEAD.replace("sqlite:data/ledger.db", "postgres://u:secret@db/x")).unwrap_err();
        let shown = format!("{:?}", miette::Report::new(faults));
        assert!(shown.contains("db/x") && !shown.contains("secret"), "{shown}");
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
