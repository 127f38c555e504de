//! `config/scales.toml`: levels of satisfaction, what each is worth, and the words of the ledger that mean it.

use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned},
    money::{Scale as Places, Share, parse_minor},
    text::Title,
};

/// The most levels of a scale.
pub const MOST_LEVELS: usize = 11;

/// A scale: levels from the worst to the best.
#[derive(Debug, Clone)]
pub struct Scale {
    /// Its name in surveys.
    pub id: String,
    /// Its name for people.
    pub title: Title,
    /// Its levels.
    pub levels: Vec<Level>,
    /// What a score's unit is divided by: a level is worth `score / unit` points.
    pub unit: i64,
}

/// A level of a scale.
#[derive(Debug, Clone)]
pub struct Level {
    /// Its name.
    pub id: String,
    /// Its name for people.
    pub title: Title,
    /// What it is worth, in units of its scale.
    pub score: i64,
    /// The words of a ledger that mean it, its id and titles among them.
    pub words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScales {
    #[serde(default)]
    scale: Vec<RawScale>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScale {
    id: Spanned<String>,
    title: Title,
    #[expect(dead_code, reason = "for the reader of the file")]
    requirements: Vec<String>,
    levels: Vec<RawLevel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLevel {
    id: Spanned<String>,
    title: Title,
    score: Spanned<String>,
    #[serde(default)]
    words: Vec<String>,
}

impl Scale {
    /// Reads every scale of the file.
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn check_all(file: &Declaration) -> Result<Vec<Self>, Faults> {
        let raw: RawScales = file.parse()?;
        let mut faults = Vec::new();
        let mut scales: Vec<Self> = Vec::new();
        for scale in raw.scale {
            if scales.iter().any(|other| other.id == *scale.id.get_ref()) {
                let message = format!("two scales are called `{}`", scale.id.get_ref());
                let help = "give each scale a name of its own".to_owned();
                faults.push(file.fault("survey::duplicate_scale", scale.id.span(), message, help));
            }
            scales.push(Self::check(file, scale, &mut faults));
        }
        Faults::none_of(faults)?;
        Ok(scales)
    }

    fn check(file: &Declaration, raw: RawScale, faults: &mut Vec<Fault>) -> Self {
        if !(2..=MOST_LEVELS).contains(&raw.levels.len()) {
            let message = format!("the scale `{}` has {} levels", raw.id.get_ref(), raw.levels.len());
            let help = format!("write 2 to {MOST_LEVELS} levels, the worst first");
            faults.push(file.fault("survey::level_count", raw.id.span(), message, help));
        }
        let scores: Vec<Share> = raw.levels.iter().filter_map(|level| score(file, &level.score, faults)).collect();
        let unit = scores.iter().fold(1, |unit, score| lcm(unit, score.whole));
        let in_unit = |score: &Share| i64::try_from(score.part * (unit / score.whole)).unwrap_or(0);
        let scores: Vec<i64> = scores.iter().map(in_unit).collect();
        for ((before, after), level) in scores.iter().zip(scores.iter().skip(1)).zip(raw.levels.iter().skip(1)) {
            if after <= before && scores.len() == raw.levels.len() {
                let message = format!("`{}` is not worth more than the level before it", level.score.get_ref());
                let help = "write levels from the worst to the best, each worth more than the one before".to_owned();
                faults.push(file.fault("survey::scores_do_not_rise", level.score.span(), message, help));
            }
        }
        let mut levels: Vec<Level> = Vec::new();
        for (place, level) in raw.levels.into_iter().enumerate() {
            let span = level.id.span();
            let (id, title) = (level.id.into_inner(), level.title);
            let mut words = vec![id.clone(), title.zh.clone(), title.en.clone()];
            words.extend(level.words);
            for word in &words {
                if levels.iter().any(|other| other.words.contains(word)) {
                    let message = format!("`{word}` is the name of two levels");
                    let help = "let each word mean one level".to_owned();
                    faults.push(file.fault("survey::duplicate_level", span.clone(), message, help));
                }
            }
            levels.push(Level { id, title, score: scores.get(place).copied().unwrap_or(0), words });
        }
        Self { id: raw.id.into_inner(), title: raw.title, levels, unit: i64::try_from(unit).unwrap_or(1) }
    }

    /// The place of a level by a word of the ledger.
    pub fn level(&self, word: &str) -> Option<usize> {
        self.levels.iter().position(|level| level.words.iter().any(|known| known == word))
    }

    /// The level nearest to a score in millionths of a point; between two, the better one (S24 b).
    pub fn nearest(&self, millionths: i128) -> Option<&Level> {
        let of = |level: &Level| i128::from(level.score) * 1_000_000;
        let value = millionths * i128::from(self.unit);
        let better = |(worse, better): (&Level, &Level)| 2 * value >= of(worse) + of(better);
        let place = self.levels.iter().zip(self.levels.iter().skip(1)).take_while(|pair| better(*pair)).count();
        self.levels.get(place)
    }
}

/// A score: a decimal, or a fraction of two whole numbers; from 0 to 100.
fn score(file: &Declaration, text: &Spanned<String>, faults: &mut Vec<Fault>) -> Option<Share> {
    let written = text.get_ref();
    let share = match written.split_once('/') {
        Some((part, whole)) => {
            let whole = whole.trim().parse::<u16>().ok().filter(|whole| *whole > 0);
            part.trim().parse::<u32>().ok().zip(whole).map(|(part, whole)| Share::new(part, whole))
        }
        None => Places::new(3).ok().and_then(|places| Some(Share::new(parse_minor(written, places).ok()?, 1_000))),
    };
    let share = share.filter(|share| share.part >= 0 && share.part <= 100 * share.whole);
    if share.is_none() {
        let message = format!("`{written}` is not a score");
        let help = "write points from 0 to 100, such as \"80\", \"66.7\" or \"200/3\"".to_owned();
        faults.push(file.fault("survey::bad_score", text.span(), message, help));
    }
    share.map(|share| {
        let common = gcd(share.part, share.whole).max(1);
        Share::new(share.part / common, share.whole / common)
    })
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn lcm(a: i128, b: i128) -> i128 {
    a / gcd(a, b).max(1) * b
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../config/scales.toml");

    fn shipped() -> Vec<Scale> {
        Scale::check_all(&Declaration::new("config/scales.toml", SHIPPED)).unwrap()
    }

    #[test]
    fn scores_are_exact() {
        let scales = shipped();
        let scores = |place: usize| -> Vec<i64> { scales[place].levels.iter().map(|level| level.score).collect() };
        assert_eq!((scores(0), scales[0].unit), (vec![20, 40, 60, 80, 100], 1));
        assert_eq!((scores(1), scales[1].unit), (vec![60, 100, 140, 180, 220, 260, 300], 3));
        assert!(scales[2].level("比较满意").is_some() && scales[2].level("一般").is_none());
    }

    #[test]
    fn a_score_has_the_nearest_label_and_the_better_of_two() {
        let scale = &shipped()[0];
        let found = [100, 90, 89, 70, 69, 50, 49, 30, 29, 0]
            .map(|points| scale.nearest(points * 1_000_000).unwrap().title.zh.as_str());
        assert_eq!(
            found,
            ["很满意", "很满意", "满意", "满意", "一般", "一般", "不满意", "不满意", "很不满意", "很不满意"]
        );
        assert_eq!(scale.nearest(89_999_999).unwrap().title.zh, "满意");
    }

    #[test]
    fn all_faults_are_told_with_their_lines() {
        let wrong = SHIPPED
            .replacen("score = \"40\"", "score = \"10\"", 1)
            .replacen("score = \"60\"", "score = \"many\"", 2)
            .replacen("words = [\"2\"]", "words = [\"1\"]", 1)
            .replacen("id = \"seven-level\"", "id = \"five-level\"", 1);
        let faults = Scale::check_all(&Declaration::new("s", &wrong)).unwrap_err();
        let mut codes: Vec<_> = faults.list().iter().map(Fault::code_name).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes, ["survey::bad_score", "survey::duplicate_level", "survey::duplicate_scale"]);
        let falling = SHIPPED.replacen("score = \"40\"", "score = \"10\"", 1);
        let faults = Scale::check_all(&Declaration::new("s", &falling)).unwrap_err();
        assert_eq!(faults.list()[0].code_name(), "survey::scores_do_not_rise");
    }
}
