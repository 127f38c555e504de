//! Expected points of a period beside the entries of the ledger (S15), and the postings that would mend what differs.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ledger::{batch::identity_of, snapshot::Snapshot},
    period::{Period, Unit, day_from_number, day_number, days_after},
    points::{
        accrual::{
            Rules,
            compare::{Audit, Difference},
            entries::{Count, Found},
            person::referrals,
            purchase::{Accounts, ONCE},
            read,
        },
        members::Classes,
        programme::{Earned, Multipliers, Programme},
    },
    run::{
        error::RunError,
        home::{Home, unknown},
        points::tiers,
        store::Store,
    },
};

/// A difference in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The member.
    pub member: String,
    /// The order; `None` for what is no order, or for lines without one.
    pub order: Option<String>,
    /// The rule.
    pub rule: String,
    /// What differs.
    pub difference: Difference,
    /// The key of a posting that would mend it: no entry of the ledger has it yet.
    pub key: String,
}

/// What an audit found.
#[derive(Debug)]
pub struct Told {
    /// The differences, by member, rule and order.
    pub lines: Vec<Line>,
    /// The figures.
    pub audit: Audit,
    /// Entries of rules that the programme does not know, by the rule as written; empty for none.
    pub unknown: BTreeMap<String, Count>,
    /// What was adjusted by hand, which is not compared.
    pub adjusted: Count,
    /// Lines of the period that name an order which the ledger does not have.
    pub lost: u64,
}

/// Holds what a programme's rules give in a period, or one of them, against the ledger.
///
/// # Errors
/// [`RunError`] when there are no rules, or none of the name; when the ledger cannot be read or grades cannot be had; when figures do not add up.
pub async fn work_out(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    (programme, period): (&Programme, Period),
    rule: Option<&str>,
) -> Result<Told, RunError> {
    let mut rules = Rules::new(programme, period);
    if let Some(name) = rule {
        let names: Vec<String> = rules.names.iter().map(|name| (*name).to_owned()).collect();
        rules.only = Some(rules.place(name).ok_or_else(|| unknown("rule", name, &names))?);
    }
    if !rules.any(|_| true) {
        return Err(RunError::NoEarnRules { programme: programme.id.clone(), period: period.to_string() });
    }
    let mut expected = Vec::new();
    let (buys, refers) = (
        rules.any(|earned| matches!(earned, Earned::Purchase { .. })),
        rules.any(|earned| matches!(earned, Earned::Referral { .. })),
    );
    let mut trade = if buys || refers { read::trade(snapshot, &rules)? } else { read::Trade::default() };
    let mut lost = 0;
    if buys {
        let accounts = Accounts::new(&rules, &std::mem::take(&mut trade.lines));
        lost = accounts.unknown;
        let graded = Graded::read(home, snapshot, store, &accounts.multiplied(&rules)).await?;
        let factor = |by: &Multipliers, day: i32, member: u32| graded.factor(by, day, member);
        accounts.expected(&rules, &factor, &mut |one| expected.push(one));
    }
    if refers {
        let referred = read::referred(snapshot, &trade)?;
        referrals(&rules, referred.into_iter(), &mut |one| expected.push(one));
    }
    if rules.any(|earned| matches!(earned, Earned::Event { .. })) {
        read::events(snapshot, &rules, &mut |one| expected.push(one))?;
    }
    let found = read::entries(snapshot, &rules)?;
    let audit = Audit::new(&expected, &found);
    audit.check(&programme.id, &period.to_string())?;
    let lines = named(snapshot, &rules, &audit, &found)?;
    Ok(Told { lines, audit, unknown: found.unknown, adjusted: found.adjusted, lost })
}

/// Grades by scheme and month, as they stood before the month.
struct Graded(BTreeMap<(String, i32), (Classes, Vec<String>)>);

impl Graded {
    /// The grades of members at the end of the day before each month in which an order began that needs them.
    async fn read(
        home: &Home,
        snapshot: &mut Snapshot,
        store: &mut Store,
        wanted: &[(&Multipliers, i32)],
    ) -> Result<Self, RunError> {
        let mut found = BTreeMap::new();
        let months: BTreeSet<(&str, i32)> = wanted.iter().map(|(by, day)| (by.scheme.as_str(), month(*day))).collect();
        for (scheme, month) in months {
            let Some(day) = day_from_number(month).map(|first| days_after(first, -1)) else { continue };
            // Before a scheme was in force nobody earned more by it.
            if home.scheme(scheme)?.version_on(day).is_some() {
                found.insert((scheme.to_owned(), month), tiers(home, snapshot, store, scheme, day).await?);
            }
        }
        Ok(Self(found))
    }

    /// The factor of a member for an order of a day, in thousandths.
    fn factor(&self, by: &Multipliers, day: i32, member: u32) -> i64 {
        let tier = self.0.get(&(by.scheme.clone(), month(day))).and_then(|(classes, names)| {
            let place = classes.of(member).checked_sub(1)?;
            names.get(place)
        });
        tier.and_then(|tier| by.thousandths.get(tier)).copied().unwrap_or(ONCE)
    }
}

/// The first day of the month of a day.
fn month(day: i32) -> i32 {
    day_from_number(day).map_or(day, |date| day_number(Period::holding(Unit::Month, date).first_day()))
}

/// The differences with the texts of members and orders, and a key each.
fn named(snapshot: &mut Snapshot, rules: &Rules<'_>, audit: &Audit, found: &Found) -> Result<Vec<Line>, RunError> {
    let text = |snapshot: &Snapshot, member: u32| {
        snapshot.dictionaries().text("member_id", member).unwrap_or_default().to_owned()
    };
    let members: BTreeSet<String> = audit.differences.iter().map(|one| text(snapshot, one.key.2)).collect();
    let orders: BTreeSet<u128> = audit.differences.iter().map(|one| one.key.1).filter(|order| *order != 0).collect();
    let orders = read::order_ids(snapshot, &members, &orders)?;
    let mut lines: Vec<Line> = Vec::new();
    for difference in &audit.differences {
        let (rule, order, member) = difference.key;
        let named = |order: u128| orders.get(&order).cloned().unwrap_or_else(|| format!("{order:032x}"));
        let mut line = Line {
            member: text(snapshot, member),
            order: Some(order).filter(|order| *order != 0).map(named),
            rule: rules.names.get(rule).copied().unwrap_or_default().to_owned(),
            difference: *difference,
            key: String::new(),
        };
        line.key = key(rules, &line, found);
        lines.push(line);
    }
    lines.sort_by(|one, other| {
        let (first, second) = (&one.difference, &other.difference);
        let by_rule = || first.key.0.cmp(&second.key.0);
        let by_order = || (&one.order, first.day).cmp(&(&other.order, second.day));
        one.member.cmp(&other.member).then_with(by_rule).then_with(by_order)
    });
    Ok(lines)
}

/// A key that says what is mended, and that no entry has yet: `accrue:{programme}:{order}`, or rule, member and day. A rule beside that of purchases, and a member beside
/// others of the same order, stand behind the order; a second mending has a number.
fn key(rules: &Rules<'_>, line: &Line, found: &Found) -> String {
    let (rule, difference) = (&line.rule, &line.difference);
    let mut parts = vec!["accrue".to_owned(), rules.programme.id.clone()];
    if let Some(order) = &line.order {
        parts.push(order.clone());
        parts.extend(Some(rule.clone()).filter(|_| Some(difference.key.0) != rules.purchase()));
        parts.extend(Some(line.member.clone()).filter(|_| difference.shared));
    } else {
        let day = day_from_number(difference.day).map_or_else(String::new, |day| day.to_string());
        parts.extend([rule.clone(), line.member.clone(), day]);
    }
    let key = parts.join(":");
    let mut numbered = (2..).map(|number: u32| format!("{key}:{number}"));
    let mut free = key.clone();
    while found.keys.contains(&identity_of(&free)) {
        free = numbered.next().unwrap_or_default();
    }
    free
}
