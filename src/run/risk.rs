//! The receivable risk list: from a home and a period to a report value and the list that is kept once the report was accepted.

use chrono::NaiveDate;

use crate::{
    ledger::{dictionary::Dictionary, entity::entity, snapshot::Snapshot},
    metrics::{compute::compute, definition::Measure},
    receivables::{
        ageing::Ageing,
        item::AsOf,
        risk::{
            Risk,
            change::{List, Listed},
            policy::RiskPolicy,
        },
    },
    report::{
        Report,
        graded::{People, Scene},
        receivables::{Beside, RiskInputs, Without, build, read},
    },
    run::{
        error::RunError,
        grades::{Grades, work_out},
        home::Home,
        receivables::{Order, work_out as receivables},
        report::{Commission, graded, scene},
        schemes::bind,
        store::Store,
    },
    scheme::SubjectKind,
};

/// The list that a report gives out, as it is compared with the next one: customers with something open.
pub fn listed(ageing: &Ageing, risk: &Risk, rules: &RiskPolicy, snapshot: &Snapshot) -> List {
    let row = |own: &crate::receivables::risk::CustomerRisk| {
        let customer = snapshot.dictionaries().text("customer_id", own.customer).unwrap_or_default().to_owned();
        let currency = ageing.currencies.get(usize::from(own.currency)).cloned().unwrap_or_default();
        Some(Listed { customer, currency, class: own.class?, open: own.open(), at_risk: own.at_risk() })
    };
    List { as_of: ageing.at.day, rules: rules.rules(), rows: risk.customers.iter().filter_map(row).collect() }
}

/// Makes the report. Nothing is kept: the list that comes back is, once the report was accepted.
///
/// # Errors
/// [`RunError`] when a figure cannot be had or an equation does not hold.
pub(super) async fn report(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    wanted: &Commission<'_>,
) -> Result<(Report, List), RunError> {
    let rules = home.risk()?;
    let day = wanted.period.last_day();
    let order = Order { at: AsOf { day, known_to: None }, basis: None, with_control: true, with_behaviour: true };
    let found = receivables(home, snapshot, order)?;
    let risk = Risk::work_out(&found.ageing, &rules)?;
    let list = listed(&found.ageing, &risk, &rules, snapshot);
    let last = store.risk_list_before(day).await?;
    let mut shown = Vec::new();
    for id in wanted_schemes(&rules) {
        shown.push((id, served(home, snapshot, store, id, SubjectKind::Customer, day).await?));
    }
    let leases = match &rules.leases {
        Some(id) => Some((id.as_str(), served(home, snapshot, store, id, SubjectKind::Lease, day).await?)),
        None => None,
    };
    let (papers, records) = read(snapshot, day)?;
    let people = People::read(snapshot, SubjectKind::Customer, &[])?;
    let computed = compute(snapshot, &[])?;
    let fingerprint = snapshot.fingerprint();
    let schemes: Vec<Beside<'_>> = shown.iter().map(|(id, grades)| shows(home, snapshot, wanted, id, grades)).collect();
    let leases = leases.as_ref().map(|(id, grades)| shows(home, snapshot, wanted, id, grades));
    let scene: Scene<'_> = scene(home, snapshot, wanted, &people, &computed, &fingerprint);
    let inputs = RiskInputs {
        scene,
        rules: &rules,
        movements: &found.movements,
        ageing: &found.ageing,
        behaviour: &found.behaviour,
        risk: &risk,
        list: &list,
        last: last.as_ref(),
        records: &records,
        papers: &papers,
        schemes: &schemes,
        leases: leases.as_ref(),
    };
    let report = build(&inputs)?;
    Ok((report, list))
}

/// The schemes of customers that the list shows or needs, each once.
fn wanted_schemes(rules: &RiskPolicy) -> Vec<&str> {
    let of_actions = rules.actions.iter().flat_map(|(_, condition)| &condition.grades).map(|(scheme, _)| scheme);
    let mut wanted: Vec<&str> = Vec::new();
    for id in rules.shown.iter().chain(&rules.contracts).chain(of_actions) {
        if !wanted.contains(&id.as_str()) {
            wanted.push(id);
        }
    }
    wanted
}

/// The grades of a scheme, or why this ledger on this day has none.
async fn served(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    id: &str,
    subject: SubjectKind,
    day: NaiveDate,
) -> Result<Result<Grades, Without>, RunError> {
    let bound = bind(home, id)?;
    if bound.scheme.subject != subject {
        return Ok(Err(Without::OtherSubject));
    }
    if bound.stamp_on(day).is_none() {
        return Ok(Err(Without::NotInForce));
    }
    if let Err(faults) = bound.ready_on(&[day]) {
        return Ok(Err(Without::Undecided(faults.list().len())));
    }
    let (name, key) = subject.entity_and_key();
    let own = entity(name).map(|entity| snapshot.check_mapped(entity, &[key], &format!("scheme `{id}`")));
    let needed = bound.requests(&[day]).into_iter().find_map(|request| {
        let Measure::Rows(rows) = &request.metric().measure else { return None };
        snapshot.check_mapped(rows.entity, &rows.columns(), &format!("metric `{}`", request.id())).err()
    });
    if let Some(error) = own.and_then(Result::err).or(needed) {
        return Ok(Err(Without::NotInLedger(error.to_string())));
    }
    Ok(Ok(work_out(home, snapshot, store, id, day, Vec::new()).await?))
}

/// The grades of a scheme as the report sees them.
fn shows<'a>(
    home: &Home,
    snapshot: &Snapshot,
    wanted: &Commission<'_>,
    id: &'a str,
    grades: &'a Result<Grades, Without>,
) -> Beside<'a> {
    let title = home.scheme(id).map_or_else(|_| id.to_owned(), |scheme| scheme.title.in_lang(wanted.lang).to_owned());
    match grades {
        Ok(grades) => {
            let (_, key) = grades.bound.scheme.subject.entity_and_key();
            let codes = snapshot.dictionaries().of(key).map_or(0, Dictionary::len);
            Beside { id, title, graded: Ok(graded(grades)), ranks: grades.now.by_code(codes) }
        }
        Err(why) => Beside { id, title, graded: Err(why.clone()), ranks: Vec::new() },
    }
}
