use super::oracle::Oracle;
use super::*;
use crate::{
    declaration::Declaration,
    money::{Currency, Scale},
    points::programme::Known,
};
use proptest::prelude::*;

fn programme(beyond: &str, lapse: &str, pending: i64) -> Programme {
    let text = format!(
        "title = {{ zh = \"积分\", en = \"Points\" }}\nrequirements = [\"S16\"]\nclasses = \"c\"\nbeyond-balance = \"{beyond}\"\n\
         [[version]]\nid = \"v\"\nin-force = \"1960-01-01\"\ndecided-by = \"us\"\nreason = \"test\"\npending-days = {pending}\nlapse = {lapse}\n"
    );
    let currency = Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() };
    let grades = |_: &str| Some(vec!["ordinary".to_owned(), "vip".to_owned()]);
    let known = Known { currency: &currency, schemes: &["c".to_owned()], grades: &grades };
    Programme::check(&Declaration::new("p.toml", &text), "p", known).unwrap()
}

fn entry(day: i32, kind: Kind, points: i64, id: u128) -> Entry {
    let at = i64::from(day) * 86_400;
    Entry { at, points, kind, id, reverses: 0, order: 0, key: 0, expires_on: NO_DAY, usable_from: NO_DAY }
}

/// What the lots hold, as (day earned, left, last day).
fn held(walker: &Walker<'_>) -> Vec<(i32, i64, i32)> {
    walker.lots().map(|(lot, last)| (lot.earned, lot.left, last)).collect()
}

#[test]
fn what_is_spent_comes_from_the_lot_that_lapses_first() {
    let programme = programme("honour", "{ by = \"lot\", validity = \"as-entered\" }", 0);
    let mut walker = Walker::new(&programme);
    walker.begin(0);
    let mut entries = vec![entry(10, Kind::Earn, 50, 1), entry(11, Kind::Earn, 30, 2), entry(12, Kind::Earn, 40, 3)];
    entries[0].expires_on = 100;
    entries[1].expires_on = 60;
    entries.push(entry(20, Kind::Redeem, -45, 4));
    walker.advance(&entries, 20);
    assert_eq!(held(&walker), [(10, 35, 100), (12, 40, crate::points::rulebook::FOREVER)]);
    assert_eq!((walker.balance(20), walker.lapsed(101), walker.balance(101)), (75, 35, 40));
}

#[test]
fn what_is_spent_beyond_the_balance_is_owed_or_not_met() {
    let entries = [
        entry(1, Kind::Earn, 10, 1),
        entry(5, Kind::Redeem, -12, 2),
        entry(6, Kind::Earn, 5, 3),
        entry(20, Kind::Redeem, -4, 4),
        entry(21, Kind::Earn, 7, 5),
    ];
    let lot = "{ by = \"lot\", validity = \"10D\" }";
    let (honour, refuse) = (programme("honour", lot, 0), programme("refuse", lot, 0));
    let mut walker = Walker::new(&honour);
    walker.begin(0);
    walker.advance(&entries, 5);
    assert_eq!((walker.balance(5), walker.owed()), (0, 2));
    walker.advance(&entries, 20);
    // Two of the five paid what was owed; three had lapsed without a posting, and the ledger says four were spent.
    assert_eq!((walker.balance(20), walker.lapsed(20), walker.owed(), walker.unmet()), (0, 0, 1, 0));
    walker.advance(&entries, 30);
    assert_eq!((held(&walker), walker.owed()), (vec![(21, 6, 30)], 0));
    let mut walker = Walker::new(&refuse);
    walker.begin(0);
    walker.advance(&entries, 30);
    assert_eq!((walker.balance(30), walker.lapsed(30), walker.owed(), walker.unmet()), (7, 5, 0, 6));
}

#[test]
fn points_wait_until_they_can_be_used() {
    let programme = programme("refuse", "{ by = \"lot\", validity = \"12M\" }", 14);
    let mut walker = Walker::new(&programme);
    let mut dated = entry(100, Kind::Earn, 7, 2);
    dated.usable_from = 101;
    let entries =
        [entry(100, Kind::Earn, 10, 1), dated, entry(113, Kind::Redeem, -9, 3), entry(114, Kind::Redeem, -9, 4)];
    walker.begin(0);
    walker.advance(&entries, 113);
    assert_eq!((walker.balance(113), walker.pending(113), walker.unmet()), (10, 10, 2));
    walker.advance(&entries, 114);
    assert_eq!((walker.balance(114), walker.pending(114), walker.unmet()), (1, 0, 2));
}

#[test]
fn a_return_takes_from_its_own_lot_and_then_from_the_newest() {
    let programme = programme("honour", "{ by = \"lot\", validity = \"unlimited\" }", 0);
    let mut walker = Walker::new(&programme);
    let mut first = entry(1, Kind::Earn, 10, 1);
    first.order = 77;
    let mut of_order = entry(4, Kind::Reverse, -12, 4);
    of_order.order = 77;
    let mut of_entry = entry(5, Kind::Reverse, -3, 5);
    of_entry.reverses = 2;
    let entries = [
        first,
        entry(2, Kind::Earn, 20, 2),
        entry(3, Kind::Earn, 30, 3),
        of_order,
        of_entry,
        entry(6, Kind::Reverse, -50, 6),
    ];
    walker.begin(0);
    walker.advance(&entries, 4);
    assert_eq!(held(&walker).iter().map(|lot| lot.1).collect::<Vec<_>>(), [20, 28]);
    walker.advance(&entries, 5);
    assert_eq!(held(&walker).iter().map(|lot| lot.1).collect::<Vec<_>>(), [17, 28]);
    walker.advance(&entries, 6);
    assert_eq!((held(&walker).len(), walker.owed()), (0, 5));
}

#[test]
fn what_is_given_back_returns_to_its_lots() {
    let programme = programme("honour", "{ by = \"calendar\", on = [\"12-31\"] }", 0);
    let mut walker = Walker::new(&programme);
    let mut back = entry(30, Kind::Redeem, 12, 5);
    back.reverses = 3;
    let mut zeroed_back = entry(400, Kind::Zero, 28, 7);
    zeroed_back.reverses = 6;
    let entries = [
        entry(1, Kind::Earn, 10, 1),
        entry(2, Kind::Earn, 20, 2),
        entry(3, Kind::Redeem, -15, 3),
        entry(4, Kind::Redeem, -2, 4),
        back,
        entry(364, Kind::Zero, -25, 6),
        entry(380, Kind::Earn, 9, 8),
        zeroed_back,
    ];
    walker.begin(0);
    walker.advance(&entries, 30);
    // Of the fifteen, ten came from the first lot and five from the second, which was taken last and is filled first.
    assert_eq!(held(&walker), [(1, 7, 364), (2, 18, 364)]);
    walker.advance(&entries, 390);
    assert_eq!(held(&walker), [(380, 9, 729)]);
    walker.advance(&entries, 400);
    // Twenty-five return to their lots, which lapsed; three more than were taken are new.
    assert_eq!(held(&walker), [(1, 7, 364), (2, 18, 364), (380, 9, 729), (400, 3, 729)]);
    assert_eq!((walker.lapsing(364), walker.balance(400)), (25, 12));
}

#[test]
fn what_is_given_back_pays_what_was_taken_in_vain() {
    for (beyond, lapsed, unmet) in [("honour", 20, 0), ("refuse", 25, 5)] {
        let programme = programme(beyond, "{ by = \"lot\", validity = \"10D\" }", 0);
        let mut walker = Walker::new(&programme);
        walker.begin(0);
        let back = |day, id, reverses| Entry { reverses, ..entry(day, Kind::Expire, 20, id) };
        // What lapsed is posted, the posting is reversed later, and meanwhile it was posted once more, dated back.
        let entries = [
            entry(1, Kind::Earn, 20, 1),
            entry(10, Kind::Expire, -20, 2),
            entry(10, Kind::Expire, -20, 3),
            back(40, 4, 2),
            entry(50, Kind::Earn, 7, 5),
            back(60, 6, 3),
        ];
        walker.advance(&entries, 45);
        assert_eq!((walker.lapsed(45), walker.owed(), walker.unmet()), (0, 0, 0), "{beyond}");
        walker.advance(&entries, 55);
        assert_eq!(held(&walker), [(50, 7, 59)], "{beyond}");
        walker.advance(&entries, 60);
        assert_eq!(held(&walker), [(1, 20, 10), (50, 7, 59)], "{beyond}");

        let spent = [
            entry(1, Kind::Earn, 25, 1),
            entry(10, Kind::Expire, -25, 2),
            entry(20, Kind::Redeem, -5, 3),
            Entry { points: 25, ..back(40, 4, 2) },
        ];
        walker.begin(0);
        walker.advance(&spent, 40);
        assert_eq!((walker.lapsed(40), walker.owed(), walker.unmet()), (lapsed, 0, unmet), "{beyond}");
    }
}

#[test]
fn points_given_to_whoever_was_never_active_have_a_time_too() {
    let programme = programme("honour", "{ by = \"inactivity\", validity = \"10D\", last-day = \"same-day\" }", 0);
    let mut walker = Walker::new(&programme);
    walker.begin(0);
    let entries = [
        entry(5, Kind::Adjust, 50, 1),
        entry(8, Kind::Adjust, 1, 2),
        // Neither a return nor what is given back is activity.
        entry(9, Kind::Earn, -1, 3),
        entry(10, Kind::Redeem, 2, 4),
        // Their time is over, and that of new ones begins.
        entry(30, Kind::Adjust, 4, 5),
    ];
    walker.advance(&entries, 15);
    assert_eq!((walker.balance(15), walker.balance(16), walker.lapsing(15)), (52, 0, 52));
    walker.advance(&entries, 30);
    assert_eq!((walker.lapsed(30), walker.balance(40), walker.balance(41)), (52, 4, 0));
}

#[test]
fn a_lot_keeps_counting_activity_when_a_later_version_lapses_by_lot() {
    let mut programme = programme("honour", "{ by = \"inactivity\", validity = \"10D\", last-day = \"same-day\" }", 0);
    let mut later = programme.versions[0].clone();
    later.in_force = crate::period::day_from_number(8).unwrap();
    later.lapse = super::super::programme::Lapse::Lot(crate::points::validity::Validity {
        length: crate::points::validity::Length::Days(5),
        last_day: crate::points::validity::LastDay::SameDay,
        round_to: crate::period::Unit::Day,
    });
    programme.versions.push(later);
    let mut walker = Walker::new(&programme);
    walker.begin(0);
    let entries = [entry(1, Kind::Earn, 10, 1), entry(9, Kind::Earn, 4, 2), entry(18, Kind::Redeem, -1, 3)];
    walker.advance(&entries, 20);
    // The member was active on days 9 and 18; the lot of day 9 has five days of its own.
    assert_eq!(held(&walker), [(9, 4, 14), (1, 9, 28)]);
}

#[test]
fn points_are_zeroed_on_the_days_of_the_class() {
    let programme = programme(
        "honour",
        "{ by = \"calendar\", on = [\"03-31\", \"06-30\", \"09-30\", \"12-31\"], class.vip = [\"04-30\", \"08-31\", \"12-31\"] }",
        0,
    );
    assert_eq!(programme.class_names(), ["vip"]);
    let mut walker = Walker::new(&programme);
    for (class, expected) in [(0, [89, 180, 180, 364]), (1, [119, 119, 242, 364])] {
        walker.begin(class);
        // 1 January, 1 April, 30 June and 31 December of 1970.
        let days = [0, 90, 180, 364];
        let entries: Vec<Entry> =
            days.iter().map(|day| entry(*day, Kind::Earn, 1, u128::from(day.unsigned_abs()) + 1)).collect();
        walker.advance(&entries, 400);
        let lasts: Vec<i32> = held(&walker).iter().map(|lot| lot.2).collect();
        assert_eq!(lasts, expected, "class {class}");
    }
}

#[test]
fn all_points_lapse_when_a_member_was_not_active_in_time() {
    let programme = programme("honour", "{ by = \"inactivity\", validity = \"10D\", last-day = \"same-day\" }", 0);
    let mut walker = Walker::new(&programme);
    walker.begin(0);
    let entries = [
        entry(1, Kind::Earn, 10, 1),
        entry(11, Kind::Redeem, -1, 2),
        // A correction by hand is no activity.
        entry(15, Kind::Adjust, 5, 3),
        entry(22, Kind::Earn, 4, 4),
    ];
    walker.advance(&entries, 21);
    assert_eq!((walker.balance(21), held(&walker)), (14, vec![(1, 9, 21), (15, 5, 21)]));
    walker.advance(&entries, 22);
    assert_eq!((walker.balance(22), walker.lapsed(22)), (4, 14));
    walker.advance(&entries, 40);
    assert_eq!((walker.balance(32), walker.balance(33)), (4, 0));
}

/// An entry as a property test draws it: days later, kind, points, which earlier entry it names, how long it waits.
type Drawn = (i32, usize, i64, usize, Option<i32>);

fn sequence(drawn: &[Drawn]) -> Vec<Entry> {
    let mut day = 0;
    let mut entries: Vec<Entry> = Vec::new();
    for (at, (later, kind, points, named, wait)) in drawn.iter().enumerate() {
        day += later;
        let mut made = entry(day, Kind::ALL[*kind], *points, u128::try_from(at).unwrap() + 1);
        // Entries of one second are in an order of their own, which others test.
        made.at += i64::try_from(at).unwrap();
        made.order = u128::try_from(named % 3).unwrap();
        made.reverses = entries.get(*named).map_or(0, |other| other.id);
        made.usable_from = wait.map_or(NO_DAY, |wait| day + wait);
        entries.push(made);
    }
    entries
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn lots_equal_a_slow_and_obvious_account(
        drawn in prop::collection::vec((0_i32..9, 0_usize..6, -12_i64..13, 0_usize..40, prop::option::of(0_i32..6)), 1..40),
        honour in any::<bool>(),
        pending in 0_i32..4,
        length in 1_i32..30,
    ) {
        let lapse = format!("{{ by = \"lot\", validity = \"{length}D\", last-day = \"same-day\" }}");
        let programme = programme(if honour { "honour" } else { "refuse" }, &lapse, i64::from(pending));
        let entries = sequence(&drawn);
        let mut walker = Walker::new(&programme);
        walker.begin(0);
        let mut oracle = Oracle::default();
        let mut sum = 0;
        for (at, entry) in entries.iter().enumerate() {
            oracle.take_in(entry, programme.beyond_balance, length, pending);
            sum += entry.points;
            if entries.get(at + 1).is_some_and(|next| next.day() == entry.day()) {
                continue;
            }
            let day = entry.day();
            walker.advance(&entries, day);
            prop_assert_eq!((walker.owed(), walker.unmet()), (oracle.owed, oracle.unmet));
            prop_assert_eq!(walker.balance(day), oracle.count(|point| point.last >= day));
            prop_assert_eq!(walker.pending(day), oracle.count(|point| point.last >= day && point.from > day));
            prop_assert_eq!(walker.lapsed(day), oracle.count(|point| point.last < day));
            prop_assert!(walker.lots().all(|(lot, _)| lot.left > 0 && lot.left <= lot.points));
            // Nothing comes from nowhere and nothing is lost: the sum of the entries is what the lots hold less what nobody had.
            let left: i64 = walker.lots().map(|(lot, _)| lot.left).sum();
            prop_assert_eq!(sum, left - walker.owed() - walker.unmet());
            for on in [day - 1, day, day + 3] {
                prop_assert_eq!(walker.lapsing(on), oracle.count(|point| point.last <= on));
            }
        }
    }
}
