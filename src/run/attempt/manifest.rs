//! What a child hands over: files in its directory, and a manifest that names each with its sha256.

use std::{fs, io, path::Path};

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

use crate::{
    grading::review::{Head, Opening, Provenance},
    job::Format,
    points::decision::Plan,
    receivables::risk::change::List,
    run::{
        artifacts::Artifact,
        attempt::class::Class,
        error::RunError,
        job::Work,
        store::{ToKeep, risk, sha256},
    },
};

/// The manifest, written last.
const MANIFEST: &str = "manifest.json";

/// What the child says when it could not do it.
const FAILURE: &str = "failure.json";

/// Why a child could not do it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failure {
    pub(super) class: Class,
    pub(super) error: String,
}

/// A file in the directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Part {
    file: String,
    sha256: String,
    bytes: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Made {
    name: String,
    format: String,
    recipients: Vec<String>,
    part: Part,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptGrades {
    set: ToKeep,
    part: Part,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptList {
    as_of: NaiveDate,
    rules: String,
    snapshot: String,
    part: Part,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptPlan {
    plan: Plan,
    rows: Part,
    lots: Part,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptOpening {
    head: Head,
    provenance: Provenance,
    rows: Part,
}

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    local: NaiveDateTime,
    made: Vec<Made>,
    grades: Vec<KeptGrades>,
    risk_list: Option<KeptList>,
    plan: Option<KeptPlan>,
    opening: Option<KeptOpening>,
    warnings: Vec<String>,
    spent: Spent,
}

/// What a child took.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Spent {
    /// The most memory: KiB.
    pub(super) max_rss_kb: Option<i64>,
    /// Processor time: milliseconds.
    pub(super) cpu_ms: Option<i64>,
}

/// What a manifest that cannot be taken is told as.
fn unsound(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("what was handed over is not whole: {what}"))
}

/// Writes work into a directory, the manifest last.
///
/// # Errors
/// That a file cannot be written.
pub(super) fn write(directory: &Path, work: &Work, spent: Spent) -> io::Result<()> {
    let mut number = 0;
    let mut part = |bytes: &[u8]| -> io::Result<Part> {
        number += 1;
        let file = format!("{number}");
        fs::write(directory.join(&file), bytes)?;
        Ok(Part { file, sha256: sha256(bytes), bytes: bytes.len() as u64 })
    };
    let mut made = Vec::with_capacity(work.files.len());
    for file in &work.files {
        let name = file.name.to_str().ok_or_else(|| unsound("a name that is not text"))?.to_owned();
        let (format, recipients) = (file.format.name().to_owned(), file.recipients.clone());
        made.push(Made { name, format, recipients, part: part(&file.bytes)? });
    }
    let mut grades = Vec::with_capacity(work.grades.len());
    for set in &work.grades {
        grades.push(KeptGrades { set: ToKeep { rows: Vec::new(), ..set.clone() }, part: part(&set.rows)? });
    }
    let risk_list = match &work.risk_list {
        Some((list, snapshot)) => Some(KeptList {
            as_of: list.as_of,
            rules: list.rules.clone(),
            snapshot: snapshot.clone(),
            part: part(&risk::to_bytes(list))?,
        }),
        None => None,
    };
    let plan = match &work.plan {
        Some((plan, rows, lots)) => Some(KeptPlan { plan: plan.clone(), rows: part(rows)?, lots: part(lots)? }),
        None => None,
    };
    let opening = match &work.opening {
        Some(Opening { head, provenance, rows }) => {
            let rows = part(&serde_json::to_vec(rows)?)?;
            Some(KeptOpening { head: head.clone(), provenance: provenance.clone(), rows })
        }
        None => None,
    };
    let warnings = work.warnings.clone();
    let manifest = Manifest { local: work.local, made, grades, risk_list, plan, opening, warnings, spent };
    fs::write(directory.join(MANIFEST), serde_json::to_vec(&manifest)?)
}

/// Reads what a child handed over, each file held against its sha256.
///
/// # Errors
/// That something is missing or is not what the manifest says.
pub(super) fn read(directory: &Path) -> io::Result<(Work, Spent)> {
    let manifest: Manifest = serde_json::from_slice(&fs::read(directory.join(MANIFEST))?)?;
    let part = |part: &Part| -> io::Result<Vec<u8>> {
        if part.file.parse::<u32>().is_err() {
            return Err(unsound("a name that was not given"));
        }
        let bytes = fs::read(directory.join(&part.file))?;
        if sha256(&bytes) == part.sha256 { Ok(bytes) } else { Err(unsound("a file has other bytes")) }
    };
    let mut files = Vec::with_capacity(manifest.made.len());
    for made in &manifest.made {
        let format = Format::ALL.into_iter().find(|format| format.name() == made.format);
        let format = format.ok_or_else(|| unsound("an unknown format"))?;
        let name = Path::new(&made.name);
        if !name.components().all(|part| matches!(part, std::path::Component::Normal(_))) {
            return Err(unsound("a name that leads elsewhere"));
        }
        let recipients = made.recipients.clone();
        files.push(Artifact { name: name.to_owned(), format, bytes: part(&made.part)?, recipients });
    }
    let mut grades = Vec::with_capacity(manifest.grades.len());
    for kept in manifest.grades {
        grades.push(ToKeep { rows: part(&kept.part)?, ..kept.set });
    }
    let risk_list = match manifest.risk_list {
        Some(KeptList { as_of, rules, snapshot, part: rows }) => {
            let rows = risk::from_bytes(&part(&rows)?).ok_or_else(|| unsound("the risk list"))?;
            Some((List { as_of, rules, rows }, snapshot))
        }
        None => None,
    };
    let plan = match manifest.plan {
        Some(KeptPlan { plan, rows, lots }) => Some((plan, part(&rows)?, part(&lots)?)),
        None => None,
    };
    let opening = match manifest.opening {
        Some(KeptOpening { head, provenance, rows }) => {
            Some(Opening { head, provenance, rows: serde_json::from_slice(&part(&rows)?)? })
        }
        None => None,
    };
    let work = Work { files, grades, risk_list, plan, opening, local: manifest.local, warnings: manifest.warnings };
    Ok((work, manifest.spent))
}

/// Leaves word why it could not be done.
pub(super) fn write_failure(directory: &Path, error: &RunError) {
    let failure = Failure { class: Class::of(error), error: error.to_string() };
    // Where even this cannot be written, the exit code still says that it failed.
    if let Ok(text) = serde_json::to_vec(&failure) {
        let _unwritten = fs::write(directory.join(FAILURE), text);
    }
}

/// Why a child could not do it, where it left word.
pub(super) fn read_failure(directory: &Path) -> Option<Failure> {
    serde_json::from_slice(&fs::read(directory.join(FAILURE)).ok()?).ok()
}
