//! Cuts the names and comments of a schema into words, and words into meanings.
//!
//! Invariants: `order_no`, `OrderNo`, `orderno`, `ddbh`, `dingdan_bh` and 订单编号 are the same two meanings; what is not understood is
//! kept as a stranger, because it makes every guess weaker. Not here: the words themselves (`ledger::propose::concept`).

use std::{collections::BTreeMap, sync::OnceLock};

use crate::ledger::propose::concept::{Concept, WORDS};

/// One word of a name: what it may mean; empty for a stranger.
pub(super) type Part = Vec<Concept>;

/// The meanings of a name or label, word by word, without words that say nothing.
pub(super) fn parts(name: &str) -> Vec<Part> {
    tokens(name)
        .iter()
        .flat_map(|token| if token.is_ascii() { latin(token) } else { chinese(token) })
        .filter(|part| part.as_slice() != [Concept::Filler])
        .collect()
}

/// The first words of a comment: what stands before an explanation.
pub(super) fn label(comment: &str) -> &str {
    comment
        .trim()
        .split(['，', ',', '；', ';', '。', '（', '(', '：', ':', '\n', '、', '[', '【'])
        .next()
        .unwrap_or_default()
        .trim()
}

/// Runs of letters of one script in lower case; capitals begin a word, digits end one.
fn tokens(name: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open = false;
    let mut before = ' ';
    let characters: Vec<char> = name.chars().collect();
    for (at, &c) in characters.iter().enumerate() {
        let lower_follows = characters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        let starts =
            c.is_ascii_uppercase() && (before.is_ascii_lowercase() || (before.is_ascii_uppercase() && lower_follows));
        if !c.is_alphabetic() {
            open = false;
        } else if let Some(last) = found.last_mut()
            && open
            && !starts
            && before.is_ascii() == c.is_ascii()
        {
            last.extend(c.to_lowercase());
        } else {
            found.push(c.to_lowercase().collect());
            open = true;
        }
        before = c;
    }
    found
}

/// Every word with its meanings.
struct Lexicon {
    english: BTreeMap<&'static str, Part>,
    latin: BTreeMap<&'static str, Part>,
    chinese: BTreeMap<&'static str, Part>,
}

fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(|| {
        let mut lexicon = Lexicon { english: BTreeMap::new(), latin: BTreeMap::new(), chinese: BTreeMap::new() };
        let add = |map: &mut BTreeMap<&'static str, Part>, words: &'static str, concept: Concept| {
            for word in words.split_whitespace() {
                let part = map.entry(word).or_default();
                if !part.contains(&concept) {
                    part.push(concept);
                }
            }
        };
        for &(concept, english, pinyin, chinese) in WORDS {
            add(&mut lexicon.english, english, concept);
            add(&mut lexicon.latin, english, concept);
            add(&mut lexicon.latin, pinyin, concept);
            add(&mut lexicon.chinese, chinese, concept);
        }
        lexicon
    })
}

/// An English word alone or in the plural; else words written together: English, pinyin, initials.
fn latin(token: &str) -> Vec<Part> {
    let lexicon = lexicon();
    if let Some(part) = lexicon.english.get(token).or_else(|| plural(&lexicon.english, token)) {
        return vec![part.clone()];
    }
    if let Some(part) = lexicon.latin.get(token) {
        return vec![part.clone()];
    }
    together(&lexicon.latin, token).unwrap_or_else(|| vec![Vec::new()])
}

fn plural<'w>(words: &'w BTreeMap<&'static str, Part>, token: &str) -> Option<&'w Part> {
    let singular = |end: &str, instead: &str| {
        token.strip_suffix(end).and_then(|stem| words.get(format!("{stem}{instead}").as_str()))
    };
    singular("ies", "y").or_else(|| singular("es", "")).or_else(|| singular("s", ""))
}

/// The fewest words that cover a text; single letters only behind another word. `None` when they cannot.
fn together(words: &BTreeMap<&'static str, Part>, text: &str) -> Option<Vec<Part>> {
    let mut best: Vec<Option<Vec<&str>>> = vec![None; text.len() + 1];
    if let Some(first) = best.first_mut() {
        *first = Some(Vec::new());
    }
    for end in 1..=text.len() {
        for start in 0..end {
            let Some(word) = text.get(start..end).filter(|word| words.contains_key(word)) else { continue };
            if start == 0 && word.len() == 1 {
                continue;
            }
            let Some(Some(before)) = best.get(start).cloned() else { continue };
            let shorter =
                best.get(end).is_none_or(|found| found.as_ref().is_none_or(|found| before.len() + 1 < found.len()));
            if shorter && let Some(place) = best.get_mut(end) {
                let mut with = before;
                with.push(word);
                *place = Some(with);
            }
        }
    }
    let found = best.pop().flatten()?;
    Some(found.into_iter().filter_map(|word| words.get(word).cloned()).collect())
}

/// The longest known word at each place; what lies between is a stranger.
fn chinese(token: &str) -> Vec<Part> {
    let words = &lexicon().chinese;
    let mut found = Vec::new();
    let mut rest = token;
    let mut strange = false;
    while !rest.is_empty() {
        let known = (1..=rest.len()).rev().find_map(|end| rest.get(..end).and_then(|word| words.get_key_value(word)));
        if let Some((word, part)) = known {
            found.push(part.clone());
            rest = rest.get(word.len()..).unwrap_or_default();
            strange = false;
        } else {
            if !strange {
                found.push(Vec::new());
            }
            strange = true;
            let mut characters = rest.chars();
            characters.next();
            rest = characters.as_str();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use Concept::{Amount, Card, Category, Customer, Date, Id, Kind, Line, Member, Order, Record, Sale, Time};

    fn means(name: &str, expected: &[Concept]) -> bool {
        let parts = parts(name);
        parts.len() == expected.len() && parts.iter().zip(expected).all(|(part, concept)| part.contains(concept))
    }

    #[test]
    fn one_name_in_many_writings() {
        for name in ["order_no", "OrderNo", "orderno", "ORDER_ID", "ddbh", "ddh", "dingdan_bh", "订单编号", "订单号"]
        {
            assert!(means(name, &[Order, Id]), "{name}: {:?}", parts(name));
        }
        for (name, expected) in [
            ("hykh", [Member, Card].as_slice()),
            ("hykh", &[Member, Customer]),
            ("会员卡号", &[Member, Card, Id]),
            ("t_order_items", &[Order, Line]),
            ("xfje", &[Sale, Amount]),
            ("消费金额", &[Sale, Amount]),
            ("createdAt", &[Concept::Create, Time]),
            ("xsrq", &[Sale, Date]),
            ("t_xsmx", &[Sale, Line]),
            ("t_hyda", &[Member]),
            ("splb", &[Concept::Product, Category]),
            ("lb", &[Kind]),
            ("积分流水表", &[Concept::Points, Record]),
            ("PointsLog", &[Concept::Points, Record]),
        ] {
            assert!(means(name, expected), "{name}: {:?}", parts(name));
        }
    }

    #[test]
    fn what_is_not_understood_stays_a_stranger() {
        assert_eq!(parts("xyzzy"), [Vec::new()]);
        assert_eq!(parts("玄学"), [Vec::new()]);
        assert_eq!(label("会员编号，见会员表"), "会员编号");
        assert_eq!(label("类型:1销售 2退货"), "类型");
    }
}
