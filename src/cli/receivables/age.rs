//! `fenji receivables age`.

use std::path::Path;

use chrono::{DateTime, Utc};
use clap::ValueEnum;

use crate::{
    cli::{
        failure::Failure,
        output::{self, Item},
        receivables::{Asked, Found, Wanted, day, find},
    },
    receivables::{
        ageing::{BucketTotal, CurrencyAgeing, CustomerAgeing, OpenItem},
        policy::Basis,
        problem::Problem,
    },
    text::Lang,
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    asked: Asked,
    /// Count age from the due day or from the day of the invoice, instead of what config/receivables.toml says
    #[arg(long, value_enum)]
    basis: Option<BasisName>,
    /// Print the totals of the buckets
    #[arg(long, group = "what")]
    totals: bool,
    /// Print every open item
    #[arg(long, group = "what")]
    items: bool,
    /// Print the rows that do not fit together
    #[arg(long, group = "what")]
    problems: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum BasisName {
    /// The due day
    Due,
    /// The day of the invoice
    Invoice,
}

pub(super) fn run(home: &Path, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let basis = args.basis.map(|basis| match basis {
        BasisName::Due => Basis::Due,
        BasisName::Invoice => Basis::Invoice,
    });
    let found = find(home, &args.asked, Wanted { basis, ..Wanted::default() }, now)?;
    let (heads, rows) = if args.totals {
        found.totals()
    } else if args.items {
        found.items()
    } else if args.problems {
        found.problems()
    } else {
        found.customers()
    };
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    output::rows(&heads, &rows, args.asked.format)
}

type Table = (Vec<String>, Vec<Vec<Item>>);

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

impl Found {
    /// One line a customer and currency.
    fn customers(&self) -> Table {
        let ageing = &self.receivables.ageing;
        let mut heads = names(&["customer_id", "currency"]);
        heads.extend(ageing.bucket_names.iter().cloned());
        heads.extend(names(&["unapplied", "total", "items", "disputed", "oldest_age_days"]));
        let row = |own: &CustomerAgeing| {
            let mut row = vec![self.text("customer_id", own.customer), Item::text(self.currency(own.currency))];
            row.extend(own.buckets.iter().map(|amount| self.money(*amount)));
            row.extend([
                self.money(own.unapplied),
                self.money(own.total()),
                Item::count(own.items),
                self.money(own.disputed),
                own.oldest_age.map_or(Item::Empty, Item::count),
            ]);
            row
        };
        (heads, ageing.customers.iter().map(row).collect())
    }

    /// One line a bucket and currency, then unapplied credits and the total.
    fn totals(&self) -> Table {
        let ageing = &self.receivables.ageing;
        let heads = names(&["currency", "bucket", "items", "amount", "customers", "disputed_items", "disputed_amount"]);
        let mut rows = Vec::new();
        for total in &ageing.totals {
            let line = |name: &str, bucket: &BucketTotal| self.total_line(total, name, bucket);
            rows.extend(ageing.bucket_names.iter().zip(&total.buckets).map(|(name, bucket)| line(name, bucket)));
            rows.push(line("open", &total.open));
            for (name, amount) in [("unapplied", total.unapplied), ("total", total.total())] {
                let mut row = vec![Item::text(self.currency(total.currency)), Item::text(name), Item::Empty];
                row.extend([self.money(amount), Item::Empty, Item::Empty, Item::Empty]);
                rows.push(row);
            }
        }
        (heads, rows)
    }

    fn total_line(&self, total: &CurrencyAgeing, name: &str, bucket: &BucketTotal) -> Vec<Item> {
        vec![
            Item::text(self.currency(total.currency)),
            Item::text(name),
            Item::count(bucket.items),
            self.money(bucket.amount),
            Item::count(bucket.customers),
            Item::count(bucket.disputed_items),
            self.money(bucket.disputed_amount),
        ]
    }

    /// One line an open item.
    fn items(&self) -> Table {
        let ageing = &self.receivables.ageing;
        let heads = names(&[
            "customer_id",
            "invoice_id",
            "part",
            "currency",
            "issued_on",
            "due_on",
            "due_from",
            "amount",
            "paid",
            "open",
            "age_days",
            "days_overdue",
            "bucket",
            "disputed",
        ]);
        let row = |open: &OpenItem| {
            let item = &open.item;
            vec![
                self.text("customer_id", item.customer),
                self.text("invoice_id", item.invoice),
                Item::count(item.part),
                Item::text(self.currency(item.currency)),
                day(item.issued_on),
                day(item.due_on),
                Item::text(item.due_from.name()),
                self.money(i128::from(item.amount)),
                self.money(i128::from(item.paid)),
                self.money(i128::from(item.open())),
                Item::count(open.age),
                Item::count(open.days_overdue),
                Item::text(ageing.bucket_names.get(open.bucket).map_or("", String::as_str)),
                Item::text(if item.disputed { "yes" } else { "no" }),
            ]
        };
        (heads, ageing.items.iter().map(row).collect())
    }

    /// One line a row that does not fit.
    fn problems(&self) -> Table {
        let row = |problem: &Problem| {
            vec![
                Item::text(problem.kind.name()),
                Item::text(problem.entity),
                Item::text(problem.row.as_str()),
                Item::text(problem.detail.in_lang(Lang::English)),
                Item::text(problem.kind.done(Lang::English)),
            ]
        };
        let rows = self.receivables.ageing.problems.iter().map(row).collect();
        (names(&["problem", "entity", "row", "detail", "done"]), rows)
    }
}
