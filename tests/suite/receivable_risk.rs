//! The five classes and the receivable risk list: totals worked out again from open items, what changed from list to list, every format.

use std::{collections::BTreeMap, fs};

use calamine::{Data, Reader, Xlsx, open_workbook};
use serde_json::Value;

use crate::{
    receivables::{Row, ibm, invoice, payment, rows, run, world},
    support::{World, golden},
    tier_report::table,
};

const CLASSES: [&str; 5] = ["normal", "special-mention", "substandard", "doubtful", "loss"];

fn classed(world: &World, as_of: &str, what: &[&str]) -> Vec<Row> {
    let mut arguments = vec!["receivables", "risk", "--as-of", as_of, "--format", "csv"];
    arguments.extend(what);
    rows(&world.fenji(&arguments).succeeded().out)
}

fn minor(text: &str) -> i128 {
    text.replace('.', "").parse().unwrap()
}

/// The class of an item by the words of the convention.
fn by_days(days: i64) -> usize {
    match days {
        ..=0 => 0,
        1..=90 => 1,
        91..=270 => 2,
        271..=360 => 3,
        _ => 4,
    }
}

/// What each customer and currency has open in each class, from the items that ageing lists; customers are pulled by the convention.
fn expected(world: &World, as_of: &str) -> BTreeMap<(String, String), [i128; 5]> {
    let said = world.fenji(&["receivables", "age", "--as-of", as_of, "--items", "--format", "csv"]).succeeded();
    let mut items: BTreeMap<(String, String), Vec<(usize, i128)>> = BTreeMap::new();
    for row in rows(&said.out) {
        let item = (by_days(row["days_overdue"].parse().unwrap()), minor(&row["open"]));
        items.entry((row["customer_id"].clone(), row["currency"].clone())).or_default().push(item);
    }
    let over = |items: &[(usize, i128)]| {
        let at_risk: i128 = items.iter().filter(|(class, _)| *class >= 2).map(|(_, open)| open).sum();
        at_risk * 10 > items.iter().map(|(_, open)| open).sum::<i128>()
    };
    let pulled: Vec<String> =
        items.iter().filter(|(_, items)| over(items)).map(|((customer, _), _)| customer.clone()).collect();
    let sums = |((customer, currency), items): ((String, String), Vec<(usize, i128)>)| {
        let mut sums = [0; 5];
        for (class, open) in items {
            sums[if pulled.contains(&customer) { class.max(2) } else { class }] += open;
        }
        ((customer, currency), sums)
    };
    items.into_iter().map(sums).collect()
}

fn found(rows: &[Row]) -> BTreeMap<(String, String), [i128; 5]> {
    let open = rows.iter().filter(|row| !row["class"].is_empty());
    open.map(|row| ((row["customer_id"].clone(), row["currency"].clone()), CLASSES.map(|class| minor(&row[class]))))
        .collect()
}

fn holds(world: &World, as_of: &str) {
    let customers = classed(world, as_of, &[]);
    let expected = expected(world, as_of);
    assert!(expected.len() > 20, "{as_of}");
    assert_eq!(found(&customers), expected, "{as_of}");
    let weight =
        |row: &Row| (row["currency"].clone(), -minor(&row["at_risk"]), -minor(&row["overdue"]), -minor(&row["open"]));
    assert!(customers.windows(2).all(|pair| weight(&pair[0]) <= weight(&pair[1])), "{as_of}: not ranked");
    let worst = |sums: &[i128; 5]| CLASSES[sums.iter().rposition(|sum| *sum > 0).unwrap()];
    for row in customers.iter().filter(|row| !row["class"].is_empty()) {
        let sums = &expected[&(row["customer_id"].clone(), row["currency"].clone())];
        assert_eq!(row["class"], worst(sums), "{}", row["customer_id"]);
        assert_eq!(minor(&row["at_risk"]), sums[2..].iter().sum::<i128>());
        assert_eq!(minor(&row["open"]), sums.iter().sum::<i128>());
    }
    for total in classed(world, as_of, &["--totals"]) {
        let place = CLASSES.iter().position(|class| *class == total["class"]);
        let of = expected.iter().filter(|((_, currency), _)| *currency == total["currency"]);
        let sum: i128 = of.map(|(_, sums)| place.map_or(sums.iter().sum(), |place| sums[place])).sum();
        assert_eq!(minor(&total["open"]), sum, "{as_of} {}", total["class"]);
    }
}

#[test]
fn classes_of_the_sample_and_of_the_demo_are_those_of_their_items() {
    if let Some(world) = ibm() {
        for as_of in ["2012-06-30", "2013-01-31"] {
            holds(&world, as_of);
        }
    }
    let world = World::with_business_ledger();
    for as_of in ["2026-10-31", "2026-06-30"] {
        holds(&world, as_of);
    }
}

#[test]
fn a_debtor_is_pulled_above_a_tenth_and_provisions_wait_until_they_are_decided() {
    let world = world();
    invoice(&world, "I1", "A", "2026-01-01", "2026-08-01", 100_000); // 91 days on 31 October
    invoice(&world, "I2", "A", "2026-10-01", "2026-11-30", 900_000);
    invoice(&world, "I3", "B", "2025-01-01", "2025-11-05", 33_333); // 360 days
    invoice(&world, "I4", "B", "2026-10-01", "2026-11-30", 1);
    let lines = |what: &[&str], names: &[&str]| -> Vec<String> {
        let all = classed(&world, "2026-10-31", what);
        all.iter().map(|row| names.iter().map(|name| row[*name].clone()).collect::<Vec<_>>().join(" ")).collect()
    };
    let names = ["customer_id", "class", "reason", "open", "at_risk"];
    assert_eq!(lines(&[], &names), ["A substandard days 10000.00 1000.00", "B doubtful days+contagion 333.34 333.34"]);
    let items = ["invoice_id", "days_overdue", "class_by_days", "class", "reason"];
    assert_eq!(
        lines(&["--items"], &items),
        [
            "I1 91 substandard substandard days",
            "I2 -30 normal normal days",
            "I3 360 doubtful doubtful days",
            "I4 -30 normal substandard contagion",
        ]
    );
    // A fen paid of what is not due yet, and more than a tenth is at risk.
    payment(&world, "P1", "A", "2026-10-20", 10);
    run(
        &world,
        "INSERT INTO allocations(allocation_id, payment_id, invoice_id, allocated_on, amount) VALUES ('L1', 'P1', 'I2', '2026-10-20', 10)",
    );
    assert_eq!(lines(&[], &names)[0], "A substandard days+contagion 9999.90 9999.90");
    assert_eq!(lines(&["--known-to", "2026-10-19"], &names)[0], "A substandard days 10000.00 1000.00");
    let totals = ["class", "items", "customers", "open", "provision"];
    assert_eq!(lines(&["--totals"], &totals)[3], "doubtful 1 1 333.33 ");
    let said = world.fenji(&["receivables", "risk", "--as-of", "2026-10-31"]).succeeded();
    assert!(said.err.contains("percentages of config/risk.toml are not decided"), "{}", said.err);
    world.write("config/risk.toml", world.read("config/risk.example.toml"));
    // Half of 333.33 is 166.665, half up.
    assert_eq!(lines(&["--totals"], &totals)[3], "doubtful 1 1 333.33 166.67");
    assert!(!world.home().join("data").join("fenji.db").exists(), "the command keeps nothing");
}

#[test]
fn faults_of_the_file_are_told_with_their_lines() {
    let world = world();
    assert!(world.fenji(&["check", "--quick"]).err.contains("waiting risk config/risk.toml"));
    world.edit("config/risk.toml", "min-days = 91", "min-days = 95");
    world.edit("config/risk.toml", "above-percent = \"10\"", "above-percent = \"a tenth\"");
    world.edit("config/risk.toml", "one-of = [\"C\"]", "one-of = [\"Z\"]");
    let said = world.fenji(&["receivables", "risk", "--as-of", "2026-10-31"]);
    assert_eq!((said.code, said.out.as_str()), (3, ""));
    for part in ["days_do_not_follow", "bad_percent", "unknown_grade", "its grades are"] {
        assert!(said.err.contains(part), "{part}\n{}", said.err);
    }
}

/// A home with the small ledger, in which percentages and the limits of leases are those of the examples.
fn business() -> World {
    let world = World::with_business_ledger();
    world.write("config/risk.toml", world.read("config/risk.example.toml"));
    let leases = world.read("config/schemes/examples/lease-class-adjusted.toml");
    world.write("config/schemes/lease-class-adjusted.toml", leases);
    world
}

fn preview(world: &World, period: &str, format: &str, lang: &str) -> String {
    let arguments = ["report", "preview", "receivable-risk", "--period", period, "--format", format, "--lang", lang];
    world.fenji(&arguments).succeeded().out
}

fn cell(row: &Value, column: &str) -> String {
    let value = &row["cells"][column]["value"];
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn it_looks_as_it_did() {
    let world = business();
    for lang in ["zh", "en"] {
        golden(&format!("receivable-risk/report.{lang}.txt"), &preview(&world, "2026-10", "text", lang));
    }
    golden("receivable-risk/report.zh.html", &preview(&world, "2026-10", "html", "zh"));
    assert_eq!(kept(&world), 0, "a preview keeps nothing");
}

fn kept(world: &World) -> i64 {
    world.store().query_row("SELECT count(*) FROM risk_list", [], |row| row.get(0)).unwrap()
}

fn job(world: &World, period: &str) -> Value {
    let out = world.home().join("out");
    let arguments =
        ["job", "run", "monthly-receivable-risk", "--period", period, "--restate", "--out", out.to_str().unwrap()];
    world.fenji(&arguments).succeeded();
    let name = format!("monthly-receivable-risk-{period}.json");
    serde_json::from_str(&fs::read_to_string(out.join(name)).unwrap()).unwrap()
}

#[test]
fn a_list_tells_what_changed_since_the_last() {
    let world = business();
    job(&world, "2026-09");
    let report = job(&world, "2026-10");
    let classes = |as_of: &str| -> BTreeMap<String, (usize, i128)> {
        let rows = classed(&world, as_of, &[]);
        let open = rows.iter().filter(|row| !row["class"].is_empty());
        let class = |row: &Row| CLASSES.iter().position(|class| *class == row["class"]).unwrap();
        open.map(|row| (row["customer_id"].clone(), (class(row), minor(&row["open"])))).collect()
    };
    let (before, now) = (classes("2026-09-30"), classes("2026-10-31"));
    let mut moves: BTreeMap<&str, (i64, i128)> = BTreeMap::new();
    let mut moved: BTreeMap<String, i128> = BTreeMap::new();
    for customer in before.keys().chain(now.keys().filter(|id| !before.contains_key(*id))) {
        let (was, is) = (before.get(customer), now.get(customer));
        let kind = match (was, is) {
            (None, _) => "new",
            (_, None) => "gone",
            (Some((was, _)), Some((is, _))) if is > was => "worse",
            (Some((was, _)), Some((is, _))) if is < was => "better",
            _ => "same",
        };
        let change = is.map_or(0, |(_, open)| *open) - was.map_or(0, |(_, open)| *open);
        let own = moves.entry(kind).or_default();
        *own = (own.0 + 1, own.1 + change);
        if kind != "same" {
            moved.insert(customer.clone(), change);
        }
    }
    let words = [("新增", "new"), ("恶化", "worse"), ("不变", "same"), ("好转", "better"), ("结清", "gone")];
    let told: BTreeMap<&str, (i64, i128)> = table(&report, "moves")
        .iter()
        .filter(|row| cell(row, "customers") != "0")
        .map(|row| {
            let word = cell(row, "move");
            let kind = words.iter().find(|(known, _)| *known == word).unwrap().1;
            (kind, (cell(row, "customers").parse().unwrap(), minor(&cell(row, "open_change"))))
        })
        .collect();
    assert_eq!(told, moves);
    assert!(moves.contains_key("worse") && moves.len() > 2, "{moves:?}");
    let told: BTreeMap<String, i128> =
        table(&report, "moved").iter().map(|row| (cell(row, "customer"), minor(&cell(row, "open_change")))).collect();
    assert_eq!(told, moved);
    // The same run again keeps nothing new, and compares with September still.
    assert_eq!(job(&world, "2026-10")["sections"], report["sections"]);
    assert_eq!(kept(&world), 2);
    world.edit("config/risk.toml", "above-percent = \"10\"", "above-percent = \"20\"");
    let text = preview(&world, "2026-10", "text", "en");
    assert!(text.contains("The rules of the classes changed since the last list"), "{text}");
}

#[test]
fn tables_add_up_and_finance_can_work_in_the_workbook() {
    let world = business();
    let report = job(&world, "2026-10");
    let totals = classed(&world, "2026-10-31", &["--totals"]);
    let classes = table(&report, "classes");
    assert_eq!(classes.len(), 6);
    for (row, total) in classes.iter().zip(&totals) {
        for (column, name) in [("open", "open"), ("by_days", "open_by_days"), ("provision", "provision")] {
            assert_eq!(cell(row, column), total[name], "{} {column}", total["class"]);
        }
    }
    let sum = |id: &str, column: &str| -> i128 {
        let data = table(&report, id).iter().filter(|row| row["kind"] == "data");
        data.map(|row| minor(&cell(row, column))).sum()
    };
    let open = minor(&totals[5]["open"]);
    for id in ["risk_list", "aged", "worksheet"] {
        assert_eq!(sum(id, "open"), open, "{id}");
    }
    let buckets: i128 = ["not_due", "1-30", "31-60", "61-90", ">90"].iter().map(|name| sum("aged", name)).sum();
    assert_eq!(buckets, open);
    let control = minor(&cell(table(&report, "buckets").last().unwrap(), "open"));
    assert_eq!(open + sum("aged", "unapplied"), control, "the general ledger");
    // Goods delivered and not invoiced, and unsigned contracts, by SQL alone.
    let count = |sql: &str| -> i64 { world.sql().query_row(sql, [], |row| row.get(0)).unwrap() };
    let deliveries = count("SELECT count(*) FROM deliveries WHERE invoiced = 0 AND done_on <= '2026-10-31'");
    assert_eq!(i64::try_from(table(&report, "uninvoiced").len()).unwrap(), deliveries);
    let contracts = count(
        "SELECT count(*) FROM price_contracts WHERE effective_on >= '2026-01-01' AND effective_on <= '2026-10-31'
         AND (signed_on IS NULL OR signed_on > '2026-10-31')",
    );
    assert_eq!(i64::try_from(table(&report, "contracts").len()).unwrap(), contracts);
    assert!(deliveries > 0 && contracts > 0);
    let at_risk = "base_class IN ('substandard', 'doubtful', 'loss')";
    let leases = table(&report, "lease_classes");
    for (row, condition) in leases[leases.len() - 3..].iter().zip(["1", at_risk]) {
        let unpaid = count(&format!("SELECT sum(outstanding) FROM leases WHERE {condition}"));
        let number = count(&format!("SELECT count(*) FROM leases WHERE {condition}"));
        assert_eq!(cell(row, "leases"), number.to_string(), "{condition}");
        assert_eq!(minor(&cell(row, "unpaid_rent")), i128::from(unpaid), "{condition}");
    }
    // What is proposed better than substandard is no longer at risk.
    let moved = leases.iter().filter(|row| {
        let at_risk = |column| ["次级", "可疑", "损失"].contains(&cell(row, column).as_str());
        row["kind"] == "data" && at_risk("base_class") && !at_risk("proposed_class")
    });
    let moved: i128 = moved.map(|row| minor(&cell(row, "unpaid_rent"))).sum();
    let last = |back: usize| minor(&cell(&leases[leases.len() - back], "unpaid_rent"));
    assert!(moved > 0);
    assert_eq!(last(1), last(2) - moved);
    let path = world.home().join("out").join("monthly-receivable-risk-2026-10.xlsx");
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    let sheet = book.worksheet_range("财务工作表（CNY）").unwrap();
    let heads: Vec<String> = sheet.rows().nth(2).unwrap().iter().map(ToString::to_string).collect();
    let at = |name: &str| heads.iter().position(|head| head == name).unwrap();
    let lines: Vec<&[Data]> = sheet.rows().skip(3).collect();
    assert_eq!(lines.len(), table(&report, "worksheet").len());
    assert!(lines.iter().all(|line| matches!(line[at("未收金额")], Data::Float(_))), "real numbers");
    for name in ["决定", "决定人", "备注"] {
        assert!(lines.iter().all(|line| line[at(name)].to_string().is_empty()), "{name} is to be filled in");
    }
}

/// The texts of a table, row by row.
fn words(report: &Value, id: &str) -> String {
    table(report, id).iter().map(|row| row["cells"].to_string()).collect::<Vec<_>>().join("\n")
}

#[test]
fn rows_that_do_not_fit_are_told_in_the_language_of_the_report_and_names_are_data() {
    let world = world();
    run(
        &world,
        "INSERT INTO customers(customer_id, name) VALUES ('S', '<script>alert(1)</script>'), ('F', '=cmd()|1')",
    );
    for (id, customer) in [("I1", "S"), ("I2", "F"), ("I3", "Nobody")] {
        invoice(&world, id, customer, "2026-01-01", "2026-02-01", 10_000);
    }
    payment(&world, "P1", "S", "2026-03-01", 500);
    run(
        &world,
        "INSERT INTO allocations(allocation_id, payment_id, invoice_id, amount, allocated_on) VALUES
         ('A1', 'P1', 'I1', 700, '2026-03-01'), ('A2', 'P1', 'I9', 1, '2026-03-01'), ('A3', 'P9', 'I1', 1, '2026-03-01'),
         ('A4', NULL, 'I1', 1, '2026-03-01'), ('A5', 'P1', 'I2', -1, '2026-03-01')",
    );
    run(&world, "INSERT INTO disputes(dispute_id, invoice_id, opened_on) VALUES ('D1', 'I9', '2026-03-01')");
    let report = job(&world, "2026-10");
    let told = words(&report, "problems");
    for part in
        ["没有这张发票", "没有发票 `I9`", "没有回款 `P9`", "核销来源不唯一", "方向相反", "收款余 5.00", "争议没有发票"]
    {
        assert!(told.contains(&part.replace("收款", "回款")), "{part}: {told}");
    }
    for row in table(&report, "problems") {
        for column in ["problem", "entity", "detail", "done"] {
            assert!(cell(row, column).chars().any(|c| c > '\u{2fff}'), "{column} is told in Chinese: {row}");
        }
    }
    let findings = report["findings"].to_string();
    assert!(findings.contains("1 个客户不在客户资料中"), "{findings}");
    // Limits of leases are undecided: that is told in words, not as faults of a file.
    let leases = report["sections"].as_array().unwrap().iter().find(|section| section["id"] == "leases").unwrap();
    assert!(leases["blocks"][0]["text"].as_str().unwrap().contains("个界限尚未决定"), "{leases}");
    let read = |name: &str| fs::read_to_string(world.home().join("out").join(name)).unwrap();
    let page = read("monthly-receivable-risk-2026-10.html");
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;alert(1)"), "a name is no markup");
    for list in ["risk_list", "worksheet"] {
        let rows = read(&format!("monthly-receivable-risk-2026-10/{list}.csv"));
        assert!(rows.contains("'=cmd()|1"), "a name is no formula: {rows}");
    }
    let english: Value = serde_json::from_str(&preview(&world, "2026-10", "json", "en")).unwrap();
    let told = words(&english, "problems");
    assert!(told.contains("the payment has 5.00 left") && told.contains("unknown invoice"), "{told}");
}

#[test]
fn another_currency_stands_in_tables_of_its_own() {
    let world = world();
    invoice(&world, "I1", "A", "2026-06-01", "2026-10-30", 10_000);
    invoice(&world, "I2", "A", "2026-01-01", "2026-02-01", 50);
    run(&world, "UPDATE invoices SET currency = 'USD' WHERE invoice_id = 'I2'");
    let text = preview(&world, "2026-10", "json", "en");
    let report: Value = serde_json::from_str(&text).unwrap();
    let own = &table(&report, "risk_list")[0];
    assert_eq!((cell(own, "open"), cell(own, "class")), ("100.00".to_owned(), "Substandard".to_owned()));
    assert!(cell(own, "reason").contains("another currency makes all at least substandard"), "{own}");
    let foreign = &table(&report, "risk_list_USD")[0];
    assert_eq!((cell(foreign, "open"), cell(foreign, "class")), ("0.50".to_owned(), "Doubtful".to_owned()));
    assert_eq!(foreign["cells"]["open"]["kind"], "foreign-money");
    assert_eq!(cell(&table(&report, "aged_USD")[0], ">90"), "0.50");
    let findings = report["findings"].to_string();
    assert!(findings.contains("USD: open 0.50, at risk 0.50"), "{findings}");
    // Who owes in another currency only stands in the registers too, with nothing in the ledger's own.
    invoice(&world, "I3", "B", "2026-01-01", "2026-02-01", 90);
    run(
        &world,
        "UPDATE invoices SET currency = 'USD' WHERE invoice_id = 'I3';
         INSERT INTO credits(customer_id, set_on, grade, credit_limit) VALUES ('A', '2026-01-01', 'X', 4000), ('B', '2026-01-01', 'Y', 100)",
    );
    let report: Value = serde_json::from_str(&preview(&world, "2026-10", "json", "en")).unwrap();
    let credits: Vec<[String; 5]> = table(&report, "credits")
        .iter()
        .map(|row| ["customer_id", "credit", "owed", "beyond_limit", "class"].map(|column| cell(row, column)))
        .collect();
    assert_eq!(credits, [["A", "X", "100.00", "60.00", "Doubtful"], ["B", "Y", "null", "null", "Doubtful"]]);
    let empty = crate::receivables::world();
    let said = empty.fenji(&["report", "preview", "receivable-risk", "--period", "2026-10"]);
    assert_eq!((said.code, said.out.as_str()), (4, ""));
    assert!(said.err.contains("the ledger has no invoices on 2026-10-31"), "{}", said.err);
}
