//! `fenji review pack`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        failure::{Failure, USAGE},
        job::block_on,
        output::say,
    },
    job::Format,
    run::{
        artifacts::{Addressing, render, write},
        home::Home,
        review::pack::pack,
    },
    text::Lang,
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The review, such as annual-march-2026; annual-march is its latest
    id: String,
    /// The directory to write to
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// html, pdf, xlsx, text, json or csv; several with commas
    #[arg(long, value_delimiter = ',', default_value = "html,pdf,xlsx")]
    format: Vec<String>,
    /// zh or en; the home's language unless given
    #[arg(long)]
    lang: Option<String>,
}

pub(super) fn run(home: &Home, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let known = |names: &[&str], what: &str, given: &str| {
        Failure::told(USAGE, format!("`{given}` is not a {what}"), format!("choose of {}", names.join(", ")))
    };
    let all: Vec<Format> = Format::ALL.into_iter().filter(|format| *format != Format::Eml).collect();
    let names: Vec<&str> = all.iter().map(|format| format.name()).collect();
    let format = |given: &String| {
        let found = all.iter().copied().find(|format| format.name() == given);
        found.ok_or_else(|| known(&names, "format", given))
    };
    let formats = args.format.iter().map(format).collect::<Result<Vec<Format>, Failure>>()?;
    let lang = match args.lang.as_deref() {
        None => home.settings.language,
        Some("zh") => Lang::Chinese,
        Some("en") => Lang::English,
        Some(other) => return Err(known(&["zh", "en"], "language", other)),
    };
    let (report, declaration) = block_on(pack(home, &args.id, lang, now))??;
    let addressing = Addressing { job: declaration, recipients: Vec::new(), department: None };
    let made = render(home, &report, &formats, &addressing, now)?;
    for warning in &made.warnings {
        say(&format!("warning: {warning}"));
    }
    for path in write(&made.files, &args.out)? {
        say(&format!("wrote {}", path.display()));
    }
    Ok(())
}
