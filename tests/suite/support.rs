//! A home to try things in, and the program to try.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use fenji::{
    ledger::{
        create::{LedgerInfo, create},
        demo::{DemoPlan, generate},
    },
    money::{Currency, Scale},
    period::parse_day,
};
use rusqlite::Connection;
use tempfile::TempDir;

/// A home in a directory of its own, removed with it.
pub struct World {
    dir: TempDir,
}

/// What the program said.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl World {
    /// A new home as `fenji init` writes it, without a ledger.
    pub fn new() -> Self {
        let world = Self { dir: tempfile::tempdir().unwrap() };
        let home = world.home();
        world.fenji_without_home(&["init", home.to_str().unwrap()]).succeeded();
        world
    }

    /// A home with a small ledger of 600 members and 16 months up to 2026-10-31, made once and copied.
    pub fn with_demo_ledger() -> Self {
        static LEDGER: OnceLock<Vec<u8>> = OnceLock::new();
        Self::with_ledger(LEDGER.get_or_init(|| ledger((600, 16, 0))))
    }

    /// The same with 200 members, 26 months and 60 business customers.
    pub fn with_business_ledger() -> Self {
        static LEDGER: OnceLock<Vec<u8>> = OnceLock::new();
        Self::with_ledger(LEDGER.get_or_init(|| ledger((200, 26, 60))))
    }

    fn with_ledger(bytes: &[u8]) -> Self {
        let world = Self::new();
        fs::create_dir_all(world.home().join("data")).unwrap();
        fs::write(world.ledger(), bytes).unwrap();
        world
    }

    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub fn ledger(&self) -> PathBuf {
        self.home().join("data").join("ledger.db")
    }

    /// A file below the home, written with its folders.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.home().join(name)).unwrap()
    }

    /// Replaces a text in a file of the home; the text must be there.
    pub fn edit(&self, name: &str, from: &str, to: &str) -> &Self {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no `{from}`");
        self.write(name, text.replace(from, to));
        self
    }

    /// Removes every job but one: what somebody does whose ledger does not serve the others.
    pub fn keep_job(&self, id: &str) -> &Self {
        for entry in fs::read_dir(self.home().join("jobs")).unwrap() {
            let path = entry.unwrap().path();
            if path.file_stem().is_some_and(|stem| stem != id) {
                fs::remove_file(path).unwrap();
            }
        }
        self
    }

    /// A connection to the ledger, to look at it or to spoil it.
    pub fn sql(&self) -> Connection {
        Connection::open(self.ledger()).unwrap()
    }

    /// A connection to what fenji remembers.
    pub fn store(&self) -> Connection {
        Connection::open(self.home().join("data").join("fenji.db")).unwrap()
    }

    /// Runs `fenji` in the home.
    pub fn fenji(&self, arguments: &[&str]) -> Said {
        // A relative path, so that messages are the same wherever the test runs.
        let mut all = vec!["--home", "home"];
        all.extend(arguments);
        self.fenji_without_home(&all)
    }

    /// Runs `fenji` beside the home.
    pub fn fenji_without_home(&self, arguments: &[&str]) -> Said {
        self.fenji_with(&[], arguments)
    }

    /// Runs `fenji` beside the home with variables of the environment.
    pub fn fenji_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Said {
        let output: Output = Command::new(env!("CARGO_BIN_EXE_fenji"))
            .args(arguments)
            .current_dir(self.dir.path())
            .env_remove("FENJI_HOME")
            .env_remove("FENJI_SMTP_URL")
            .env_remove("FENJI_LEDGER_PASSWORD")
            .env("NO_COLOR", "1")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Every file below the home, with its size, to see that nothing was left behind.
    pub fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut todo = vec![self.home()];
        while let Some(dir) = todo.pop() {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    todo.push(path);
                } else {
                    found.push(path.strip_prefix(self.home()).unwrap().display().to_string());
                }
            }
        }
        found.sort();
        found
    }

    /// What was said, with paths of this world replaced.
    pub fn plain(&self, text: &str) -> String {
        let dir = self.dir.path().to_str().unwrap().to_owned();
        text.replace(&dir, "[DIR]")
    }
}

impl Said {
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

/// A ledger of so many members, months up to 2026-10-31, and business customers.
fn ledger((members, months, businesses): (u32, u32, u32)) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    let currency = Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() };
    create(&path, &LedgerInfo { currency, zone: chrono_tz::Asia::Shanghai }).unwrap();
    let plan = DemoPlan { members, months, businesses, ..DemoPlan::demo(parse_day("2026-10-31").unwrap()) };
    let mut connection = Connection::open(&path).unwrap();
    generate(&mut connection, &plan, &mut |_, _| {}).unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;").unwrap();
    drop(connection);
    fs::read(&path).unwrap()
}

/// A file of reference data beside the project; `None`, said loudly, where it is absent.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    absent(&format!("reference data `{name}`"));
    None
}

/// Says loudly that something is absent; fails where everything must be there.
pub fn absent(what: &str) {
    assert!(std::env::var_os("FENJI_TEST_ALL").is_none(), "{what} is absent, and FENJI_TEST_ALL is set");
    eprintln!("SKIPPED: {what} is absent");
}

/// Compares a text with a file under `tests/golden/`, or writes it there when `FENJI_UPDATE_GOLDEN` is set.
pub fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("FENJI_UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if expected != text {
        let line = expected.lines().zip(text.lines()).position(|(a, b)| a != b).unwrap_or(0);
        let near = |text: &str| text.lines().skip(line).take(3).collect::<Vec<_>>().join("\n");
        panic!(
            "tests/golden/{name} differs from line {}:\n--- expected\n{}\n--- found\n{}\n(look at the change, then run with FENJI_UPDATE_GOLDEN=1)",
            line + 1,
            near(&expected),
            near(text)
        );
    }
}
