//! Private database servers: started by the tests on a free port of this machine, in a directory of their own, and gone with the tests.
//!
//! A shell stands between: it waits for the end of its standard input, which comes when the test process ends, however that happens; then it
//! kills the server and removes the directory.

use std::{
    ffi::OsString,
    fs,
    io::Write,
    net::TcpListener,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    str::FromStr,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread::sleep,
    time::{Duration, Instant},
};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Row,
    mysql::{MySqlConnectOptions, MySqlSslMode},
    postgres::PgConnection,
};

/// Which server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Postgres,
    MariaDb,
}

/// Who can reach a server, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This machine's loopback.
    Loopback,
    /// Every address of the machine, without encryption.
    Outside,
    /// Every address of the machine, with a certificate for `localhost` by `authority.pem` in the server's directory.
    OutsideWithTls,
}

/// A server of our own.
pub struct PrivateServer {
    pub kind: Kind,
    pub port: u16,
    /// The directory of everything it has; its socket and, with TLS, `authority.pem` stand there.
    pub dir: PathBuf,
    reach: Reach,
    guard: Mutex<Option<Child>>,
}

/// Waits for the end of its input, then ends the server; the word `keep` saves the directory.
const GUARD: &str = r#"dir=$1; shift
"$@" </dev/null >>"$dir/log" 2>&1 &
echo $! >"$dir/server.pid"
read -r word
kill -KILL $! 2>/dev/null
wait $!
test "$word" = keep || rm -rf "$dir""#;

/// How long a server may take to start, on a busy machine.
const STARTING: Duration = Duration::from_secs(90);

/// The PostgreSQL server that the tests of this process share; `None`, said loudly, where it is not installed.
pub fn postgres() -> Option<&'static PrivateServer> {
    static SERVER: OnceLock<Option<PrivateServer>> = OnceLock::new();
    let start = || PrivateServer::start_with(Kind::Postgres, Reach::Loopback);
    SERVER.get_or_init(start).as_ref().or_else(|| absent(Kind::Postgres.called()))
}

/// The MariaDB (or MySQL) server that the tests of this process share; `None`, said loudly, where it is not installed.
pub fn mariadb() -> Option<&'static PrivateServer> {
    static SERVER: OnceLock<Option<PrivateServer>> = OnceLock::new();
    let start = || PrivateServer::start_with(Kind::MariaDb, Reach::Loopback);
    SERVER.get_or_init(start).as_ref().or_else(|| absent(Kind::MariaDb.called()))
}

/// Says loudly that a server is absent; fails where everything must be there.
fn absent<T>(what: &str) -> Option<T> {
    assert!(std::env::var_os("FENJI_TEST_ALL").is_none(), "{what} is not installed, and FENJI_TEST_ALL is set");
    eprintln!("SKIPPED: {what} is not installed");
    None
}

impl PrivateServer {
    /// Starts a server that nobody else uses: to kill it, or to stop it. `None`, said loudly, where it is not installed.
    pub fn start(kind: Kind) -> Option<Self> {
        Self::start_with(kind, Reach::Loopback).or_else(|| absent(kind.called()))
    }

    /// Starts a server that can be reached in some way; `None` where it is not installed.
    pub fn start_with(kind: Kind, reach: Reach) -> Option<Self> {
        kind.program(kind.server())?;
        let dir = tempfile::tempdir().unwrap().keep();
        if reach == Reach::OutsideWithTls {
            make_certificates(&dir);
        }
        kind.give(&dir);
        kind.create(&dir);
        let server = Self { kind, port: free_port(), dir, reach, guard: Mutex::new(None) };
        server.start_again();
        Some(server)
    }

    /// Starts it once more on the same data and port.
    pub fn start_again(&self) {
        self.stop();
        let deadline = Instant::now() + STARTING;
        while Instant::now() < deadline {
            let mut shell = Command::new("sh");
            shell.args(["-c", GUARD, "sh"]).arg(&self.dir).args(self.command());
            // A group of its own, so that an interrupt at the terminal does not end the guard first.
            let guard = shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
            *self.guard.lock().unwrap() = Some(guard.spawn().unwrap());
            sleep(Duration::from_millis(100));
            while Instant::now() < deadline && self.is_alive() {
                if self.try_run(self.kind.first_database(), "SELECT 1").is_ok() {
                    return;
                }
                sleep(Duration::from_millis(50));
            }
            self.stop();
            sleep(Duration::from_millis(500));
        }
        let log = fs::read_to_string(self.dir.join("log")).unwrap_or_default();
        panic!("{:?} does not start in {}:\n{log}", self.kind, self.dir.display());
    }

    /// Kills it as `kill -9` does, with all its processes, and keeps its data.
    pub fn stop(&self) {
        let mut guard = self.guard.lock().unwrap();
        let Some(mut shell) = guard.take() else { return };
        let children = self.processes();
        shell.stdin.take().unwrap().write_all(b"keep\n").unwrap();
        shell.wait().unwrap();
        signal("KILL", &children);
    }

    /// Stops all its processes where they are: it keeps its connections and says nothing.
    pub fn pause(&self) {
        signal("STOP", &self.processes());
    }

    /// Lets its processes go on.
    pub fn resume(&self) {
        signal("CONT", &self.processes());
    }

    /// The server's process and its children.
    fn processes(&self) -> Vec<u32> {
        let Ok(main) = fs::read_to_string(self.dir.join("server.pid")).unwrap_or_default().trim().parse::<u32>() else {
            return Vec::new();
        };
        let mut found = vec![main];
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            // After the name in brackets come the state and the parent.
            let parent = fs::read_to_string(entry.path().join("stat"))
                .ok()
                .and_then(|stat| stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok());
            if parent == Some(main) {
                found.extend(entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()));
            }
        }
        found
    }

    fn is_alive(&self) -> bool {
        let id = fs::read_to_string(self.dir.join("server.pid")).unwrap_or_default();
        let stat = fs::read_to_string(Path::new("/proc").join(id.trim()).join("stat")).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
    }

    /// The database as `config/ledger.toml` names it.
    pub fn url(&self, database: &str) -> String {
        self.url_of(self.kind.administrator(), "127.0.0.1", database)
    }

    /// The database as somebody else reaches it.
    pub fn url_of(&self, user: &str, host: &str, database: &str) -> String {
        let scheme = match self.kind {
            Kind::Postgres => "postgres",
            Kind::MariaDb => "mysql",
        };
        format!("{scheme}://{user}@{host}:{}/{database}", self.port)
    }

    /// What a socket is given as: PostgreSQL takes its directory, MariaDB the file.
    pub fn socket(&self) -> PathBuf {
        match self.kind {
            Kind::Postgres => self.dir.clone(),
            Kind::MariaDb => self.dir.join("socket"),
        }
    }

    /// A new, empty database; its name.
    pub fn database(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("ledger_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.run(self.kind.first_database(), &format!("CREATE DATABASE {name}"));
        name
    }

    /// Runs statements, which must succeed.
    pub fn run(&self, database: &str, sql: &str) {
        self.try_run(database, sql).unwrap_or_else(|error| panic!("{error}\n{}", &sql[..sql.len().min(2000)]));
    }

    /// The values of a query's rows as the server writes them as text; nothing for NULL.
    pub fn rows(&self, database: &str, sql: &str) -> Vec<Vec<Option<String>>> {
        self.try_run(database, sql).unwrap_or_else(|error| panic!("{error}\n{sql}"))
    }

    /// Runs statements as the administrator.
    pub fn try_run(&self, database: &str, sql: &str) -> Result<Vec<Vec<Option<String>>>, sqlx::Error> {
        let url = self.url(database);
        let work = async {
            // The protocol of plain texts: every value comes as the server writes it.
            let statement = sqlx::raw_sql(AssertSqlSafe(sql));
            match self.kind {
                Kind::Postgres => {
                    let mut connection = PgConnection::connect(&format!("{url}?sslmode=disable")).await?;
                    let rows = statement.fetch_all(&mut connection).await?;
                    let text =
                        |row: &sqlx::postgres::PgRow, at| row.try_get_unchecked::<Option<String>, _>(at).unwrap();
                    let rows = rows.iter().map(|row| (0..row.len()).map(|at| text(row, at)).collect()).collect();
                    connection.close().await?;
                    Ok(rows)
                }
                Kind::MariaDb => {
                    // The session as the server sets it up, with its zone.
                    let options = MySqlConnectOptions::from_str(&url)?.ssl_mode(MySqlSslMode::Disabled).timezone(None);
                    let mut connection = options.pipes_as_concat(false).no_engine_substitution(false).connect().await?;
                    let rows = statement.fetch_all(&mut connection).await?;
                    let text =
                        |row: &sqlx::mysql::MySqlRow, at| row.try_get_unchecked::<Option<String>, _>(at).unwrap();
                    let rows = rows.iter().map(|row| (0..row.len()).map(|at| text(row, at)).collect()).collect();
                    connection.close().await?;
                    Ok(rows)
                }
            }
        };
        // On a thread of its own: a test may ask from inside another runtime.
        let run = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
        std::thread::scope(|scope| scope.spawn(run).join().unwrap())
    }

    fn command(&self) -> Vec<OsString> {
        let mut command = self.kind.as_its_user(self.kind.program(self.kind.server()).unwrap());
        let listen = if self.reach == Reach::Loopback { "127.0.0.1" } else { "0.0.0.0" };
        let arguments = match self.kind {
            Kind::Postgres => self.postgres_arguments(listen),
            Kind::MariaDb => self.mariadb_arguments(listen),
        };
        command.extend(arguments.into_iter().map(OsString::from));
        command
    }

    fn postgres_arguments(&self, listen: &str) -> Vec<String> {
        let dir = self.dir.display();
        let mut settings = vec![
            format!("port={}", self.port),
            format!("listen_addresses={listen}"),
            format!("unix_socket_directories={dir}"),
            "fsync=off".to_owned(),
            "full_page_writes=off".to_owned(),
            "max_connections=50".to_owned(),
            "timezone=America/New_York".to_owned(),
        ];
        if self.reach == Reach::OutsideWithTls {
            let files = [format!("ssl_cert_file={dir}/server.pem"), format!("ssl_key_file={dir}/server.key")];
            settings.extend(files);
            settings.push("ssl=on".to_owned());
        }
        let settings = settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]);
        ["-D".to_owned(), format!("{dir}/data")].into_iter().chain(settings).collect()
    }

    fn mariadb_arguments(&self, listen: &str) -> Vec<String> {
        let dir = self.dir.display();
        let mut arguments = vec![
            "--no-defaults".to_owned(),
            format!("--datadir={dir}/data"),
            format!("--port={}", self.port),
            format!("--bind-address={listen}"),
            format!("--socket={dir}/socket"),
            format!("--pid-file={dir}/own.pid"),
            // Its temporary tables have names that another server beside it may use too.
            format!("--tmpdir={dir}/data"),
        ];
        let fixed = [
            "--character-set-server=utf8mb4",
            "--skip-log-bin",
            "--skip-name-resolve",
            // What is committed outlives a kill, if not the machine.
            "--innodb-flush-log-at-trx-commit=2",
            "--innodb-flush-method=nosync",
            "--innodb-doublewrite=0",
            "--loose-sync-frm=0",
            "--innodb-buffer-pool-size=64M",
            "--innodb-use-native-aio=0",
            "--default-time-zone=-05:00",
        ];
        arguments.extend(fixed.map(str::to_owned));
        if self.reach == Reach::OutsideWithTls {
            let files = [("ssl-ca", "authority.pem"), ("ssl-cert", "server.pem"), ("ssl-key", "server.key")];
            arguments.extend(files.map(|(name, file)| format!("--{name}={dir}/{file}")));
        }
        arguments
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        self.stop();
        let _gone = fs::remove_dir_all(&self.dir);
    }
}

impl Kind {
    fn called(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::MariaDb => "MariaDB",
        }
    }

    fn server(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MariaDb => "mariadbd",
        }
    }

    /// The user who may do everything.
    pub fn administrator(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MariaDb => "root",
        }
    }

    /// A database that is always there.
    pub fn first_database(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MariaDb => "mysql",
        }
    }

    /// Where a program of this kind stands; MySQL's own where MariaDB's is not.
    fn program(self, name: &str) -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
        places.extend(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
        if self == Self::Postgres {
            let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
                .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
                .unwrap_or_default();
            versions.sort();
            places.splice(0..0, versions.into_iter().rev());
        }
        let found = places.iter().map(|place| place.join(name)).find(|program| program.is_file());
        match (found, name) {
            (None, "mariadbd") => self.program("mysqld"),
            (found, _) => found,
        }
    }

    /// A command as the user that the server's package has made: servers refuse to run as root.
    fn as_its_user(self, program: PathBuf) -> Vec<OsString> {
        let mut command: Vec<OsString> = Vec::new();
        if is_root() {
            let user = self.user();
            for word in ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--"] {
                command.push(word.into());
            }
        }
        command.push(program.into());
        command
    }

    fn user(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MariaDb => "mysql",
        }
    }

    /// Gives a directory to the server's user.
    fn give(self, dir: &Path) {
        if is_root() {
            succeeded(Command::new("chown").args(["-R", self.user()]).arg(dir));
        }
    }

    /// Makes the files of a new server.
    fn create(self, dir: &Path) {
        let data = dir.join("data");
        match (self, self.program("mariadb-install-db")) {
            (Self::Postgres, _) => {
                let command = self.as_its_user(self.program("initdb").unwrap());
                let options = [
                    "-U",
                    "postgres",
                    "-A",
                    "trust",
                    "-E",
                    "UTF8",
                    "--locale=C.UTF-8",
                    "--no-sync",
                    "--no-instructions",
                ];
                succeeded(Command::new(&command[0]).args(&command[1..]).args(options).arg("-D").arg(&data));
                let rules = data.join("pg_hba.conf");
                // Everybody is let in, but for the one who must show a password.
                let first = "host all with_password 127.0.0.1/32 scram-sha-256\n".to_owned();
                let all = first + &fs::read_to_string(&rules).unwrap() + "host all all 0.0.0.0/0 trust\n";
                fs::write(&rules, all).unwrap();
            }
            (Self::MariaDb, Some(installer)) => {
                let command = self.as_its_user(installer);
                succeeded(
                    Command::new(&command[0])
                        .args(&command[1..])
                        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
                        .args(["--innodb-flush-log-at-trx-commit=0", "--innodb-use-native-aio=0"])
                        .arg(format!("--datadir={}", data.display())),
                );
            }
            (Self::MariaDb, None) => {
                let command = self.as_its_user(self.program("mysqld").unwrap());
                let data = format!("--datadir={}", data.display());
                let options = ["--no-defaults", "--initialize-insecure", &data];
                succeeded(Command::new(&command[0]).args(&command[1..]).args(options));
            }
        }
    }
}

/// Makes `authority.pem`, and `server.pem` with `server.key` that it vouches for as `localhost`; and `stranger.pem`, which vouches for nobody.
fn make_certificates(dir: &Path) {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    for name in ["authority", "stranger"] {
        succeeded(
            Command::new("openssl")
                .args(["req", "-x509", "-days", "2", "-subj", &format!("/CN=test {name}")])
                .args(key)
                .args(["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"])
                .args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")])
                .current_dir(dir),
        );
    }
    succeeded(
        Command::new("openssl")
            .args(["req", "-subj", "/CN=test server", "-keyout", "server.key", "-out", "server.csr"])
            .args(key)
            .current_dir(dir),
    );
    fs::write(dir.join("names"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n").unwrap();
    succeeded(
        Command::new("openssl")
            .args([
                "x509",
                "-req",
                "-days",
                "2",
                "-in",
                "server.csr",
                "-CA",
                "authority.pem",
                "-CAkey",
                "authority.key",
            ])
            .args(["-CAcreateserial", "-extfile", "names", "-out", "server.pem"])
            .current_dir(dir),
    );
}

fn succeeded(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}:\n{said}");
}

fn signal(name: &str, processes: &[u32]) {
    if !processes.is_empty() {
        // A process may be gone by now.
        let _sent = Command::new("kill")
            .arg(format!("-{name}"))
            .args(processes.iter().map(u32::to_string))
            .stderr(Stdio::null())
            .status();
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// An address of this machine that is not its loopback: what a server on another machine looks like.
pub fn outer_address() -> Option<String> {
    let output = Command::new("hostname").arg("-I").output().ok()?;
    String::from_utf8(output.stdout).ok()?.split_whitespace().find(|address| address.contains('.')).map(str::to_owned)
}
