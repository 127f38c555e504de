use super::{
    compare::{Audit, DoesNotAddUp, What},
    entries::{Found, Posted, Why},
    person::{Referred, attended, referrals},
    purchase::{Accounts, Line, LineKind, OrderKey},
    *,
};
use crate::{
    declaration::Declaration,
    money::{Currency, Scale},
    period::{SECONDS_A_DAY, parse_day},
    points::programme::{Known, Multipliers},
};
use proptest::prelude::*;

const ANN: u32 = 1;
const BOB: u32 = 2;

fn programme(earn: &str) -> Programme {
    let text = format!(
        "title = {{ zh = \"积分\", en = \"Points\" }}\nrequirements = [\"S15\"]\nbeyond-balance = \"honour\"\n\
         [[version]]\nid = \"v\"\nin-force = \"2020-01-01\"\ndecided-by = \"us\"\nreason = \"test\"\n\
         lapse = {{ by = \"lot\", validity = \"12M\" }}\n{earn}"
    );
    let currency = Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() };
    let grades = |_: &str| Some(vec!["plain".to_owned(), "gold".to_owned()]);
    let known = Known { currency: &currency, schemes: &["tier".to_owned()], grades: &grades };
    Programme::check(&Declaration::new("p.toml", &text), "p", known).unwrap()
}

fn purchases(per: &str, floor: &str) -> Programme {
    programme(&format!(
        "[[version.earn]]\nrule = \"purchase\"\npurchase = {{ per = \"{per}\", floor = \"{floor}\", multiplier = {{ scheme = \"tier\", factor = {{ gold = \"2\" }} }} }}\n"
    ))
}

fn october(programme: &Programme) -> Rules<'_> {
    Rules::new(programme, Period::parse("2026-10").unwrap())
}

/// A line at an instant such as `2026-10-31 23:59`.
fn line(order: u128, member: u32, at: &str, kind: LineKind, amount: i64) -> Line {
    let (day, time) = at.split_once(' ').unwrap();
    let (hour, minute) = time.split_once(':').unwrap();
    let seconds = (hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap()) * 60;
    let at = i64::from(day_number(parse_day(day).unwrap())) * SECONDS_A_DAY + seconds;
    Line { own: OrderKey::Id(order), of: 0, member, at, kind, amount }
}

fn sale(order: u128, at: &str, amount: i64) -> Line {
    line(order, ANN, at, LineKind::Sale, amount)
}

fn back(order: u128, of: u128, at: &str, amount: i64) -> Line {
    Line { of, ..line(order, ANN, at, LineKind::Return, -amount) }
}

fn gold(by: &Multipliers, _: i32, _: u32) -> i64 {
    by.thousandths["gold"]
}

fn once(_: &Multipliers, _: i32, _: u32) -> i64 {
    1_000
}

/// Expected points as (order, member, points), in order.
fn worked(rules: &Rules<'_>, lines: &[Line], factor: &dyn Fn(&Multipliers, i32, u32) -> i64) -> Vec<(u128, u32, i64)> {
    let mut found = Vec::new();
    Accounts::new(rules, lines).expected(rules, factor, &mut |one| {
        found.push((one.order.map_or(0, OrderKey::id), one.member, one.points));
    });
    found.sort_unstable();
    found
}

#[test]
fn fractions_are_dropped_once_an_order_or_once_a_line() {
    let lines =
        [sale(7, "2026-10-05 10:00", 1_060), sale(7, "2026-10-05 10:00", 2_050), sale(8, "2026-10-06 09:00", 99)];
    // 10.60 + 20.50 = 31.10: 31 by order, 10 + 20 by line; 0.99 is nothing.
    let (order, lines_of) = (purchases("1", "order"), purchases("1", "line"));
    assert_eq!(worked(&october(&order), &lines, &once), [(7, ANN, 31), (8, ANN, 0)]);
    assert_eq!(worked(&october(&lines_of), &lines, &once), [(7, ANN, 30), (8, ANN, 0)]);
}

#[test]
fn a_tier_doubles_what_is_left_after_dropping_fractions() {
    let order = purchases("10", "order");
    let lines = [sale(7, "2026-10-05 10:00", 19_990)];
    // 199.90 at 10 a point: 19, twice 38, not the 39 of 39.98.
    assert_eq!(worked(&october(&order), &lines, &gold), [(7, ANN, 38)]);
    assert_eq!(worked(&october(&order), &lines, &|_, _, _| 1_500), [(7, ANN, 28)], "19 times 1.5 is 28.5");
}

#[test]
fn goods_taken_back_in_parts_leave_what_remains() {
    let order = purchases("1", "order");
    let rules = october(&order);
    let mut lines = vec![sale(7, "2026-10-05 10:00", 10_060), back(20, 7, "2026-10-09 10:00", 3_070)];
    // 100.60 earns 100; 69.90 remains and is worth 69: 31 are taken back, not 30.
    assert_eq!(worked(&rules, &lines, &once), [(7, ANN, 100), (20, ANN, -31)]);
    lines.push(back(21, 7, "2026-10-12 10:00", 6_990));
    assert_eq!(worked(&rules, &lines, &once), [(7, ANN, 100), (20, ANN, -31), (21, ANN, -69)]);
    assert_eq!(worked(&rules, &lines, &gold), [(7, ANN, 200), (20, ANN, -62), (21, ANN, -138)]);
    // More than was sold cannot come back.
    lines.push(back(22, 7, "2026-10-13 10:00", 5_000));
    assert_eq!(worked(&rules, &lines, &once).last(), Some(&(22, ANN, 0)));
}

#[test]
fn goods_of_an_earlier_period_take_back_what_that_order_earned() {
    let order = purchases("1", "order");
    let lines = [
        sale(7, "2026-09-29 10:00", 10_060),
        back(19, 7, "2026-09-30 10:00", 70),
        back(20, 7, "2026-10-02 10:00", 3_000),
    ];
    // 99.90 stood at the end of September: 99. 69.90 remains: 30 back.
    let (day, month) =
        (day_number(parse_day("2026-09-29").unwrap()), |_: &Multipliers, day: i32, _: u32| i64::from(day));
    assert_eq!(worked(&october(&order), &lines, &once), [(20, ANN, -30)]);
    let accounts = Accounts::new(&october(&order), &lines);
    assert_eq!(accounts.multiplied(&october(&order)).iter().map(|(_, day)| *day).collect::<Vec<_>>(), [day]);
    let factor = (99 * i64::from(day) / 1_000) - (69 * i64::from(day) / 1_000);
    assert_eq!(worked(&october(&order), &lines, &month), [(20, ANN, -factor)], "the tier is that of the order's day");
}

#[test]
fn a_return_that_names_no_order_takes_back_what_it_is_worth_itself() {
    let order = purchases("1", "order");
    let rules = october(&order);
    let lines = [
        sale(7, "2026-10-05 10:00", 10_060),
        back(20, 0, "2026-10-09 10:00", 3_070),
        back(21, 99, "2026-10-09 11:00", 150),
    ];
    assert_eq!(worked(&rules, &lines, &once), [(7, ANN, 100), (20, ANN, -30), (21, ANN, -1)]);
    assert_eq!(Accounts::new(&rules, &lines).unknown, 1, "nobody knows order 99");
    // So does a correction that stands alone; one of an order changes the order.
    let paid_back = |order| line(order, ANN, "2026-10-07 10:00", LineKind::Adjustment, -199);
    let lines = [sale(7, "2026-10-05 10:00", 10_060), paid_back(7), paid_back(30)];
    assert_eq!(worked(&rules, &lines, &once), [(7, ANN, 98), (30, ANN, -1)]);
}

#[test]
fn an_order_across_midnight_is_one_order() {
    let order = purchases("1", "order");
    let lines = [sale(7, "2026-10-14 23:59", 5_060), sale(7, "2026-10-15 00:01", 4_940)];
    assert_eq!(worked(&october(&order), &lines, &once), [(7, ANN, 100)], "not 50 and 49");
    // Across the end of the month each has its part, and both together are the whole.
    let lines = [sale(7, "2026-10-31 23:59", 5_060), sale(7, "2026-11-01 00:01", 4_940)];
    let november = Rules::new(&order, Period::parse("2026-11").unwrap());
    assert_eq!(worked(&october(&order), &lines, &once), [(7, ANN, 50)]);
    assert_eq!(worked(&november, &lines, &once), [(7, ANN, 50)]);
}

#[test]
fn an_order_without_value_earns_nothing_and_is_known() {
    let order = purchases("1", "order");
    let rules = october(&order);
    let audit = audit(&rules, &[sale(7, "2026-10-05 10:00", 0)], &[]);
    assert_eq!((audit.equal, audit.differences.len()), (1, 0));
    let audit = self::audit(&rules, &[sale(7, "2026-10-05 10:00", 0)], &[posted(ANN, 7, 5)]);
    assert_eq!(told(&audit), [(7, ANN, 0, 5, What::TooMany)]);
}

#[test]
fn each_member_of_an_order_has_a_part_and_strangers_have_none() {
    let order = purchases("1", "order");
    let stranger = 0;
    let at = "2026-10-05 10:00";
    let lines = [
        sale(7, at, 1_060),
        line(7, BOB, at, LineKind::Sale, 2_060),
        line(8, stranger, at, LineKind::Sale, 9_000),
        line(9, BOB, at, LineKind::Sale, 4_000),
        // Ann brings back what Bob bought: his points go.
        back(20, 9, "2026-10-06 10:00", 1_000),
        // Nobody earned points with the stranger's order, so none go.
        back(21, 8, "2026-10-06 10:00", 1_000),
    ];
    assert_eq!(worked(&october(&order), &lines, &once), [(7, ANN, 10), (7, BOB, 20), (9, BOB, 30)]);
}

fn posted(member: u32, order: u128, points: i64) -> Posted {
    let day = day_number(parse_day("2026-10-05").unwrap());
    let why = Why { rule: (points > 0).then(|| "purchase".to_owned()), order };
    Posted { member, day, points, reverse: points < 0, why, reverses: 0 }
}

fn audit(rules: &Rules<'_>, lines: &[Line], entries: &[Posted]) -> Audit {
    let mut expected = Vec::new();
    Accounts::new(rules, lines).expected(rules, &once, &mut |one| expected.push(one));
    let mut found = Found::default();
    for entry in entries {
        found.add(rules, entry);
    }
    let audit = Audit::new(&expected, &found);
    audit.check("p", "2026-10").unwrap();
    audit
}

/// Differences as (order, member, expected, in ledger, what), in order.
fn told(audit: &Audit) -> Vec<(u128, u32, i64, i64, What)> {
    let mut all: Vec<_> =
        audit.differences.iter().map(|one| (one.key.1, one.key.2, one.expected, one.found, one.what)).collect();
    all.sort_unstable();
    all
}

#[test]
fn each_difference_is_called_what_it_is() {
    let order = purchases("1", "order");
    let rules = october(&order);
    let at = "2026-10-05 10:00";
    let all: Vec<Line> = (1..=5).map(|order| sale(order, at, 10_000)).collect();
    let entries =
        [posted(ANN, 1, 100), posted(ANN, 2, 99), posted(ANN, 3, 101), posted(BOB, 4, 100), posted(ANN, 6, 7)];
    let audit = audit(&rules, &all, &entries);
    assert_eq!(
        told(&audit),
        [
            (2, ANN, 100, 99, What::TooFew),
            (3, ANN, 100, 101, What::TooMany),
            (4, ANN, 100, 0, What::Missing),
            (4, BOB, 0, 100, What::OtherMember),
            (5, ANN, 100, 0, What::Missing),
            (6, ANN, 0, 7, What::Unexpected),
        ]
    );
    assert_eq!((audit.equal, audit.expected, audit.found), (1, 500, 407));
}

#[test]
fn what_is_taken_back_is_found_by_the_return_or_by_its_order() {
    let order = purchases("1", "order");
    let rules = october(&order);
    let all = [sale(7, "2026-10-05 10:00", 10_060), back(20, 7, "2026-10-09 10:00", 3_070)];
    for entries in [[posted(ANN, 7, 100), posted(ANN, 20, -31)], [posted(ANN, 7, 100), posted(ANN, 7, -31)]] {
        assert_eq!(told(&audit(&rules, &all, &entries)), [], "{entries:?}");
    }
    let short = audit(&rules, &all, &[posted(ANN, 7, 100), posted(ANN, 20, -5)]);
    assert_eq!(told(&short), [(20, ANN, -31, -5, What::TooMany)]);
    assert!(short.differences[0].kept());
    let none = audit(&rules, &all, &[posted(ANN, 7, 100)]);
    assert_eq!(told(&none), [(20, ANN, -31, 0, What::Missing)]);
}

#[test]
fn lines_without_an_order_are_compared_by_member() {
    let order = purchases("1", "order");
    let alone = |line: u128, amount| Line { own: OrderKey::Line(line), ..sale(0, "2026-10-05 10:00", amount) };
    let audit = audit(&october(&order), &[alone(1, 1_060), alone(2, 1_060)], &[posted(ANN, 0, 20)]);
    assert_eq!((told(&audit), audit.equal), (Vec::new(), 1), "an entry of purchases that names no order");
}

#[test]
fn entries_of_a_rule_nobody_knows_are_counted_and_not_compared() {
    let order = purchases("1", "order");
    let rules = october(&order);
    let mut found = Found::default();
    let rule =
        |rule: Option<&str>, order| Posted { why: Why { rule: rule.map(str::to_owned), order }, ..posted(ANN, 0, 40) };
    found.add(&rules, &rule(Some("birthday"), 7));
    found.add(&rules, &rule(None, 0));
    found.add(&rules, &rule(None, 7));
    let unknown: Vec<_> =
        found.unknown.iter().map(|(rule, count)| (rule.as_str(), count.entries, count.points)).collect();
    assert_eq!(unknown, [("", 1, 40), ("birthday", 1, 40)]);
    assert_eq!(found.points, 40, "an entry with an order and no rule is one of purchases");
}

#[test]
fn a_referral_counts_on_the_day_of_the_first_paid_order() {
    let programme = programme("[[version.earn]]\nrule = \"friend\"\nreferral = 100\n");
    let rules = october(&programme);
    let day = |text: &str| Some(day_number(parse_day(text).unwrap()));
    let one = |member, by, blocked, paid| Referred { member, by, blocked, paid };
    let all = [
        one(3, ANN, false, day("2026-10-31")),
        one(4, ANN, false, day("2026-09-30")),
        one(5, ANN, false, None),
        one(6, ANN, true, day("2026-10-02")),
        one(BOB, BOB, false, day("2026-10-02")),
    ];
    let mut found = Vec::new();
    referrals(&rules, all.into_iter(), &mut |one| found.push((one.member, one.day, one.points)));
    assert_eq!(found, [(ANN, day("2026-10-31").unwrap(), 100)]);
}

#[test]
fn an_event_earns_what_its_rule_says() {
    let programme = programme("[[version.earn]]\nrule = \"event\"\nevent = { \"周年庆\" = 200 }\n");
    let rules = october(&programme);
    let (inside, outside) = (rules.days.1, rules.days.1 + 1);
    let mut found = Vec::new();
    for (member, event, day) in
        [(ANN, "周年庆", inside), (ANN, "周年庆", outside), (ANN, "=cmd()", inside), (0, "周年庆", inside)]
    {
        attended(&rules, (member, event, day), &mut |one| found.push((one.member, one.points)));
    }
    assert_eq!(found, [(ANN, 200)]);
}

#[test]
fn what_does_not_add_up_is_not_told() {
    let audit = Audit { expected: 10, found: 12, ..Audit::default() };
    let error: DoesNotAddUp = audit.check("p", "2026-10").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the audit of `p` in 2026-10 does not add up: expected 10 and differences of 0 are not the 12 of the ledger"
    );
}

proptest! {
    #[test]
    fn what_an_order_earns_over_all_months_is_what_remains(
        sales in proptest::collection::vec((1_u32..=28, 0_i64..50_000), 1..5),
        returns in proptest::collection::vec((1_u32..=28, 9_u32..=11, 0_i64..60_000), 0..6),
        corrected in -3_000_i64..3_000,
        thousandths in 1_i64..3_000,
        (per, unit) in prop::sample::select(vec![("1", 100_i64), ("0.01", 1), ("7.5", 750), ("1000", 100_000)]),
    ) {
        let programme = purchases(per, "order");
        let mut lines: Vec<Line> =
            sales.iter().map(|(day, amount)| sale(7, &format!("2026-09-{day:02} 10:00"), *amount)).collect();
        lines.push(line(7, ANN, "2026-09-29 10:00", LineKind::Adjustment, corrected));
        for (number, (day, month, amount)) in (20..).zip(&returns) {
            lines.push(back(number, 7, &format!("2026-{month:02}-{day:02} 12:00"), *amount));
        }
        let mut total = 0;
        for month in ["2026-09", "2026-10", "2026-11"] {
            let rules = Rules::new(&programme, Period::parse(month).unwrap());
            total += worked(&rules, &lines, &|_, _, _| thousandths).iter().map(|(_, _, points)| points).sum::<i64>();
            prop_assert!(total >= 0, "{total} after {month}");
        }
        let remains: i64 = lines.iter().map(|line| line.amount).sum::<i64>().max(0);
        prop_assert_eq!(total, remains / unit * thousandths / 1_000);
        let year = Rules::new(&programme, Period::parse("2026").unwrap());
        let all: i64 = worked(&year, &lines, &|_, _, _| thousandths).iter().map(|(_, _, points)| points).sum();
        prop_assert_eq!(all, total, "the year is its months");
    }
}
