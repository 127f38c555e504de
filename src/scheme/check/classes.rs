//! The classes of every dimension: its own, those of the scheme, or those it makes.

use crate::{
    declaration::Spanned,
    scheme::{
        Grade,
        check::Checker,
        file::{RawClass, RawDimension},
    },
    text::Title,
};

/// A code has at most so many classes: one more stands for none.
const MOST_CLASSES: usize = 250;
/// Labels are kept as a sum of powers of two in one byte.
const MOST_LABELS: usize = 7;

/// What other dimensions must know of one.
pub(super) struct Shape {
    /// Its name.
    pub(super) id: String,
    /// Its classes; none where they could not be made, which was told.
    pub(super) classes: Vec<Grade>,
}

impl Checker<'_> {
    /// The classes of every dimension; those that are made of others come last to be seen, but stand at their place.
    pub(super) fn shapes(&mut self, dimensions: &[Spanned<RawDimension>]) -> Vec<Shape> {
        let mut shapes: Vec<Shape> = dimensions
            .iter()
            .map(|raw| {
                let raw = raw.get_ref();
                let classes = match raw.kind.get_ref().as_str() {
                    "code" => Vec::new(),
                    "labels" => self.label_sets(raw),
                    _ => self.own(raw),
                };
                Shape { id: raw.id.get_ref().clone(), classes }
            })
            .collect();
        for (place, raw) in dimensions.iter().enumerate().filter(|(_, raw)| raw.get_ref().kind.get_ref() == "code") {
            let of = self.several(raw.get_ref()).unwrap_or_default();
            let places: Option<Vec<usize>> = of.iter().map(|name| self.place(name, &shapes)).collect();
            let lists: Vec<&[Grade]> =
                places.unwrap_or_default().iter().filter_map(|at| Some(shapes.get(*at)?.classes.as_slice())).collect();
            let count = lists.iter().fold(1_usize, |count, list| count.saturating_mul(list.len()));
            if count > MOST_CLASSES {
                let message = format!("the code `{}` has {count} grades", raw.get_ref().id.get_ref());
                let help = format!("a code has at most {MOST_CLASSES}: take fewer dimensions or classes");
                self.told::<()>("scheme::too_many_classes", raw.span(), message, help);
                continue;
            }
            let classes = codes(&lists);
            let mut ids: Vec<&str> = classes.iter().map(|class| class.id.as_str()).collect();
            ids.sort_unstable();
            if let Some((twice, _)) = ids.iter().zip(ids.iter().skip(1)).find(|(one, other)| one == other) {
                let message = format!("`{twice}` is made in two ways by the code `{}`", raw.get_ref().id.get_ref());
                let help = "give the dimensions classes of one letter or digit each";
                self.told::<()>("scheme::duplicate_class", raw.span(), message, help);
            }
            if let Some(shape) = shapes.get_mut(place) {
                shape.classes = classes;
            }
        }
        shapes
    }

    /// The classes that a dimension names itself, or the scheme's.
    fn own(&mut self, raw: &RawDimension) -> Vec<Grade> {
        let Some(classes) = &raw.classes else {
            let bins = match (raw.kind.get_ref().as_str(), &raw.bins, &raw.cuts) {
                ("quantiles", Some(bins), _) => Some(usize::from(*bins.get_ref())),
                ("quantiles", None, Some(cuts)) => Some(cuts.len() + 1),
                _ => None,
            };
            return match bins {
                Some(bins) => (1..=bins).map(|number| plain(&number.to_string())).collect(),
                None => self.grades.clone(),
            };
        };
        let found: Vec<Grade> = classes
            .get_ref()
            .iter()
            .map(|class| match class {
                RawClass::Id(id) => plain(id),
                RawClass::Titled { id, title } => Grade { id: id.clone(), title: title.clone() },
            })
            .collect();
        for (place, class) in found.iter().enumerate() {
            if found.iter().take(place).any(|other| other.id == class.id) {
                let message = format!("two classes of `{}` are called `{}`", raw.id.get_ref(), class.id);
                self.told::<()>(
                    "scheme::duplicate_class",
                    classes.span(),
                    message,
                    "give each class a name of its own",
                );
            }
        }
        if !(2..=100).contains(&found.len()) && raw.kind.get_ref() != "labels" {
            let message = format!("dimension `{}` has {} classes", raw.id.get_ref(), found.len());
            self.told::<()>("scheme::class_count", classes.span(), message, "write between 2 and 100, the worst first");
        }
        found
    }

    /// Every set of labels, the place of each being the sum of the powers of two of its labels.
    fn label_sets(&mut self, raw: &RawDimension) -> Vec<Grade> {
        let labels = self.own(raw);
        if labels.is_empty() || labels.len() > MOST_LABELS {
            if let Some(classes) = &raw.classes {
                let message = format!("`{}` has {} labels", raw.id.get_ref(), labels.len());
                let help = format!("name between 1 and {MOST_LABELS}; more fit into a second scheme");
                self.told::<()>("scheme::too_many_classes", classes.span(), message, help);
            }
            return Vec::new();
        }
        let nothing =
            Grade { id: "none".to_owned(), title: Title { zh: "未分类".to_owned(), en: "unclassified".to_owned() } };
        let mut sets = vec![nothing];
        for label in &labels {
            let with: Vec<Grade> = sets
                .iter()
                .enumerate()
                .map(|(place, set)| if place == 0 { label.clone() } else { joined(set, label, "+") })
                .collect();
            sets.extend(with);
        }
        sets
    }

    /// The dimensions that `of` lists.
    pub(super) fn several(&mut self, raw: &RawDimension) -> Option<Vec<Spanned<String>>> {
        let of = raw.of.as_ref()?;
        let name = |value: &toml::Value| value.as_str().map(|text| Spanned::new(of.span(), text.to_owned()));
        let names = of.get_ref().as_array().and_then(|list| list.iter().map(name).collect::<Option<Vec<_>>>());
        if names.as_ref().is_none_or(Vec::is_empty) {
            let message = format!("`of` of the dimension `{}` is not a list of names", raw.id.get_ref());
            return self.told("scheme::bad_of", of.span(), message, "write `of = [\"one\", \"other\"]`");
        }
        names
    }
}

/// Every way to take one class from each list, the last list fastest.
fn codes(lists: &[&[Grade]]) -> Vec<Grade> {
    let Some((first, rest)) = lists.split_first() else { return Vec::new() };
    rest.iter().fold(first.to_vec(), |codes, list| {
        codes.iter().flat_map(|code| list.iter().map(|class| joined(code, class, ""))).collect()
    })
}

fn plain(id: &str) -> Grade {
    Grade { id: id.to_owned(), title: Title { zh: id.to_owned(), en: id.to_owned() } }
}

fn joined(first: &Grade, then: &Grade, by: &str) -> Grade {
    let join = |first: &str, then: &str| format!("{first}{by}{then}");
    Grade {
        id: join(&first.id, &then.id),
        title: Title { zh: join(&first.title.zh, &then.title.zh), en: join(&first.title.en, &then.title.en) },
    }
}
