use chrono::NaiveDate;
use proptest::prelude::*;

use super::{
    ItemRisk, Risk,
    RiskClass::{self, Doubtful, Loss, Normal, SpecialMention, Substandard},
    change::{Listed, Move, changes},
    policy::{Action, Condition, RiskPolicy},
};
use crate::{
    declaration::{Declaration, Faults},
    money::Share,
    period::parse_day,
    receivables::{
        ageing::{Ageing, BucketTotal, CurrencyAgeing, CustomerAgeing, OpenItem},
        item::{AsOf, DueFrom, Item},
        policy::Basis,
    },
};

const SHIPPED: &str = include_str!("../../../config/risk.toml");
const EXAMPLE: &str = include_str!("../../../config/risk.example.toml");
const SCHEMES: [&str; 8] = [
    "payment-class",
    "invoicing-status",
    "profit-class",
    "conduct",
    "customer-overall",
    "price-contract",
    "lease-class-adjusted",
    "abc",
];

fn check(text: &str) -> Result<RiskPolicy, Faults> {
    let grades = |id: &str| match id {
        "customer-overall" => Some(["A", "B", "C", "D", "E"].map(str::to_owned).to_vec()),
        "abc" => Some(["A", "B", "C"].map(str::to_owned).to_vec()),
        _ => None,
    };
    RiskPolicy::check(&Declaration::new("config/risk.toml", text), &SCHEMES.map(str::to_owned), &grades)
}

fn example() -> RiskPolicy {
    check(EXAMPLE).unwrap()
}

fn day() -> NaiveDate {
    parse_day("2026-10-31").unwrap()
}

/// An ageing of items: customer, currency, days overdue, open; in the order of currency and customer.
fn ageing(items: &[(u32, u16, i64, i64)]) -> Ageing {
    let mut sorted = items.to_vec();
    sorted.sort_by_key(|(customer, currency, ..)| (*currency, *customer));
    let mut all = Ageing {
        at: AsOf { day: day(), known_to: None },
        basis: Basis::Due,
        bucket_names: vec!["all".to_owned()],
        currencies: vec!["CNY".to_owned(), "USD".to_owned()],
        items: Vec::new(),
        customers: Vec::new(),
        totals: Vec::new(),
        problems: Vec::new(),
    };
    for (place, (customer, currency, days_overdue, open)) in sorted.into_iter().enumerate() {
        let item = Item {
            customer,
            invoice: u32::try_from(place).unwrap(),
            part: 1,
            currency,
            issued_on: 0,
            due_on: 0,
            due_from: DueFrom::Stated,
            amount: open,
            paid: 0,
            paid_in_money: 0,
            paid_days_late: 0,
            settled_on: None,
            disputed: false,
            ever_disputed: false,
        };
        all.items.push(OpenItem { item, age: days_overdue, days_overdue, bucket: 0 });
        if all.customers.last().is_none_or(|last| (last.customer, last.currency) != (customer, currency)) {
            all.customers.push(CustomerAgeing {
                customer,
                currency,
                buckets: vec![0],
                unapplied: 0,
                items: 0,
                disputed: 0,
                oldest_age: None,
                first_item: place,
            });
        }
        let own = all.customers.last_mut().unwrap();
        own.items += 1;
        own.buckets[0] += i128::from(open);
    }
    for currency in [0, 1] {
        let of = || all.items.iter().filter(|open| open.item.currency == currency);
        let open =
            BucketTotal { amount: of().map(|open| i128::from(open.item.open())).sum(), ..BucketTotal::default() };
        all.totals.push(CurrencyAgeing { currency, buckets: vec![open], open, unapplied: 0, control: None });
    }
    all
}

fn classes(items: &[(u32, u16, i64, i64)]) -> Vec<RiskClass> {
    let risk = Risk::work_out(&ageing(items), &example()).unwrap();
    risk.items.iter().map(|item| item.class).collect()
}

#[test]
fn classes_begin_where_the_convention_says() {
    let policy = check(SHIPPED).unwrap();
    for (days, class) in [
        (i64::MIN, Normal),
        (-30, Normal),
        (0, Normal),
        (1, SpecialMention),
        (90, SpecialMention),
        (91, Substandard),
        (270, Substandard),
        (271, Doubtful),
        (360, Doubtful),
        (361, Loss),
        (i64::MAX, Loss),
    ] {
        assert_eq!(policy.class_of(days), class, "{days}");
    }
    assert!(!SpecialMention.at_risk() && Substandard.at_risk() && Loss.at_risk());
}

#[test]
fn items_are_pulled_only_above_the_limit() {
    // 10 % exactly does not pull, a fen more does.
    assert_eq!(classes(&[(1, 0, 91, 1_000), (1, 0, 5, 9_000)]), [Substandard, SpecialMention]);
    assert_eq!(classes(&[(1, 0, 91, 1_001), (1, 0, 5, 9_000)]), [Substandard, Substandard]);
    // What is worse stays worse; another customer is not touched.
    assert_eq!(classes(&[(1, 0, 400, 500), (1, 0, -5, 500), (2, 0, -5, 500)]), [Loss, Substandard, Normal]);
    // What one owes in one currency pulls what it owes in another; amounts are not added.
    assert_eq!(classes(&[(1, 0, -5, 1_000_000), (1, 1, 100, 1)]), [Substandard, Substandard]);
    let without = RiskPolicy { contagion: None, ..example() };
    let risk = Risk::work_out(&ageing(&[(1, 0, 400, 500), (1, 0, -5, 500)]), &without).unwrap();
    assert_eq!(risk.items[1], ItemRisk { by_days: Normal, class: Normal });
}

#[test]
fn customers_and_totals_tell_what_is_at_risk() {
    let risk =
        Risk::work_out(&ageing(&[(1, 0, 91, 1_001), (1, 0, 5, 9_000), (2, 0, -1, 50), (3, 1, 300, 333)]), &example())
            .unwrap();
    let one = &risk.customers[0];
    assert_eq!((one.class, one.open(), one.at_risk()), (Some(Substandard), 10_001, 10_001));
    assert_eq!((one.overdue, one.by_days, one.longest_overdue, one.pulled), (10_001, 1_001, 91, true));
    let two = &risk.customers[1];
    assert_eq!((two.class, two.at_risk(), two.longest_overdue, two.pulled), (Some(Normal), 0, 0, false));
    let [yuan, dollars] = risk.totals.as_slice() else { panic!() };
    assert_eq!((yuan.open(), yuan.at_risk(), yuan.overdue), (10_051, 10_001, 10_001));
    let substandard = yuan.classes[Substandard as usize];
    assert_eq!((substandard.items, substandard.customers, substandard.by_days), (2, 1, 1_001));
    // 1 % of 50 is 0.5, half up 1; 25 % of 10,001 is 2,500.25.
    assert_eq!(yuan.classes.map(|class| class.provision), [Some(1), Some(0), Some(2_500), Some(0), Some(0)]);
    assert_eq!(yuan.provision(), Some(2_501));
    // 50 % of 333 is 166.5, half up.
    assert_eq!(dollars.provision(), Some(167));
}

#[test]
fn no_provision_is_told_before_every_percentage_is_decided() {
    let policy = check(SHIPPED).unwrap();
    assert_eq!(policy.undecided.len(), 5);
    assert_eq!(policy.undecided[0].line(), Some(11));
    let risk = Risk::work_out(&ageing(&[(1, 0, 91, 100)]), &policy).unwrap();
    assert_eq!(risk.totals[0].provision(), None);
    let partly = check(&SHIPPED.replacen("percent = \"required\"", "percent = \"1\"", 4)).unwrap();
    assert_eq!((partly.undecided.len(), partly.provisions().is_none()), (1, true));
    assert!(example().example.is_some() && policy.example.is_none());
}

#[test]
fn measures_are_those_of_the_file() {
    let policy = check(SHIPPED).unwrap();
    let found = |action| policy.actions.iter().find(|(own, _)| *own == action).map(|(_, condition)| condition.clone());
    let graded =
        Condition { from_class: Some(Doubtful), grades: vec![("customer-overall".to_owned(), vec!["E".to_owned()])] };
    assert_eq!(found(Action::Prepayment), Some(graded));
    assert_eq!(found(Action::HoldShipment), Some(Condition { from_class: Some(Loss), grades: Vec::new() }));
    let without = check(&SHIPPED.replace("[actions.hold-shipment]\nfrom-class = \"loss\"\n", "")).unwrap();
    assert!(without.actions.iter().all(|(action, _)| *action != Action::HoldShipment));
}

#[test]
fn all_faults_are_told_with_their_lines() {
    let codes = |text: &str| {
        let faults = check(text).unwrap_err();
        faults.list().iter().map(|fault| (fault.code_name(), fault.line())).collect::<Vec<_>>()
    };
    let changed = |from: &str, to: &str| {
        assert!(EXAMPLE.contains(from), "{from}");
        codes(&EXAMPLE.replacen(from, to, 1))
    };
    let of = |from: &str, to: &str| changed(from, to).into_iter().map(|(code, _)| code).collect::<Vec<_>>();
    assert_eq!(of("min-days = 91", "min-days = 90"), ["risk::days_do_not_follow"]);
    assert_eq!(of("max-days = 90", "max-days = 0"), ["risk::class_without_end", "risk::days_do_not_follow"]);
    assert_eq!(of("max-days = 0 ", "# "), ["risk::class_without_end", "risk::days_do_not_follow"]);
    assert_eq!(of("min-days = 361", "min-days = 361\nmax-days = 400"), ["risk::class_without_end"]);
    assert_eq!(of("\"25\"", "\"1.5\""), ["risk::provisions_fall"]);
    assert_eq!(of("\"100\"", "\"100.01\""), ["risk::bad_percent"]);
    assert_eq!(of("above-percent = \"10\"", "above-percent = \"10 %\""), ["risk::bad_percent"]);
    assert_eq!(of("\"doubtful\"\ntitle", "\"dubious\"\ntitle"), ["risk::wrong_classes"]);
    assert_eq!(of("\"price-contract\"", "\"price-contracts\""), ["risk::unknown_scheme"]);
    assert_eq!(of("from-class = \"loss\"", "from-class = \"lost\""), ["risk::unknown_class"]);
    assert_eq!(of("one-of = [\"C\"]", "one-of = [\"c\"]"), ["risk::unknown_grade"]);
    assert_eq!(of("[contagion]", "[contagions]"), ["declaration::syntax"]);
    let both = EXAMPLE.replace("\"100\"", "\"-1\"").replace("\"abc\"", "\"abd\"");
    assert_eq!(codes(&both), [("risk::bad_percent", Some(36)), ("risk::unknown_scheme", Some(63))]);
}

#[test]
fn a_list_is_held_against_the_last() {
    let listed = |customer: &str, class, open| Listed {
        customer: customer.to_owned(),
        currency: "CNY".to_owned(),
        class,
        open,
        at_risk: 0,
    };
    let before =
        [listed("a", Normal, 100), listed("b", Loss, 200), listed("c", Doubtful, 300), listed("d", Normal, 400)];
    let now = [
        listed("a", SpecialMention, 150),
        listed("b", Substandard, 50),
        listed("c", Doubtful, 310),
        listed("e", Loss, 5),
    ];
    let found: Vec<(Move, i128)> = changes(&now, &before).iter().map(|change| (change.kind(), change.open())).collect();
    let expected = [(Move::Worse, 50), (Move::Better, -150), (Move::Same, 10), (Move::Gone, -400), (Move::New, 5)];
    assert_eq!(found, expected);
    let foreign = [Listed { currency: "USD".to_owned(), ..listed("a", Normal, 100) }];
    assert_eq!(changes(&foreign, &before[..1]).len(), 2);
}

proptest! {
    /// Classes part what is open, none is better than by days, and a customer pulls all of its items or none.
    #[test]
    fn classes_part_what_is_open(items in prop::collection::vec((0_u32..6, 0_u16..2, -50_i64..500, 1_i64..100_000), 0..60)) {
        let ageing = ageing(&items);
        let risk = Risk::work_out(&ageing, &example()).unwrap();
        for total in &risk.totals {
            let open: i64 = items.iter().filter(|item| item.1 == total.currency).map(|item| item.3).sum();
            prop_assert_eq!(total.open(), i128::from(open));
            prop_assert_eq!(total.classes.iter().map(|class| class.by_days).sum::<i128>(), i128::from(open));
        }
        for (item, open) in risk.items.iter().zip(&ageing.items) {
            prop_assert!(item.class >= item.by_days);
            let pulled = risk.customers.iter().any(|own| own.customer == open.item.customer && own.pulled);
            prop_assert_eq!(item.class, if pulled { item.by_days.max(Substandard) } else { item.by_days });
        }
        let limit = Share::new(1, 10);
        for own in &risk.customers {
            let over = |of: &super::CustomerRisk| of.share_by_days().compare(limit) == Some(std::cmp::Ordering::Greater);
            let any = risk.customers.iter().any(|of| of.customer == own.customer && over(of));
            prop_assert_eq!(own.pulled, any);
        }
    }
}
