use super::*;
use crate::{declaration::Declaration, metrics::file};

const GOOD: &str = include_str!("../../../config/schemes/member-tier.toml");

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

[metric.since]
title = { zh = "天数", en = "days" }
entity = "transaction"
subject = "customer_id"
aggregate = "days-since"
window = "all"

[metric.first]
title = { zh = "首日", en = "first day" }
entity = "transaction"
subject = "customer_id"
aggregate = "first-day"
window = "all"

[metric.organisation]
title = { zh = "单位", en = "organisation" }
entity = "customer"
subject = "customer_id"
aggregate = "latest"
column = "organisation_type"

[metric.member_sales]
title = { zh = "会员", en = "member sales" }
entity = "transaction"
subject = "member_id"
aggregate = "sum"
column = "amount"
window = "year"
"#;

fn currency() -> Currency {
    Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() }
}

fn metrics(text: &str) -> Metrics {
    file::check(&Declaration::new("m.toml", text), &currency()).unwrap()
}

fn bind_with(text: &str, id: &str, others: BTreeMap<String, Bound>) -> Result<Bound, Faults> {
    Bound::new(Scheme::read(&Declaration::new("s.toml", text), id).unwrap(), &metrics(METRICS), &currency(), others)
}

fn bind(text: &str) -> Result<Bound, Faults> {
    bind_with(text, "s", BTreeMap::new())
}

fn codes(result: Result<Bound, Faults>) -> Vec<&'static str> {
    result.unwrap_err().list().iter().map(Fault::code_name).collect()
}

/// A scheme of the grades C, B, A over customers whose only dimension, or last one, is `d`.
fn scheme(dimensions: &str, examples: &str) -> String {
    let grade = |id: &str| format!("[[grade]]\nid = \"{id}\"\ntitle = {{ zh = \"{id}\", en = \"{id}\" }}\n");
    format!(
        "title = {{ zh = \"甲\", en = \"a\" }}\nrequirements = [\"S36\"]\nsubject = \"customer\"\n{}\n[[version]]\nid = \"one\"\nin-force = \"2020-01-01\"\ndecided-by = \"x\"\nreason = \"x\"\ncadence = \"year\"\nboundary = \"better\"\nwithout-figure = \"lowest\"\nresult = \"d\"\nmovement = {{ kind = \"free\" }}\n{dimensions}\n{examples}\n",
        ["C", "B", "A"].map(grade).concat()
    )
}

fn one(rest: &str) -> String {
    format!("[[version.dimension]]\nid = \"d\"\n{rest}\n")
}

fn example(rest: &str) -> String {
    format!("[[version.example]]\n{rest}\n")
}

const BANDS: &str = "kind = \"bands\"\nmetric = \"sales\"\nlimits = { B = \"10\", A = \"20.50\" }";

fn bands() -> String {
    scheme(&one(BANDS), &example("metrics = { sales = \"20.49\" }\ngrade = \"B\""))
}

fn members(text: &str) -> Result<Bound, Faults> {
    let scheme = Scheme::read(&Declaration::new("s.toml", text), "s").unwrap();
    let metrics = metrics(include_str!("../../../config/metrics.toml"));
    Bound::new(scheme, &metrics, &currency(), BTreeMap::new())
}

#[test]
fn the_fingerprint_is_of_the_rules_alone() {
    let hash = |text: &str| members(text).unwrap().scheme.versions[0].hash.clone();
    assert_eq!(hash(GOOD), hash(&format!("# more words\n{}", GOOD.replace("fenji (example)", "the board"))));
    assert_eq!(hash(GOOD), hash(&GOOD.replace("\"80000.00\"\n", "\"80000\"\n")));
    for (from, to) in [
        ("\"80000.00\"\n", "\"79999.99\"\n"),
        ("missing = \"none\"", "missing = \"ignore\""),
        ("assessment-months = [12]", "assessment-months = [6, 12]"),
        ("subject = \"member\"", "subject = \"member\"\nwhere = [{ column = \"sex\", one-of = [\"female\"] }]"),
    ] {
        assert_ne!(hash(GOOD), hash(&GOOD.replace(from, to)), "{to}");
    }
    let golden = GOOD.replace("id = \"gold\"", "id = \"golden\"").replace("\ngold = ", "\ngolden = ");
    assert_ne!(hash(GOOD), hash(&golden.replace("\"gold\"", "\"golden\"")));
}

#[test]
fn a_scheme_that_cannot_be_right_is_refused() {
    for (from, to, code) in [
        ("\"20.50\"", "\"10.00\"", "scheme::bands_do_not_rise"),
        ("\"20.50\"", "\"20.501\"", "scheme::wrong_unit"),
        ("\"20.50\"", "\"twenty\"", "scheme::wrong_unit"),
        ("metric = \"sales\"", "metric = \"sale\"", "scheme::unknown_metric"),
        ("metric = \"sales\"", "metric = \"member_sales\"", "scheme::wrong_subject"),
        ("metric = \"sales\"", "metric = \"organisation\"", "scheme::wrong_unit"),
        ("without-figure = \"lowest\"", "without-figure = \"exclude\"", "scheme::exclude_never_happens"),
        ("{ sales = \"20.49\" }", "{ sales = \"20.50\" }", "scheme::example_fails"),
        ("{ sales = \"20.49\" }", "{ sales = \"20.49\", lines = \"1\" }", "scheme::example_fails"),
        ("{ sales = \"20.49\" }", "{ sales = \"much\" }", "scheme::example_fails"),
        (
            "subject = \"customer\"",
            "subject = \"customer\"\nwhere = [{ column = \"kinds\", empty = true }]",
            "metrics::unknown_column",
        ),
    ] {
        assert_eq!(codes(bind(&bands().replace(from, to))), [code], "{to}");
    }
}

#[test]
fn an_example_that_lies_says_what_each_dimension_gave() {
    let faults = bind(&bands().replace("20.49", "20.50")).unwrap_err();
    assert_eq!(faults.to_string(), "the example says `B`, the rules give `A`");
    let help = miette::Diagnostic::help(&faults).unwrap().to_string();
    assert!(help.ends_with("`d` gives `A`"), "{help}");
}

#[test]
fn every_kind_is_seen_to_make_sense() {
    let days = "kind = \"bands\"\nmetric = \"since\"\nbetter = \"lower\"\nlimits = { A = \"7\", B = \"30\" }";
    let share = "kind = \"cumulative-share\"\nmetric = \"sales\"\nshares = { A = \"0.65\", B = \"0.85\" }\ncrossing = \"better\"\nties = \"together\"\nnot-positive = \"lowest\"";
    let fixed = "kind = \"quantiles\"\nmetric = \"sales\"\nmethod = \"fixed\"\ncuts = [\"5\", \"9\"]\npopulation = \"all\"\nclasses = [\"C\", \"B\", \"A\"]";
    let lookup = "kind = \"lookup\"\nmetric = \"organisation\"\nwords = { institution = \"B\" }\notherwise = \"C\"";
    let weighted = "kind = \"weighted\"\nmissing = \"none\"\nlimits = { B = \"50\", A = \"80\" }\nparts = [{ dimension = \"x\", weight = \"0.4\", scores = { A = \"100\", B = \"60\", C = \"0\" } }, { dimension = \"y\", weight = \"0.6\", scores = { A = \"100\", B = \"60\", C = \"0\" } }]";
    let also = |id: &str| format!("[[version.dimension]]\nid = \"{id}\"\n{BANDS}\n");
    let xy = also("x") + &also("y");
    let case = |before: &str, rule: &str, metrics: &str, grade: &str| {
        scheme(&(before.to_owned() + &one(rule)), &example(&format!("metrics = {{ {metrics} }}\ngrade = \"{grade}\"")))
    };
    for (text, from, to, code) in [
        (case("", days, "since = \"8\"", "B"), "B = \"30\"", "B = \"7\"", "scheme::bands_do_not_rise"),
        (case("", days, "since = \"8\"", "B"), "B = \"30\"", "B = \"1 month\"", "scheme::bands_do_not_rise"),
        (case("", share, "sales = \"8\"", "A"), "\"0.85\"", "\"0.65\"", "scheme::shares_do_not_rise"),
        (case("", share, "sales = \"8\"", "A"), "\"0.85\"", "\"85\"", "scheme::bad_share"),
        (case("", share, "sales = \"8\"", "A"), "\"0.85\"", "\"85 %\"", "scheme::wrong_unit"),
        (case("", share, "sales = \"8\"", "A"), "metric = \"sales\"", "metric = \"per_line\"", "scheme::wrong_unit"),
        (case("", fixed, "sales = \"9\"", "A"), "\"9\"", "\"4\"", "scheme::cuts_do_not_rise"),
        (
            case("", lookup, "organisation = \"institution\"", "B"),
            "institution = ",
            "institutions = ",
            "scheme::unknown_value",
        ),
        (
            case("", lookup, "organisation = \"institution\"", "B"),
            "metric = \"organisation\"",
            "metric = \"lines\"",
            "scheme::wrong_unit",
        ),
        (
            case(&xy, weighted, "sales = \"10\"", "B"),
            "weight = \"0.6\"",
            "weight = \"0.5\"",
            "scheme::weights_do_not_sum",
        ),
        (case(&xy, weighted, "sales = \"10\"", "B"), "weight = \"0.6\"", "weight = \"-0.6\"", "scheme::bad_weight"),
    ] {
        bind(&text).unwrap();
        let wrong = text.replacen(from, to, 1);
        assert_ne!(wrong, text);
        assert_eq!(codes(bind(&wrong)).first(), Some(&code), "{to}");
    }
}

#[test]
fn what_nobody_decided_is_named_wherever_it_stands() {
    for from in ["\"10\"", "\"20.50\""] {
        let bound = bind(&bands().replace(from, "\"required\"")).unwrap();
        let faults = bound.ready().unwrap_err();
        assert_eq!(faults.list().iter().map(Fault::code_name).collect::<Vec<_>>(), ["scheme::missing_limit"]);
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        assert!(bound.ready_on(&[day]).is_err());
        assert!(bound.ready_on(&[]).is_ok());
    }
    assert!(bind(&bands()).unwrap().ready().is_ok());
}

#[test]
fn another_scheme_gives_classes() {
    let inner = || bind_with(&bands(), "inner", BTreeMap::new()).unwrap();
    let others = || BTreeMap::from([("inner".to_owned(), inner())]);
    let outer =
        scheme(&one("kind = \"scheme\"\nscheme = \"inner\""), &example("dimensions = { d = \"B\" }\ngrade = \"B\""));
    let bound = bind_with(&outer, "outer", others()).unwrap();
    let wanted: Vec<String> = bound
        .requests(&[NaiveDate::from_ymd_opt(2026, 1, 1).unwrap()])
        .iter()
        .map(|request| request.id().to_owned())
        .collect();
    assert_eq!(wanted, ["sales"]);
    let stamps = bound.stamps();
    assert_eq!(stamps.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["one+inner/one"]);
    assert_eq!(bound.stamp_on(NaiveDate::from_ymd_opt(2026, 1, 1).unwrap()).as_ref(), stamps.first());
    assert_eq!(bound.stamp_on(NaiveDate::from_ymd_opt(2019, 1, 1).unwrap()), None);
    assert_eq!(codes(bind_with(&outer, "outer", BTreeMap::new())), ["scheme::unknown_scheme"]);
    let undecided = bind_with(&bands().replace("\"10\"", "\"required\""), "inner", BTreeMap::new()).unwrap();
    let bound = bind_with(&outer, "outer", BTreeMap::from([("inner".to_owned(), undecided)])).unwrap();
    assert!(bound.ready().is_err(), "what the other scheme lacks, this one lacks");
    let fewer = outer.replace("scheme = \"inner\"", "scheme = \"inner\"\nclasses = [\"B\", \"A\"]");
    let fewer = fewer.replace("id = \"C\"\ntitle = { zh = \"C\", en = \"C\" }\n", "").replacen(
        "[[grade]]\n[[grade]]",
        "[[grade]]",
        1,
    );
    assert_eq!(codes(bind_with(&fewer, "outer", others())), ["scheme::classes_do_not_match"]);
    let ladder =
        bands().replace("kind = \"free\"", "kind = \"ladder\", validity = \"12 months\", demotion = \"never\"");
    let moving = bind_with(&ladder, "inner", BTreeMap::new()).unwrap();
    assert_eq!(
        codes(bind_with(&outer, "outer", BTreeMap::from([("inner".to_owned(), moving)]))),
        ["scheme::other_moves"]
    );
}

#[test]
fn several_subjects_are_worked_together() {
    let share = "kind = \"cumulative-share\"\nmetric = \"sales\"\nshares = { A = \"0.65\", B = \"0.85\" }\ncrossing = \"worse\"\nties = \"together\"\nnot-positive = \"exclude\"";
    let subjects = "subjects = [{ metrics = { sales = \"65\" }, grade = \"A\" }, { metrics = { sales = \"20\" }, grade = \"B\" }, { metrics = { sales = \"15\" }, grade = \"C\" }, { metrics = { sales = \"-1\" }, grade = \"none\" }]";
    let text = scheme(&one(share), &example(subjects));
    bind(&text).unwrap();
    let faults = bind(&text.replace("\"none\"", "\"C\"")).unwrap_err();
    assert_eq!(faults.to_string(), "the example says `C` of subject 4, the rules give `none`");
}

#[test]
fn what_lacks_a_limit_two_schemes_down_refuses() {
    let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    let outer =
        scheme(&one("kind = \"scheme\"\nscheme = \"inner\""), &example("dimensions = { d = \"B\" }\ngrade = \"B\""));
    let with = |other: Bound| BTreeMap::from([("inner".to_owned(), other)]);
    let undecided = bind_with(&bands().replace("\"10\"", "\"required\""), "inner", BTreeMap::new()).unwrap();
    let middle = bind_with(&outer, "inner", with(undecided)).unwrap();
    let top = bind_with(&outer, "outer", with(middle)).unwrap();
    assert!(top.ready_on(&[day]).is_err());
    assert!(top.ready_on(&[]).is_ok());
}

#[test]
fn a_version_is_stamped_by_the_schemes_it_uses() {
    let inner = bind_with(&bands(), "inner", BTreeMap::new()).unwrap();
    let later = bands().split_once("[[version]]").unwrap().1.replace("\"one\"", "\"two\"");
    let later = later.replace("2020-01-01", "2026-01-01").replace(BANDS, "kind = \"scheme\"\nscheme = \"inner\"");
    let later = later.replace("metrics = { sales = \"20.49\" }", "dimensions = { d = \"B\" }");
    let text = format!("{}\n[[version]]{later}", bands());
    let bound = bind_with(&text, "outer", BTreeMap::from([("inner".to_owned(), inner)])).unwrap();
    let names: Vec<String> = bound.stamps().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["one", "two+inner/one"], "grades kept under the first version stay what they were");
}

#[test]
fn shares_of_other_subjects_are_not_taken_over() {
    let share = "kind = \"cumulative-share\"\nmetric = \"sales\"\nshares = { A = \"0.65\", B = \"0.85\" }\ncrossing = \"worse\"\nties = \"together\"\nnot-positive = \"lowest\"";
    let inner = || {
        let text = scheme(&one(share), &example("metrics = { sales = \"1\" }\ngrade = \"C\""));
        BTreeMap::from([("inner".to_owned(), bind_with(&text, "inner", BTreeMap::new()).unwrap())])
    };
    let outer =
        scheme(&one("kind = \"scheme\"\nscheme = \"inner\""), &example("dimensions = { d = \"B\" }\ngrade = \"B\""));
    assert!(bind_with(&outer, "outer", inner()).is_ok());
    let some = outer.replace(
        "subject = \"customer\"",
        "subject = \"customer\"\nwhere = [{ column = \"kind\", one-of = [\"business\"] }]",
    );
    assert_eq!(codes(bind_with(&some, "outer", inner())), ["scheme::wrong_subject"]);
}

#[test]
fn examples_of_decided_versions_are_worked_although_others_wait() {
    let later = bands().split_once("[[version]]").unwrap().1.replace("\"one\"", "\"two\"");
    let later = later.replace("2020-01-01", "2026-01-01").replace("\"10\"", "\"required\"");
    let text = format!("{}\n[[version]]{later}", bands());
    assert!(bind(&text).is_ok());
    assert_eq!(codes(bind(&text.replacen("20.49", "20.50", 1))), ["scheme::example_fails"]);
}
