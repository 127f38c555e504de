//! `fenji receivables risk`.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        failure::Failure,
        output::{self, Item, say},
        receivables::{Asked, Found, Wanted, find, share},
    },
    receivables::risk::{ClassTotal, CurrencyRisk, CustomerRisk, ItemRisk, Risk, RiskClass, policy::RiskPolicy},
    run::{error::RunError, home::Home},
};

/// Decimal places of shares.
const PLACES: u8 = 6;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    asked: Asked,
    /// Print the totals of the classes
    #[arg(long, group = "what")]
    totals: bool,
    /// Print every open item with its class
    #[arg(long, group = "what")]
    items: bool,
}

pub(super) fn run(home: &Path, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let rules = Home::open(home)?.risk()?;
    let found = find(home, &args.asked, Wanted::default(), now)?;
    let risk = Risk::work_out(&found.receivables.ageing, &rules).map_err(RunError::from)?;
    if !rules.undecided.is_empty() {
        say("note: percentages of config/risk.toml are not decided: no provision is told");
    }
    let format = args.asked.format;
    if args.totals {
        output::rows(TOTALS, &totals(&found, &risk), format)
    } else if args.items {
        output::rows(ITEMS, &items(&found, &risk), format)
    } else {
        let heads: Vec<&str> = CUSTOMERS.iter().copied().chain(RiskClass::ALL.map(RiskClass::name)).collect();
        output::rows(&heads, &customers(&found, &risk, &rules), format)
    }
}

const CUSTOMERS: &[&str] = &[
    "customer_id",
    "currency",
    "class",
    "reason",
    "open",
    "overdue",
    "at_risk",
    "unapplied",
    "longest_overdue_days",
    "at_risk_share_by_days",
];

/// One line a customer and currency: by currency, then by what is at risk, overdue and open, the most first; then by id.
fn customers(found: &Found, risk: &Risk, rules: &RiskPolicy) -> Vec<Vec<Item>> {
    let ageing = &found.receivables.ageing;
    let mut all: Vec<(&CustomerRisk, i128)> =
        risk.customers.iter().zip(&ageing.customers).map(|(own, aged)| (own, aged.unapplied)).collect();
    // Stable: customers stand by id.
    all.sort_by_key(|(own, _)| (own.currency, std::cmp::Reverse((own.at_risk(), own.overdue, own.open()))));
    let row = |(own, unapplied): &(&CustomerRisk, i128)| {
        let mut row = vec![
            found.text("customer_id", own.customer),
            Item::text(found.currency(own.currency)),
            own.class.map_or(Item::Empty, |class| Item::text(class.name())),
            Item::text(reason(own, rules)),
            found.money(own.open()),
            found.money(own.overdue),
            found.money(own.at_risk()),
            found.money(*unapplied),
            Item::count(own.longest_overdue),
            share(own.share_by_days(), PLACES),
        ];
        row.extend(own.by_class.iter().map(|amount| found.money(*amount)));
        row
    };
    all.iter().map(row).collect()
}

/// Why a customer has its class: `days`, with `contagion` where the rest of what it owes was pulled.
fn reason(own: &CustomerRisk, rules: &RiskPolicy) -> &'static str {
    if own.class.is_none() {
        ""
    } else if !own.pulled || own.by_days == own.open() {
        "days"
    } else if rules.class_of(own.longest_overdue).at_risk() {
        "days+contagion"
    } else {
        "contagion"
    }
}

const TOTALS: &[&str] = &["currency", "class", "items", "customers", "open", "open_by_days", "provision"];

/// One line a class and currency, then all of them.
fn totals(found: &Found, risk: &Risk) -> Vec<Vec<Item>> {
    let line = |total: &CurrencyRisk, name: &str, class: &ClassTotal, customers: Item| {
        vec![
            Item::text(found.currency(total.currency)),
            Item::text(name),
            Item::count(class.items),
            customers,
            found.money(class.amount),
            found.money(class.by_days),
            class.provision.map_or(Item::Empty, |provision| found.money(provision)),
        ]
    };
    let mut rows = Vec::new();
    for total in &risk.totals {
        let named = RiskClass::ALL.iter().zip(&total.classes);
        rows.extend(named.map(|(class, own)| line(total, class.name(), own, Item::count(own.customers))));
        let sum = ClassTotal {
            items: total.classes.iter().map(|class| class.items).sum(),
            customers: 0,
            amount: total.open(),
            by_days: total.classes.iter().map(|class| class.by_days).sum(),
            provision: total.provision(),
        };
        rows.push(line(total, "open", &sum, Item::Empty));
    }
    rows
}

const ITEMS: &[&str] =
    &["customer_id", "invoice_id", "part", "currency", "open", "days_overdue", "class_by_days", "class", "reason"];

/// One line an open item.
fn items(found: &Found, risk: &Risk) -> Vec<Vec<Item>> {
    let row = |(open, own): (&crate::receivables::ageing::OpenItem, &ItemRisk)| {
        let item = &open.item;
        vec![
            found.text("customer_id", item.customer),
            found.text("invoice_id", item.invoice),
            Item::count(item.part),
            Item::text(found.currency(item.currency)),
            found.money(i128::from(item.open())),
            Item::count(open.days_overdue),
            Item::text(own.by_days.name()),
            Item::text(own.class.name()),
            Item::text(if own.class == own.by_days { "days" } else { "contagion" }),
        ]
    };
    found.receivables.ageing.items.iter().zip(&risk.items).map(row).collect()
}
