//! `config/entitlements.toml`: services, tiers with the services they give, and from when on unused ones are listed.

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned, did_you_mean},
    period::parse_day,
    text::Title,
};

/// The most services or tiers.
const MOST: usize = 100;
/// The most times a year that a service may be limited to.
const MOST_USES: i64 = 1_000;

/// A service.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name.
    pub id: String,
    /// Its name for people.
    pub title: Title,
    /// How many times a calendar year; `None` for as often as wanted.
    pub uses_a_year: Option<i64>,
    /// Whether it is listed where nobody used it.
    pub remind: bool,
    words: Vec<String>,
}

/// A tier.
#[derive(Debug, Clone)]
pub struct Tier {
    /// Its name.
    pub id: String,
    /// Its name for people.
    pub title: Title,
    /// The places of its services.
    pub services: Vec<usize>,
    words: Vec<String>,
}

/// Who has a right to what, checked.
#[derive(Debug, Clone)]
pub struct Entitlements {
    /// The scheme whose kept grades are the tiers; `None` for those of cards.
    pub scheme: Option<String>,
    /// The month and day from which unused services are listed.
    remind_from: (u32, u32),
    /// The services.
    pub services: Vec<Service>,
    /// The tiers, the lowest first.
    pub tiers: Vec<Tier>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Raw {
    scheme: Option<Spanned<String>>,
    remind_from: Spanned<String>,
    service: Vec<RawService>,
    tier: Vec<RawTier>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawService {
    id: Spanned<String>,
    title: Title,
    #[serde(default)]
    words: Vec<String>,
    uses_a_year: Option<Spanned<i64>>,
    #[serde(default)]
    remind: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawTier {
    id: Spanned<String>,
    title: Title,
    #[serde(default)]
    words: Vec<String>,
    services: Vec<Spanned<String>>,
}

/// The grades of a scheme of members: `None` when there is no such scheme.
pub type GradesOf<'g> = &'g dyn Fn(&str) -> Option<Vec<String>>;

impl Entitlements {
    /// Checks the file against the schemes of the home (S09).
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn check(file: &Declaration, grades: GradesOf<'_>) -> Result<Self, Faults> {
        let raw: Raw = file.parse()?;
        let mut check = Check { file, faults: Vec::new() };
        let remind_from = check.day(&raw.remind_from);
        let grades = check.scheme(raw.scheme.as_ref(), grades);
        check.how_many("service", raw.service.len());
        check.how_many("tier", raw.tier.len());
        let services = check.services(raw.service);
        let tiers = check.tiers(raw.tier, &services, grades.as_deref());
        Faults::none_of(check.faults)?;
        Ok(Self { scheme: raw.scheme.map(Spanned::into_inner), remind_from, services, tiers })
    }

    /// The place of the service that a ledger means by a text.
    pub fn service(&self, text: &str) -> Option<usize> {
        self.services.iter().position(|service| service.words.iter().any(|word| word == text.trim()))
    }

    /// The place of the tier that a card means by a text, or a grade by its id.
    pub fn tier(&self, text: &str) -> Option<usize> {
        self.tiers.iter().position(|tier| tier.words.iter().any(|word| word == text.trim()))
    }

    /// Whether unused services are listed on a day.
    pub fn reminds(&self, day: NaiveDate) -> bool {
        (day.month(), day.day()) >= self.remind_from
    }

    /// The day of a year from which unused services are listed, as `10-01`.
    pub fn remind_from(&self) -> String {
        let (month, day) = self.remind_from;
        format!("{month:02}-{day:02}")
    }
}

struct Check<'c> {
    file: &'c Declaration,
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn told<T>(&mut self, code: &'static str, at: &Spanned<T>, message: String, help: impl Into<String>) {
        self.faults.push(self.file.fault(code, at.span(), message, help));
    }

    fn day(&mut self, raw: &Spanned<String>) -> (u32, u32) {
        // A day that every year has.
        let day = parse_day(&format!("2025-{}", raw.get_ref())).ok();
        if day.is_none() {
            let message = format!("`{}` is not a day of every year", raw.get_ref());
            self.told("entitlements::bad_day", raw, message, "write month and day, such as \"10-01\"");
        }
        day.map_or((1, 1), |day| (day.month(), day.day()))
    }

    fn scheme(&mut self, raw: Option<&Spanned<String>>, grades: GradesOf<'_>) -> Option<Vec<String>> {
        let raw = raw?;
        let known = grades(raw.get_ref());
        if known.is_none() {
            let message = format!("`{}` is not a scheme of members of this home", raw.get_ref());
            self.told("entitlements::unknown_scheme", raw, message, "`fenji scheme list` lists them");
        }
        known
    }

    fn how_many(&mut self, what: &str, count: usize) {
        if count == 0 || count > MOST {
            let message = format!("there are {count} `[[{what}]]`");
            let help = format!("write 1 to {MOST} of them");
            self.faults.push(self.file.whole_file_fault("entitlements::count", message, help));
        }
    }

    /// The words that mean something; each must mean one thing.
    fn words(
        &mut self,
        id: &Spanned<String>,
        title: &Title,
        more: Vec<String>,
        taken: &mut Vec<String>,
    ) -> Vec<String> {
        let mut own: Vec<String> = Vec::new();
        for word in [id.get_ref().clone(), title.zh.clone(), title.en.clone()].into_iter().chain(more) {
            let word = word.trim().to_owned();
            if word.is_empty() || taken.contains(&word) {
                let message = format!("`{word}` is empty, or means two things");
                self.told("entitlements::duplicate_word", id, message, "let each id, title and word mean one thing");
            }
            if !own.contains(&word) {
                own.push(word);
            }
        }
        taken.extend(own.iter().cloned());
        own
    }

    fn services(&mut self, raw: Vec<RawService>) -> Vec<Service> {
        let mut taken = Vec::new();
        let mut services = Vec::new();
        for raw in raw {
            let words = self.words(&raw.id, &raw.title, raw.words, &mut taken);
            if let Some(limit) = raw.uses_a_year.as_ref().filter(|limit| !(1..=MOST_USES).contains(limit.get_ref())) {
                let message = format!("{} uses a year are no limit", limit.get_ref());
                let help = format!("write 1 to {MOST_USES}, or leave it out for as often as wanted");
                self.told("entitlements::bad_limit", limit, message, help);
            }
            let uses_a_year = raw.uses_a_year.map(Spanned::into_inner);
            let id = raw.id.into_inner();
            services.push(Service { id, title: raw.title, uses_a_year, remind: raw.remind, words });
        }
        services
    }

    fn tiers(&mut self, raw: Vec<RawTier>, services: &[Service], grades: Option<&[String]>) -> Vec<Tier> {
        let mut taken = Vec::new();
        let mut tiers = Vec::new();
        for raw in raw {
            let words = self.words(&raw.id, &raw.title, raw.words, &mut taken);
            if let Some(grades) = grades.filter(|grades| !grades.contains(raw.id.get_ref())) {
                let help = did_you_mean(raw.id.get_ref(), grades.iter().map(String::as_str));
                let message = format!("`{}` is not a grade of the scheme", raw.id.get_ref());
                self.told("entitlements::unknown_grade", &raw.id, message, help);
            }
            let mut places = Vec::new();
            for name in &raw.services {
                let place = services.iter().position(|service| service.id == *name.get_ref());
                if let Some(place) = place.filter(|place| !places.contains(place)) {
                    places.push(place);
                } else {
                    let help = did_you_mean(name.get_ref(), services.iter().map(|service| service.id.as_str()));
                    let message = format!("`{}` is not a service, or stands twice", name.get_ref());
                    self.told("entitlements::unknown_service", name, message, help);
                }
            }
            tiers.push(Tier { id: raw.id.into_inner(), title: raw.title, services: places, words });
        }
        tiers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../../config/entitlements.toml");

    fn check(text: &str) -> Result<Entitlements, Faults> {
        let grades = |scheme: &str| {
            (scheme == "club").then(|| ["member", "silver", "gold", "diamond"].map(str::to_owned).to_vec())
        };
        Entitlements::check(&Declaration::new("config/entitlements.toml", text), &grades)
    }

    #[test]
    fn the_diamond_card_has_nine_services_and_one_of_them_once_a_year() {
        let rules = check(SHIPPED).unwrap();
        let services: Vec<usize> = rules.tiers.iter().map(|tier| tier.services.len()).collect();
        assert_eq!(services, [0, 0, 0, 9]);
        let limited: Vec<&str> = rules
            .services
            .iter()
            .filter(|service| service.uses_a_year == Some(1))
            .map(|service| &*service.id)
            .collect();
        assert_eq!(limited, ["medical-check"]);
        assert_eq!((rules.service(" 免费体检 "), rules.service("medical-check")), (Some(2), Some(2)));
        assert_eq!((rules.tier("钻石卡会员"), rules.tier("白金卡会员"), rules.tier("VIP")), (Some(3), Some(2), None));
        let day = |text: &str| rules.reminds(parse_day(text).unwrap());
        assert_eq!(
            [day("2026-09-30"), day("2026-10-01"), day("2026-12-31"), day("2027-01-01")],
            [false, true, true, false]
        );
    }

    #[test]
    fn tiers_may_be_the_grades_of_a_scheme() {
        let with = |scheme: &str| SHIPPED.replacen("remind-from", &format!("scheme = \"{scheme}\"\nremind-from"), 1);
        assert_eq!(check(&with("club")).unwrap().scheme.as_deref(), Some("club"));
        let codes = |text: &str| check(text).unwrap_err().list().iter().map(Fault::code_name).collect::<Vec<_>>();
        assert_eq!(codes(&with("club2")), ["entitlements::unknown_scheme"]);
        assert_eq!(codes(&with("club").replace("id = \"gold\"", "id = \"golden\"")), ["entitlements::unknown_grade"]);
    }

    #[test]
    fn all_faults_are_told_with_their_lines() {
        for (from, to, expected) in [
            ("\"10-01\"", "\"02-29\"", ("entitlements::bad_day", Some(4))),
            ("\"10-01\"", "\"1 October\"", ("entitlements::bad_day", Some(4))),
            ("uses-a-year = 1 ", "uses-a-year = 0 ", ("entitlements::bad_limit", Some(19))),
            ("id = \"health-advice\"", "id = \"vip-window\"", ("entitlements::duplicate_word", Some(23))),
            ("words = [\"俱乐部活动\"]", "words = [\"免费体检\"]", ("entitlements::duplicate_word", Some(35))),
            ("words = [\"银卡会员\"]", "words = [\"会员卡\"]", ("entitlements::duplicate_word", Some(55))),
            ("    \"information\",\n", "    \"informations\",\n", ("entitlements::unknown_service", Some(78))),
            ("    \"information\",\n", "    \"vip-window\",\n", ("entitlements::unknown_service", Some(78))),
        ] {
            assert!(SHIPPED.contains(from), "{from}");
            let faults = check(&SHIPPED.replacen(from, to, 1)).unwrap_err();
            let found: Vec<_> = faults.list().iter().map(|fault| (fault.code_name(), fault.line())).collect();
            assert_eq!(found.first(), Some(&expected), "{to}");
        }
        let head = SHIPPED.split("[[service]]").next().unwrap();
        let faults = check(&format!("service = []\ntier = []\n{head}")).unwrap_err();
        assert_eq!(faults.list().iter().map(Fault::code_name).collect::<Vec<_>>(), ["entitlements::count"; 2]);
    }
}
