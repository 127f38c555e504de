//! The names and fingerprints of the rules that a scheme can grade by, with those of the schemes it takes grades from.

use chrono::NaiveDate;

use crate::{grading::bound::Bound, scheme::Version};

impl Bound {
    /// The name and fingerprint of the rules in force on a day: those of the version, and of the versions of other schemes it takes grades from.
    pub fn stamp_on(&self, day: NaiveDate) -> Option<(String, String)> {
        let (_, version) = self.scheme.version_on(day)?;
        let others: Option<Vec<(String, String)>> = self
            .used_by(version)
            .map(|(id, other)| other.stamp_on(day).map(|(name, hash)| (format!("{id}/{name}"), hash)))
            .collect();
        Some(stamp(version, &others?))
    }

    /// Every name with its fingerprint that [`Bound::stamp_on`] can give.
    pub fn stamps(&self) -> Vec<(String, String)> {
        self.scheme.versions.iter().flat_map(|version| self.stamps_of(version)).collect()
    }

    fn stamps_of(&self, version: &Version) -> Vec<(String, String)> {
        let mut choices: Vec<Vec<(String, String)>> = vec![Vec::new()];
        for (id, other) in self.used_by(version) {
            let theirs = other.stamps();
            choices = choices
                .iter()
                .flat_map(|chosen| {
                    theirs.iter().map(move |(name, hash)| {
                        let mut with = chosen.clone();
                        with.push((format!("{id}/{name}"), hash.clone()));
                        with
                    })
                })
                .collect();
        }
        choices.iter().map(|others| stamp(version, others)).collect()
    }
}

/// The name and fingerprint of a version with those of other schemes.
fn stamp(version: &Version, others: &[(String, String)]) -> (String, String) {
    let join = |first: &str, parts: Vec<&str>| std::iter::once(first).chain(parts).collect::<Vec<_>>().join("+");
    (
        join(&version.id, others.iter().map(|(name, _)| name.as_str()).collect()),
        join(&version.hash, others.iter().map(|(_, hash)| hash.as_str()).collect()),
    )
}
