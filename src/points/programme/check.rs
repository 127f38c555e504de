//! A programme as written → checked, every fault with its line.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned, did_you_mean},
    money::{Currency, Scale, Share, parse_minor},
    period::{Unit, parse_day},
    points::{
        programme::{
            Breakage, Lapse, Liability, MonthDay, Programme, Version,
            raw::{By, RawLapse, RawLiability, RawProgramme, RawVersion},
        },
        validity::{LastDay, Length, Validity},
    },
};

/// Decimal places of the value of a point.
const VALUE_PLACES: u8 = 6;
/// What stands for a value that nobody decided.
const UNDECIDED: &str = "required";
/// Decimal places of a percentage.
const PERCENT_PLACES: u8 = 4;
/// Most days that points can be pending, and ahead of which members can be warned: a year.
const MOST_DAYS: i64 = 366;
/// Most zeroing days of a year.
const MOST_ZEROINGS: usize = 12;

/// What of the home a programme may name.
#[derive(Clone, Copy)]
pub struct Known<'k> {
    /// The currency of the ledger.
    pub currency: &'k Currency,
    /// The names of all schemes.
    pub schemes: &'k [String],
    /// The grades of a scheme of members; `None` where it is another's.
    pub grades: &'k dyn Fn(&str) -> Option<Vec<String>>,
}

impl std::fmt::Debug for Known<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").field("schemes", &self.schemes).finish_non_exhaustive()
    }
}

pub(super) struct Checker<'f> {
    pub(super) file: &'f Declaration,
    pub(super) known: Known<'f>,
    pub(super) faults: Vec<Fault>,
}

impl Programme {
    /// Checks the file of a programme against the home.
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn check(file: &Declaration, id: &str, known: Known<'_>) -> Result<Self, Faults> {
        let raw: RawProgramme = file.parse()?;
        let mut checker = Checker { file, known, faults: Vec::new() };
        let classes = raw.classes.as_ref().map(|scheme| (scheme.get_ref().clone(), checker.grades(scheme)));
        if let Some(scheme) = &raw.tiers {
            checker.grades(scheme);
        }
        for scheme in &raw.before_lapse {
            checker.scheme(scheme);
        }
        let warn_days = checker.warn_days(&raw.warn_days);
        let most_above_last = raw.most_above_last.as_ref().and_then(|text| checker.percent(text, 1_000_000));
        let liability = raw.liability.as_ref().and_then(|raw| checker.liability(raw));
        let versions = checker.versions(&raw.version, classes.as_ref());
        Faults::none_of(checker.faults)?;
        Ok(Self {
            id: id.to_owned(),
            title: raw.title,
            requirements: raw.requirements,
            entries: raw.entries.map(Spanned::into_inner),
            classes: classes.map(|(scheme, _)| scheme),
            tiers: raw.tiers.map(Spanned::into_inner),
            before_lapse: raw.before_lapse.into_iter().map(Spanned::into_inner).collect(),
            beyond_balance: raw.beyond_balance,
            warn_days,
            liability,
            most_above_last,
            fingerprint: fingerprint(&versions, raw.beyond_balance),
            versions,
        })
    }
}

/// A fingerprint of what decides how points lapse, as 32 hexadecimal digits: words of people do not count.
fn fingerprint(versions: &[Version], beyond: super::BeyondBalance) -> String {
    let rules: Vec<_> = versions.iter().map(|v| (&v.id, v.in_force, &v.lapse, v.pending_days)).collect();
    let digest = Sha256::digest(format!("{rules:?} {beyond:?}"));
    digest
        .iter()
        .take(16)
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

impl Checker<'_> {
    pub(super) fn told<T>(&mut self, code: &'static str, at: &Spanned<T>, message: String, help: impl Into<String>) {
        self.faults.push(self.file.fault(code, at.span(), message, help.into()));
    }

    pub(super) fn within(&mut self, name: &str, value: &Spanned<i64>, least: i64, most: i64) -> i64 {
        let number = *value.get_ref();
        if !(least..=most).contains(&number) {
            let help = format!("write a whole number from {least} to {most}");
            self.told("points::out_of_range", value, format!("`{name}` is {number}"), help);
        }
        number
    }

    fn scheme(&mut self, name: &Spanned<String>) {
        if !self.known.schemes.contains(name.get_ref()) {
            let help = did_you_mean(name.get_ref(), self.known.schemes.iter().map(String::as_str));
            self.told(
                "points::unknown_scheme",
                name,
                format!("`{}` is not a scheme of this home", name.get_ref()),
                help,
            );
        }
    }

    pub(super) fn grades(&mut self, scheme: &Spanned<String>) -> Vec<String> {
        let found = (self.known.grades)(scheme.get_ref());
        if found.is_none() {
            let message = format!("`{}` is not a scheme of members of this home", scheme.get_ref());
            self.told("points::unknown_scheme", scheme, message, "`fenji scheme list` lists them with their subjects");
        }
        found.unwrap_or_default()
    }

    pub(super) fn grade<T>(&mut self, name: &str, at: &Spanned<T>, scheme: &str, grades: &[String]) {
        if !grades.is_empty() && !grades.iter().any(|grade| grade == name) {
            let help = did_you_mean(name, grades.iter().map(String::as_str));
            self.told("points::unknown_grade", at, format!("`{name}` is not a grade of `{scheme}`"), help);
        }
    }

    fn warn_days(&mut self, days: &[Spanned<i64>]) -> Vec<i64> {
        let mut found: Vec<i64> = days.iter().map(|days| self.within("warn-days", days, 1, MOST_DAYS)).collect();
        found.sort_unstable_by(|one, other| other.cmp(one));
        found.dedup();
        found
    }

    /// A percentage as a share; `most` in whole percent.
    fn percent(&mut self, text: &Spanned<String>, most: i64) -> Option<Share> {
        let digits = text.get_ref().strip_suffix('%').unwrap_or_default();
        let scaled = Scale::new(PERCENT_PLACES).and_then(|scale| parse_minor(digits, scale)).ok();
        let whole = 100 * 10_i64.pow(u32::from(PERCENT_PLACES));
        let found = scaled.filter(|value| (0..=most.saturating_mul(whole / 100)).contains(value));
        if found.is_none() {
            let help = format!("write a percentage from \"0%\" to \"{most}%\"");
            self.told("points::bad_percentage", text, format!("`{}` is not such a percentage", text.get_ref()), help);
        }
        found.map(|value| Share::new(value, whole))
    }

    /// What points are worth; `required` stands for what nobody decided yet.
    fn liability(&mut self, raw: &RawLiability) -> Option<Liability> {
        if raw.value_per_point.get_ref() == UNDECIDED {
            return None;
        }
        let value = Scale::new(VALUE_PLACES).and_then(|scale| parse_minor(raw.value_per_point.get_ref(), scale)).ok();
        let value = value.filter(|value| *value > 0);
        if value.is_none() {
            let message = format!("`{}` is not the value of a point", raw.value_per_point.get_ref());
            let help = format!("write an amount in {} above 0, such as \"0.01\"", self.known.currency.code);
            self.told("points::bad_value", &raw.value_per_point, message, help);
        }
        let breakage = match raw.breakage.get_ref().as_str() {
            "measured" => Some(Breakage::Measured),
            _ => self.percent(&raw.breakage, 100).map(Breakage::Decided),
        };
        Some(Liability { value: value?, breakage: breakage? })
    }

    fn versions(&mut self, raw: &Spanned<Vec<RawVersion>>, classes: Option<&(String, Vec<String>)>) -> Vec<Version> {
        if raw.get_ref().is_empty() {
            self.told(
                "points::no_version",
                raw,
                "the programme has no version".to_owned(),
                "write one `[[version]]` at least",
            );
        }
        let mut versions: Vec<Version> = Vec::new();
        for written in raw.get_ref() {
            let Some(version) = self.version(written, classes) else { continue };
            if let Some(last) = versions.last().filter(|last| last.in_force >= version.in_force) {
                let message = format!(
                    "version `{}` is in force from {}, not after `{}` from {}",
                    version.id, version.in_force, last.id, last.in_force
                );
                self.told(
                    "points::versions_do_not_rise",
                    &written.in_force,
                    message,
                    "write the versions in the order of their days",
                );
            }
            if versions.iter().any(|known| known.id == version.id) {
                let message = format!("two versions are called `{}`", version.id);
                self.told("points::duplicate_version", &written.id, message, "give each version a name of its own");
            }
            versions.push(version);
        }
        versions
    }

    fn version(&mut self, raw: &RawVersion, classes: Option<&(String, Vec<String>)>) -> Option<Version> {
        let in_force = parse_day(raw.in_force.get_ref());
        if let Err(error) = &in_force {
            self.told(
                "points::bad_day",
                &raw.in_force,
                error.to_string(),
                "write a day of the calendar as `2026-01-01`",
            );
        }
        let pending_days = raw.pending_days.as_ref().map_or(0, |days| self.within("pending-days", days, 0, MOST_DAYS));
        let lapse = self.lapse(&raw.lapse, classes);
        let earn = self.earn(&raw.earn);
        Some(Version {
            id: raw.id.get_ref().clone(),
            in_force: in_force.ok()?,
            decided_by: raw.decided_by.clone(),
            reason: raw.reason.clone(),
            lapse: lapse?,
            pending_days,
            earn,
        })
    }

    fn lapse(&mut self, raw: &RawLapse, classes: Option<&(String, Vec<String>)>) -> Option<Lapse> {
        let by = *raw.by.get_ref();
        let named: [(&str, bool, bool); 5] = [
            ("validity", raw.validity.is_some(), by != By::Calendar),
            ("last-day", raw.last_day.is_some(), by != By::Calendar),
            ("round-to", raw.round_to.is_some(), by != By::Calendar),
            ("on", raw.on.is_some(), by == By::Calendar),
            ("class", !raw.class.is_empty(), by == By::Calendar),
        ];
        for (name, _, _) in named.iter().filter(|(_, written, allowed)| *written && !allowed) {
            let message = format!("`{name}` has no meaning beside `by = \"{}\"`", word(by));
            self.told(
                "points::two_policies",
                &raw.by,
                message,
                "one policy a version: by lot, by inactivity, or by the calendar",
            );
        }
        if by == By::Calendar {
            return self.calendar(raw, classes);
        }
        let Some(text) = &raw.validity else {
            let message = format!("`by = \"{}\"` needs `validity`", word(by));
            self.told(
                "points::no_validity",
                &raw.by,
                message,
                "write `validity = \"12M\"`, in months or days (`\"365D\"`)",
            );
            return None;
        };
        let length = Length::parse(text.get_ref()).filter(|length| by == By::Lot || *length != Length::AsEntered);
        if length.is_none() {
            let message = format!("`{}` is not a validity", text.get_ref());
            let help = match by {
                By::Lot => {
                    "write months `12M`, days `365D`, `unlimited`, or `as-entered` for the day that entries carry"
                }
                By::Inactivity | By::Calendar => "write months `12M`, days `365D` or `unlimited`",
            };
            self.told("points::bad_validity", text, message, help);
        }
        let last_day = raw.last_day.as_ref().map_or(LastDay::DayBefore, |day| *day.get_ref());
        let round_to = raw.round_to.as_ref().map_or(Unit::Day, |unit| *unit.get_ref());
        let validity = Validity { length: length?, last_day, round_to };
        Some(if by == By::Lot { Lapse::Lot(validity) } else { Lapse::Inactivity(validity) })
    }

    fn calendar(&mut self, raw: &RawLapse, classes: Option<&(String, Vec<String>)>) -> Option<Lapse> {
        let Some(on) = &raw.on else {
            let help = "write `on = [\"12-31\"]`, or every day of the year on which points are zeroed";
            self.told("points::no_zeroing_day", &raw.by, "`by = \"calendar\"` needs `on`".to_owned(), help);
            return None;
        };
        let on = self.days(on);
        let mut by_class = BTreeMap::new();
        for (class, days) in &raw.class {
            if let Some((scheme, grades)) = classes {
                self.grade(class, days, scheme, grades);
            } else {
                let message = format!("class `{class}` has zeroing days, but no scheme says who is of it");
                self.told("points::no_classes", days, message, "name the scheme of the classes in `classes`");
            }
            by_class.insert(class.clone(), self.days(days));
        }
        Some(Lapse::Calendar { on, by_class })
    }

    fn days(&mut self, raw: &Spanned<Vec<Spanned<String>>>) -> Vec<MonthDay> {
        let mut days = Vec::new();
        for text in raw.get_ref() {
            match MonthDay::parse(text.get_ref()) {
                Some(day) if !days.contains(&day) => days.push(day),
                Some(_) => self.told(
                    "points::duplicate_day",
                    text,
                    format!("`{}` stands twice", text.get_ref()),
                    "take one away",
                ),
                None => {
                    let message = format!("`{}` is not a day of the year", text.get_ref());
                    self.told(
                        "points::bad_month_day",
                        text,
                        message,
                        "write month and day, such as `12-31`; `02-29` is the last day of February",
                    );
                }
            }
        }
        if raw.get_ref().is_empty() || raw.get_ref().len() > MOST_ZEROINGS {
            let message = format!("points are zeroed on {} days a year", raw.get_ref().len());
            self.told("points::zeroing_count", raw, message, format!("write 1 to {MOST_ZEROINGS} days"));
        }
        days.sort_unstable();
        days
    }
}

fn word(by: By) -> &'static str {
    match by {
        By::Lot => "lot",
        By::Inactivity => "inactivity",
        By::Calendar => "calendar",
    }
}
