//! Reads the files people write (TOML) and tells every fault with file, line and remedy.
//!
//! Invariants: a fault names both values and what to do; all faults of a file are told at once; an unknown name lists the
//! nearest known one. Not here: what the files mean (each module checks its own).

use std::{
    fmt::{self, Display},
    ops::Range,
    path::Path,
    sync::Arc,
};

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use serde::de::DeserializeOwned;
pub use toml::Spanned;

/// One thing wrong in a declaration file.
#[derive(Debug, Clone)]
pub struct Fault {
    code: &'static str,
    message: String,
    help: String,
    span: Option<Range<usize>>,
    source: Arc<NamedSource<String>>,
}

impl Fault {
    /// The stable code, such as `scheme::bands_do_not_rise`.
    pub fn code_name(&self) -> &'static str {
        self.code
    }

    /// The line of the fault in its file, from 1; `None` when it is about the whole file.
    pub fn line(&self) -> Option<usize> {
        let start = self.span.as_ref()?.start;
        let text = self.source.inner();
        Some(text.get(..start.min(text.len()))?.matches('\n').count() + 1)
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl Diagnostic for Fault {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        (!self.help.is_empty()).then(|| Box::new(&self.help) as Box<dyn Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = |span: &Range<usize>| LabeledSpan::new(Some("here".to_owned()), span.start, span.len().max(1));
        Some(Box::new(self.span.iter().map(label)))
    }
}

/// Every fault of one or more declaration files; never empty.
#[derive(Debug, Clone)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// The faults in the order in which they were found.
    pub fn list(&self) -> &[Fault] {
        &self.0
    }

    /// Joins the faults of several files; `Ok` when there are none.
    ///
    /// # Errors
    /// All of the faults.
    pub fn none_of(faults: Vec<Fault>) -> Result<(), Self> {
        if faults.is_empty() { Ok(()) } else { Err(Self(faults)) }
    }

    /// Takes the faults apart.
    pub fn into_list(self) -> Vec<Fault> {
        self.0
    }
}

impl From<Vec<Fault>> for Faults {
    /// Takes at least one fault.
    fn from(faults: Vec<Fault>) -> Self {
        debug_assert!(!faults.is_empty(), "a refusal has a reason");
        Self(faults)
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => Display::fmt(one, f),
            many => write!(f, "{} faults in the declarations", many.len()),
        }
    }
}

impl std::error::Error for Faults {}

impl Diagnostic for Faults {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        match self.0.as_slice() {
            [one] => Diagnostic::code(one),
            _ => Some(Box::new("declaration::faults")),
        }
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        match self.0.as_slice() {
            [one] => one.help(),
            _ => None,
        }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        match self.0.as_slice() {
            [one] => one.source_code(),
            _ => None,
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        match self.0.as_slice() {
            [one] => one.labels(),
            _ => None,
        }
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        if self.0.len() < 2 {
            return None;
        }
        Some(Box::new(self.0.iter().map(|fault| fault as &dyn Diagnostic)))
    }
}

/// A condition on a column of an entity, as people write it in `where`; the column knows what makes sense for it (`metrics::file`).
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WrittenCondition {
    /// The column.
    pub column: String,
    /// It is one of these words.
    pub one_of: Option<Vec<String>>,
    /// It is none of these words.
    pub not_one_of: Option<Vec<String>>,
    /// It is higher or later.
    pub above: Option<String>,
    /// It is lower or earlier.
    pub below: Option<String>,
    /// It is as high or higher.
    pub at_least: Option<String>,
    /// It is as low or lower.
    pub at_most: Option<String>,
    /// There is no value, or there is one.
    pub empty: Option<bool>,
}

/// A declaration file that was read, against which faults are told.
#[derive(Debug, Clone)]
pub struct Declaration {
    source: Arc<NamedSource<String>>,
}

impl Declaration {
    /// Takes a text under the name by which faults will call it.
    pub fn new(name: &str, text: &str) -> Self {
        Self { source: Arc::new(NamedSource::new(name, text.to_owned()).with_language("toml")) }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// `declaration::unreadable` when the file cannot be read or is not UTF-8.
    pub fn read(path: &Path) -> Result<Self, Faults> {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Self::new(&name, &text)),
            Err(cause) => {
                let help = if cause.kind() == std::io::ErrorKind::InvalidData {
                    "save the file as UTF-8: editors on Chinese Windows may write GBK"
                } else {
                    "check the path and its permissions; `fenji init` writes a new home with every file"
                };
                let message = format!("cannot read `{name}`: {cause}");
                Err(Self::new(&name, "").whole_file_fault("declaration::unreadable", message, help).into())
            }
        }
    }

    /// The name by which faults call this text.
    pub fn name(&self) -> &str {
        self.source.name()
    }

    /// The text itself.
    pub fn text(&self) -> &str {
        self.source.inner()
    }

    /// Parses the text as TOML.
    ///
    /// # Errors
    /// `declaration::syntax` for text that is not TOML, or a key, type or value that the file cannot have.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Faults> {
        toml::from_str(self.text()).map_err(|error| {
            let message = error.message().trim_end().to_owned();
            let help = "see the commented reference of this file in `fenji init`'s home";
            Faults(vec![self.build("declaration::syntax", message, help.to_owned(), error.span())])
        })
    }

    /// A fault at a place in the file.
    pub fn fault(
        &self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Fault {
        self.build(code, message.into(), help.into(), Some(span))
    }

    /// A fault about the file as a whole.
    pub fn whole_file_fault(&self, code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Fault {
        self.build(code, message.into(), help.into(), None)
    }

    fn build(&self, code: &'static str, message: String, help: String, span: Option<Range<usize>>) -> Fault {
        Fault { code, message, help, span, source: Arc::clone(&self.source) }
    }
}

/// Says which known names are nearest to one that is not known: ``did you mean `sales_12m`?``.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let nearest = known.iter().map(|k| (strsim::osa_distance(name, k), *k)).min();
    match nearest {
        Some((distance, near)) if distance <= near.chars().count().div_ceil(2) => format!("did you mean `{near}`?"),
        Some(_) if known.len() <= 12 => format!("known names are {}", quoted(&known)),
        Some(_) => format!("there are {} known names, none like it", known.len()),
        None => "there are none yet".to_owned(),
    }
}

/// Joins names as `` `a`, `b` ``.
pub fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        limit: Spanned<i64>,
    }

    #[test]
    fn tells_line_and_remedy() {
        let file = Declaration::new("a.toml", "# head\nlimit = 5\n");
        let sample: Sample = file.parse().unwrap();
        let fault = file.fault("x::y", sample.limit.span(), "`5` is too low", "raise it");
        assert_eq!(fault.line(), Some(2));
        assert_eq!(fault.to_string(), "`5` is too low");
        let shown = format!("{:?}", miette::Report::new(fault));
        assert!(shown.contains("a.toml:2"), "{shown}");
    }

    #[test]
    fn a_syntax_fault_has_its_line() {
        let faults = Declaration::new("a.toml", "limit = 1\nlimt = 5\n").parse::<Sample>().unwrap_err();
        let fault = &faults.list()[0];
        assert_eq!((fault.code_name(), fault.line()), ("declaration::syntax", Some(2)));
        assert!(fault.to_string().contains("limt"), "{fault}");
    }

    #[test]
    fn lists_the_nearest_name() {
        assert_eq!(did_you_mean("sales_12", ["sales_12m", "orders"]), "did you mean `sales_12m`?");
        assert_eq!(did_you_mean("zzzzzz", ["a1", "b1"]), "known names are `a1`, `b1`");
        assert_eq!(did_you_mean("x", []), "there are none yet");
    }
}
