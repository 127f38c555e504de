use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    declaration::Declaration,
    grading::bound::Bound,
    ledger::batch::MISSING,
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
[metric.word]
title = { zh = "行业", en = "industry" }
entity = "customer"
subject = "customer_id"
aggregate = "latest"
column = "industry"
"#;

/// Dimensions beside one that gives the grade; the version is as the checks let it through.
fn version(dimensions: &str) -> (Bound, Vec<String>) {
    let grade = |id: &str| format!("[[grade]]\nid = \"{id}\"\ntitle = {{ zh = \"{id}\", en = \"{id}\" }}\n");
    let text = format!(
        r#"title = {{ zh = "试", en = "test" }}
requirements = []
subject = "customer"
{}{}{}
[[version]]
id = "1"
in-force = "2000-01-01"
decided-by = "test"
reason = "test"
cadence = "month"
boundary = "better"
without-figure = "lowest"
result = "main"
movement = {{ kind = "free" }}
[[version.dimension]]
id = "main"
kind = "bands"
metric = "sales"
limits = {{ B = "1.00", A = "2.00" }}
{dimensions}
[[version.example]]
metrics = {{ sales = "2.00" }}
grade = "A"
"#,
        grade("C"),
        grade("B"),
        grade("A")
    );
    let currency = Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() };
    let metrics = file::check(&Declaration::new("m.toml", METRICS), &currency).unwrap();
    let scheme = Scheme::read(&Declaration::new("s.toml", &text), "s").unwrap_or_else(|faults| panic!("{faults:?}"));
    let bound = Bound::new(scheme, &metrics, &currency, BTreeMap::new()).unwrap_or_else(|faults| panic!("{faults:?}"));
    let names = bound.versions[0].metrics.iter().map(|metric| metric.metric.id.clone()).collect();
    (bound, names)
}

const WORDS: [&str; 3] = ["steel", "glass", "paper"];

/// Figures by metric; of a ratio part and whole. Words by their place in [`WORDS`].
type Figures<'f> = &'f [(&'f str, Vec<Option<(i64, i64)>>)];

fn work(bound: &Bound, names: &[String], figures: Figures<'_>) -> Vec<Vec<u8>> {
    let subjects = figures[0].1.len();
    let column = |name: &String| {
        let mut column = FigureColumn::default();
        let given = figures.iter().find(|(known, _)| known == name);
        (0..subjects).for_each(|at| column.push(given.and_then(|(_, figures)| figures[at])));
        column
    };
    let metrics: Vec<FigureColumn> = names.iter().map(column).collect();
    let others = BTreeMap::new();
    let words =
        |_: usize, word: &str| WORDS.iter().position(|known| *known == word).and_then(|at| i64::try_from(at).ok());
    let as_of = parse_day("2026-03-31").unwrap();
    classes(&bound.versions[0], &Population { subjects, as_of, metrics: &metrics, others: &others, words: &words })
}

/// The class ids of dimension `d`; `-` for none.
fn found(dimensions: &str, figures: Figures<'_>) -> Vec<String> {
    let (bound, names) = version(dimensions);
    let all = work(&bound, &names, figures);
    let place = bound.versions[0].dimensions.iter().position(|dimension| dimension.id == "d").unwrap();
    let classes = &bound.versions[0].dimensions[place].classes;
    all[place]
        .iter()
        .map(|class| if *class == NO_CLASS { "-".to_owned() } else { classes[usize::from(*class)].id.clone() })
        .collect()
}

fn whole(figures: &[i64]) -> Vec<Option<(i64, i64)>> {
    figures.iter().map(|figure| (*figure != MISSING).then_some((*figure, 1))).collect()
}

fn dimension(kind: &str, rest: &str) -> String {
    format!("[[version.dimension]]\nid = \"d\"\nkind = \"{kind}\"\n{rest}\n")
}

#[test]
fn bands_begin_where_their_limits_say() {
    for (rest, metric, figures, expected) in [
        (
            "metric = \"sales\"\nlimits = { B = \"1.00\", A = \"2.00\" }",
            "sales",
            vec![(MISSING, 1), (-500, 1), (0, 1), (99, 1), (100, 1), (199, 1), (200, 1), (i64::MAX, 1)],
            "C C C C B B A A",
        ),
        (
            "metric = \"sales\"\nlimits = { B = \"> 1.00\", A = \">= 2.00\" }",
            "sales",
            vec![(100, 1), (101, 1), (200, 1)],
            "C B A",
        ),
        (
            "metric = \"days\"\nbetter = \"lower\"\nwithout-figure = \"exclude\"\nlimits = { B = \"30\", A = \"< 7\" }",
            "days",
            vec![(MISSING, 1), (0, 1), (6, 1), (7, 1), (30, 1), (31, 1)],
            "- A A B B C",
        ),
        // As of 31 March 2026 a month is 31 days, two are 31 + 28.
        (
            "metric = \"days\"\nbetter = \"lower\"\nlimits = { B = \"2 months\", A = \"1 month\" }",
            "days",
            vec![(31, 1), (32, 1), (59, 1), (60, 1)],
            "A B B C",
        ),
        // 3 fen and a third a line is 0.0333…; limits are in yuan a line.
        (
            "metric = \"per_line\"\nlimits = { B = \"0.033333\", A = \"0.033334\" }",
            "per_line",
            vec![(10, 3), (i64::MAX, 1), (i64::MAX, i64::MAX), (-1, 3), (1, 0)],
            "B A C C C",
        ),
    ] {
        let figures = figures.into_iter().map(|figure| (figure.0 != MISSING).then_some(figure)).collect();
        assert_eq!(found(&dimension("bands", rest), &[(metric, figures)]).join(" "), expected, "{rest}");
    }
}

#[test]
fn words_have_their_classes() {
    let figures = [("word", whole(&[0, 1, 2, MISSING]))];
    for (otherwise, expected) in [("B", "A C B C"), ("none", "A C - C")] {
        let rest = format!(
            "metric = \"word\"\nwords = {{ steel = \"A\", glass = \"C\", brick = \"B\" }}\notherwise = \"{otherwise}\""
        );
        assert_eq!(found(&dimension("lookup", &rest), &figures).join(" "), expected);
    }
}

#[test]
fn shares_cut_the_order_of_all_subjects() {
    let cut = |crossing: &str, ties: &str, not_positive: &str| {
        format!(
            "metric = \"sales\"\nshares = {{ A = \"0.5\", B = \"0.8\" }}\ncrossing = \"{crossing}\"\nties = \"{ties}\"\nnot-positive = \"{not_positive}\""
        )
    };
    for (kind, rest, figures, expected) in [
        // 50, 30, 20 of 100: the line at half is met exactly.
        ("cumulative-share", cut("better", "by-id", "lowest"), vec![20, 50, 30], "C A B"),
        ("cumulative-share", cut("worse", "by-id", "lowest"), vec![20, 50, 30], "C A B"),
        // 40 crosses half of 100, 10 crosses 0.8.
        ("cumulative-share", cut("better", "by-id", "lowest"), vec![45, 40, 10, 5], "A A C C"),
        ("cumulative-share", cut("worse", "by-id", "lowest"), vec![45, 40, 10, 5], "A C C C"),
        // Three equal figures: the first is before half, the last behind 0.8.
        ("cumulative-share", cut("better", "by-id", "lowest"), vec![10, 10, 10], "A A B"),
        ("cumulative-share", cut("better", "together", "lowest"), vec![10, 10, 10], "A A A"),
        ("cumulative-share", cut("worse", "by-id", "lowest"), vec![10, 10, 10], "A B C"),
        ("cumulative-share", cut("worse", "together", "lowest"), vec![10, 10, 10], "C C C"),
        ("cumulative-share", cut("worse", "together", "lowest"), vec![0, -100, 10, MISSING], "C C C C"),
        ("cumulative-share", cut("better", "together", "exclude"), vec![0, -100, 10, MISSING], "- - A C"),
        ("cumulative-share", cut("better", "together", "exclude"), vec![0, -1], "- -"),
        ("cumulative-share", cut("better", "by-id", "lowest"), vec![i64::MAX, i64::MAX, i64::MAX, i64::MAX], "A A B B"),
        ("count-share", cut("better", "by-id", "lowest"), vec![1, 900, 2, 3], "B A B A"),
        ("count-share", cut("worse", "by-id", "lowest"), vec![1, 900, 2, 3], "C A B A"),
    ] {
        assert_eq!(
            found(&dimension(kind, &rest), &[("sales", whole(&figures))]).join(" "),
            expected,
            "{kind} {rest} {figures:?}"
        );
    }
}

#[test]
fn the_best_so_many_are_rounded_up_with_ties() {
    let top = dimension("top-share", "metric = \"sales\"\nclasses = [\"rest\", \"vip\"]\nshares = { vip = \"0.01\" }");
    for (figures, vip) in [
        ((1..=100).collect::<Vec<i64>>(), 1),
        ((1..=101).collect(), 2),
        (vec![7; 50], 50),
        (vec![0, -3], 0),
        (vec![5], 1),
    ] {
        let count = found(&top, &[("sales", whole(&figures))]).iter().filter(|class| *class == "vip").count();
        assert_eq!(count, vip, "{figures:?}");
    }
}

#[test]
fn quantiles_cut_as_their_method_says() {
    let of = |rest: &str| dimension("quantiles", &format!("metric = \"lines\"\n{rest}"));
    let low = "better = \"lower\"\npopulation = \"all\"\n";
    let all = "population = \"all\"\n";
    for (rest, figures, expected) in [
        (format!("{all}bins = 2\nmethod = \"r7\""), vec![1, 2, 3], "1 2 2"),
        (format!("{all}bins = 2\nmethod = \"r7-plus-one\""), vec![1, 2, 3], "1 1 2"),
        (format!("{low}bins = 2\nmethod = \"r7\""), vec![1, 2, 3], "2 1 1"),
        (format!("{all}bins = 5\nmethod = \"r7-plus-one\""), vec![7, 7, 7], "1 1 1"),
        (format!("{all}bins = 5\nmethod = \"r7\""), vec![7, 7, 7], "5 5 5"),
        (format!("{all}bins = 5\nmethod = \"r7\""), vec![7], "5"),
        (format!("{all}bins = 2\nmethod = \"r7\""), vec![MISSING, 0, 4], "- 1 2"),
        ("population = \"positive\"\nbins = 2\nmethod = \"r7\"".to_owned(), vec![0, -1, 4, 8], "- - 1 2"),
        (format!("{all}method = \"fixed\"\ncuts = [\"3\", \"5\"]"), vec![2, 3, 4, 5], "1 2 2 3"),
        (format!("{low}method = \"fixed\"\ncuts = [\"3\", \"5\"]"), vec![2, 3, 4, 5], "3 2 2 1"),
        (format!("{all}bins = 3\nmethod = \"ntile\"\nties = \"by-id\""), vec![5, 5, 5, 5], "1 1 2 3"),
        (format!("{all}bins = 3\nmethod = \"ntile\"\nties = \"better\""), vec![5, 5, 5, 5], "3 3 3 3"),
        (format!("{all}bins = 3\nmethod = \"ntile\"\nties = \"worse\""), vec![5, 5, 5, 9], "1 1 1 3"),
        (format!("{low}bins = 3\nmethod = \"ntile\"\nties = \"by-id\""), vec![1, 2, 3, 4], "3 2 1 1"),
    ] {
        assert_eq!(found(&of(&rest), &[("lines", whole(&figures))]).join(" "), expected, "{rest} {figures:?}");
    }
}

#[test]
fn conditions_take_the_first_case_that_holds() {
    let rest = r#"classes = ["low", "mid", "top"]
otherwise = "none"
[[version.dimension.case]]
class = "top"
all = [{ metric = "sales", at-least = "10.00", below = "20.00" }]
any = [{ metric = "word", one-of = ["steel"] }, { dimension = "main", at-least = "A" }]
[[version.dimension.case]]
class = "mid"
all = [{ metric = "word", not-one-of = ["steel", "brick"] }, { metric = "days", empty = true }]
[[version.dimension.case]]
class = "low"
all = [{ metric = "per_line", above = "0.05" }, { metric = "sales", at-most = "10.00" }]
"#;
    let figures = [
        ("sales", whole(&[1000, 999, 1999, 2000, 500, 500])),
        ("word", whole(&[1, 0, 0, 1, MISSING, 2])),
        ("days", whole(&[1, 1, 1, MISSING, 1, MISSING])),
        ("per_line", vec![None, Some((11, 2)), None, None, Some((10, 2)), None]),
    ];
    assert_eq!(found(&dimension("conditions", rest), &figures).join(" "), "top low top mid - mid");
}

#[test]
fn composed_dimensions_work_on_the_classes_of_others() {
    let first = "[[version.dimension]]\nid = \"first\"\nkind = \"bands\"\nmetric = \"lines\"\nwithout-figure = \"exclude\"\nlimits = { B = \"1\", A = \"2\" }\n";
    // main: C C B A A, first: C A - B A
    let figures = [("sales", whole(&[0, 0, 100, 200, 200])), ("lines", whole(&[0, 2, MISSING, 1, 2]))];
    for (kind, rest, expected) in [
        (
            "matrix",
            "rows = \"main\"\ncolumns = \"first\"\ncolumn-order = [\"A\", \"B\", \"C\"]\ncells = { A = [\"A\", \"B\", \"C\"], B = [\"A\", \"B\", \"C\"], C = [\"B\", \"C\", \"C\"] }",
            "C B - B A",
        ),
        (
            "matrix",
            "rows = \"main\"\ncolumns = \"first\"\ncolumn-order = [\"C\", \"B\", \"A\"]\ncells = { A = [\"5\", \"8\", \"9\"], B = [\"3\", \"5\", \"7\"], C = [\"1\", \"2\", \"3\"] }\nlimits = { B = \"3\", A = \"> 8\" }",
            "C B - B A",
        ),
        ("vote", "of = [\"main\", \"first\"]\nhow = \"best\"\nties = \"better\"\nmissing = \"ignore\"", "C A B A A"),
        ("vote", "of = [\"main\", \"first\"]\nhow = \"worst\"\nties = \"better\"\nmissing = \"none\"", "C C - B A"),
        ("vote", "of = [\"main\", \"first\"]\nhow = \"mean\"\nties = \"worse\"\nmissing = \"none\"", "C B - B A"),
        (
            "weighted",
            "missing = \"spread\"\nlimits = { B = \"50\", A = \"> 80\" }\nparts = [{ dimension = \"main\", weight = \"0.6\", scores = { A = \"100\", B = \"50\", C = \"0\" } }, { dimension = \"first\", weight = \"0.4\", scores = { A = \"100\", B = \"50\", C = \"0\" } }]",
            "C C B B A",
        ),
        (
            "weighted",
            "missing = \"none\"\nlimits = { B = \"40\", A = \"> 80\" }\nparts = [{ dimension = \"main\", weight = \"0.6\", scores = { A = \"100\", B = \"50\", C = \"0\" } }, { dimension = \"first\", weight = \"0.4\", scores = { A = \"100\", B = \"50\", C = \"0\" } }]",
            "C B - B A",
        ),
        (
            "adjust",
            "of = \"main\"\n[[version.dimension.step]]\nby = 1\ncap = \"B\"\nall = [{ dimension = \"first\", one-of = [\"A\", \"C\"] }]\n[[version.dimension.step]]\nlower-to = \"C\"\nfloor = \"B\"\nall = [{ dimension = \"first\", one-of = [\"B\"] }]",
            "B B B B A",
        ),
    ] {
        assert_eq!(found(&format!("{first}{}", dimension(kind, rest)), &figures).join(" "), expected, "{kind} {rest}");
    }
}

/// The classes of dimension `d`, with the number of its classes.
fn banded(limits: &[i64], strict: &[bool], lower: bool, figures: &[i64]) -> Vec<u8> {
    let texts = limits.iter().zip(strict).enumerate().map(|(place, (limit, strict))| {
        let sign = match (lower, strict) {
            (false, false) => ">=",
            (false, true) => ">",
            (true, false) => "<=",
            (true, true) => "<",
        };
        format!("c{} = \"{sign} {limit}\"", place + 1)
    });
    let classes: Vec<String> = (0..=limits.len()).map(|class| format!("\"c{class}\"")).collect();
    let rest = format!(
        "metric = \"lines\"\nclasses = [{}]\nbetter = \"{}\"\nlimits = {{ {} }}",
        classes.join(", "),
        if lower { "lower" } else { "higher" },
        texts.collect::<Vec<_>>().join(", ")
    );
    let (bound, names) = version(&dimension("bands", &rest));
    work(&bound, &names, &[("lines", whole(figures))]).pop().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_figure_has_one_class_and_better_figures_no_worse_one(
        limits in proptest::collection::btree_set(-40_i64..40, 1..6), strict: [bool; 6], lower: bool,
    ) {
        let mut limits: Vec<i64> = limits.into_iter().collect();
        if lower {
            limits.reverse();
        }
        let figures: Vec<i64> = (-50..50).collect();
        let found = banded(&limits, &strict, lower, &figures);
        for (figure, class) in figures.iter().zip(&found) {
            // Limits are distinct whole numbers, so that the limits reached are the first so many.
            let reached = limits.iter().zip(strict).filter(|(limit, strict)| match (lower, strict) {
                (false, false) => figure >= *limit,
                (false, true) => figure > *limit,
                (true, false) => figure <= *limit,
                (true, true) => figure < *limit,
            });
            prop_assert_eq!(usize::from(*class), reached.count(), "{}", figure);
        }
        let rises = |pair: &[u8]| if lower { pair[0] >= pair[1] } else { pair[0] <= pair[1] };
        prop_assert!(found.windows(2).all(rises));
    }

    #[test]
    fn shares_part_everybody_and_better_figures_stand_no_lower(
        figures in proptest::collection::vec(-3_i64..30, 1..40), crossing: bool, together: bool, by_count: bool,
    ) {
        let kind = if by_count { "count-share" } else { "cumulative-share" };
        let (side, ties) = (if crossing { "better" } else { "worse" }, if together { "together" } else { "by-id" });
        let rest = format!("metric = \"sales\"\nshares = {{ A = \"0.65\", B = \"0.85\" }}\ncrossing = \"{side}\"\nties = \"{ties}\"\nnot-positive = \"lowest\"");
        let classes = found(&dimension(kind, &rest), &[("sales", whole(&figures))]);
        prop_assert!(classes.iter().all(|class| ["A", "B", "C"].contains(&class.as_str())), "all are classed");
        let total: i64 = figures.iter().filter(|figure| **figure > 0).map(|figure| if by_count { 1 } else { *figure }).sum();
        let of = |wanted: &str| -> i64 {
            let members = figures.iter().zip(&classes).filter(|(figure, class)| **figure > 0 && *class == wanted);
            members.map(|(figure, _)| if by_count { 1 } else { *figure }).sum()
        };
        prop_assert_eq!(of("A") + of("B") + of("C"), total, "the classes are the whole");
        if !crossing {
            prop_assert!(of("A") * 100 <= total * 65 && (of("A") + of("B")) * 100 <= total * 85, "nobody beyond a line is before it");
        }
        for (a, class) in figures.iter().zip(&classes) {
            for (b, other) in figures.iter().zip(&classes) {
                // Letters run backwards: A is the best.
                prop_assert!(a <= b || class <= other, "{} {} {} {}", a, class, b, other);
                prop_assert!(a != b || !together || class == other, "equal figures together");
            }
        }
    }

    #[test]
    fn quantiles_of_equal_figures_do_not_depend_on_the_order(
        figures in proptest::collection::vec(-20_i64..20, 1..30), shift in 0_usize..30, plus: bool,
    ) {
        let method = if plus { "r7-plus-one" } else { "r7" };
        let rest = dimension("quantiles", &format!("metric = \"lines\"\npopulation = \"all\"\nbins = 5\nmethod = \"{method}\""));
        let straight = found(&rest, &[("lines", whole(&figures))]);
        let mut turned = figures.clone();
        turned.rotate_left(shift % figures.len());
        let mut back = found(&rest, &[("lines", whole(&turned))]);
        back.rotate_right(shift % figures.len());
        prop_assert_eq!(straight, back);
    }
}
