//! The lists around points: category discounts (S20), receipts with a prize (S21), services of cards (S09), from a home and a period to a report.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    grading::{set::read_parquet, subjects::Subjects},
    ledger::snapshot::Snapshot,
    metrics::compute::compute,
    period::{Period, Unit, days_after},
    report::{
        Report,
        discounts::{self, DiscountInputs, Spend},
        entitlements::{self, Cards, EntitlementInputs, Kept, Rights, Use, policy::Entitlements},
        graded::{People, names_of},
        prizes::{self, PrizeInputs, Receipts},
    },
    run::{
        error::RunError,
        home::Home,
        report::{Commission, scene},
        store::Store,
    },
    scheme::SubjectKind,
};

/// Makes the report on category discounts.
///
/// # Errors
/// [`RunError`] when the period is no year, the rules are wrong, the ledger cannot be read or an equation does not hold.
pub(super) fn discounts(home: &Home, snapshot: &mut Snapshot, wanted: &Commission<'_>) -> Result<Report, RunError> {
    if wanted.period.unit() != Unit::Year {
        let period = wanted.period.to_string();
        return Err(RunError::WrongPeriodUnit { report: "discounts", wanted: "year", such: "2025", period });
    }
    let rules = home.discounts()?;
    let spend = Spend::read(snapshot, wanted.period)?;
    let computed = compute(snapshot, &[])?;
    let people = People::default();
    let fingerprint = snapshot.fingerprint();
    let scene = scene(home, snapshot, wanted, &people, &computed, &fingerprint);
    Ok(discounts::build(&DiscountInputs { scene, rules: &rules, spend: &spend })?)
}

/// Makes the list of receipts that win a spin of the prize wheel.
///
/// # Errors
/// [`RunError`] when the rules are wrong, the ledger cannot be read or an equation does not hold.
pub(super) fn prize_receipts(
    home: &Home,
    snapshot: &mut Snapshot,
    wanted: &Commission<'_>,
) -> Result<Report, RunError> {
    let rules = home.prizes()?;
    let receipts = Receipts::read(snapshot, wanted.period)?;
    let computed = compute(snapshot, &[])?;
    let people = People::default();
    let fingerprint = snapshot.fingerprint();
    let scene = scene(home, snapshot, wanted, &people, &computed, &fingerprint);
    Ok(prizes::build(&PrizeInputs { scene, rules: &rules, receipts: &receipts })?)
}

/// Makes the report on services of membership cards.
///
/// # Errors
/// [`RunError`] when the rules are wrong, tiers or uses cannot be read or an equation does not hold.
pub(super) async fn entitlements(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    wanted: &Commission<'_>,
) -> Result<Report, RunError> {
    let rules = home.entitlements()?;
    let day = wanted.period.last_day();
    let year = Period::holding(Unit::Year, day);
    let uses = Use::read(snapshot, year.first_day(), day)?;
    let subjects = Subjects::read(snapshot, SubjectKind::Member, &[])?;
    let people = People::read(snapshot, SubjectKind::Member, &["department_id", "customer_id"])?;
    // A ledger of members alone has nobody in charge.
    let has_customers = snapshot.mapping().entities.contains_key("customer");
    let customers = if has_customers { People::read(snapshot, SubjectKind::Customer, &[])? } else { People::default() };
    let departments = names_of(snapshot, "department", "department_id")?;
    let rights = match &rules.scheme {
        None => Rights::Cards(Cards::read(snapshot, &rules)?),
        Some(scheme) => Rights::Grades(kept(home, snapshot, store, &rules, (scheme, year.first_day(), day)).await?),
    };
    let computed = compute(snapshot, &[])?;
    let fingerprint = snapshot.fingerprint();
    let inputs = EntitlementInputs {
        scene: scene(home, snapshot, wanted, &people, &computed, &fingerprint),
        rules: &rules,
        rights: &rights,
        uses: &uses,
        members: &subjects.on(day).collect::<Vec<u32>>(),
        customers: &customers,
        departments: &departments,
    };
    Ok(entitlements::build(&inputs)?)
}

/// The kept grades of a scheme that hold on any day from one to another, the earliest first.
async fn kept(
    home: &Home,
    snapshot: &Snapshot,
    store: &mut Store,
    rules: &Entitlements,
    (id, from, to): (&str, NaiveDate, NaiveDate),
) -> Result<Vec<(NaiveDate, Kept)>, RunError> {
    let scheme = home.scheme(id)?;
    let mut sets = Vec::new();
    let mut before = days_after(to, 1);
    while before > from {
        let Some(set) = store.kept_before(id, before).await? else { break };
        let place = |name: &str| {
            let grade = scheme.rank_of(name).and_then(|rank| scheme.grade(rank))?;
            rules.tiers.iter().position(|tier| tier.id == grade.id)
        };
        let tiers: Vec<Option<usize>> = set.grades.split('\n').map(place).collect();
        let members = snapshot.dictionaries().of("member_id");
        let mut held: Kept = BTreeMap::new();
        for row in read_parquet(&set.rows)? {
            let grade = row.held.and_then(|held| {
                let tier = tiers.get(usize::from(held.rank)).copied().flatten()?;
                Some((tier, held.valid_to))
            });
            if let (Some(member), Some(grade)) = (members.and_then(|known| known.code(&row.subject)), grade) {
                held.insert(member, grade);
            }
        }
        before = set.as_of;
        sets.push((set.as_of, held));
    }
    if sets.is_empty() {
        return Err(RunError::NothingKept { scheme: id.to_owned(), day: to });
    }
    sets.reverse();
    Ok(sets)
}
