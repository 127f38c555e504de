//! The shipped schemes: every file binds, every example comes out, and the table of requirements in `docs/schemes.md` says what is there.

use std::{collections::BTreeSet, fs, path::PathBuf};

use fenji::{
    run::{
        home::Home,
        schemes::{bind, bind_example},
    },
    scheme::Scheme,
};

use crate::support::World;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The repository's root is a home.
fn home() -> Home {
    Home::open(&root()).unwrap()
}

/// How many figures of a scheme's file nobody decided.
fn undecided(id: &str) -> usize {
    let text = fs::read_to_string(root().join(format!("config/schemes/{id}.toml"))).unwrap();
    let rules = text.lines().filter(|line| !line.starts_with('#'));
    rules.map(|line| line.matches("\"required\"").count()).sum()
}

fn others(scheme: &Scheme) -> Vec<String> {
    scheme.others().iter().map(|other| other.text.clone()).collect()
}

#[test]
fn every_scheme_binds_and_refuses_by_naming_each_missing_figure() {
    let home = home();
    let mut waiting = 0;
    for id in home.schemes() {
        let bound = bind(&home, &id).unwrap_or_else(|error| panic!("{id}: {error:?}"));
        let missing: usize = undecided(&id) + others(&bound.scheme).iter().map(|other| undecided(other)).sum::<usize>();
        let told = bound.ready().err().map_or(0, |faults| {
            assert!(faults.list().iter().all(|fault| fault.code_name() == "scheme::missing_limit"), "{id}");
            faults.list().len()
        });
        assert_eq!(told, missing, "{id}");
        waiting += usize::from(told > 0);
    }
    assert!(waiting > 20, "{waiting} schemes wait for figures");
}

/// A scheme in which nearly everything is wrong that can be.
const BAD: &str = r#"title = { zh = "坏", en = "bad" }
requirements = []
subject = "customer"
[[grade]]
id = "C"
title = { zh = "丙", en = "C" }
[[grade]]
id = "C"
title = { zh = "丙", en = "C" }
[[grade]]
id = "A"
title = { zh = "甲", en = "A" }
[[version]]
id = "one"
in-force = "2020-02-31"
decided-by = "x"
reason = "x"
cadence = "year"
boundary = "better"
without-figure = "lowest"
result = "weighed"
movement = { kind = "free" }
[[version.dimension]]
id = "unknown"
kind = "bands"
metric = "net_sale_12m"
limits = { A = "1.00" }
classes = [{ id = "C", title = { zh = "丙", en = "C" } }, { id = "A", title = { zh = "甲", en = "A" } }]
[[version.dimension]]
id = "falling"
kind = "bands"
metric = "net_sales_12m"
limits = { B = "9.00", A = "1.00" }
classes = [{ id = "C", title = { zh = "丙", en = "C" } }, { id = "B", title = { zh = "乙", en = "B" } }, { id = "A", title = { zh = "甲", en = "A" } }]
[[version.dimension]]
id = "unit"
kind = "bands"
metric = "net_sales_12m"
limits = { A = "12 months" }
classes = [{ id = "C", title = { zh = "丙", en = "C" } }, { id = "A", title = { zh = "甲", en = "A" } }]
[[version.dimension]]
id = "round"
kind = "scheme"
scheme = "bad"
classes = [{ id = "C", title = { zh = "丙", en = "C" } }, { id = "A", title = { zh = "甲", en = "A" } }]
[[version.dimension]]
id = "weighed"
kind = "weighted"
parts = [{ dimension = "round", weight = "0.5", scores = { C = "1", A = "3" } }, { dimension = "unit", weight = "0.4", scores = { C = "1", A = "3" } }]
missing = "spread"
limits = { A = "2" }
classes = [{ id = "C", title = { zh = "丙", en = "C" } }, { id = "A", title = { zh = "甲", en = "A" } }]
[[version.example]]
metrics = { net_sales_12m = "2.00" }
grade = "Z"
"#;

#[test]
fn every_fault_of_a_bad_scheme_is_told_at_once() {
    let world = World::with_demo_ledger();
    world.write("config/schemes/bad.toml", BAD);
    let said = world.fenji(&["grade", "bad", "--as-of", "2026-10-31"]);
    assert_eq!(said.code, 3, "{}{}", said.out, said.err);
    for code in [
        "duplicate_grade",
        "bad_day",
        "unknown_metric",
        "bands_do_not_rise",
        "wrong_unit",
        "cycle",
        "weights_do_not_sum",
        "unknown_grade",
    ] {
        assert!(said.err.contains(&format!("scheme::{code}")), "{code}\n{}", said.err);
    }
}

#[test]
fn a_scheme_without_its_figures_grades_nobody() {
    let world = World::with_demo_ledger();
    let said = world.fenji(&["grade", "bank-wealth", "--as-of", "2026-10-31"]);
    assert_eq!(said.code, 3, "{}{}", said.out, said.err);
    assert_eq!(said.out, "");
    assert_eq!(said.err.matches("missing_limit").count(), 3, "{}", said.err);
}

#[test]
fn every_waiting_scheme_has_an_example_of_the_same_rules_that_is_complete() {
    let home = home();
    let waiting: Vec<String> = home.schemes().into_iter().filter(|id| undecided(id) > 0).collect();
    assert_eq!(home.examples(), waiting);
    for id in waiting {
        let example = bind_example(&home, &id).unwrap_or_else(|error| panic!("examples/{id}: {error:?}"));
        assert!(example.ready().is_ok(), "examples/{id}");
        assert!(example.scheme.example.is_some(), "examples/{id} says that it is one");
        let scheme = home.scheme(&id).unwrap();
        assert!(scheme.example.is_none(), "{id} is no example");
        let shape = |scheme: &Scheme| {
            let version = scheme.versions.first().unwrap();
            let dimensions: Vec<String> = version.dimensions.iter().map(|dimension| dimension.id.clone()).collect();
            (scheme.title.clone(), scheme.requirements.clone(), scheme.grades.clone(), dimensions, version.result)
        };
        assert_eq!(shape(&example.scheme), shape(&scheme), "{id}");
    }
}

#[test]
fn a_new_home_has_every_scheme_and_example() {
    let files = Home::files();
    for folder in ["config/schemes", "config/schemes/examples", "config/reviews"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
                assert_eq!(
                    files.get(name.as_str()).copied(),
                    Some(fs::read_to_string(&path).unwrap().as_str()),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn the_table_of_requirements_names_every_scheme_and_no_other() {
    let home = home();
    let docs = fs::read_to_string(root().join("docs/schemes.md")).unwrap();
    let mut told = BTreeSet::new();
    let mut ids = Vec::new();
    for line in docs.lines().filter(|line| line.starts_with("| S")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, id, _, _, files, remark, _] = cells.as_slice() else { panic!("{line}") };
        ids.push((*id).to_owned());
        assert!(*files != "–" || !remark.is_empty(), "{id} has neither a file nor a reason");
        for file in files.split(", ").filter(|file| *file != "–") {
            told.insert(((*id).to_owned(), file.trim_matches('`').to_owned()));
        }
    }
    assert_eq!(ids, (1..=115).map(|number| format!("S{number:02}")).collect::<Vec<_>>());
    let schemes: Vec<Scheme> = home.schemes().iter().map(|id| home.scheme(id).unwrap()).collect();
    let written = |scheme: &Scheme| {
        let pair = |requirement: &String| (requirement.clone(), scheme.id.clone());
        scheme.requirements.iter().map(pair).collect::<Vec<_>>()
    };
    assert_eq!(told, schemes.iter().flat_map(written).collect());
}
