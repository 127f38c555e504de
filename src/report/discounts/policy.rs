//! `config/discounts.toml`: what a point costs, which categories have discounts, and the classes with what they pay.

use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned},
    money::{Currency, Scale, Share, decimal, parse_minor},
};

/// The most classes.
const MOST_CLASSES: usize = 20;
/// The highest limit of a class in points.
const MOST_POINTS: i64 = 1_000_000_000_000;
/// The most that a point may cost, in whole units of the currency.
const MOST_AMOUNT: i64 = 1_000_000;
/// Decimal places that a percentage may have.
const PERCENT_PLACES: u8 = 2;
/// A hundred per cent in units of the last of those places.
const WHOLE: i64 = 10_000;

/// A class with its discount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Its name.
    pub id: String,
    /// The fewest points that give it.
    pub from_points: i64,
    /// What is paid, in hundredths of a per cent of the price.
    pays: i64,
}

impl Class {
    /// What is paid of the price.
    pub fn pays(&self) -> Share {
        Share::new(self.pays, WHOLE)
    }

    /// The discount as it is said in Chinese: `9.5折` pays 95 % of the price.
    pub fn zhe(&self) -> String {
        format!("{}折", shortest(self.pays, PERCENT_PLACES + 1))
    }

    /// What is taken off in per cent: `5`.
    pub fn off(&self) -> String {
        shortest(WHOLE - self.pays, PERCENT_PLACES)
    }
}

/// A number without zeros behind its decimals.
fn shortest(value: i64, places: u8) -> String {
    let text = decimal(i128::from(value), places);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Which categories have discounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Categories {
    /// These only.
    Only(Vec<String>),
    /// All but these.
    Except(Vec<String>),
}

/// How category points become discounts, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discounts {
    /// What earns one point, in minor units.
    pub amount_per_point: i64,
    /// Which categories have discounts.
    pub categories: Categories,
    /// The classes, the lowest first.
    pub classes: Vec<Class>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Raw {
    amount_per_point: Spanned<String>,
    categories: Option<Spanned<RawCategories>>,
    class: Vec<RawClass>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawCategories {
    only: Option<Vec<String>>,
    except: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawClass {
    id: Spanned<String>,
    from_points: Spanned<i64>,
    pays_percent: Spanned<String>,
}

impl Discounts {
    /// Checks the file (S20).
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn check(file: &Declaration, currency: &Currency) -> Result<Self, Faults> {
        let raw: Raw = file.parse()?;
        let mut faults = Vec::new();
        let text = raw.amount_per_point.get_ref();
        let most = MOST_AMOUNT.saturating_mul(currency.scale.unit());
        let amount = parse_minor(text, currency.scale).ok().filter(|amount| (1..=most).contains(amount));
        if amount.is_none() {
            let help = format!("write an amount above 0 and up to {MOST_AMOUNT}, such as \"1.00\"");
            let message = format!("a point cannot cost `{text}`");
            faults.push(file.fault("discounts::bad_amount", raw.amount_per_point.span(), message, help));
        }
        let categories = categories(file, raw.categories, &mut faults);
        let classes = classes(file, raw.class, &mut faults);
        Faults::none_of(faults)?;
        Ok(Self { amount_per_point: amount.unwrap_or(1), categories, classes })
    }

    /// Whether a category has discounts.
    pub fn covers(&self, category: &str) -> bool {
        match &self.categories {
            Categories::Only(known) => known.iter().any(|known| known == category),
            Categories::Except(known) => known.iter().all(|known| known != category),
        }
    }

    /// The points of an amount in minor units: whole ones, fractions dropped.
    pub fn points(&self, amount: i64) -> i64 {
        amount.checked_div(self.amount_per_point).unwrap_or(0)
    }

    /// The place of the class that points give.
    pub fn class(&self, points: i64) -> Option<usize> {
        self.classes.partition_point(|class| class.from_points <= points).checked_sub(1)
    }
}

fn categories(file: &Declaration, raw: Option<Spanned<RawCategories>>, faults: &mut Vec<Fault>) -> Categories {
    let Some(raw) = raw else { return Categories::Except(Vec::new()) };
    let at = raw.span();
    let RawCategories { only, except } = raw.into_inner();
    let mut told = |message: String| {
        let help = "write `only = [\"…\"]` or `except = [\"…\"]`, each category once as `transaction.category` has it";
        faults.push(file.fault("discounts::bad_categories", at.clone(), message, help));
    };
    if only.is_some() && except.is_some() {
        told("categories cannot have both `only` and `except`".to_owned());
    }
    if only.as_ref().is_some_and(Vec::is_empty) {
        told("`only` names no category: nobody would get a discount".to_owned());
    }
    let mut seen: Vec<&String> = Vec::new();
    for name in only.iter().chain(&except).flatten() {
        if name.trim().is_empty() || seen.contains(&name) {
            told(format!("`{name}` is empty or stands twice"));
        }
        seen.push(name);
    }
    only.map_or_else(|| Categories::Except(except.unwrap_or_default()), Categories::Only)
}

fn classes(file: &Declaration, raw: Vec<RawClass>, faults: &mut Vec<Fault>) -> Vec<Class> {
    let mut classes: Vec<Class> = Vec::new();
    if raw.is_empty() || raw.len() > MOST_CLASSES {
        let help = format!("write 1 to {MOST_CLASSES} `[[class]]`, from the lowest on");
        faults.push(file.whole_file_fault("discounts::class_count", format!("there are {} classes", raw.len()), help));
    }
    for raw in raw {
        let id = raw.id.get_ref().trim().to_owned();
        if id.is_empty() || classes.iter().any(|class| class.id == id) {
            let message = format!("the class `{id}` has no name, or another has the same");
            faults.push(file.fault(
                "discounts::bad_class",
                raw.id.span(),
                message,
                "give each class a name of its own",
            ));
        }
        let last = classes.last();
        let from = *raw.from_points.get_ref();
        let before = last.map_or(0, |class| class.from_points);
        if from <= before || from > MOST_POINTS {
            let message = format!("the limit {from} stands behind {before}");
            let help = format!("limits are whole points from 1 to {MOST_POINTS} and rise from class to class");
            faults.push(file.fault("discounts::limits_do_not_rise", raw.from_points.span(), message, help));
        }
        let text = raw.pays_percent.get_ref();
        let places = Scale::new(PERCENT_PLACES).ok();
        let pays = places.and_then(|places| parse_minor(text, places).ok()).filter(|pays| (1..WHOLE).contains(pays));
        let fault = match (pays, last) {
            (None, _) => Some(("discounts::bad_percent", format!("`{text}` is not what is paid of a price"))),
            (Some(pays), Some(last)) if pays >= last.pays => {
                let message = format!("class `{id}` pays {text} %, no less than the class below it");
                Some(("discounts::better_pays_more", message))
            }
            (Some(_), _) => None,
        };
        if let Some((code, message)) = fault {
            let help = "write what is paid of the price in per cent, above 0 and below 100 and falling from class to class: \"95\" is 9.5折";
            faults.push(file.fault(code, raw.pays_percent.span(), message, help));
        }
        classes.push(Class { id, from_points: from, pays: pays.unwrap_or(WHOLE) });
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../../config/discounts.toml");

    fn check(text: &str) -> Result<Discounts, Faults> {
        let currency = Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() };
        Discounts::check(&Declaration::new("config/discounts.toml", text), &currency)
    }

    #[test]
    fn the_shipped_ladder_is_that_of_the_source() {
        let rules = check(SHIPPED).unwrap();
        let told: Vec<_> = rules.classes.iter().map(|class| (class.id.as_str(), class.zhe(), class.off())).collect();
        let expected = [("A", "9.5折", "5"), ("B", "9折", "10"), ("C", "8.8折", "12"), ("D", "8折", "20")];
        assert_eq!(told, expected.map(|(id, zhe, off)| (id, zhe.to_owned(), off.to_owned())));
        let letter = |points| rules.class(points).map_or("-", |place| &rules.classes[place].id);
        for (points, class) in [
            (-1, "-"),
            (0, "-"),
            (1, "A"),
            (999, "A"),
            (1_000, "B"),
            (2_999, "B"),
            (3_000, "C"),
            (4_999, "C"),
            (5_000, "D"),
            (i64::MAX, "D"),
        ] {
            assert_eq!(letter(points), class, "{points}");
        }
    }

    #[test]
    fn fractions_of_a_point_are_dropped_towards_zero() {
        let rules = check(SHIPPED).unwrap();
        for (amount, points) in [(0, 0), (99, 0), (100, 1), (199, 1), (-99, 0), (-100, -1), (-250, -2)] {
            assert_eq!(rules.points(amount), points, "{amount}");
        }
        let dear = check(&SHIPPED.replace("\"1.00\"", "\"12.50\"")).unwrap();
        assert_eq!([1_249, 1_250, 2_500].map(|amount| dear.points(amount)), [0, 1, 2]);
    }

    #[test]
    fn categories_are_all_some_or_all_but_some() {
        for (from, to, food, fresh) in [
            ("except = []", "except = []", true, true),
            ("except = []", "except = [\"食品\"]", false, true),
            ("except = []", "only = [\"食品\"]", true, false),
        ] {
            let rules = check(&SHIPPED.replacen(from, to, 1)).unwrap();
            assert_eq!((rules.covers("食品"), rules.covers("生鲜")), (food, fresh), "{to}");
        }
    }

    #[test]
    fn all_faults_are_told_with_their_lines() {
        for (from, to, expected) in [
            ("\"1.00\"", "\"0\"", ("discounts::bad_amount", Some(4))),
            ("\"1.00\"", "\"1.001\"", ("discounts::bad_amount", Some(4))),
            ("\"1.00\"", "\"-1\"", ("discounts::bad_amount", Some(4))),
            ("except = []", "except = [\"a\"]\nonly = [\"b\"]", ("discounts::bad_categories", Some(6))),
            ("except = []", "except = [\"a\", \"a\"]", ("discounts::bad_categories", Some(6))),
            ("except = []", "only = []", ("discounts::bad_categories", Some(6))),
            ("id = \"B\"", "id = \"A\"", ("discounts::bad_class", Some(15))),
            ("id = \"B\"", "id = \" \"", ("discounts::bad_class", Some(15))),
            ("from-points = 1\n", "from-points = 0\n", ("discounts::limits_do_not_rise", Some(11))),
            ("from-points = 3000", "from-points = 1000", ("discounts::limits_do_not_rise", Some(21))),
            ("\"88\"", "\"90\"", ("discounts::better_pays_more", Some(22))),
            ("\"80\"", "\"0\"", ("discounts::bad_percent", Some(27))),
            ("\"95\"", "\"100\"", ("discounts::bad_percent", Some(12))),
            ("\"95\"", "\"9.5折\"", ("discounts::bad_percent", Some(12))),
        ] {
            assert!(SHIPPED.contains(from), "{from}");
            let faults = check(&SHIPPED.replacen(from, to, 1)).unwrap_err();
            let found: Vec<_> = faults.list().iter().map(|fault| (fault.code_name(), fault.line())).collect();
            assert_eq!(found, [expected], "{to}");
        }
        let none = SHIPPED.split("[[class]]").next().unwrap().to_owned();
        let codes = |text: &str| check(text).unwrap_err().list().iter().map(Fault::code_name).collect::<Vec<_>>();
        assert_eq!(codes(&format!("{none}\nclass = []")), ["declaration::syntax"]);
        assert_eq!(codes(&format!("class = []\n{none}")), ["discounts::class_count"]);
    }
}
