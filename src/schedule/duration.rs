//! Lengths of time as people write them: `30s`, `10m`, `12h`, `90d`.

use std::time::Duration;

/// Reads a whole number and `s`, `m`, `h` or `d`; nothing for any other text.
pub fn parse(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let seconds = match text.get(digits.len()..)? {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    // A century is more than anybody waits, and keeps sums of milliseconds far from their end.
    let seconds = digits.parse::<u64>().ok()?.checked_mul(seconds)?;
    (seconds <= 100 * 366 * 86_400).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lengths_and_nothing_else() {
        for (text, seconds) in
            [("30s", Some(30)), ("10m", Some(600)), ("12h", Some(43_200)), ("90d", Some(7_776_000)), ("0s", Some(0))]
        {
            assert_eq!(parse(text).map(|length| length.as_secs()), seconds, "{text}");
        }
        for text in ["", "10", "m", "-1m", "1.5h", "1 h", "1w", "999999999999d", "１h"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
