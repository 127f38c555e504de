//! 1,000,000 subjects graded by 30 schemes of all kinds, the figures in memory, against a bare pass over the same columns.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    reason = "a benchmark prints its result and may stop at the first thing that is wrong"
)]

use std::{collections::BTreeMap, time::Instant};

use fenji::{
    declaration::Declaration,
    grading::{
        bound::Bound,
        evaluate::{FigureColumn, Population, classes},
        ladder::{Finding, Held, review},
    },
    metrics::file,
    money::{Currency, Scale},
    period::parse_day,
    scheme::Scheme,
};

const METRICS: &str = r#"
[metric.sales]
title = { zh = "销售额", en = "sales" }
entity = "transaction"
subject = "customer_id"
aggregate = "sum"
column = "amount"
window = "year"
[metric.lines]
title = { zh = "行数", en = "lines" }
entity = "transaction"
subject = "customer_id"
aggregate = "count"
window = "year"
[metric.per_line]
title = { zh = "每行", en = "per line" }
subject = "customer_id"
aggregate = "ratio"
of = "sales"
per = "lines"
[metric.days]
title = { zh = "天数", en = "days" }
entity = "transaction"
subject = "customer_id"
aggregate = "days-since"
window = "all"
"#;

const HEAD: &str = r#"title = { zh = "试", en = "bench" }
requirements = []
subject = "customer"
[[grade]]
id = "C"
title = { zh = "C", en = "C" }
[[grade]]
id = "B"
title = { zh = "B", en = "B" }
[[grade]]
id = "A"
title = { zh = "A", en = "A" }
[[version]]
id = "1"
in-force = "2000-01-01"
decided-by = "bench"
reason = "bench"
cadence = "month"
boundary = "better"
without-figure = "lowest"
result = "sales"
movement = { kind = "ladder", validity = "12 months", demotion = "one-step", grace-days = 30 }
[[version.dimension]]
id = "sales"
kind = "bands"
metric = "sales"
limits = { B = "1000.00", A = "8000.00" }
[[version.dimension]]
id = "days"
kind = "bands"
metric = "days"
better = "lower"
limits = { B = "6 months", A = "1 month" }
"#;

/// The last dimension of each scheme.
const KINDS: [&str; 10] = [
    "kind = \"bands\"\nmetric = \"sales\"\nlimits = { B = \"1000.00\", A = \"8000.00\" }",
    "kind = \"bands\"\nmetric = \"per_line\"\nlimits = { B = \"10.5\", A = \"> 80.25\" }",
    "kind = \"cumulative-share\"\nmetric = \"sales\"\nshares = { A = \"0.65\", B = \"0.85\" }\ncrossing = \"better\"\nties = \"together\"\nnot-positive = \"lowest\"",
    "kind = \"count-share\"\nmetric = \"per_line\"\nshares = { A = \"0.1\", B = \"0.3\" }\ncrossing = \"worse\"\nties = \"by-id\"\nnot-positive = \"lowest\"",
    "kind = \"quantiles\"\nclasses = [\"C\", \"B\", \"A\"]\nmetric = \"lines\"\npopulation = \"all\"\nbins = 3\nmethod = \"r7-plus-one\"",
    "kind = \"quantiles\"\nclasses = [\"C\", \"B\", \"A\"]\nmetric = \"sales\"\npopulation = \"all\"\nbins = 3\nmethod = \"ntile\"\nties = \"better\"",
    "kind = \"vote\"\nof = [\"sales\", \"days\"]\nhow = \"mean\"\nties = \"better\"\nmissing = \"ignore\"",
    "kind = \"weighted\"\nmissing = \"spread\"\nlimits = { B = \"40\", A = \"80\" }\nparts = [{ dimension = \"sales\", weight = \"0.6\", scores = { A = \"100\", B = \"50\", C = \"0\" } }, { dimension = \"days\", weight = \"0.4\", scores = { A = \"100\", B = \"50\", C = \"0\" } }]",
    "kind = \"conditions\"\notherwise = \"C\"\n[[version.dimension.case]]\nclass = \"A\"\nall = [{ metric = \"sales\", above = \"9000.00\" }, { dimension = \"days\", at-least = \"B\" }]\n[[version.dimension.case]]\nclass = \"B\"\nany = [{ metric = \"lines\", at-least = \"50\" }, { metric = \"per_line\", at-most = \"3.00\" }]",
    "kind = \"adjust\"\nof = \"sales\"\n[[version.dimension.step]]\nby = 1\nall = [{ metric = \"days\", below = \"10\" }]\n[[version.dimension.step]]\nlower-to = \"C\"\nall = [{ dimension = \"days\", one-of = [\"C\"] }]",
];

fn main() {
    let subjects: usize =
        std::env::var("FENJI_BENCH_SUBJECTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let currency = Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() };
    let metrics = file::check(&Declaration::new("metrics.toml", METRICS), &currency).unwrap();
    let as_of = parse_day("2026-10-31").unwrap();
    // The same figures in every run: a multiplicative generator.
    let mut state = 42_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % below).unwrap()
    };
    let sales: Vec<i64> = (0..subjects).map(|_| next(1_000_000) - 1_000).collect();
    let lines: Vec<i64> = (0..subjects).map(|_| next(100) + 1).collect();
    let days: Vec<i64> = (0..subjects).map(|_| next(400)).collect();
    let whole = |part: &[i64]| FigureColumn { part: part.to_vec(), whole: Vec::new() };
    let columns = BTreeMap::from([
        ("sales", whole(&sales)),
        ("lines", whole(&lines)),
        ("days", whole(&days)),
        ("per_line", FigureColumn { part: sales.clone(), whole: lines.clone() }),
    ]);
    let mut bare = 0.0;
    let mut graded = 0.0;
    let mut by_kind = BTreeMap::new();
    let mut held: Vec<Vec<Option<Held>>> = Vec::new();
    for scheme in 0..30 {
        let kind = KINDS[scheme % KINDS.len()];
        let text = format!(
            "{HEAD}[[version.dimension]]\nid = \"d\"\n{kind}\n[[version.example]]\nmetrics = {{ sales = \"0\" }}\ngrade = \"C\"\n"
        );
        let scheme = Scheme::read(&Declaration::new("scheme.toml", &text), "bench").unwrap();
        let bound = Bound::new(scheme, &metrics, &currency, BTreeMap::new()).unwrap();
        let version = &bound.versions[0];
        let figures: Vec<FigureColumn> =
            version.metrics.iter().map(|metric| columns[metric.metric.id.as_str()].clone()).collect();
        let start = Instant::now();
        let sums = figures.iter().flat_map(|column| [&column.part, &column.whole]);
        let sum: i64 = sums.map(|column| column.iter().fold(0_i64, |sum, figure| sum.wrapping_add(*figure))).sum();
        bare += start.elapsed().as_secs_f64();
        assert_ne!(std::hint::black_box(sum), 1);
        let start = Instant::now();
        let others = BTreeMap::new();
        let population = Population { subjects, as_of, metrics: &figures, others: &others, words: &|_, _| None };
        let found = classes(version, &population);
        let moved = found.last().unwrap().iter().map(|earned| {
            Some(review(&version.movement, None, Finding { day: as_of, earned: *earned, retention: None }).held)
        });
        held.push(moved.collect());
        let seconds = start.elapsed().as_secs_f64();
        graded += seconds;
        *by_kind.entry(kind.lines().next().unwrap()).or_insert(0.0) += seconds;
    }
    for (kind, seconds) in by_kind {
        println!("{kind:<26} {seconds:.2} s");
    }
    println!("{subjects} subjects x {} schemes: {graded:.2} s (limit 60 s)", held.len());
    println!("ratio to a bare pass over the columns: {:.1} ({bare:.3} s)", graded / bare);
    println!("peak memory: {:.0} MB (limit 4,000 MB)", peak_megabytes());
}

/// The peak of this process's memory, as Linux tells it.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().split(' ').next()?.parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) / 1000.0
}
