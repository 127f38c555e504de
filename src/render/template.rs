//! The templates of pages and e-mails: ours are compiled in, a user's own come first.
//!
//! Invariants: `report.html` is the user's file where there is one, else ours; a user's file may `{% extends "builtin/…" %}`; a set
//! with one broken file is refused as a whole, naming file, line and column; what is rendered is capped.
//! Not here: what templates see (`view`), well-formedness of the result (`html`).

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Serialize;
use tera::{Context, ErrorKind, Tera};
use thiserror::Error;

/// The most bytes that one page may have.
const PAGE_LIMIT: usize = 256 * 1024 * 1024;
/// The deepest folder that is read below the user's templates.
const DEPTH_LIMIT: usize = 4;

macro_rules! builtin {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../templates/", $name)))),+]
    };
}

/// Every template compiled in: its name, which is its path below `templates/`, and its text.
pub const BUILTIN: &[(&str, &str)] = builtin![
    "email/report.html",
    "email/report.txt",
    "partial/chart.html",
    "partial/figures.html",
    "partial/section.html",
    "partial/style.css",
    "partial/table.html",
    "report/report.html",
    "report/tier.html",
];

/// Why templates could not be read or rendered.
#[derive(Debug, Error, Diagnostic)]
pub enum TemplateError {
    /// A file or folder of the user cannot be read.
    #[error("cannot read the template `{path}`: {cause}")]
    #[diagnostic(
        code(template::unreadable),
        help("check the path and its permissions; templates are UTF-8 text in `templates/`")
    )]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A template has a mistake at a place.
    #[error("{message} in the template `{file}` at {line}:{column}")]
    #[diagnostic(
        code(template::broken),
        help(
            "mend that line, or delete the file to use the built-in template; `templates/README.md` says what each may hold"
        )
    )]
    Broken {
        /// What is wrong.
        message: String,
        /// The file as the user knows it.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The text of the template.
        #[source_code]
        source_code: Arc<NamedSource<String>>,
        /// The place in the text.
        #[label("here")]
        span: SourceSpan,
    },
    /// The set of templates does not fit together.
    #[error("{message}")]
    #[diagnostic(
        code(template::refused),
        help("a template of yours that builds on ours of the same name starts with `{{% extends \"builtin/…\" %}}`")
    )]
    Refused {
        /// What is wrong, with the names of the files.
        message: String,
    },
    /// The page became too large.
    #[error("the template `{name}` makes more than {limit} bytes")]
    #[diagnostic(
        code(template::too_large),
        help("show fewer rows on the page: the workbook and the CSV files have them all")
    )]
    TooLarge {
        /// The template.
        name: String,
        /// The most bytes.
        limit: usize,
    },
}

/// A checked set of templates.
#[derive(Clone)]
pub struct Templates {
    tera: Tera,
    /// Text of each template and the name by which the user knows it.
    sources: BTreeMap<String, (String, String)>,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Templates").field("names", &self.sources.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

impl Templates {
    /// Reads our templates and, where a folder is given and exists, the user's before them.
    ///
    /// # Errors
    /// [`TemplateError`] naming the first file that cannot be read or does not parse; nothing of the set is kept then.
    pub fn load(user_dir: Option<&Path>) -> Result<Self, TemplateError> {
        let mut sources: BTreeMap<String, (String, String)> = BUILTIN
            .iter()
            .map(|(name, text)| (format!("builtin/{name}"), (format!("builtin/{name}"), (*text).to_owned())))
            .collect();
        if let Some(dir) = user_dir.filter(|dir| dir.exists()) {
            read_folder(dir, "user/", DEPTH_LIMIT, &mut sources)?;
        }
        let mut tera = Tera::new();
        let told = |error: &tera::Error| explain(error, &sources);
        tera.set_fallback_prefixes(["user/", "builtin/"]).map_err(|error| told(&error))?;
        let texts = sources.iter().map(|(name, (_, text))| (name.as_str(), text.as_str()));
        tera.add_raw_templates(texts).map_err(|error| told(&error))?;
        Ok(Self { tera, sources })
    }

    /// Whether there is a template of a name such as `report/tier.html`, ours or the user's.
    pub fn has(&self, name: &str) -> bool {
        self.tera.contains_template(name)
    }

    /// The name of the file that a template comes from, as the user knows it.
    pub fn file_of(&self, name: &str) -> &str {
        let found = ["user/", "builtin/"].iter().find_map(|prefix| self.sources.get(&format!("{prefix}{name}")));
        found.map_or("", |(file, _)| file.as_str())
    }

    /// Renders a template over a value whose fields are its variables.
    ///
    /// # Errors
    /// [`TemplateError`] with file, line and column when the template asks for what is not there, or makes too much.
    pub fn render(&self, name: &str, value: &impl Serialize) -> Result<String, TemplateError> {
        let context = Context::from_serialize(value).map_err(|error| explain(&error, &self.sources))?;
        let mut page = Capped::default();
        let done = self.tera.render_to(name, &context, &mut page);
        if page.full {
            return Err(TemplateError::TooLarge { name: self.file_of(name).to_owned(), limit: PAGE_LIMIT });
        }
        done.map_err(|error| explain(&error, &self.sources))?;
        String::from_utf8(page.bytes).map_err(|error| TemplateError::Refused { message: error.to_string() })
    }
}

#[derive(Default)]
struct Capped {
    bytes: Vec<u8>,
    full: bool,
}

impl Write for Capped {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > PAGE_LIMIT {
            self.full = true;
            return Err(io::Error::other("page too large"));
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn read_folder(
    folder: &Path,
    prefix: &str,
    depth: usize,
    sources: &mut BTreeMap<String, (String, String)>,
) -> Result<(), TemplateError> {
    let unreadable = |path: &Path, cause| TemplateError::Unreadable { path: path.to_path_buf(), cause };
    let entries = std::fs::read_dir(folder).map_err(|cause| unreadable(folder, cause))?;
    for entry in entries {
        let path = entry.map_err(|cause| unreadable(folder, cause))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let is_template = [".html", ".txt", ".css"].iter().any(|suffix| name.ends_with(suffix));
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() && depth > 0 {
            read_folder(&path, &format!("{prefix}{name}/"), depth - 1, sources)?;
        } else if is_template {
            let text = std::fs::read_to_string(&path).map_err(|cause| unreadable(&path, cause))?;
            sources.insert(format!("{prefix}{name}"), (path.display().to_string(), text));
        }
    }
    Ok(())
}

/// Tells an error of the template engine with the user's own name of the file.
fn explain(error: &tera::Error, sources: &BTreeMap<String, (String, String)>) -> TemplateError {
    let found = if let ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) = error.kind() {
        let span = report.span();
        Some((report.message().to_owned(), report.filename().to_owned(), span.start_line, span.start_col + 1))
    } else if let ErrorKind::Msg(text) = error.kind() {
        located(text)
    } else {
        None
    };
    let Some((message, name, line, column)) = found else {
        return TemplateError::Refused { message: error.to_string() };
    };
    let Some((file, text)) = sources.get(&name) else {
        return TemplateError::Refused { message: format!("{message} ({name}:{line}:{column})") };
    };
    TemplateError::Broken {
        message: lower_first(&message),
        file: file.clone(),
        line,
        column,
        source_code: Arc::new(NamedSource::new(file, text.clone())),
        span: SourceSpan::new(offset_of(text, line, column).into(), 1),
    }
}

/// Takes the first of the engine's reports apart: ``error: Unknown filter `x` `` and ` --> name:3:7`.
fn located(text: &str) -> Option<(String, String, usize, usize)> {
    let message = text.lines().find_map(|line| line.strip_prefix("error: "))?;
    let place = text.lines().find_map(|line| line.trim_start().strip_prefix("--> "))?;
    let mut parts = place.rsplitn(3, ':');
    let (column, line, name) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
    Some((message.to_owned(), name.to_owned(), line, column))
}

fn lower_first(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(offset, _)| offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn with_user_file(name: &str, text: &str) -> Result<Templates, TemplateError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        Templates::load(Some(dir.path()))
    }

    #[derive(Serialize)]
    struct Value {
        name: &'static str,
    }

    #[test]
    fn ours_load_alone_and_beside_copies_of_themselves() {
        assert!(Templates::load(None).unwrap().has("report/report.html"));
        assert!(Templates::load(Some(Path::new("/no/such/folder"))).is_ok());
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in BUILTIN {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let set = Templates::load(Some(dir.path())).unwrap();
        assert!(set.file_of("report/tier.html").starts_with(dir.path().to_str().unwrap()));
    }

    #[test]
    fn the_list_holds_every_file() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut found = BTreeMap::new();
        read_folder(&folder, "", DEPTH_LIMIT, &mut found).unwrap();
        let listed: Vec<&str> = BUILTIN.iter().map(|(name, _)| *name).collect();
        assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), listed);
    }

    #[test]
    fn a_user_may_replace_or_extend() {
        let set = with_user_file("partial/style.css", "p{color:#123}").unwrap();
        assert_eq!(set.render("partial/style.css", &Value { name: "" }).unwrap(), "p{color:#123}");
        let set = with_user_file("report/own.html", "<p>{{ name }}</p>").unwrap();
        assert_eq!(set.render("report/own.html", &Value { name: "<b>&" }).unwrap(), "<p>&lt;b&gt;&amp;</p>");
        assert!(with_user_file("report/tier.html", r#"{% extends "builtin/report/tier.html" %}"#).is_ok());
    }

    #[test]
    fn a_mistake_is_told_with_file_line_and_column() {
        for (text, line, column, words) in [
            ("<p>\n  {{ name | nosuch }}</p>", 2, 13, "unknown filter `nosuch`"),
            ("<p>\n\n{% if name %}</p>", 3, 18, "unexpected end"),
            ("{% include \"report/none.html\" %}", 1, 12, "unknown template"),
            ("\n{{<nocomponent a=\"1\"/>}}", 2, 1, "unknown component `nocomponent`"),
        ] {
            let error = with_user_file("report/own.html", text).unwrap_err();
            let TemplateError::Broken { file, line: l, column: c, message, .. } = &error else { panic!("{error}") };
            assert!(file.ends_with("report/own.html"), "{file}");
            assert_eq!(*l, line, "{error}");
            assert!(*c + 3 >= column && *c <= column + 3, "{error}");
            assert!(message.contains(words), "{message}");
            let shown = format!("{:?}", miette::Report::new(error));
            assert!(shown.contains("template::broken") && shown.contains("own.html:"), "{shown}");
        }
    }

    #[test]
    fn what_is_not_there_is_told_when_rendering() {
        let set = with_user_file("report/own.html", "<p>\n{{ nmae.part }}</p>").unwrap();
        let error = set.render("report/own.html", &Value { name: "" }).unwrap_err();
        assert!(matches!(&error, TemplateError::Broken { line: 2, .. }), "{error:?}");
    }

    #[test]
    fn sets_that_do_not_fit_are_refused() {
        let error = with_user_file("report/tier.html", r#"{% extends "report/tier.html" %}"#).unwrap_err();
        assert!(
            matches!(&error, TemplateError::Refused { message } if message.contains("report/tier.html")),
            "{error}"
        );
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.html"), [0xFF, 0xFE]).unwrap();
        assert!(matches!(Templates::load(Some(dir.path())), Err(TemplateError::Unreadable { .. })));
    }
}
