//! `fenji attempt`: what a child process does. Not for people.

use crate::{
    cli::{failure::Failure, job::block_on},
    run::attempt::{Request, work},
};

pub(super) fn run() -> Result<(), Failure> {
    let request = Request::read().map_err(Failure::defect)?;
    block_on(work(&request))??;
    Ok(())
}
