//! Each kind of dimension: its keys into its rule.

use crate::{
    declaration::{Spanned, quoted},
    scheme::{
        Boundary, Grade,
        check::{Checker, classes::Shape, one_of, written},
        file::{RawDimension, RawPart, Table},
        rule::{
            Better, Cells, Dimension, Limit, Method, MissingPart, NotPositive, Part, Rule, Source, Ties, TileTies,
            Whole, Written,
        },
    },
};

type Checked = Rule<Written, Written>;

impl Checker<'_> {
    /// One dimension; `None` when its rule could not be made, which was told.
    pub(super) fn dimension(
        &mut self,
        raw: &Spanned<RawDimension>,
        place: usize,
        shapes: &[Shape],
    ) -> Option<Dimension<Written, Written>> {
        let (span, raw) = (raw.span(), raw.get_ref());
        let classes = shapes.get(place)?.classes.as_slice();
        let rule = match raw.kind.get_ref().as_str() {
            "bands" => self.bands(raw, classes),
            "lookup" => self.lookup(raw, classes),
            "cumulative-share" | "count-share" | "top-share" => self.shares(raw, classes),
            "quantiles" => self.quantiles(raw, classes),
            "matrix" => self.matrix(raw, classes, shapes),
            "conditions" => self.conditions(raw, classes, shapes),
            "labels" => self.labels(raw, classes, shapes),
            "code" => self.code(raw, shapes),
            "weighted" => self.weighted(raw, classes, shapes),
            "vote" => self.vote(raw, classes, shapes),
            "adjust" => self.adjust(raw, classes, shapes),
            "scheme" => Some(Rule::Scheme { scheme: written(raw.scheme.as_ref()?) }),
            _ => None,
        }?;
        Some(Dimension {
            id: raw.id.get_ref().clone(),
            title: raw.title.clone(),
            classes: classes.to_vec(),
            without_figure: raw.without_figure.unwrap_or(self.without_figure),
            rule,
            span,
        })
    }

    fn bands(&mut self, raw: &RawDimension, classes: &[Grade]) -> Option<Checked> {
        let better = raw.better.unwrap_or_default();
        let limits = self.limits(raw, classes, better)?;
        Some(Rule::Bands { metric: written(raw.metric.as_ref()?), better, limits })
    }

    /// The limits of every class above the lowest, in the order of the classes.
    fn limits(&mut self, raw: &RawDimension, classes: &[Grade], better: Better) -> Option<Vec<Limit<Written>>> {
        let table = raw.limits.as_ref()?;
        self.above_lowest(raw, table, classes, "limit");
        let mut limits = Vec::new();
        for (name, figure) in table {
            let class = self.class(name, classes)?;
            let (boundary, text) = boundary(figure.get_ref(), better).or_else(|| {
                let message = format!("`{}` points the wrong way", figure.get_ref());
                let help = match better {
                    Better::Higher => "high figures are good here: write `\"> 5\"`, `\">= 5\"` or just `\"5\"`",
                    Better::Lower => "low figures are good here: write `\"< 5\"`, `\"<= 5\"` or just `\"5\"`",
                };
                self.told("scheme::bad_limit", figure.span(), message, help)
            })?;
            let figure = Written { text: text.to_owned(), span: figure.span() };
            limits.push(Limit { class, figure, boundary: boundary.unwrap_or(self.boundary) });
        }
        limits.sort_by_key(|limit| limit.class);
        Some(limits)
    }

    /// Tells every class above the lowest that a table leaves out, and the lowest where the table has it.
    fn above_lowest(&mut self, raw: &RawDimension, table: &Table, classes: &[Grade], what: &str) {
        for (rank, class) in classes.iter().enumerate() {
            let entry = table.keys().find(|name| *name.get_ref() == class.id);
            match entry {
                Some(name) if rank == 0 => {
                    let message = format!("the lowest class `{}` has a {what}", class.id);
                    let help = format!("the lowest class begins where no other does; remove its {what}");
                    self.told::<()>("scheme::lowest_has_limit", name.span(), message, help);
                }
                None if rank > 0 => {
                    let message = format!("dimension `{}` has no {what} for `{}`", raw.id.get_ref(), class.id);
                    let help = format!(
                        "add `{} = \"…\"`, or `{} = \"required\"` while nobody has decided it",
                        class.id, class.id
                    );
                    self.told::<()>("scheme::limit_not_stated", raw.id.span(), message, help);
                }
                _ => {}
            }
        }
    }

    fn lookup(&mut self, raw: &RawDimension, classes: &[Grade]) -> Option<Checked> {
        let mut words = Vec::new();
        for (word, class) in raw.words.as_ref()? {
            words.push((word.get_ref().clone(), self.class(class, classes)?));
        }
        let otherwise = self.otherwise(raw.otherwise.as_ref()?, classes);
        Some(Rule::Lookup { metric: written(raw.metric.as_ref()?), words, otherwise })
    }

    /// The class of everything else, `None` for the word `none`; an unknown one was told.
    pub(super) fn otherwise(&mut self, name: &Spanned<String>, classes: &[Grade]) -> Option<u8> {
        if name.get_ref() == "none" { None } else { self.class(name, classes) }
    }

    fn shares(&mut self, raw: &RawDimension, classes: &[Grade]) -> Option<Checked> {
        let table = raw.shares.as_ref()?;
        self.above_lowest(raw, table, classes, "share");
        let mut shares = Vec::new();
        for (name, share) in table {
            shares.push((self.class(name, classes)?, written(share)));
        }
        shares.sort_by_key(|(class, _)| std::cmp::Reverse(*class));
        let top = raw.kind.get_ref() == "top-share";
        let ties = match &raw.ties {
            None if top => Ties::Together,
            ties => one_of(self, "ties", ties.as_ref()?, &[("together", Ties::Together), ("by-id", Ties::ById)])?,
        };
        Some(Rule::Shares {
            metric: written(raw.metric.as_ref()?),
            better: raw.better.unwrap_or_default(),
            whole: if raw.kind.get_ref() == "cumulative-share" { Whole::Figures } else { Whole::Subjects },
            shares,
            crossing: if top { Boundary::Better } else { raw.crossing? },
            ties,
            not_positive: if top { NotPositive::Lowest } else { raw.not_positive? },
        })
    }

    fn quantiles(&mut self, raw: &RawDimension, classes: &[Grade]) -> Option<Checked> {
        let method = raw.method.as_ref()?;
        let word = method.get_ref().as_str();
        let fixed = word == "fixed";
        for (key, there, wanted) in [
            ("cuts", raw.cuts.is_some(), fixed),
            ("bins", raw.bins.is_some(), !fixed),
            ("ties", raw.ties.is_some(), word == "ntile"),
        ] {
            if there != wanted {
                let message = format!("quantiles by `{word}` {} `{key}`", if wanted { "need" } else { "have no" });
                let help = "`bins` says how many parts; `fixed` takes `cuts` instead; only `ntile` takes `ties`";
                self.told::<()>("scheme::missing_key", method.span(), message, help);
            }
        }
        let methods = quoted(&["r7-plus-one", "r7", "ntile", "fixed"]);
        let method = match word {
            "r7-plus-one" => Method::R7 { plus: 1 },
            "r7" => Method::R7 { plus: 0 },
            "ntile" => {
                let known = [("by-id", TileTies::ById), ("better", TileTies::Better), ("worse", TileTies::Worse)];
                Method::Ntile { ties: one_of(self, "ties", raw.ties.as_ref()?, &known)? }
            }
            "fixed" => Method::Fixed(raw.cuts.as_ref()?.iter().map(written).collect()),
            _ => {
                let message = format!("`{word}` is not a method for quantiles");
                return self.told("scheme::unknown_word", method.span(), message, format!("write one of {methods}"));
            }
        };
        let bins = raw
            .cuts
            .as_ref()
            .map_or_else(|| raw.bins.as_ref().map_or(0, |bins| usize::from(*bins.get_ref())), |cuts| cuts.len() + 1);
        if bins != classes.len() || bins < 2 {
            let message = format!("`{}` has {bins} parts and {} classes", raw.id.get_ref(), classes.len());
            let help = "make at least two parts, one for each class";
            return self.told("scheme::class_count", raw.id.span(), message, help);
        }
        Some(Rule::Quantiles {
            metric: written(raw.metric.as_ref()?),
            better: raw.better.unwrap_or_default(),
            method,
            population: raw.population?,
        })
    }

    fn matrix(&mut self, raw: &RawDimension, classes: &[Grade], shapes: &[Shape]) -> Option<Checked> {
        let rows = self.place(raw.rows.as_ref()?, shapes);
        let columns = self.place(raw.columns.as_ref()?, shapes);
        let (rows, columns) = (rows?, columns?);
        let (of_rows, of_columns) = (&shapes.get(rows)?.classes, &shapes.get(columns)?.classes);
        let order: Option<Vec<u8>> =
            raw.column_order.as_ref()?.iter().map(|name| self.class(name, of_columns)).collect();
        let order = order?;
        let cells = raw.cells.as_ref()?;
        let complete = |count: usize, of: usize| count == of;
        let mut seen = order.clone();
        seen.sort_unstable();
        seen.dedup();
        if !complete(seen.len(), of_columns.len())
            || !complete(cells.len(), of_rows.len())
            || cells.values().any(|row| row.len() != order.len())
        {
            let message = format!(
                "the matrix `{}` is not complete: it needs {} rows of {} cells",
                raw.id.get_ref(),
                of_rows.len(),
                of_columns.len()
            );
            let help = "name every class of the columns once in `column-order`, and give every class of the rows a line of as many cells";
            return self.told("scheme::bad_cells", raw.id.span(), message, help);
        }
        let mut table: Vec<Vec<Option<&Spanned<String>>>> = vec![vec![None; of_columns.len()]; of_rows.len()];
        for (name, line) in cells {
            let row = self.class(name, of_rows)?;
            for (column, cell) in order.iter().zip(line) {
                *table.get_mut(usize::from(row))?.get_mut(usize::from(*column))? = Some(cell);
            }
        }
        let table: Vec<Vec<&Spanned<String>>> =
            table.into_iter().map(|row| row.into_iter().collect()).collect::<Option<_>>()?;
        let cells = if raw.limits.is_some() {
            let limits = self.limits(raw, classes, Better::Higher)?;
            Cells::Numbers {
                cells: table.iter().map(|row| row.iter().map(|cell| written(cell)).collect()).collect(),
                limits,
            }
        } else {
            let mut cells = Vec::new();
            for row in table {
                let row: Option<Vec<u8>> = row.iter().map(|cell| self.class(cell, classes)).collect();
                cells.push(row?);
            }
            Cells::Classes(cells)
        };
        Some(Rule::Matrix { rows, columns, cells })
    }

    fn code(&mut self, raw: &RawDimension, shapes: &[Shape]) -> Option<Checked> {
        let mut of = Vec::new();
        for name in self.several(raw)? {
            let place = self.place(&name, shapes)?;
            of.push((place, u8::try_from(shapes.get(place)?.classes.len()).ok()?));
        }
        Some(Rule::Code { of })
    }

    fn weighted(&mut self, raw: &RawDimension, classes: &[Grade], shapes: &[Shape]) -> Option<Checked> {
        let parts: Vec<Option<Part<Written>>> =
            raw.parts.as_ref()?.iter().map(|part| self.part(part, shapes)).collect();
        let limits = self.limits(raw, classes, Better::Higher);
        let known = [("spread", MissingPart::Ignore), ("none", MissingPart::NoClass)];
        let missing = one_of(self, "missing", raw.missing.as_ref()?, &known);
        Some(Rule::Weighted { parts: parts.into_iter().collect::<Option<_>>()?, limits: limits?, missing: missing? })
    }

    fn part(&mut self, raw: &Spanned<RawPart>, shapes: &[Shape]) -> Option<Part<Written>> {
        let (span, raw) = (raw.span(), raw.get_ref());
        let dimension = self.place(&raw.dimension, shapes)?;
        let classes = &shapes.get(dimension)?.classes;
        for name in raw.scores.keys() {
            self.class(name, classes);
        }
        let mut scores = Vec::new();
        for class in classes {
            let Some((_, score)) = raw.scores.iter().find(|(name, _)| *name.get_ref() == class.id) else {
                let message = format!("`{}` has no score for `{}`", raw.dimension.get_ref(), class.id);
                let help = "give every class of the dimension a score";
                return self.told("scheme::limit_not_stated", span, message, help);
            };
            scores.push(written(score));
        }
        Some(Part { dimension, weight: written(&raw.weight), scores })
    }

    fn vote(&mut self, raw: &RawDimension, classes: &[Grade], shapes: &[Shape]) -> Option<Checked> {
        let names = self.several(raw)?;
        let of: Vec<Option<Source>> = names.iter().map(|name| self.source(name, classes, shapes)).collect();
        let sides = [("better", Boundary::Better), ("worse", Boundary::Worse)];
        let ties = one_of(self, "ties", raw.ties.as_ref()?, &sides);
        let known = [("ignore", MissingPart::Ignore), ("none", MissingPart::NoClass)];
        let missing = one_of(self, "missing", raw.missing.as_ref()?, &known);
        Some(Rule::Vote { of: of.into_iter().collect::<Option<_>>()?, how: raw.how?, ties: ties?, missing: missing? })
    }

    /// Another dimension, its classes matched with these by id.
    pub(super) fn source(&mut self, name: &Spanned<String>, classes: &[Grade], shapes: &[Shape]) -> Option<Source> {
        let dimension = self.place(name, shapes)?;
        let theirs = &shapes.get(dimension)?.classes;
        let mut matched = Vec::new();
        for class in theirs {
            let own = classes.iter().position(|own| own.id == class.id).and_then(|own| u8::try_from(own).ok());
            let Some(own) = own else {
                let message =
                    format!("`{}` can be `{}`, which is not one of the classes here", name.get_ref(), class.id);
                let help = "both dimensions need classes of the same names; a matrix or conditions can translate them";
                return self.told("scheme::classes_do_not_match", name.span(), message, help);
            };
            matched.push(own);
        }
        Some(Source { dimension, classes: matched })
    }
}

/// Where a value that equals the limit belongs, and the limit without its sign; `None` when the sign points the wrong way. A limit without a sign
/// follows the version.
fn boundary(text: &str, better: Better) -> Option<(Option<Boundary>, &str)> {
    let signs = [(">=", Boundary::Better), ("<=", Boundary::Better), (">", Boundary::Worse), ("<", Boundary::Worse)];
    let Some((sign, boundary)) = signs.into_iter().find(|(sign, _)| text.starts_with(sign)) else {
        return Some((None, text));
    };
    let wanted = match better {
        Better::Higher => '>',
        Better::Lower => '<',
    };
    sign.starts_with(wanted).then(|| (Some(boundary), text.get(sign.len()..).unwrap_or_default().trim()))
}
