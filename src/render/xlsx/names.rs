//! Names of sheets as Excel allows them.
//!
//! Invariants: at most 31 UTF-16 units, none of `[ ] : * ? / \`, no apostrophe at an end, never empty, unique whatever the case.

use std::collections::BTreeSet;

use crate::report::format::one_line;

/// Excel's limit.
const LIMIT: usize = 31;

/// A name made from a title, different from all in `taken`, to which it is added.
pub(super) fn sheet_name(title: &str, taken: &mut BTreeSet<String>) -> String {
    let allowed: String = one_line(title)
        .chars()
        .map(|c| match c {
            '[' => '(',
            ']' => ')',
            ':' | '/' | '\\' | '|' => '-',
            '*' | '?' => ' ',
            c => c,
        })
        .collect();
    let base = cut(allowed.trim().trim_matches('\''), LIMIT);
    let base = base.trim().trim_matches('\'');
    // Excel keeps `History` for itself.
    let base = if base.is_empty() || base.eq_ignore_ascii_case("history") { "Sheet" } else { base };
    for number in 1_u32.. {
        let suffix = if number == 1 { String::new() } else { format!(" ({number})") };
        let name = format!("{}{suffix}", cut(base, LIMIT - suffix.len()).trim_end_matches('\''));
        if taken.insert(name.to_lowercase()) {
            return name;
        }
    }
    base.to_owned()
}

fn cut(text: &str, units: usize) -> &str {
    let mut length = 0;
    for (place, c) in text.char_indices() {
        length += c.len_utf16();
        if length > units {
            return text.get(..place).unwrap_or_default();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_legal_and_unique() {
        let mut taken = BTreeSet::new();
        for (title, expected) in [
            ("等级迁移（上月 → 本月，人）", "等级迁移（上月 → 本月，人）"),
            ("A/B: [x]?*\\", "A-B- (x)  -"),
            ("", "Sheet"),
            ("'", "Sheet (2)"),
            ("History", "Sheet (3)"),
            ("a", "a"),
            ("A", "A (2)"),
            ("\r\n\u{202E}", "Sheet (4)"),
        ] {
            assert_eq!(sheet_name(title, &mut taken), expected);
        }
        for _ in 0..3 {
            let name = sheet_name(&"𠮷".repeat(40), &mut taken);
            assert!(name.encode_utf16().count() <= 31 && rust_xlsxwriter::utility::check_sheet_name(&name).is_ok());
        }
    }
}
