//! The dependency direction, kept by a test because one crate cannot keep it; and the size of files.

use std::{collections::BTreeMap, fs, path::Path};

/// Lowest first. A module may use the layers before its own, and nothing else.
const LAYERS: &[&[&str]] = &[
    &["declaration", "money", "period", "text"],
    &["ledger", "scheme", "schedule"],
    &["metrics"],
    &["grading", "points", "satisfaction", "receivables"],
    &["report"],
    &["render"],
    &["deliver"],
    &["job"],
    &["run"],
    &["web"],
    &["cli"],
];

/// Third-party crates with one home each.
const HOMES: &[(&str, &[&str])] = &[
    ("sqlx", &["ledger", "run"]),
    ("rusqlite", &["ledger", "run"]),
    ("polars", &["ledger", "metrics", "grading", "points", "satisfaction", "receivables"]),
    ("tera", &["render"]),
    ("printpdf", &["render"]),
    ("rust_xlsxwriter", &["render"]),
    ("calamine", &["render", "run"]),
    ("lettre", &["deliver"]),
    ("tokio_cron_scheduler", &["run"]),
    ("croner", &["schedule"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("axum", &["web"]),
];

/// Lines that a file may have before its tests.
const LONGEST: usize = 400;

#[test]
fn modules_only_look_down() {
    let layer: BTreeMap<&str, usize> =
        LAYERS.iter().enumerate().flat_map(|(level, names)| names.iter().map(move |&name| (name, level))).collect();
    let mut faults = Vec::new();
    for_each_module("src", &mut |module, path, text| {
        let Some(&own) = layer.get(module) else {
            faults.push(format!("{path}: module `{module}` has no layer"));
            return;
        };
        for other in words_after(text, "crate::") {
            if other != module && layer.get(other).is_none_or(|&level| level >= own) {
                faults.push(format!("{path}: `{module}` must not use `{other}`"));
            }
        }
        for (name, homes) in HOMES {
            if text.contains(&format!("{name}::")) && !homes.contains(&module) {
                faults.push(format!("{path}: `{name}` belongs in {homes:?}"));
            }
        }
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn files_are_rooms_not_halls() {
    let mut faults = Vec::new();
    for_each_module("src", &mut |_, path, text| {
        if path.ends_with("/tests.rs") {
            return;
        }
        let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
        if lines > LONGEST {
            faults.push(format!("{path}: {lines} lines before its tests"));
        }
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn for_each_module(root: &str, visit: &mut impl FnMut(&str, &str, &str)) {
    let mut todo = vec![Path::new(root).to_owned()];
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let inside = path.strip_prefix(root).unwrap();
            let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
            if matches!(module, "lib" | "main") {
                continue;
            }
            let code: String = fs::read_to_string(&path)
                .unwrap()
                .lines()
                .map(|line| if line.trim_start().starts_with("//") { "" } else { line })
                .flat_map(|line| [line, "\n"])
                .collect();
            visit(module, path.to_str().unwrap(), &code);
        }
    }
}

/// Names that follow `prefix`, including each name of a brace group.
fn words_after<'t>(text: &'t str, prefix: &'t str) -> impl Iterator<Item = &'t str> {
    text.match_indices(prefix).flat_map(move |(at, _)| {
        let rest = &text[at + prefix.len()..];
        let mut names = Vec::new();
        if let Some(group) = rest.strip_prefix('{') {
            let (mut depth, mut start) = (1, 0);
            for (i, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 || (depth == 1 && c == ',') {
                    names.push(first_word(&group[start..i]));
                    start = i + 1;
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            names.push(first_word(rest));
        }
        names.into_iter().filter(|name| !name.is_empty())
    })
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}
