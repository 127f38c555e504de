//! `fenji ledger map`, `grants` and `schema`: help with a database of the user's own.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::{
    cli::{
        failure::{DECLARATION, Failure, RUN, USAGE},
        output::{self, Item, say},
    },
    declaration::Declaration,
    deliver::file::write_together,
    ledger::{
        mapping::Mapping,
        propose::{Head, Proposed, SummaryLine, look_at},
        schema,
    },
    run::error::RunError,
};

/// The databases that our own tables can stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Engine {
    /// SQLite
    Sqlite,
    /// PostgreSQL
    Postgres,
    /// MariaDB or MySQL
    Mariadb,
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The database, as `config/ledger.toml` writes it; the path of a SQLite file is relative to the home
    #[arg(long, value_name = "ADDRESS")]
    from: String,
    /// A new file for the mapping, with its queries in `queries/` beside it; without it everything goes to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A file of the authority that vouches for the server, relative to the home's `config/`
    #[arg(long, value_name = "FILE")]
    certificate: Option<String>,
    /// The currency of the amounts
    #[arg(long, default_value = "CNY")]
    currency: String,
    /// The decimal places of the currency
    #[arg(long, default_value_t = 2)]
    scale: u8,
    /// The zone in which days begin
    #[arg(long, default_value = "Asia/Shanghai")]
    zone: String,
}

/// Proposes a mapping; needs no home.
pub(super) fn map(home: &Path, args: &Args) -> Result<(), Failure> {
    let (currency, zone) = (args.currency.clone(), args.zone.clone());
    let certificate = args.certificate.clone();
    let head = Head { database: args.from.clone(), certificate, currency, scale: args.scale, zone };
    let declared = Mapping::check(&Declaration::new("the arguments", &head.toml()), home)
        .map_err(|faults| Failure::new(DECLARATION, faults))?;
    let proposed = look_at(&declared.database, &head).map_err(|error| Failure::new(RUN, error))?;
    match &args.output {
        Some(path) => write(path, &proposed)?,
        None => output::bytes(whole(&proposed).as_bytes())?,
    }
    tell(&proposed.summary);
    Ok(())
}

/// Prints the script that makes our own tables.
pub(super) fn schema(engine: Engine) -> Result<(), Failure> {
    let script = match engine {
        Engine::Sqlite => schema::SQLITE,
        Engine::Postgres => schema::POSTGRES,
        Engine::Mariadb => schema::MARIADB,
    };
    output::bytes(script.as_bytes())
}

/// The mapping and, as comments behind it, the files that it names.
fn whole(proposed: &Proposed) -> String {
    let mut parts = vec![proposed.toml.clone()];
    for query in &proposed.queries {
        parts.push(format!("\n# ---- the file `config/{}` (written by `--output`)\n", query.name));
        parts.extend(query.sql.lines().map(|line| format!("# {line}\n")));
    }
    parts.concat()
}

fn write(path: &Path, proposed: &Proposed) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let queries = proposed.queries.iter().map(|query| (folder.join(&query.name), query.sql.as_bytes()));
    let files: Vec<(PathBuf, &[u8])> =
        std::iter::once((path.to_owned(), proposed.toml.as_bytes())).chain(queries).collect();
    if let Some((there, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
        let help = "choose another name, or move the file away: a mapping is never overwritten".to_owned();
        return Err(Failure::told(USAGE, format!("`{}` exists already", there.display()), help));
    }
    let files: Vec<(&Path, &[u8])> = files.iter().map(|(path, bytes)| (path.as_path(), *bytes)).collect();
    write_together(&files).map_err(RunError::from)?;
    for (path, _) in files {
        say(&format!("wrote {}", path.display()));
    }
    Ok(())
}

/// The report for people.
fn tell(summary: &[SummaryLine]) {
    let of = |(found, all): (usize, usize)| Item::text(format!("{found} of {all}"));
    let rows: Vec<Vec<Item>> = summary
        .iter()
        .map(|line| {
            let Some(confidence) = line.confidence else {
                return vec![Item::text(line.entity), Item::text("(none)"), Item::Empty, Item::Empty, Item::Empty];
            };
            let (required, optional) = (of(line.required), of(line.optional));
            vec![Item::text(line.entity), Item::text(&*line.tables), Item::text(confidence.word()), required, optional]
        })
        .collect();
    say("");
    say(output::aligned(&["entity", "tables", "confidence", "required", "optional"], &rows).trim_end());
    for line in summary {
        for (column, missing) in &line.missing {
            say(&format!("missing: {}.{column}: {missing}", line.entity));
        }
    }
}
