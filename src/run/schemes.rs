//! Schemes of a home, bound to its metrics and to the other schemes they take grades from.

use std::{collections::BTreeMap, path::Path};

use chrono::NaiveDate;

use crate::{
    declaration::{Declaration, Fault, Faults, did_you_mean},
    grading::bound::Bound,
    run::{error::RunError, home::Home},
    scheme::{Scheme, Version},
};

/// Reads a scheme and binds it.
///
/// # Errors
/// [`RunError::UnknownName`], or every fault of the file, of the files of other schemes it takes grades from, and of what they say together.
pub fn bind(home: &Home, id: &str) -> Result<Bound, RunError> {
    bind_within(home, Scheme::read_with_faults(&home.scheme_file(id)?, id)?, &mut Vec::new())
}

/// Reads a scheme from any file and binds it, with its last version alone, in force from a day on.
///
/// # Errors
/// As [`bind`].
pub fn bind_file(home: &Home, path: &Path, in_force: NaiveDate) -> Result<Bound, RunError> {
    let id = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("candidate");
    let (mut scheme, faults) = Scheme::read_with_faults(&Declaration::read(path)?, id)?;
    scheme.versions = scheme.versions.pop().into_iter().map(|version| Version { in_force, ..version }).collect();
    bind_within(home, (scheme, faults), &mut Vec::new())
}

/// Reads a filled-in example of a scheme and binds it.
///
/// # Errors
/// As [`bind`].
pub fn bind_example(home: &Home, id: &str) -> Result<Bound, RunError> {
    bind_within(home, Scheme::read_with_faults(&home.example_file(id)?, id)?, &mut Vec::new())
}

/// Binds a scheme, whatever faults were found in it so far; `above` are those that take grades from it.
fn bind_within(
    home: &Home,
    (scheme, mut faults): (Scheme, Vec<Fault>),
    above: &mut Vec<String>,
) -> Result<Bound, RunError> {
    above.push(scheme.id.clone());
    let mut others = BTreeMap::new();
    for other in scheme.others() {
        let told = |code, message: String, help: String| scheme.file.fault(code, other.span.clone(), message, help);
        if above.contains(&other.text) {
            let message = format!("{} take grades from one another in a circle", circle(above, &other.text));
            faults.push(told("scheme::cycle", message, "let one of them stand on metrics alone".to_owned()));
            continue;
        }
        let known = home.schemes();
        if !known.contains(&other.text) {
            let message = format!("`{}` is not a scheme of this home", other.text);
            let help = did_you_mean(&other.text, known.iter().map(String::as_str));
            faults.push(told("scheme::unknown_scheme", message, help));
            continue;
        }
        let read = Scheme::read_with_faults(&home.scheme_file(&other.text)?, &other.text);
        match read.map_err(RunError::from).and_then(|read| bind_within(home, read, above)) {
            Ok(bound) => drop(others.insert(other.text.clone(), bound)),
            Err(RunError::Declaration(theirs)) => faults.extend(theirs.into_list()),
            Err(error) => return Err(error),
        }
    }
    above.pop();
    let (metrics, currency) = (&home.metrics, &home.mapping.currency);
    if faults.is_empty() {
        return Ok(Bound::new(scheme, metrics, currency, others)?);
    }
    faults.extend(Bound::faults_of_parts(&scheme, metrics, currency, &others));
    Err(Faults::from(faults).into())
}

/// The schemes of a circle, from the one that is met again.
fn circle(above: &[String], again: &str) -> String {
    let from = above.iter().position(|id| id == again).unwrap_or_default();
    above.iter().skip(from).map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}
