//! RFM and ABC against published references: the R package rfm, SQL's NTILE, and the Pareto classes of UCI Online Retail. Zero differences.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use serde_json::Value;

use crate::support::{World, shared};

const MAPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/maps");

const METRICS: &str = r#"
[metric.recency]
title = { zh = "距最近购买天数", en = "days since the last order" }
entity = "transaction"
subject = "customer_id"
aggregate = "days-since"
where = [{ column = "kind", one-of = ["sale"] }]
window = "all"

[metric.orders]
title = { zh = "订单数", en = "orders" }
entity = "transaction"
subject = "customer_id"
aggregate = "count-distinct"
column = "order_id"
where = [{ column = "kind", one-of = ["sale"] }]
window = "all"

[metric.clean]
title = { zh = "销售额", en = "sales" }
entity = "transaction"
subject = "customer_id"
aggregate = "sum"
column = "amount"
where = [{ column = "kind", one-of = ["sale"] }]
window = "all"

[metric.net]
title = { zh = "净销售额", en = "net sales" }
entity = "transaction"
subject = "customer_id"
aggregate = "sum"
column = "amount"
window = "all"
"#;

const HEAD: &str = r#"
title = { zh = "测试", en = "test" }
requirements = []
subject = "customer"
"#;

const VERSION: &str = r#"
[[version]]
id = "1"
in-force = "2000-01-01"
decided-by = "test"
reason = "test"
cadence = "year"
boundary = "better"
without-figure = "exclude"
movement = { kind = "free" }
"#;

/// A world with customers and transactions of a file.
fn loaded(file: &str, settings: &[(&str, &str)], maps: [&str; 2]) -> Option<World> {
    let file = shared(file)?;
    let world = World::new();
    for (from, to) in settings {
        world.edit("config/ledger.toml", from, to);
    }
    world.fenji(&["ledger", "init"]).succeeded();
    for (entity, map) in ["customer", "transaction"].into_iter().zip(maps) {
        world.fenji(&["ledger", "load", entity, file.to_str().unwrap(), "--map", &format!("{MAPS}/{map}")]).succeeded();
    }
    let metrics = world.read("config/metrics.toml");
    world.write("config/metrics.toml", metrics + METRICS);
    Some(world)
}

fn online_retail() -> Option<World> {
    let settings = [
        ("currency = \"CNY\"", "currency = \"GBP\""),
        ("scale = 2 ", "scale = 3 "),
        ("Asia/Shanghai", "Europe/London"),
    ];
    let maps = ["online_retail_customers.toml", "online_retail_customer_transactions.toml"];
    loaded("online_retail/online_retail.csv.zst", &settings, maps)
}

type Rows = Vec<BTreeMap<String, String>>;

fn rows(mut reader: csv::Reader<impl std::io::Read>) -> Rows {
    reader.deserialize().map(Result::unwrap).collect()
}

fn graded(world: &World, scheme: &str, as_of: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let said = world.fenji(&["grade", scheme, "--as-of", as_of, "--format", "csv"]).succeeded();
    rows(csv::Reader::from_reader(said.out.as_bytes()))
        .into_iter()
        .map(|row| (row["customer_id"].clone(), row))
        .collect()
}

/// A reference table, zstd or not.
fn reference(name: &str) -> Rows {
    let bytes = fs::read(shared(name).unwrap()).unwrap();
    let packed = Path::new(name).extension().is_some_and(|extension| extension == "zst");
    let bytes = if packed { zstd::decode_all(bytes.as_slice()).unwrap() } else { bytes };
    rows(csv::Reader::from_reader(bytes.as_slice()))
}

/// What is found for a column of a reference must be the same for every subject of both.
fn equal(found: &BTreeMap<String, BTreeMap<String, String>>, expected: &Rows, key: &str, columns: &[(&str, &str)]) {
    assert_eq!(found.len(), expected.len(), "subjects");
    for row in expected {
        let own = found.get(&row[key]).unwrap_or_else(|| panic!("`{}` is missing", row[key]));
        for (ours, theirs) in columns {
            assert_eq!(own[*ours], row[*theirs], "{} {ours}", row[key]);
        }
    }
}

fn grade(id: &str) -> String {
    format!("[[grade]]\nid = \"{id}\"\ntitle = {{ zh = \"{id}\", en = \"{id}\" }}\n")
}

fn abc(metric: &str, crossing: &str) -> String {
    let grades: String = ["C", "B", "A"].map(grade).concat();
    format!(
        r#"{HEAD}{grades}{VERSION}result = "share"
[[version.dimension]]
id = "share"
kind = "cumulative-share"
metric = "{metric}"
shares = {{ A = "0.65", B = "0.85" }}
crossing = "{crossing}"
ties = "by-id"
not-positive = "exclude"
[[version.example]]
subjects = [{{ metrics = {{ {metric} = "65" }}, grade = "A" }}, {{ metrics = {{ {metric} = "20" }}, grade = "B" }}, {{ metrics = {{ {metric} = "15" }}, grade = "C" }}]
"#
    )
}

#[test]
fn abc_classes_equal_the_published_ones() {
    let Some(world) = online_retail() else { return };
    for (metric, file) in [("clean", "ref_abc_customers_clean.csv"), ("net", "ref_abc_customers_net.csv")] {
        let expected = reference(&format!("online_retail/{file}"));
        for (crossing, column) in [("worse", "abc_upto"), ("better", "abc_cross")] {
            world.write("config/schemes/abc.toml", abc(metric, crossing));
            let found = graded(&world, "abc", "2011-12-09");
            equal(&found, &expected, "cust", &[("grade", column), (metric, "revenue_gbp")]);
        }
    }
}

/// Segment rules as ordered cases of a dimension.
fn segments(id: &str, rules: &Value) -> String {
    let names: Vec<&str> = rules["segment"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let list: Vec<String> = names.iter().chain(&["Others"]).map(|name| format!("\"{name}\"")).collect();
    let mut text = format!(
        "[[version.dimension]]\nid = \"{id}\"\nkind = \"conditions\"\nclasses = [{}]\notherwise = \"Others\"\n",
        list.join(", ")
    );
    for (at, name) in names.iter().enumerate() {
        let tests = ["recency", "frequency", "monetary"].map(|part| {
            let bound = |side: &str| rules[format!("{part}_{side}")][at].as_i64().unwrap();
            format!("{{ dimension = \"{part}\", at-least = \"{}\", at-most = \"{}\" }}", bound("lower"), bound("upper"))
        });
        writeln!(text, "[[version.dimension.case]]\nclass = \"{name}\"\nall = [{}]", tests.join(", ")).unwrap();
    }
    text
}

fn quantiles(prefix: &str, settings: &str, frequency: &str, cuts: Option<[&str; 3]>) -> String {
    let parts = [("recency", "recency", "lower"), ("frequency", frequency, "higher"), ("monetary", "clean", "higher")];
    let dimensions = parts.iter().enumerate().map(|(at, (id, metric, better))| {
        let cuts = cuts.map_or_else(String::new, |cuts| format!("cuts = [{}]\n", cuts[at]));
        format!("[[version.dimension]]\nid = \"{prefix}{id}\"\nkind = \"quantiles\"\nmetric = \"{metric}\"\nbetter = \"{better}\"\npopulation = \"all\"\n{settings}{cuts}")
    });
    dimensions.collect()
}

/// A scheme of codes with both kinds of segments and the tiles of SQL beside them.
fn rfm(settings: &str, frequency: &str, cuts: Option<[&str; 3]>, with_segments: bool) -> String {
    let rules: Value =
        serde_json::from_slice(&fs::read(shared("rfm_r/published_segment_rules.json").unwrap()).unwrap()).unwrap();
    let mut text = format!("{HEAD}{VERSION}result = \"code\"\n");
    text += &quantiles("", settings, frequency, cuts);
    text += &quantiles("tile_", "bins = 5\nmethod = \"ntile\"\nties = \"by-id\"\n", frequency, None);
    text += "[[version.dimension]]\nid = \"code\"\nkind = \"code\"\nof = [\"recency\", \"frequency\", \"monetary\"]\n";
    if with_segments {
        text += &segments("segment_a", &rules["rules_A_v030_readme_and_vignette"]);
        text += &segments("segment_b", &rules["rules_B_v022_vignette_and_v030_test_suite"]);
    }
    let last = if settings.contains("bins = 3") { 3 } else { 5 };
    // One subject alone is in the lowest part of high figures, and in the best of few days; fixed cuts know no others.
    let code = if cuts.is_some() { "511".to_owned() } else { format!("{last}11") };
    writeln!(
        text,
        "[[version.example]]\nsubjects = [{{ metrics = {{ recency = \"5\", {frequency} = \"1\", clean = \"10\" }}, grade = \"{code}\" }}]"
    )
    .unwrap();
    text
}

const SCORES: [(&str, &str); 4] = [
    ("recency.class", "recency_score"),
    ("frequency.class", "frequency_score"),
    ("monetary.class", "monetary_score"),
    ("grade", "rfm_score"),
];
const TILES: [(&str, &str); 3] =
    [("tile_recency.class", "r_ntile5"), ("tile_frequency.class", "f_ntile5"), ("tile_monetary.class", "m_ntile5")];
const FIVE: &str = "bins = 5\nmethod = \"r7-plus-one\"\n";

/// Customers, orders and revenue by segment.
fn by_segment(
    found: &BTreeMap<String, BTreeMap<String, String>>,
    column: &str,
    orders: &str,
    scale: u32,
) -> BTreeMap<String, (i64, i64, i64)> {
    let mut counts = BTreeMap::new();
    for row in found.values() {
        let count: &mut (i64, i64, i64) = counts.entry(row[column].clone()).or_default();
        count.0 += 1;
        count.1 += row[orders].parse::<i64>().unwrap();
        count.2 += row["clean"].replace('.', "").parse::<i64>().unwrap() / 10_i64.pow(scale);
    }
    counts
}

#[test]
fn scores_tiles_and_segments_of_online_retail_equal_the_published_ones() {
    let Some(world) = online_retail() else { return };
    // Only customers with a sale are scored.
    let positive = rfm(FIVE, "orders", None, true).replace("population = \"all\"", "population = \"positive\"");
    world.write(
        "config/schemes/rfm.toml",
        positive.replace(
            "metric = \"recency\"\nbetter = \"lower\"\npopulation = \"positive\"",
            "metric = \"recency\"\nbetter = \"lower\"\npopulation = \"all\"",
        ),
    );
    let found = graded(&world, "rfm", "2011-12-10");
    let expected = reference("online_retail/ref_rfm_customers.csv.zst");
    let figures = [
        ("recency", "recency_days"),
        ("orders", "transaction_count"),
        ("clean", "amount_gbp"),
        ("segment_a.class", "segment_A"),
    ];
    equal(&found, &expected, "customer_id", &[&figures[..], &SCORES, &TILES].concat());
    let counts = by_segment(&found, "segment_a.class", "orders", 0);
    let expected = reference("online_retail/ref_rfm_segment_counts.csv");
    assert_eq!(counts.len(), expected.len());
    for row in expected {
        let revenue = row["revenue_gbp"].replace('.', "").parse::<i64>().unwrap();
        let own = (row["customers"].parse().unwrap(), row["orders"].parse().unwrap(), revenue);
        assert_eq!(counts[&row["segment_A"]], own, "{}", row["segment_A"]);
    }
}

#[test]
fn scores_tiles_and_segments_of_the_r_package_equal_its_own() {
    let maps = ["rfm_orders_customers.toml", "rfm_orders_transactions.toml"];
    let Some(world) = loaded("rfm_r/rfm_data_orders.csv.zst", &[], maps) else { return };
    let segments = [("segment_a.class", "segment_A"), ("segment_b.class", "segment_B")];
    let cuts =
        ["\"115\", \"181\", \"297\", \"482\"", "\"4\", \"5\", \"6\", \"8\"", "\"256\", \"382\", \"506\", \"666\""];
    for (file, settings, cuts, columns) in [
        ("ref_R_orders_default5.csv", FIVE, None, [&SCORES[..], &segments].concat()),
        ("ref_R_orders_3bins.csv", "bins = 3\nmethod = \"r7-plus-one\"\n", None, SCORES.to_vec()),
        ("ref_R_orders_custom_thresholds.csv", "method = \"fixed\"\n", Some(cuts), [&SCORES[..], &segments].concat()),
        ("ref_ntile5_orders.csv", FIVE, None, TILES.to_vec()),
    ] {
        world.write("config/schemes/rfm.toml", rfm(settings, "orders", cuts, columns.len() > 4));
        let found = graded(&world, "rfm", "2006-12-31");
        let figures = [("recency", "recency_days"), ("orders", "transaction_count")];
        equal(&found, &reference(&format!("rfm_r/{file}")), "customer_id", &[&columns[..], &figures].concat());
    }
    world.write("config/schemes/rfm.toml", rfm(FIVE, "orders", None, true));
    let found = graded(&world, "rfm", "2006-12-31");
    for (column, file) in [
        ("segment_a.class", "ref_R_orders_segment_summary_A.csv"),
        ("segment_b.class", "ref_R_orders_segment_summary_B.csv"),
    ] {
        let counts = by_segment(&found, column, "orders", 2);
        let expected = reference(&format!("rfm_r/{file}"));
        assert_eq!(counts.len(), expected.len(), "{column}");
        for row in expected {
            let number = |name: &str| row[name].parse::<i64>().unwrap();
            assert_eq!(
                counts[&row["segment"]],
                (number("customers"), number("orders"), number("revenue")),
                "{}",
                row["segment"]
            );
        }
    }
}
