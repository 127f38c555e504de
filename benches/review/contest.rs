//! Holds the contest: every contestant in turn, three times over, each as a process of its own; the answers must be equal.

use std::process::Stdio;

use serde_json::Value;

use crate::{
    answer::first_difference,
    contestant::{Contestant, Result},
    ledger::Bench,
    table,
};

/// A contestant with what it said in each run.
pub(crate) type Runs = (Contestant, Vec<Result>);

/// Measures everybody who can take part and prints the table.
pub(crate) fn hold(bench: &Bench) {
    let only = std::env::var("FENJI_BENCH_ONLY").unwrap_or_default();
    let rounds: u32 = std::env::var("FENJI_BENCH_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let wanted =
        Contestant::ALL.into_iter().filter(|who| only.is_empty() || only.split(',').any(|name| name == who.name()));
    let (here, absent): (Vec<_>, Vec<_>) = wanted.partition(|who| who.absent(bench).is_none());
    for who in absent {
        eprintln!("ABSENT: {}: {}", who.described(), who.absent(bench).unwrap_or_default());
    }
    bench.make_ledgers(&here);
    warn_when_busy();
    let mut runs: Vec<Runs> = here.into_iter().map(|who| (who, Vec::new())).collect();
    let mut first: Option<(Contestant, Value)> = None;
    for round in 1..=rounds {
        for (who, results) in &mut runs {
            let result = measured(*who, bench);
            eprintln!("round {round}: {:<38} {:>7} ms", who.described(), result.milliseconds);
            if let Some(answer) = &result.answer {
                let (before, known) = first.get_or_insert_with(|| (*who, answer.clone()));
                if let Some(told) = first_difference((before.name(), known), (who.name(), answer)) {
                    panic!("the answers differ: {told}");
                }
            }
            results.push(result);
        }
    }
    println!("\n{}", table::table(bench, &runs));
}

/// Ratios of a busy machine mean little: a contestant on two threads loses more than one on a single thread.
fn warn_when_busy() {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    if !load.is_empty() && !load.starts_with("0.") {
        eprintln!(
            "BUSY: the load of the last minute is {load}; trust no ratio unless that was the making of the ledgers"
        );
    }
}

fn measured(who: Contestant, bench: &Bench) -> Result {
    let output = who.process(bench).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{} failed", who.name());
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(text.lines().next_back().unwrap_or_default()).unwrap()
}
