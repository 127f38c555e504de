//! `fenji check`: every declaration of a home and the tables of its ledger, all faults at once.

use chrono::NaiveDate;

use crate::{
    declaration::Faults,
    grading::bound::Bound,
    ledger::snapshot::Snapshot,
    metrics::{
        compute::Request,
        definition::Measure,
        pushed::{Way, explain},
    },
    period::{Period, Unit},
    render::font::Fonts,
    report::tier,
    run::{
        error::RunError,
        home::Home,
        schemes::{bind, bind_scheme},
    },
};

/// What was looked at, and what is wrong with it.
#[derive(Debug)]
pub struct Finding {
    /// What it is: `scheme`, `example`, `job`, `ledger`, `templates`, `fonts`.
    pub what: &'static str,
    /// Its name.
    pub name: String,
    /// How it is.
    pub state: State,
}

/// How something is.
#[derive(Debug)]
pub enum State {
    /// Nothing is wrong.
    Sound,
    /// It is sound but cannot be used yet: limits that nobody decided.
    Waiting(Faults),
    /// It is wrong.
    Wrong(RunError),
}

/// Checks everything a home declares.
pub fn check(home: &Home, today: NaiveDate) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |what, name: &str, state| found.push(Finding { what, name: name.to_owned(), state });
    let sound = |result: Result<(), RunError>| result.map_or_else(State::Wrong, |()| State::Sound);
    for id in home.schemes() {
        add("scheme", &id, scheme(home, &id));
    }
    for id in home.examples() {
        add("example", &format!("examples/{id}"), example(home, &id));
    }
    for id in home.lists() {
        add("list", &id, sound(home.list(&id).map(drop)));
    }
    for id in home.jobs() {
        add("job", &id, sound(home.job(&id).map(drop)));
    }
    for (name, error) in ledger(home, today) {
        add("ledger", &name, error.map_or(State::Sound, State::Wrong));
    }
    add("templates", "templates/", sound(home.templates().map(drop)));
    add("fonts", "config/fenji.toml", sound(Fonts::load(&home.settings.font).map(drop).map_err(RunError::from)));
    found
}

/// The tables of the mapping, and the columns that schemes and reports need of it.
fn ledger(home: &Home, today: NaiveDate) -> Vec<(String, Option<RunError>)> {
    let whole = |error| vec![("config/ledger.toml".to_owned(), error)];
    let snapshot = match Snapshot::open(home.mapping.clone(), today) {
        Ok(snapshot) => snapshot,
        Err(error) => return whole(Some(error.into())),
    };
    let missing =
        snapshot.missing_tables().into_iter().map(|error| ("config/ledger.toml".to_owned(), Some(error.into())));
    let mut found: Vec<(String, Option<RunError>)> = missing.collect();
    for (name, requests) in wanted(home, today) {
        let unmapped = requests.iter().find_map(|request| {
            let Measure::Rows(rows) = &request.metric().measure else { return None };
            snapshot.check_mapped(rows.entity, &rows.columns(), &format!("metric `{}`", request.id())).err()
        });
        found.extend(unmapped.map(|error| (format!("for {name}"), Some(error.into()))));
    }
    if found.is_empty() { whole(None) } else { found }
}

/// The metrics that the report and the schemes in use want, by who wants them.
fn wanted(home: &Home, today: NaiveDate) -> Vec<(String, Vec<Request>)> {
    let period = Period::holding(Unit::Month, today);
    let mut wanted = vec![("report tier".to_owned(), tier::requests(period))];
    for id in home.schemes() {
        if let Some(bound) = bind(home, &id).ok().filter(|bound| bound.ready().is_ok()) {
            wanted.push((format!("scheme {id}"), bound.requests(&[today])));
        }
    }
    wanted
}

/// How the metrics of the report and of each scheme in use come about, with the SQL.
///
/// # Errors
/// [`RunError`] when the ledger cannot be looked at.
pub fn plans(home: &Home, today: NaiveDate) -> Result<Vec<(String, Vec<Way>)>, RunError> {
    let snapshot = Snapshot::open(home.mapping.clone(), today)?;
    let plan = |(name, requests): (String, Vec<Request>)| Ok((name, explain(&snapshot, &requests)?));
    wanted(home, today).into_iter().map(plan).collect()
}

fn scheme(home: &Home, id: &str) -> State {
    state(bind(home, id))
}

fn example(home: &Home, id: &str) -> State {
    state(home.example(id).and_then(|scheme| bind_scheme(home, scheme)))
}

fn state(bound: Result<Bound, RunError>) -> State {
    match bound {
        Err(error) => State::Wrong(error),
        Ok(bound) => bound.ready().map_or_else(State::Waiting, |()| State::Sound),
    }
}
