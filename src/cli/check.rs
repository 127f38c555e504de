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
        let (word, error) = match finding.state {
            State::Sound => ("ok      ", None),
            State::Waiting(error) => ("waiting ", Some(error)),
            State::Wrong(error) => ("WRONG   ", Some(error)),
        };
        wrong += usize::from(word.starts_with("WRONG"));
        say(&format!("{word}{} {}", finding.what, finding.name));
        if let Some(error) = error {
            say(&format!("{:?}", miette::Report::new(error)));
        }
    }
    if wrong == 0 {
        return Ok(());
    }
    let help = "mend what is marked WRONG above; what is waiting can stay until somebody decides it".to_owned();
    Err(Failure::told(DECLARATION, format!("{wrong} of the home's declarations were refused"), help))
}
