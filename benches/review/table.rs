//! The table of the results: medians, ratios, and whether each limit holds.

use std::fmt::Write;

use crate::{contest::Runs, contestant::Result, ledger::Bench};

/// Rows up to which ours may take [`SMALL_PEAK`], in megabytes.
const SMALL_ROWS: u64 = 20_000_000;
const SMALL_PEAK: u64 = 1_000;
const LARGE_PEAK: u64 = 1_300;

/// The results as Markdown.
pub(crate) fn table(bench: &Bench, runs: &[Runs]) -> String {
    let mut text = format!(
        "{} customers, {} transactions; medians of {} runs in turns; equal answers\n\n",
        bench.size.customers,
        bench.size.rows,
        runs.first().map_or(0, |(_, results)| results.len())
    );
    text.push_str(
        "| contestant | s (best) | fenji ÷ it | limit | | peak MB | limit | |\n|---|---|---|---|---|---|---|---|\n",
    );
    for (who, results) in runs {
        let time = median(results);
        let ratio =
            runs.iter().find(|(other, _)| *other == who.ours()).map(|(_, ours)| median(ours) * 100 / time.max(1));
        let peak = results.iter().filter_map(|result| result.peak_kilobytes).max().map(|peak| peak.div_ceil(1_000));
        let peak_limit =
            (who.ours() == *who).then_some(if bench.size.rows <= SMALL_ROWS { SMALL_PEAK } else { LARGE_PEAK });
        let (ratio, limit, verdict) = match (who.limit(), ratio) {
            (Some(limit), Some(ratio)) => (hundredths(ratio), hundredths(limit), within(ratio <= limit)),
            (Some(limit), None) => ("?".to_owned(), hundredths(limit), ""),
            (None, _) => (String::new(), String::new(), ""),
        };
        let peak_verdict = peak.zip(peak_limit).map_or("", |(peak, limit)| within(peak < limit));
        writeln!(
            text,
            "| {} | {} ({}) | {ratio} | {limit} | {verdict} | {} | {} | {peak_verdict} |",
            who.described(),
            hundredths(time / 10),
            hundredths(best(results) / 10),
            peak.map_or_else(String::new, |peak| peak.to_string()),
            peak_limit.map_or_else(String::new, |limit| limit.to_string()),
        )
        .unwrap();
    }
    text
}

fn median(results: &[Result]) -> u64 {
    let mut times: Vec<u64> = results.iter().map(|result| result.milliseconds).collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or(0)
}

/// Far below the median only where the machine was busy in between.
fn best(results: &[Result]) -> u64 {
    results.iter().map(|result| result.milliseconds).min().unwrap_or(0)
}

fn hundredths(number: u64) -> String {
    format!("{}.{:02}", number / 100, number % 100)
}

fn within(holds: bool) -> &'static str {
    if holds { "within" } else { "**over**" }
}
