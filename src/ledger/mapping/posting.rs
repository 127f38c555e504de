//! `[posting]`: whether fenji may write points postings into the ledger, and how (S16–S18).
//!
//! Not here: whether the database allows it (`ledger::posting`).

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Spanned, did_you_mean},
    ledger::{
        entity::{ColumnType, entity},
        mapping::{Database, EntityMapping, RawMapping, place::database},
    },
};

/// Accounts a transaction, when nothing else is written.
const CHUNK: usize = 500;
/// The most accounts that a transaction may hold locked.
const MOST_ACCOUNTS: usize = 5_000;

/// How points postings are written into the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostingSettings {
    /// The ledger as a role reaches it that may write.
    pub database: Database,
    /// What keeps members from earning and spending while a chunk is decided.
    pub lock: Lock,
    /// Accounts a transaction.
    pub chunk: usize,
    /// Which of the user's words is written for a kind that has several.
    pub words: BTreeMap<&'static str, String>,
    /// A balance that the ledger keeps beside the entries.
    pub balance: Option<StoredBalance>,
}

/// What keeps members from earning and spending while a chunk is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lock {
    /// The rows of the members, as an application locks them that checks a balance before it writes.
    #[default]
    Member,
    /// The table of entries against everybody else's writing, for applications that lock nothing.
    Entries,
}

/// A balance that the ledger keeps beside the entries, changed by the same amount in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StoredBalance {
    /// The table, with one row a member.
    pub table: String,
    /// Its column with the member.
    pub key: String,
    /// Its column with the points.
    pub column: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawPosting {
    database: Option<Spanned<String>>,
    #[serde(default)]
    lock: Lock,
    chunk: Option<Spanned<i64>>,
    #[serde(default)]
    words: BTreeMap<Spanned<String>, Spanned<String>>,
    balance: Option<StoredBalance>,
}

/// Checks the settings, if there are any.
pub(super) fn check_posting(
    file: &Declaration,
    mapping: &RawMapping,
    home: &Path,
    ledger: &Database,
    entities: &BTreeMap<&'static str, EntityMapping>,
) -> Result<Option<PostingSettings>, Vec<Fault>> {
    let Some(raw) = &mapping.posting else { return Ok(None) };
    let mut faults = Vec::new();
    let written = raw.database.as_ref().map(|address| database(file, address, mapping, home)).transpose();
    let database = written.map_err(|fault| vec![fault])?.unwrap_or_else(|| ledger.clone());
    if let Some(address) = &raw.database
        && !same(ledger, &database)
    {
        let message = "`[posting]` names another database than the one that is read";
        let help = "write the same database, as a role that may write reaches it; or leave `database` out there";
        faults.push(file.fault("ledger::posting_elsewhere", address.span(), message, help));
    }
    let chunk = chunk(file, raw.chunk.as_ref()).map_err(|fault| faults.push(fault)).ok();
    let mut words = BTreeMap::new();
    for (kind, word) in &raw.words {
        match known_word(file, kind, word, entities) {
            Ok(kind) => drop(words.insert(kind, word.get_ref().clone())),
            Err(fault) => faults.push(fault),
        }
    }
    match chunk {
        Some(chunk) if faults.is_empty() => {
            Ok(Some(PostingSettings { database, lock: raw.lock, chunk, words, balance: raw.balance.clone() }))
        }
        _ => Err(faults),
    }
}

/// Whether both are one database, maybe reached by another host or as another user.
fn same(ledger: &Database, posting: &Database) -> bool {
    match (ledger, posting) {
        (Database::Sqlite(ledger), Database::Sqlite(posting)) => ledger == posting,
        (Database::Postgres(ledger), Database::Postgres(posting))
        | (Database::MySql(ledger), Database::MySql(posting)) => ledger.database == posting.database,
        _ => false,
    }
}

fn chunk(file: &Declaration, written: Option<&Spanned<i64>>) -> Result<usize, Fault> {
    let Some(written) = written else { return Ok(CHUNK) };
    let found = usize::try_from(*written.get_ref()).ok().filter(|chunk| (1..=MOST_ACCOUNTS).contains(chunk));
    found.ok_or_else(|| {
        let message = format!("`chunk` is {}, not a number from 1 to {MOST_ACCOUNTS}", written.get_ref());
        let help = "that many accounts are locked together: some hundred are quick and hold nobody up";
        file.fault("ledger::bad_chunk", written.span(), message, help)
    })
}

/// The kind of the contract, when the word means it in the ledger.
fn known_word(
    file: &Declaration,
    kind: &Spanned<String>,
    word: &Spanned<String>,
    entities: &BTreeMap<&'static str, EntityMapping>,
) -> Result<&'static str, Fault> {
    let known = match entity("points_entry").and_then(|entity| entity.column("kind")).map(|column| column.kind) {
        Some(ColumnType::Choice(known)) => known,
        _ => &[],
    };
    let Some(found) = known.iter().find(|known| *known == kind.get_ref()) else {
        let message = format!("`{}` is not a kind of points entry", kind.get_ref());
        let help = did_you_mean(kind.get_ref(), known.iter().copied());
        return Err(file.fault("ledger::unknown_word", kind.span(), message, help));
    };
    let words = entities.get("points_entry").and_then(|mapped| mapped.columns.get("kind")).map(|column| &column.words);
    let text = word.get_ref();
    let meaning = words.and_then(|words| words.get(text)).unwrap_or(text);
    if meaning == found {
        return Ok(found);
    }
    let message = format!("`{text}` does not mean `{found}` when it is read");
    let help = format!("add `\"{text}\" = \"{found}\"` to the `words` of `kind` under `[entity.points_entry.columns]`");
    Err(file.fault("ledger::posting_word", word.span(), message, help))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::{declaration::Faults, ledger::mapping::Mapping};

    const HEAD: &str = "database = \"sqlite:data/ledger.db\"\ncurrency = \"CNY\"\nscale = 2\nzone = \"Asia/Shanghai\"\nlayout = \"fenji\"\n";

    fn check(text: &str) -> Result<Mapping, Faults> {
        Mapping::check(&Declaration::new("config/ledger.toml", text), Path::new("/home"))
    }

    #[test]
    fn nothing_is_written_unless_it_is_asked_for() {
        assert_eq!(check(HEAD).unwrap().posting, None);
        let posting = check(&format!("{HEAD}[posting]\n")).unwrap().posting.unwrap();
        let database = Database::Sqlite(PathBuf::from("/home/data/ledger.db"));
        let words = BTreeMap::new();
        assert_eq!(posting, PostingSettings { database, lock: Lock::Member, chunk: 500, words, balance: None });
        let full = format!(
            "{}[posting]\ndatabase = \"postgres://poster@primary/erp\"\nlock = \"entries\"\nchunk = 5000\nwords = {{ earn = \"earn\" }}\n\
             [posting.balance]\ntable = \"members\"\nkey = \"id\"\ncolumn = \"points\"\n",
            HEAD.replace("sqlite:data/ledger.db", "postgres://reader@standby/erp")
        );
        let posting = check(&full).unwrap().posting.unwrap();
        let Database::Postgres(server) = &posting.database else { panic!("{posting:?}") };
        assert_eq!((server.user.as_str(), server.host.as_str()), ("poster", "primary"));
        assert_eq!((posting.lock, posting.chunk), (Lock::Entries, 5000));
        assert_eq!(posting.balance.unwrap().column, "points");
        assert_eq!(posting.words["earn"], "earn");
    }

    #[test]
    fn faults_of_the_section_are_told_with_their_line() {
        let postgres = HEAD.replace("sqlite:data/ledger.db", "postgres://reader@db/erp");
        let with = |head: &str, rest: &str| format!("{head}[posting]\n{rest}\n");
        for (text, code) in [
            (with(HEAD, "database = \"postgres://poster@db/erp\""), "ledger::posting_elsewhere"),
            (with(HEAD, "database = \"sqlite:data/other.db\""), "ledger::posting_elsewhere"),
            (with(&postgres, "database = \"postgres://poster@db/other\""), "ledger::posting_elsewhere"),
            (with(&postgres, "database = \"mariadb://poster@db/erp\""), "ledger::posting_elsewhere"),
            (with(&postgres, "database = \"postgres://db/erp\""), "ledger::bad_address"),
            (with(HEAD, "chunk = 0"), "ledger::bad_chunk"),
            (with(HEAD, "chunk = 5001"), "ledger::bad_chunk"),
            (with(HEAD, "chunk = -1"), "ledger::bad_chunk"),
            (with(HEAD, "words = { zeroed = \"清零\" }"), "ledger::unknown_word"),
            (with(HEAD, "words = { zero = \"清零\" }"), "ledger::posting_word"),
        ] {
            let faults = check(&text).unwrap_err();
            let found: Vec<_> = faults.list().iter().map(|fault| (fault.code_name(), fault.line())).collect();
            assert_eq!(found, [(code, Some(7))], "{text}");
        }
        assert!(check(&with(HEAD, "lock = \"none\"")).is_err());
        assert!(check(&with(HEAD, "balance = { table = \"m\", key = \"id\" }")).is_err());
    }
}
