//! `fenji check`: every declaration of a home and the tables of its ledger, all faults at once.

use chrono::NaiveDate;

use crate::{
    declaration::Faults,
    grading::bind::Bound,
    ledger::snapshot::Snapshot,
    render::font::Fonts,
    run::{error::RunError, home::Home},
};

/// What was looked at, and what is wrong with it.
#[derive(Debug)]
pub struct Finding {
    /// What it is: `scheme`, `job`, `ledger`, `templates`, `fonts`.
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
    for id in home.jobs() {
        add("job", &id, sound(home.job(&id).map(drop)));
    }
    let ledger = Snapshot::open(home.mapping.clone(), today).and_then(|snapshot| snapshot.check_tables());
    add("ledger", "config/ledger.toml", sound(ledger.map_err(RunError::from)));
    add("templates", "templates/", sound(home.templates().map(drop)));
    add("fonts", "config/fenji.toml", sound(Fonts::load(&home.settings.font).map(drop).map_err(RunError::from)));
    found
}

fn scheme(home: &Home, id: &str) -> State {
    let bound = home
        .scheme(id)
        .and_then(|scheme| Bound::new(scheme, &home.metrics, &home.mapping.currency).map_err(RunError::from));
    match bound {
        Err(error) => State::Wrong(error),
        Ok(bound) => bound.ready().map_or_else(State::Waiting, |()| State::Sound),
    }
}
