//! What is logged: our own words, as lines for people or for machines.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing::Level;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// Begins to log what is of a level or graver, to standard error.
pub(super) fn begin(format: LogFormat, level: Level) {
    // Libraries speak in words of their own: of them only what is wrong is told.
    let ours = Targets::new().with_target("fenji", level).with_default(level.min(Level::WARN));
    let builder = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    match format {
        LogFormat::Text => builder.finish().with(ours).init(),
        LogFormat::Json => builder.json().flatten_event(true).finish().with(ours).init(),
    }
}

/// What a process told after the last line that it logged.
pub(super) fn after_the_log(text: &str) -> String {
    let logged = |line: &str| {
        let mut words = line.split_whitespace();
        let time = words.next().is_some_and(|word| chrono::DateTime::parse_from_rfc3339(word).is_ok());
        time && words.next().is_some_and(|word| word.parse::<Level>().is_ok())
    };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let from = lines.iter().rposition(|line| logged(line)).map_or(0, |last| last + 1);
    lines.get(from..).unwrap_or_default().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_comes_after_what_is_logged() {
        let log = "2026-11-23T12:36:48.219458Z  INFO fenji::run::job: begins\n2026-11-23T12:36:49Z  WARN fenji: x\n";
        assert_eq!(after_the_log(&format!("{log}ledger::gone\n  × it is gone\n")), "ledger::gone\n  × it is gone\n");
        assert_eq!(after_the_log("2026-11-23 is no working day\n"), "2026-11-23 is no working day\n");
        assert_eq!((after_the_log(log), after_the_log("")), (String::new(), String::new()));
    }
}
