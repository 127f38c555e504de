//! `fenji check`: every declaration of a home and the tables of its ledger, all faults at once.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    declaration::Faults,
    grading::bound::Bound,
    job::schedule::Condition,
    ledger::{error::LedgerError, snapshot::Snapshot},
    metrics::{
        compute::Request,
        definition::Measure,
        pushed::{Way, explain},
    },
    period::{Period, Unit},
    receivables::risk::policy::RiskPolicy,
    render::font::Fonts,
    report::tier,
    run::{
        error::RunError,
        home::Home,
        schemes::{bind, bind_example},
    },
};

/// What was looked at, and what is wrong with it.
#[derive(Debug)]
pub struct Finding {
    /// What it is: `scheme`, `example`, `review`, `list`, `programme`, `receivables`, `discounts`,
    /// `entitlements`, `prizes`, `departments`, `job`, `ledger`, `templates`, `fonts`.
    pub what: &'static str,
    /// Its name.
    pub name: String,
    /// How it is.
    pub state: State,
    /// Whether a job uses it.
    pub used: bool,
}

/// How something is.
#[derive(Debug)]
pub enum State {
    /// Nothing is wrong.
    Sound,
    /// It is sound but cannot be used yet: limits that nobody decided.
    Waiting(Faults),
    /// It is sound, but nothing uses it and the ledger does not have what it needs.
    Unserved(LedgerError),
    /// It is wrong.
    Wrong(RunError),
}

/// Checks everything a home declares.
pub fn check(home: &Home, today: NaiveDate) -> Vec<Finding> {
    let mut found = Vec::new();
    let used = in_use(home);
    let mut add = |what, name: &str, state| {
        let used = what != "example" && (what != "scheme" || used.contains_key(name));
        found.push(Finding { what, name: name.to_owned(), state, used });
    };
    let sound = |result: Result<(), RunError>| result.map_or_else(State::Wrong, |()| State::Sound);
    for id in home.schemes() {
        add("scheme", &id, scheme(bind(home, &id)));
    }
    for id in home.examples() {
        add("example", &format!("examples/{id}"), scheme(bind_example(home, &id)));
    }
    for id in home.reviews() {
        add("review", &id, sound(home.review(&id).map(drop)));
    }
    for id in home.lists() {
        add("list", &id, sound(home.list(&id).map(drop)));
    }
    for id in home.programmes() {
        add("programme", &id, sound(home.programme(&id).map(drop)));
    }
    for id in home.programme_examples() {
        add("example", &format!("programmes/examples/{id}"), sound(home.programme_example(&id).map(drop)));
    }
    for id in home.surveys() {
        add("survey", &id, sound(home.survey(&id).map(drop)));
    }
    if home.root.join("config").join("receivables.toml").is_file() {
        add("receivables", "config/receivables.toml", sound(home.receivables().map(drop)));
    }
    for (name, policy) in [("risk.toml", Home::risk as fn(&Home) -> _), ("risk.example.toml", Home::risk_example)] {
        if home.root.join("config").join(name).is_file() {
            add(if name == "risk.toml" { "risk" } else { "example" }, &format!("config/{name}"), risk(policy(home)));
        }
    }
    for (what, rules) in [
        ("discounts", home.discounts().map(drop)),
        ("entitlements", home.entitlements().map(drop)),
        ("prizes", home.prizes().map(drop)),
    ] {
        let name = format!("config/{what}.toml");
        if home.root.join(&name).is_file() {
            add(what, &name, sound(rules));
        }
    }
    if home.root.join("config").join("departments.toml").is_file() {
        add("departments", "config/departments.toml", sound(home.departments().map(drop)));
    }
    for id in home.jobs() {
        add("job", &id, sound(home.job(&id).map(drop)));
    }
    for (name, state) in ledger(home, today, &used) {
        add("ledger", &name, state);
    }
    add("templates", "templates/", sound(home.templates().map(drop)));
    add("fonts", "config/fenji.toml", sound(Fonts::load(&home.settings.font).map(drop).map_err(RunError::from)));
    found
}

/// The schemes that a job uses, by itself or for its list, and those they take grades from, each with a job that needs it.
fn in_use(home: &Home) -> BTreeMap<String, String> {
    let mut next: Vec<(String, String)> = Vec::new();
    for id in home.jobs() {
        let Ok(job) = home.job(&id) else { continue };
        let list = job.list.as_ref().and_then(|list| home.list(list).ok());
        let listed = list.into_iter().flat_map(|(_, needs)| needs.schemes);
        let schemes = std::iter::once(job.scheme).chain(job.beside).chain(listed);
        next.extend(schemes.map(|scheme| (scheme, id.clone())));
    }
    let mut used = BTreeMap::new();
    while let Some((id, job)) = next.pop() {
        if let (Ok(scheme), false) = (home.scheme(&id), used.contains_key(&id)) {
            next.extend(scheme.others().into_iter().map(|other| (other.text, job.clone())));
            used.insert(id, job);
        }
    }
    used
}

/// The tables of the mapping, and the columns that schemes and reports need of it. What nobody uses may need what the ledger does not have.
fn ledger(home: &Home, today: NaiveDate, used: &BTreeMap<String, String>) -> Vec<(String, State)> {
    let whole = |state| vec![("config/ledger.toml".to_owned(), state)];
    let snapshot = match Snapshot::open(home.mapping.clone(), today) {
        Ok(snapshot) => snapshot,
        Err(error) => return whole(State::Wrong(error.into())),
    };
    let missing = snapshot
        .missing_tables()
        .into_iter()
        .map(|error| ("config/ledger.toml".to_owned(), State::Wrong(error.into())));
    let mut found: Vec<(String, State)> = missing.collect();
    let mut unserved = Vec::new();
    for (name, requests) in wanted(home, today) {
        let unmapped = requests.iter().find_map(|request| {
            let Measure::Rows(rows) = &request.metric().measure else { return None };
            snapshot.check_mapped(rows.entity, &rows.columns(), &format!("metric `{}`", request.id())).err()
        });
        let Some(error) = unmapped else { continue };
        match name.strip_prefix("scheme ").map(|id| used.get(id)) {
            Some(None) => unserved.push((format!("for {name}"), State::Unserved(error))),
            Some(Some(job)) => found.push((format!("for {name}, which job {job} needs"), State::Wrong(error.into()))),
            None => found.push((format!("for {name}"), State::Wrong(error.into()))),
        }
    }
    found.extend(questions(home));
    if found.is_empty() {
        found = whole(State::Sound);
    }
    found.extend(unserved);
    found
}

/// The questions of jobs that the ledger does not take.
fn questions(home: &Home) -> Vec<(String, State)> {
    let mut refused = Vec::new();
    for id in home.jobs() {
        let Ok(job) = home.job(&id) else { continue };
        for gate in &job.runs.gates {
            if let Condition::Ledger(question) = &gate.condition
                && let Err(error) = question.prove(&home.mapping, &format!("jobs/{id}.toml"), job.period)
            {
                refused.push((format!("for what job {id} waits for"), State::Wrong(error.into())));
            }
        }
    }
    refused
}

/// The metrics that the tier report and every scheme that can grade want, by who wants them.
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
    let used = in_use(home);
    let in_use =
        |(name, _): &(String, Vec<Request>)| name.strip_prefix("scheme ").is_none_or(|id| used.contains_key(id));
    let plan = |(name, requests): (String, Vec<Request>)| Ok((name, explain(&snapshot, &requests)?));
    wanted(home, today).into_iter().filter(in_use).map(plan).collect()
}

fn risk(policy: Result<RiskPolicy, RunError>) -> State {
    match policy {
        Err(error) => State::Wrong(error),
        Ok(policy) => Faults::none_of(policy.undecided).map_or_else(State::Waiting, |()| State::Sound),
    }
}

fn scheme(bound: Result<Bound, RunError>) -> State {
    match bound {
        Err(error) => State::Wrong(error),
        Ok(bound) => bound.ready().map_or_else(State::Waiting, |()| State::Sound),
    }
}
