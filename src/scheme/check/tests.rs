use super::*;
use crate::scheme::rule::{Method, Rule, Test};

const GOOD: &str = include_str!("../../../config/schemes/member-tier.toml");

fn read(text: &str) -> Result<Scheme, Faults> {
    Scheme::read(&Declaration::new("config/schemes/x.toml", text), "x")
}

fn codes(text: &str) -> Vec<&'static str> {
    read(text).unwrap_err().list().iter().map(Fault::code_name).collect()
}

/// A scheme of the grades C, B, A with these dimensions, of which the last gives the grade.
fn with(dimensions: &str) -> String {
    let last = dimensions.rsplit("id = \"").next().and_then(|rest| rest.split('"').next()).unwrap_or("");
    let grade = |id: &str| format!("[[grade]]\nid = \"{id}\"\ntitle = {{ zh = \"{id}\", en = \"{id}\" }}\n");
    let grades: String = if dimensions.contains("kind = \"code\"") || dimensions.contains("kind = \"labels\"") {
        String::new()
    } else {
        ["C", "B", "A"].map(grade).concat()
    };
    format!(
        "title = {{ zh = \"甲\", en = \"a\" }}\nrequirements = [\"S36\"]\nsubject = \"customer\"\n{grades}\n[[version]]\nid = \"1\"\nin-force = \"2020-01-01\"\ndecided-by = \"x\"\nreason = \"x\"\ncadence = \"year\"\nboundary = \"better\"\nwithout-figure = \"exclude\"\nresult = \"{last}\"\nmovement = {{ kind = \"free\" }}\n{dimensions}\n[[version.example]]\ngrade = \"none\"\n"
    )
}

fn dimension(id: &str, rest: &str) -> String {
    format!("[[version.dimension]]\nid = \"{id}\"\n{rest}\n")
}

const BANDS: &str = "kind = \"bands\"\nmetric = \"sales\"\nlimits = { B = \"10\", A = \">20\" }";

#[test]
fn the_shipped_scheme_is_sound() {
    let scheme = read(GOOD).unwrap();
    assert_eq!(scheme.rank_of("金卡会员"), Some(2));
    assert_eq!(scheme.versions[0].result, 2);
}

#[test]
fn faults_of_the_whole_have_their_codes() {
    assert_eq!(
        codes(&GOOD.replace("gold = \"", "glod = \"")),
        ["scheme::limit_not_stated", "scheme::unknown_class", "scheme::limit_not_stated", "scheme::unknown_class"]
    );
    assert_eq!(codes(&GOOD.replace("silver = \"", "regular = \"1\"\nsilver = \"")), ["scheme::lowest_has_limit"; 2]);
    assert_eq!(codes(&GOOD.replace("id = \"silver\"", "id = \"gold\""))[0], "scheme::duplicate_grade");
    assert_eq!(codes(&GOOD.replace("kind = \"bands\"", "kind = \"band\"")), ["scheme::unknown_kind"; 2]);
    assert_eq!(
        codes(&GOOD.replace("assessment-months = [12]", "assessment-months = [13]")),
        ["scheme::bad_assessment_months"]
    );
    assert_eq!(
        codes(&GOOD.replace("cadence = \"month\"", "cadence = \"quarter\"").replace("[12]", "[11]")),
        ["scheme::assessment_never_due"]
    );
    let (_, version) = GOOD.split_once("[[version]]").unwrap();
    let again = format!("{GOOD}\n[[version]]{}", version.replace("2010-01-01", "2012-01-01"));
    assert_eq!(codes(&again), ["scheme::duplicate_version"]);
    assert_eq!(codes(&again.replace("2012-01-01", "2009-01-01"))[0], "scheme::versions_do_not_rise");
    assert_eq!(
        codes("title = { zh = \"甲\", en = \"a\" }\nrequirements = []\nsubject = \"member\"\n"),
        ["scheme::grade_count", "scheme::no_version"]
    );
}

#[test]
fn limits_say_their_boundary() {
    let scheme = read(&with(&dimension("d", BANDS))).unwrap();
    let Rule::Bands { limits, .. } = &scheme.versions[0].dimensions[0].rule else { panic!() };
    let said: Vec<_> = limits.iter().map(|limit| (limit.class, limit.figure.text.as_str(), limit.boundary)).collect();
    assert_eq!(said, [(1, "10", Boundary::Better), (2, "20", Boundary::Worse)]);
}

#[test]
fn codes_and_labels_make_the_grades() {
    let quantiles = "kind = \"quantiles\"\nmetric = \"sales\"\nmethod = \"r7\"\nbins = 2\npopulation = \"all\"";
    let code = [
        dimension("r", quantiles),
        dimension("f", quantiles),
        dimension("code", "kind = \"code\"\nof = [\"r\", \"f\"]"),
    ];
    let scheme = read(&with(&code.concat())).unwrap();
    let ids: Vec<&str> = scheme.grades.iter().map(|grade| grade.id.as_str()).collect();
    assert_eq!(ids, ["11", "12", "21", "22"]);
    let labels = "kind = \"labels\"\nclasses = [\"profit\", \"large\"]\ncase = [{ label = \"large\", any = [{ metric = \"users\", at-least = \"20\" }] }, { label = \"profit\", all = [{ metric = \"sales\", above = \"0\" }] }]";
    let scheme = read(&with(&dimension("d", labels))).unwrap();
    let ids: Vec<&str> = scheme.grades.iter().map(|grade| grade.id.as_str()).collect();
    assert_eq!(ids, ["none", "profit", "large", "profit+large"]);
    let Rule::Labels { cases } = &scheme.versions[0].dimensions[0].rule else { panic!() };
    assert_eq!(cases.iter().map(|case| case.class).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn tests_on_classes_become_sets() {
    let conditions = "kind = \"conditions\"\notherwise = \"none\"\ncase = [{ class = \"A\", all = [{ dimension = \"d\", at-least = \"B\" }] }, { class = \"B\", all = [{ dimension = \"d\", not-one-of = [\"A\", \"B\"] }] }]";
    let scheme = read(&with(&(dimension("d", BANDS) + &dimension("c", conditions)))).unwrap();
    let Rule::Conditions { cases, .. } = &scheme.versions[0].dimensions[1].rule else { panic!() };
    let sets: Vec<&Vec<bool>> = cases
        .iter()
        .map(|case| {
            let Test::Class { pass, .. } = &case.when.all[0] else { panic!() };
            pass
        })
        .collect();
    assert_eq!(sets, [&vec![false, true, true], &vec![true, false, false]]);
}

#[test]
fn fixed_cuts_name_their_classes() {
    let fixed = "kind = \"quantiles\"\nmetric = \"sales\"\nmethod = \"fixed\"\ncuts = [\"5\", \"9\"]\npopulation = \"all\"\nclasses = [\"C\", \"B\", \"A\"]";
    let scheme = read(&with(&dimension("d", fixed))).unwrap();
    let Rule::Quantiles { method: Method::Fixed(cuts), .. } = &scheme.versions[0].dimensions[0].rule else { panic!() };
    assert_eq!(cuts.len(), 2);
}

#[test]
fn every_kind_refuses_what_makes_no_sense() {
    let bands = || dimension("d", BANDS);
    let vote = |rest: &str| bands() + &dimension("v", &format!("kind = \"vote\"\n{rest}"));
    let whole = "of = [\"d\"]\nhow = \"best\"\nties = \"better\"\nmissing = \"ignore\"";
    let plain = [
        (bands() + &bands(), vec!["scheme::duplicate_dimension"]),
        (dimension("d", "kind = \"bands\"\nmetric = \"sales\""), vec!["scheme::missing_key"]),
        (dimension("d", &format!("{BANDS}\nbins = 5")), vec!["scheme::foreign_key"]),
        (dimension("d", &BANDS.replace(">20", "<20")), vec!["scheme::bad_limit"]),
        (vote(&whole.replace("[\"d\"]", "[\"e\"]")), vec!["scheme::unknown_dimension"]),
        (vote(&whole.replace("[\"d\"]", "\"d\"")), vec!["scheme::bad_of"]),
        (vote(&whole.replace("[\"d\"]", "[\"v\"]")), vec!["scheme::cycle"]),
        (vote(&whole.replace("ties = \"better\"", "ties = \"best\"")), vec!["scheme::unknown_word"]),
        (
            dimension("d", &format!("{}\nclasses = [\"low\", \"high\"]", BANDS.replace("B = \"10\", A", "high")))
                + &dimension("v", &format!("kind = \"vote\"\n{whole}")),
            vec!["scheme::classes_do_not_match"],
        ),
        (
            dimension(
                "d",
                "kind = \"quantiles\"\nmetric = \"sales\"\nmethod = \"fixed\"\nbins = 3\npopulation = \"all\"",
            ),
            vec!["scheme::result_classes", "scheme::missing_key", "scheme::missing_key"],
        ),
    ];
    for (dimensions, wanted) in plain {
        assert_eq!(codes(&with(&dimensions)), wanted, "{dimensions}");
    }
}

#[test]
fn cases_steps_cells_and_parts_are_complete() {
    let bands = || dimension("d", BANDS);
    for (dimensions, wanted) in [
        (
            dimension("d", "kind = \"conditions\"\notherwise = \"C\"\ncase = [{ class = \"A\" }]"),
            vec!["scheme::bad_case"],
        ),
        (
            dimension(
                "d",
                "kind = \"conditions\"\notherwise = \"C\"\ncase = [{ class = \"A\", all = [{ metric = \"x\", dimension = \"d\", empty = true }] }]",
            ),
            vec!["scheme::bad_test"],
        ),
        (
            dimension(
                "d",
                "kind = \"labels\"\nclasses = [\"x\"]\ncase = [{ class = \"x\", all = [{ metric = \"m\", empty = true }] }]",
            ),
            vec!["scheme::bad_case"],
        ),
        (
            bands()
                + &dimension(
                    "a",
                    "kind = \"adjust\"\nof = \"d\"\nstep = [{ by = 1, raise-to = \"A\", all = [{ metric = \"m\", empty = true }] }]",
                ),
            vec!["scheme::bad_step"],
        ),
        (
            bands()
                + &dimension(
                    "m",
                    "kind = \"matrix\"\nrows = \"d\"\ncolumns = \"d\"\ncolumn-order = [\"A\", \"B\", \"C\"]\ncells = { A = [\"A\", \"B\", \"C\"], B = [\"A\", \"B\", \"C\"] }",
                ),
            vec!["scheme::bad_cells"],
        ),
        (
            bands()
                + &dimension(
                    "w",
                    "kind = \"weighted\"\nmissing = \"none\"\nlimits = { B = \"1\", A = \"2\" }\nparts = [{ dimension = \"d\", weight = \"1\", scores = { A = \"1\", B = \"1\" } }]",
                ),
            vec!["scheme::limit_not_stated"],
        ),
    ] {
        assert_eq!(codes(&with(&dimensions)), wanted, "{dimensions}");
    }
}

#[test]
fn a_retention_test_gives_grades() {
    let ladder = "movement = { kind = \"ladder\", validity = \"12 months\", demotion = \"one-step\", retention = \"keep\", grace-days = 30, min-hold = \"3 months\" }";
    let two = dimension("keep", BANDS) + &dimension("d", BANDS);
    let text = with(&two).replace("movement = { kind = \"free\" }", ladder);
    assert!(read(&text).is_ok());
    assert_eq!(codes(&text.replace("retention = \"keep\"", "retention = \"kept\"")), ["scheme::unknown_dimension"]);
    assert_eq!(codes(&text.replace("\"12 months\"", "\"a year\"")), ["scheme::bad_ladder"]);
    assert_eq!(codes(&text.replace("validity = \"12 months\", ", "")), ["scheme::bad_ladder"]);
}

#[test]
fn grades_that_are_made_are_told_apart_and_nobody_climbs_them() {
    let bins = |id: &str| {
        let rest = "kind = \"quantiles\"\nmetric = \"sales\"\nmethod = \"r7\"\nbins = 11\npopulation = \"all\"";
        dimension(id, rest)
    };
    let code = || dimension("code", "kind = \"code\"\nof = [\"r\", \"f\"]");
    let text = with(&[bins("r"), bins("f"), code()].concat());
    assert_eq!(codes(&text), ["scheme::duplicate_class"]);
    let text = text.replace("bins = 11", "bins = 3");
    assert!(read(&text).is_ok());
    let ladder = "kind = \"ladder\", validity = \"12 months\", demotion = \"never\"";
    assert_eq!(codes(&text.replace("kind = \"free\"", ladder)), ["scheme::bad_ladder"]);
}

#[test]
fn an_id_is_found_before_a_title_that_reads_like_it() {
    let text = with(&dimension("d", BANDS))
        .replace("title = { zh = \"C\", en = \"C\" }", "title = { zh = \"A\", en = \"A\" }");
    let scheme = read(&text).unwrap();
    assert_eq!((scheme.rank_of("A"), scheme.rank_of("C")), (Some(2), Some(0)));
}
