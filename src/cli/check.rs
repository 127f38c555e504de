//! `fenji check`.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        failure::{DECLARATION, Failure},
        output::say,
    },
    run::{
        check::{State, check},
        home::Home,
        job::today,
    },
};

pub(super) fn run(home: &Path, now: DateTime<Utc>) -> Result<(), Failure> {
    let home = Home::open(home)?;
    let mut wrong = 0;
    for finding in check(&home, today(&home, now)) {
        let head = |word: &str| say(&format!("{word:<8}{} {}", finding.what, finding.name));
        match finding.state {
            State::Sound => head("ok"),
            State::Waiting(missing) => {
                head("waiting");
                for fault in missing.list() {
                    let line = fault.line().map_or_else(String::new, |line| format!("line {line}: "));
                    say(&format!("        {line}{fault}"));
                }
            }
            State::Wrong(error) => {
                wrong += 1;
                head("WRONG");
                say(&format!("{:?}", miette::Report::new(error)));
            }
        }
    }
    if wrong == 0 {
        return Ok(());
    }
    let help = "mend what is marked WRONG above; what is waiting can stay until somebody decides it".to_owned();
    Err(Failure::told(DECLARATION, format!("{wrong} of the home's declarations were refused"), help))
}
