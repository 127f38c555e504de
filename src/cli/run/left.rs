//! `fenji run log` and `fenji run artifact`: what a run left, on a terminal without harm.

use std::{io::IsTerminal, path::PathBuf};

use crate::{
    cli::{
        failure::{Failure, USAGE},
        job::block_on,
        output::{self, say},
    },
    deliver::file::write_atomically,
    run::{error::RunError, home::Home, operate},
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct LogArgs {
    /// The number of the run
    run: i64,
    /// Which attempt; the last unless given
    #[arg(long)]
    attempt: Option<i64>,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ArtifactArgs {
    /// The number of the run
    run: i64,
    /// What it made, as `fenji run show` names it
    name: String,
    /// Write to this file instead of printing
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn log(home: &Home, args: &LogArgs) -> Result<(), Failure> {
    let log = block_on(operate::log(home, args.run, args.attempt))??;
    if log.attempt.finished_at.is_none() {
        say(&format!("attempt {} is at work: this is what it logged so far", log.attempt.number));
    }
    if std::io::stdout().is_terminal() {
        output::bytes(harmless(&String::from_utf8_lossy(&log.bytes)).as_bytes())?;
    } else {
        output::bytes(&log.bytes)?;
    }
    Ok(log.verify(args.run).map_err(RunError::from)?)
}

pub(super) fn artifact(home: &Home, args: &ArtifactArgs) -> Result<(), Failure> {
    let bytes = block_on(operate::artifact(home, args.run, &args.name))??;
    if let Some(path) = &args.out {
        write_atomically(path, &bytes).map_err(RunError::from)?;
        say(&format!("wrote {}", path.display()));
        return Ok(());
    }
    if !std::io::stdout().is_terminal() {
        return output::bytes(&bytes);
    }
    if let Ok(text) = str::from_utf8(&bytes) {
        return output::bytes(harmless(text).as_bytes());
    }
    let message = format!("`{}` is not text, and standard output is a terminal", args.name);
    Err(Failure::told(USAGE, message, "write it to a file: `--out FILE`".to_owned()))
}

/// A text in which nothing commands a terminal: control characters are written out, line ends and tabs stay.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
                out.extend(c.escape_unicode());
            }
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_log_commands_a_terminal() {
        let text = "一\t行\r\n\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\u{202E}txt";
        let expected = "一\t行\\r\n\\u{1b}]0;title\\u{7}\\u{1b}[2J\\u{9b}31m\\u{202e}txt";
        assert_eq!(harmless(text), expected);
        assert!(!harmless(text).chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')));
    }
}
