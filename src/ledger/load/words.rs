//! Words that mean yes or no.

/// Reads yes or no in the spellings that exports use; `None` for anything else.
pub(super) fn flag(text: &str) -> Option<bool> {
    const YES: [&str; 6] = ["1", "true", "yes", "y", "t", "是"];
    const NO: [&str; 6] = ["0", "false", "no", "n", "f", "否"];
    let is = |word: &&str| text.eq_ignore_ascii_case(word);
    if YES.iter().any(is) {
        Some(true)
    } else if NO.iter().any(is) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_yes_and_no_and_nothing_else() {
        for (text, expected) in [
            ("1", Some(true)),
            ("TRUE", Some(true)),
            ("是", Some(true)),
            ("0", Some(false)),
            ("No", Some(false)),
            ("否", Some(false)),
            ("", None),
            ("2", None),
            ("maybe", None),
        ] {
            assert_eq!(flag(text), expected, "{text}");
        }
    }
}
