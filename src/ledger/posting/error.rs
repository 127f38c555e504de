//! Why points postings cannot be written, or were not.
//!
//! Invariant: whatever is told here, nothing of the transaction it happened in stands in the ledger, save where it says that this is not known.

use miette::Diagnostic;
use thiserror::Error;

/// Why points postings cannot be written, or were not (S16–S18).
#[derive(Debug, Error, Diagnostic)]
pub enum PostingError {
    /// Nothing says that fenji may write.
    #[error("nothing says that fenji may write into this ledger")]
    #[diagnostic(
        code(posting::not_configured),
        help(
            "either add `[posting]` to `config/ledger.toml` (docs/ledger-sqlite.md, docs/ledger-postgresql.md); or leave the writing to somebody else: `fenji points show PLAN --all \
             --format csv --out FILE` writes the plan as a file, and `fenji points verify PLAN` looks later whether it was posted"
        )
    )]
    NotConfigured,
    /// The ledger is in a database that fenji does not write.
    #[error("fenji writes points postings into SQLite and PostgreSQL, not into {database}")]
    #[diagnostic(
        code(posting::other_database),
        help(
            "take `[posting]` out of `config/ledger.toml` and leave the writing to somebody else: `fenji points show PLAN --all --format csv --out FILE` \
             writes the plan as a file, and `fenji points verify PLAN` looks later whether it was posted"
        )
    )]
    OtherDatabase {
        /// The database.
        database: &'static str,
    },
    /// The entries do not stand in a table.
    #[error("`{entity}` is read from {rows}, and rows can be added to a table only")]
    #[diagnostic(code(posting::not_a_table), help("map it with `table = …` to the table behind it"))]
    NotATable {
        /// The entity.
        entity: &'static str,
        /// What it is read from.
        rows: String,
    },
    /// A column cannot hold what would be written.
    #[error("`{column}` of a posting cannot be written into `{own}`: {why}")]
    #[diagnostic(
        code(posting::not_writable),
        help(
            "let the owner of the table give it a column that can hold it, and map that; or take it out of the mapping if it is not needed"
        )
    )]
    NotWritable {
        /// The column of the contract.
        column: &'static str,
        /// The user's column.
        own: String,
        /// Why not.
        why: String,
    },
    /// Nothing makes a posting stand once.
    #[error("no unique index on `{table}` has `{column}` as its only column")]
    #[diagnostic(
        code(posting::no_unique_key),
        help("it is what makes a posting stand once, whatever happens; let the owner of the table run: {statement}")
    )]
    NoUniqueKey {
        /// The table.
        table: String,
        /// The user's column of the posting key.
        column: String,
        /// The statement that makes one.
        statement: String,
    },
    /// A kind has no word.
    #[error("the ledger has no word for entries of the kind `{kind}`")]
    #[diagnostic(
        code(posting::no_word),
        help(
            "add the ledger's own word to the `words` of `kind` under `[entity.points_entry.columns]`, such as `\"…\" = \"{kind}\"`"
        )
    )]
    NoWord {
        /// The kind of the contract.
        kind: &'static str,
    },
    /// A kind has several words.
    #[error("the ledger has several words for entries of the kind `{kind}`: {words}")]
    #[diagnostic(
        code(posting::many_words),
        help("say which of them fenji writes: `words = {{ {kind} = \"…\" }}` under `[posting]`")
    )]
    ManyWords {
        /// The kind of the contract.
        kind: &'static str,
        /// The words.
        words: String,
    },
    /// A column must be given that fenji knows nothing of.
    #[error("every row of `{table}` must have `{column}`, which a posting has not")]
    #[diagnostic(
        code(posting::must_be_given),
        help("map the column if the contract has it, or let the owner of the table give it a default")
    )]
    MustBeGiven {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A row's own key comes from nowhere.
    #[error("nothing gives an entry its `{column}`: the database makes none, and a posting's key is no {kind}")]
    #[diagnostic(
        code(posting::no_entry_id),
        help(
            "let the owner of the table make it an identity column (SQLite: `INTEGER PRIMARY KEY`), or give it a default"
        )
    )]
    NoEntryId {
        /// The user's column.
        column: String,
        /// What it holds.
        kind: String,
    },
    /// The role may not write.
    #[error("postings may not be written into the ledger: {cause}")]
    #[diagnostic(
        code(posting::may_not_write),
        help(
            "`fenji ledger grants` prints what the role needs; for a SQLite file, the user that runs fenji must be allowed to write it and its directory"
        )
    )]
    MayNotWrite {
        /// The database's own words.
        cause: String,
    },
    /// The server does not let the writing role in.
    #[error("the ledger at `{place}` does not let `{user}` in to post: {cause}")]
    #[diagnostic(
        code(posting::not_let_in),
        help(
            "check `database` under `[posting]` in `config/ledger.toml`, and set the role's password in the environment as `FENJI_POSTING_PASSWORD` (without it \
             `FENJI_LEDGER_PASSWORD` is taken)"
        )
    )]
    NotLetIn {
        /// Where it is.
        place: String,
        /// The role.
        user: String,
        /// The server's own words.
        cause: String,
    },
    /// The members cannot be locked.
    #[error("members cannot be kept from earning and spending meanwhile: {why}")]
    #[diagnostic(
        code(posting::cannot_lock),
        help("map `member` to its table, or write `lock = \"entries\"` under `[posting]` in `config/ledger.toml`")
    )]
    CannotLock {
        /// Why.
        why: String,
    },
    /// A member has no row to lock.
    #[error("points should be posted for the member `{member}`, who is not in the table of members")]
    #[diagnostic(
        code(posting::no_member),
        help(
            "nothing of this chunk was posted: add the member, or write `lock = \"entries\"` under `[posting]`, which needs no row of the member's"
        )
    )]
    NoMember {
        /// The member.
        member: String,
    },
    /// A posting makes no sense.
    #[error("the posting `{key}` cannot be written: {why}")]
    #[diagnostic(code(posting::bad_posting), help("nothing of this chunk was posted"))]
    BadPosting {
        /// Its key.
        key: String,
        /// Why.
        why: String,
    },
    /// Another key stands already.
    #[error("a posting meets a row that stands already, by another key than its own: {cause}")]
    #[diagnostic(
        code(posting::other_key),
        help(
            "nothing of this chunk was posted: only the posting key may be found taken; see which row has that value, and why"
        )
    )]
    OtherKey {
        /// The database's own words.
        cause: String,
    },
    /// The database refuses a row.
    #[error("the ledger refuses a posting: {cause}")]
    #[diagnostic(
        code(posting::refused),
        help(
            "nothing of this chunk was posted; a condition of the table or a trigger speaks against it: mend what the words name, then run this again"
        )
    )]
    Refused {
        /// The database's own words.
        cause: String,
    },
    /// A row reads otherwise than it was written.
    #[error("the posting `{key}` was written as {wrote} and reads as {found}")]
    #[diagnostic(
        code(posting::not_as_written),
        help(
            "nothing of this chunk was posted; something in the database changes rows as they are written, such as a trigger or the type of a column"
        )
    )]
    NotAsWritten {
        /// Its key.
        key: String,
        /// What was written.
        wrote: String,
        /// What was read.
        found: String,
    },
    /// A stored balance is not there.
    #[error("`{table}` has no single balance for the member `{member}`")]
    #[diagnostic(
        code(posting::no_balance),
        help(
            "nothing of this chunk was posted; `[posting.balance]` must name a table with one row and one number a member"
        )
    )]
    NoBalance {
        /// The table.
        table: String,
        /// The member.
        member: String,
    },
    /// Somebody else was in the way all the time.
    #[error("somebody else held the members or their entries locked, {tries} times: {cause}")]
    #[diagnostic(
        code(posting::busy),
        help(
            "nothing of this chunk was posted, and chunks before it stand; run this again when the ledger is less busy: it goes on where it stopped"
        )
    )]
    Busy {
        /// How often it was tried.
        tries: u32,
        /// The database's own words.
        cause: String,
    },
    /// It was stopped in the middle.
    #[error("posting was stopped {doing}: {cause}")]
    #[diagnostic(
        code(posting::stopped),
        help(
            "what was committed stands, each posting once, and no chunk stands half; run this again: it goes on where it stopped"
        )
    )]
    Stopped {
        /// What was being done.
        doing: String,
        /// The words of the system or the server.
        cause: String,
    },
}
