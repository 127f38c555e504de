//! Points of a home: programme, ledger, grades and store come together.
//!
//! Not here: what becomes of a member's points (`points`), what people may decide (`points::decision`), how plans are kept (`run::store::points`).

pub mod audit;
mod fence;
pub mod flow;
pub mod plan;
pub mod post;
pub(in crate::run) mod report;
pub mod verify;

use chrono::NaiveDate;

use crate::{
    ledger::{dictionary::Dictionary, snapshot::Snapshot},
    points::{members::Classes, programme::Programme},
    run::{error::RunError, grades::work_out, home::Home, store::Store},
};

/// The classes of members on a day, as a programme's calendar needs them.
///
/// # Errors
/// [`RunError`] when the grades of the scheme of the classes cannot be worked out.
pub async fn classes(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    programme: &Programme,
    day: NaiveDate,
) -> Result<Classes, RunError> {
    let names = programme.class_names();
    match &programme.classes {
        Some(scheme) if !names.is_empty() => {
            let place = |grade: &str| names.iter().position(|name| *name == grade).map_or(0, |at| at + 1);
            Ok(graded(home, snapshot, store, scheme, day, &place).await?.0)
        }
        _ => Ok(Classes::default()),
    }
}

/// The tiers of members on a day by which figures are split: places from 1 in the order of the scheme's grades, whose names come with them.
///
/// # Errors
/// [`RunError`] when the grades cannot be worked out.
pub async fn tiers(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    scheme: &str,
    day: NaiveDate,
) -> Result<(Classes, Vec<String>), RunError> {
    let known: Vec<String> = home.scheme(scheme)?.grades.into_iter().map(|grade| grade.id).collect();
    let place = |grade: &str| known.iter().position(|name| name == grade).map_or(0, |at| at + 1);
    graded(home, snapshot, store, scheme, day, &place).await
}

async fn graded(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    scheme: &str,
    day: NaiveDate,
    place: &(dyn Fn(&str) -> usize + Sync),
) -> Result<(Classes, Vec<String>), RunError> {
    let grades = work_out(home, snapshot, store, scheme, day, Vec::new()).await?;
    let codes = snapshot.dictionaries().of("member_id").map_or(0, Dictionary::len);
    let names: Vec<String> = grades.bound.scheme.grades.iter().map(|grade| grade.id.clone()).collect();
    let ranks = grades.now.by_code(codes);
    let class = |rank: &Option<u8>| rank.and_then(|rank| names.get(usize::from(rank))).map_or(0, |name| place(name));
    Ok((Classes::new(ranks.iter().map(class).collect()), names))
}
