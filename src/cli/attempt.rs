//! `fenji attempt`: what a child process does. Not for people.

use tracing::Level;

use crate::{
    cli::{
        failure::Failure,
        job::block_on,
        log::{self, LogFormat},
    },
    run::attempt::{Request, work},
};

pub(super) fn run() -> Result<(), Failure> {
    let request = Request::read().map_err(Failure::defect)?;
    // Standard error is the log of the attempt.
    log::begin(LogFormat::Text, Level::INFO);
    block_on(work(&request))??;
    Ok(())
}
