//! The words that reports speak, in Simplified Chinese and English.
//!
//! Invariants: both catalogues hold the same keys with the same placeholders (a test); a missing key is a defect that shows as the
//! key itself, never as a blank. Not here: how numbers look (`money`, `report::format`).

use std::{collections::BTreeMap, sync::LazyLock};

use serde::{Deserialize, Serialize};

/// A language of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Lang {
    /// Simplified Chinese, the default.
    #[default]
    #[serde(rename = "zh")]
    Chinese,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Lang {
    /// The language tag for documents: `zh-CN` or `en`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

/// A name given in both languages, as declaration files write it: `{ zh = "金卡会员", en = "Gold" }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Title {
    /// The name in a language.
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Chinese => &self.zh,
            Lang::English => &self.en,
        }
    }
}

/// Words that a declaration file gives once for both languages (`"the board"`), or as a [`Title`].
///
/// # Errors
/// What is neither.
pub fn words<'de, D: serde::Deserializer<'de>>(source: D) -> Result<Title, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a text, or one in each language: { zh = \"…\", en = \"…\" }")]
    enum Words {
        Once(String),
        Each(Title),
    }
    Ok(match Words::deserialize(source)? {
        Words::Once(text) => Title { zh: text.clone(), en: text },
        Words::Each(title) => title,
    })
}

type Catalog = BTreeMap<String, String>;

static CHINESE: LazyLock<Catalog> = LazyLock::new(|| flatten(include_str!("zh.toml")));
static ENGLISH: LazyLock<Catalog> = LazyLock::new(|| flatten(include_str!("en.toml")));

fn flatten(source: &str) -> Catalog {
    let sections: BTreeMap<String, Catalog> = toml::from_str(source).unwrap_or_default();
    sections
        .into_iter()
        .flat_map(|(section, words)| words.into_iter().map(move |(key, word)| (format!("{section}.{key}"), word)))
        .collect()
}

fn catalog(lang: Lang) -> &'static Catalog {
    match lang {
        Lang::Chinese => &CHINESE,
        Lang::English => &ENGLISH,
    }
}

/// The words for a key such as `tier.title`.
pub fn say(lang: Lang, key: &str) -> String {
    catalog(lang).get(key).map_or_else(|| format!("⟦{key}⟧"), Clone::clone)
}

/// The words for a key with `{name}` placeholders filled in. Values are taken as they are, braces included.
pub fn say_with(lang: Lang, key: &str, values: &[(&str, &str)]) -> String {
    let template = say(lang, key);
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        if let Some((_, value)) = values.iter().find(|(key, _)| *key == name) {
            out.push_str(value);
        } else {
            out.extend(["{", name, "}"]);
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholders(text: &str) -> Vec<&str> {
        let mut names: Vec<&str> =
            text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    #[test]
    fn both_languages_have_the_same_keys_and_placeholders() {
        assert!(!CHINESE.is_empty());
        assert_eq!(CHINESE.keys().collect::<Vec<_>>(), ENGLISH.keys().collect::<Vec<_>>());
        for (key, chinese) in &*CHINESE {
            assert_eq!(placeholders(chinese), placeholders(&ENGLISH[key]), "{key}");
            assert!(!chinese.trim().is_empty() && !ENGLISH[key].trim().is_empty(), "{key}");
        }
    }

    #[test]
    fn fills_in_values_as_data() {
        assert_eq!(
            say_with(Lang::Chinese, "format.page", &[("page", "{total}"), ("total", "3")]),
            "第 {total} 页 / 共 3 页"
        );
        assert_eq!(say(Lang::English, "no.such"), "⟦no.such⟧");
    }
}
