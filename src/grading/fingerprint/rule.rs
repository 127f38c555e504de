//! What a rule is made of, for the fingerprint.

use crate::{
    grading::bound::{Figure, Side},
    scheme::{
        Boundary,
        rule::{
            Among, Better, Case, Cells, Change, Compare, How, Limit, Method, MissingPart, NotPositive, Population,
            Presence, Rule, Step, Test, Ties, TileTies, When, Whole,
        },
    },
};

/// A rule with every figure that decides.
pub(super) fn text(rule: &Rule<usize, Figure>) -> String {
    match rule {
        Rule::Bands { metric, better, limits: bands } => format!("bands {metric} {} {}", side(*better), limits(bands)),
        Rule::Lookup { metric, words, otherwise } => format!("lookup {metric} {words:?} else {otherwise:?}"),
        Rule::Shares { .. } => shares(rule),
        Rule::Quantiles { metric, better, method, population } => {
            let method = match method {
                Method::R7 { plus } => format!("r7 plus {plus}"),
                Method::Ntile { ties } => format!(
                    "ntile {}",
                    match ties {
                        TileTies::ById => "by-id",
                        TileTies::Better => "better",
                        TileTies::Worse => "worse",
                    }
                ),
                Method::Fixed(cuts) => format!("fixed {}", list(cuts, figure)),
            };
            let population = match population {
                Population::All => "all",
                Population::Positive => "positive",
            };
            format!("quantiles {metric} {} {method} of {population}", side(*better))
        }
        Rule::Matrix { rows, columns, cells } => {
            let cells = match cells {
                Cells::Classes(classes) => format!("{classes:?}"),
                Cells::Numbers { cells, limits: bands } => {
                    format!("{} {}", list(cells, |row| list(row, figure)), limits(bands))
                }
            };
            format!("matrix {rows} {columns} {cells}")
        }
        Rule::Conditions { cases, otherwise } => format!("conditions {} else {otherwise:?}", list(cases, case)),
        Rule::Labels { cases } => format!("labels {}", list(cases, case)),
        Rule::Code { of } => format!("code {of:?}"),
        Rule::Weighted { parts, limits: bands, missing } => {
            let parts = list(parts, |part| {
                format!("{} by {} {}", part.dimension, figure(&part.weight), list(&part.scores, figure))
            });
            format!("weighted {parts} {} {}", limits(bands), absent(*missing))
        }
        Rule::Vote { of, how, ties, missing } => {
            let how = match how {
                How::Plurality => "plurality",
                How::Best => "best",
                How::Worst => "worst",
                How::Mean => "mean",
                How::Median => "median",
            };
            let of = list(of, |source| format!("{} {:?}", source.dimension, source.classes));
            format!("vote {how} {of} ties {} {}", boundary(*ties), absent(*missing))
        }
        Rule::Adjust { of, steps } => format!("adjust {} {:?} {}", of.dimension, of.classes, list(steps, step)),
        Rule::Scheme { scheme } => format!("scheme {:?}", scheme.text),
    }
}

/// A rule of shares.
fn shares(rule: &Rule<usize, Figure>) -> String {
    let Rule::Shares { metric, better, whole, shares: cuts, crossing, ties, not_positive } = rule else {
        return String::new();
    };
    let whole = match whole {
        Whole::Figures => "figures",
        Whole::Subjects => "subjects",
    };
    let ties = match ties {
        Ties::Together => "together",
        Ties::ById => "by-id",
    };
    let not_positive = match not_positive {
        NotPositive::Lowest => "lowest",
        NotPositive::Exclude => "exclude",
    };
    let shares = list(cuts, |(class, share)| format!("{class} to {}", figure(share)));
    let crossing = boundary(*crossing);
    format!("shares {metric} {} of {whole} {shares} crossing {crossing} ties {ties} rest {not_positive}", side(*better))
}

fn list<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(", "))
}

fn figure(figure: &Figure) -> String {
    match figure {
        Figure::Number(number) => format!("{}/{}", number.part, number.whole),
        Figure::Months { count, side: Side::Before } => format!("{count} months before"),
        Figure::Months { count, side: Side::After } => format!("{count} months after"),
    }
}

fn limits(limits: &[Limit<Figure>]) -> String {
    list(limits, |limit| format!("{} from {} {}", limit.class, figure(&limit.figure), boundary(limit.boundary)))
}

fn boundary(boundary: Boundary) -> &'static str {
    match boundary {
        Boundary::Better => "better",
        Boundary::Worse => "worse",
    }
}

fn side(better: Better) -> &'static str {
    match better {
        Better::Higher => "higher",
        Better::Lower => "lower",
    }
}

fn absent(missing: MissingPart) -> &'static str {
    match missing {
        MissingPart::Ignore => "ignore",
        MissingPart::NoClass => "none",
    }
}

fn case(case: &Case<usize, Figure>) -> String {
    format!("{} when {}", case.class, when(&case.when))
}

fn step(step: &Step<usize, Figure>) -> String {
    let change = match step.change {
        Change::By(by) => format!("by {by}"),
        Change::RaiseTo(class) => format!("raise to {class}"),
        Change::LowerTo(class) => format!("lower to {class}"),
    };
    format!("{change} cap {:?} floor {:?} when {}", step.cap, step.floor, when(&step.when))
}

fn when(when: &When<usize, Figure>) -> String {
    format!("all {} any {}", list(&when.all, test), list(&when.any, test))
}

fn test(test: &Test<usize, Figure>) -> String {
    let presence = |presence: Presence| match presence {
        Presence::Missing => "missing",
        Presence::There => "there",
    };
    match test {
        Test::Figure { metric, bounds } => {
            let bounds = list(bounds, |(compare, bound)| {
                let compare = match compare {
                    Compare::AtLeast => "at least",
                    Compare::Above => "above",
                    Compare::AtMost => "at most",
                    Compare::Below => "below",
                };
                format!("{compare} {}", figure(bound))
            });
            format!("metric {metric} {bounds}")
        }
        Test::Word { metric, words, pass } => {
            let pass = match pass {
                Among::Listed => "one of",
                Among::NotListed => "not one of",
            };
            format!("word {metric} {pass} {words:?}")
        }
        Test::HasFigure { metric, presence: wanted } => format!("metric {metric} {}", presence(*wanted)),
        Test::Class { dimension, pass } => format!("dimension {dimension} {pass:?}"),
        Test::HasClass { dimension, presence: wanted } => format!("dimension {dimension} {}", presence(*wanted)),
    }
}
