//! `fenji ledger`.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    cli::{
        DataFormat,
        failure::{DECLARATION, Failure, RUN, USAGE},
        map,
        output::{self, Item, say},
        progress::bar,
    },
    declaration::did_you_mean,
    ledger::{
        create::{LedgerInfo, create},
        entity::{ColumnType, ENTITIES, entity},
        grants::grants,
        load::{LoadOutcome, LoadRequest, Loaded, MapFile, Phase, load},
        overview::{EntityOverview, Overview, overview},
        snapshot::Snapshot,
    },
    money::decimal,
    run::{error::RunError, home::Home, job::today},
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make an empty ledger with our own tables, where config/ledger.toml says
    Init,
    /// Load a CSV or Parquet file into an entity: all of it or nothing
    Load(Load),
    /// Show what stands in the ledger: rows, ranges, trade, checks
    Show {
        /// Show the contract instead: every entity and column with its type
        #[arg(long)]
        contract: bool,
        /// How to print
        #[arg(long, value_enum, default_value = "table")]
        format: DataFormat,
    },
    /// Propose a mapping for a database of your own: the mapping to standard output, a report to standard error
    Map(map::Args),
    /// Print the SQL of a role that may read what config/ledger.toml names, and nothing else
    Grants,
    /// Print the script that makes our own tables
    Schema {
        /// The kind of database
        #[arg(long, value_enum)]
        database: map::Engine,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Load {
    /// The entity, as `ledger show --contract` names it
    entity: String,
    /// CSV or Parquet; plain, .gz or .zst
    file: PathBuf,
    /// The file that says which column is which
    #[arg(long)]
    map: PathBuf,
    /// Where refused rows are written
    #[arg(long, default_value = "refused.csv")]
    refused: PathBuf,
    /// Load nothing when more rows are refused than this
    #[arg(long, value_name = "COUNT")]
    max_refused: Option<u64>,
}

pub(super) fn run(home: &Path, command: Command, now: DateTime<Utc>) -> Result<(), Failure> {
    if let Command::Show { contract: true, format } = command {
        return contract(format);
    }
    if let Command::Map(args) = &command {
        return map::map(home, args);
    }
    if let Command::Schema { database } = command {
        return map::schema(database);
    }
    let home = Home::open(home)?;
    match command {
        Command::Init => {
            let path = file(&home)?;
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(|cause| {
                    let help = "check the permissions of the home".to_owned();
                    Failure::told(RUN, format!("cannot make `{}`: {cause}", parent.display()), help)
                })?;
            }
            let info = LedgerInfo { currency: home.mapping.currency.clone(), zone: home.mapping.zone };
            create(path, &info).map_err(|error| Failure::new(RUN, error))?;
            say(&format!("made {}", path.display()));
            Ok(())
        }
        Command::Load(args) => load_file(&home, file(&home)?, &args, now),
        Command::Show { format, .. } => show(&home, format, now),
        Command::Grants => output::bytes(grants(&home.mapping).as_bytes()),
        Command::Map(_) | Command::Schema { .. } => Ok(()),
    }
}

/// The file of a ledger that rows can be written into.
fn file(home: &Home) -> Result<&Path, Failure> {
    home.mapping.database.file().map_err(|error| Failure::new(DECLARATION, error))
}

fn load_file(home: &Home, ledger: &Path, args: &Load, now: DateTime<Utc>) -> Result<(), Failure> {
    let Some(entity) = entity(&args.entity) else {
        let help = did_you_mean(&args.entity, ENTITIES.iter().map(|entity| entity.name));
        return Err(Failure::told(USAGE, format!("`{}` is not an entity of the ledger", args.entity), help));
    };
    let map = MapFile::read(&args.map, entity).map_err(|faults| Failure::new(DECLARATION, faults))?;
    if map.is_keyed_by_row() {
        say(
            "note: rows have no key of their own (`row = true`), so a corrected or overlapping file adds its rows again",
        );
    }
    let request = LoadRequest {
        ledger,
        file: &args.file,
        map: &map,
        refused: &args.refused,
        max_refused: args.max_refused,
        now: now.with_timezone(&home.mapping.zone).naive_local(),
    };
    let bar = bar("checking the file");
    let outcome = load(&request, &mut |progress| {
        if progress.phase == Phase::Loading {
            bar.set_message("loading rows");
        }
        bar.set_length(progress.bytes_total);
        bar.set_position(progress.bytes_done);
    });
    bar.finish_and_clear();
    match outcome.map_err(|error| Failure::new(RUN, error))? {
        LoadOutcome::Loaded(loaded) => told(&loaded),
        LoadOutcome::AlreadyLoaded { loaded_at, file, rows_added } => {
            say(&format!(
                "nothing added: the same content was loaded on {loaded_at} from `{file}` ({rows_added} rows)"
            ));
            Ok(())
        }
    }
}

fn told(loaded: &Loaded) -> Result<(), Failure> {
    let count = |what: &str, count: u64| vec![Item::text(what), Item::count(count)];
    let mut rows = vec![
        count("rows read", loaded.read),
        count("added", loaded.added),
        count("already present", loaded.present),
        count("repeated in the file", loaded.repeated),
        count("merged into another row", loaded.merged),
    ];
    rows.extend(loaded.skipped.iter().map(|(reason, rows)| count(&format!("skipped: {reason}"), *rows)));
    rows.extend(loaded.refused.iter().map(|(kind, rows)| count(&format!("refused: {}", kind.reason()), *rows)));
    if let Some(path) = &loaded.refused_file {
        say(&format!("refused rows are in {}", path.display()));
    }
    output::rows(&["what", "rows"], &rows, DataFormat::Table)?;
    if loaded.added + loaded.present == 0 && loaded.refused_rows() > 0 {
        let message = format!("nothing was loaded: all {} rows that count were refused", loaded.refused_rows());
        let help = "see the reasons above and in the file of refused rows; most often the map needs a `format`, `unit` or `words`".to_owned();
        return Err(Failure::told(RUN, message, help));
    }
    Ok(())
}

fn contract(format: DataFormat) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for entity in ENTITIES {
        for column in entity.columns {
            let kind = if let ColumnType::Choice(words) = column.kind {
                words.join(" | ")
            } else {
                column.kind.name().to_owned()
            };
            let need = if column.required { "required" } else { "optional" };
            rows.push(vec![
                Item::text(entity.name),
                Item::text(column.name),
                Item::text(kind),
                Item::text(need),
                Item::text(column.meaning),
            ]);
        }
    }
    output::rows(&["entity", "column", "type", "need", "meaning"], &rows, format)
}

fn show(home: &Home, format: DataFormat, now: DateTime<Utc>) -> Result<(), Failure> {
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(home, now)).map_err(RunError::from)?;
    let found = overview(&mut snapshot);
    let scale = home.mapping.currency.scale.places();
    match format {
        DataFormat::Json => output::json(&as_json(&found, scale))?,
        DataFormat::Table | DataFormat::Csv => {
            entities(&found, format)?;
            // Sums of rows that could not all be read are no sums.
            let whole = |entity: &EntityOverview| entity.entity.name == "transaction" && entity.state.is_ok();
            if found.entities.iter().any(whole) {
                output::bytes(b"\n")?;
                trade(&found, scale, format)?;
            }
            say_orphans(&found);
        }
    }
    say_faults(found)
}

/// Says which ids nobody knows.
pub(super) fn say_orphans(found: &Overview) {
    for orphans in &found.orphans {
        let count = |rows: u64| decimal(i128::from(rows), 0);
        say(&format!(
            "check: {} of {} rows of `{}` with a `{}` name one that `{}` does not have, such as {}",
            count(orphans.rows),
            count(orphans.of_rows),
            orphans.entity,
            orphans.column,
            orphans.of,
            orphans.sample.join(", ").escape_debug()
        ));
    }
}

/// Says what is wrong with each entity.
pub(super) fn say_faults(found: Overview) -> Result<(), Failure> {
    let mut wrong = 0;
    for faults in found.entities.into_iter().filter_map(|entity| entity.state.err()) {
        wrong += 1;
        for fault in faults {
            say(&format!("{:?}", miette::Report::new(fault)));
        }
    }
    if wrong > 0 {
        let help = "mend the rows or the mapping; see the messages above".to_owned();
        return Err(Failure::told(RUN, format!("entities of the ledger that cannot be read: {wrong}"), help));
    }
    Ok(())
}

fn entities(found: &Overview, format: DataFormat) -> Result<(), Failure> {
    let day = |day: Option<chrono::NaiveDate>| day.map_or(Item::Empty, |day| Item::text(day.to_string()));
    let rows: Vec<Vec<Item>> = found
        .entities
        .iter()
        .map(|entity| match &entity.state {
            Ok(range) => vec![
                Item::text(entity.entity.name),
                Item::count(range.rows),
                day(range.first),
                day(range.last),
                Item::text("ok"),
            ],
            Err(_) => vec![Item::text(entity.entity.name), Item::Empty, Item::Empty, Item::Empty, Item::text("WRONG")],
        })
        .collect();
    output::rows(&["entity", "rows", "first", "last", "state"], &rows, format)
}

fn trade(found: &Overview, scale: u8, format: DataFormat) -> Result<(), Failure> {
    let mut rows: Vec<Vec<Item>> = Vec::new();
    for with_member in [true, false] {
        let of = || found.trade.iter().filter(|trade| trade.with_member == with_member);
        for trade in of() {
            rows.push(vec![
                Item::text(trade.kind.clone()),
                Item::text(if with_member { "member" } else { "no member" }),
                Item::count(trade.lines),
                Item::count(trade.orders),
                Item::count(trade.members),
                Item::decimal(trade.amount, scale),
            ]);
        }
        let net = || of().filter(|trade| trade.kind != "cancelled");
        rows.push(vec![
            Item::text("net"),
            Item::text(if with_member { "member" } else { "no member" }),
            Item::count(net().map(|trade| trade.lines).sum::<u64>()),
            Item::Empty,
            Item::Empty,
            Item::decimal(net().map(|trade| trade.amount).sum(), scale),
        ]);
    }
    output::rows(&["transactions", "buyer", "lines", "orders", "members", "amount"], &rows, format)
}

fn as_json(found: &Overview, scale: u8) -> serde_json::Value {
    let plain = |amount: i128| crate::money::plain(amount, scale);
    let entities: Vec<_> = found
        .entities
        .iter()
        .map(|entity| match &entity.state {
            Ok(range) => {
                json!({ "entity": entity.entity.name, "rows": range.rows, "first": range.first, "last": range.last })
            }
            Err(faults) => {
                let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
                json!({ "entity": entity.entity.name, "errors": faults })
            }
        })
        .collect();
    let trade: Vec<_> = found
        .trade
        .iter()
        .map(|trade| {
            json!({ "kind": trade.kind, "with_member": trade.with_member, "lines": trade.lines, "orders": trade.orders,
                    "members": trade.members, "amount": plain(trade.amount) })
        })
        .collect();
    let orphans: Vec<_> = found
        .orphans
        .iter()
        .map(|o| json!({ "entity": o.entity, "column": o.column, "of": o.of, "rows": o.rows, "of_rows": o.of_rows, "sample": o.sample }))
        .collect();
    json!({ "entities": entities, "transactions": trade, "orphans": orphans })
}
