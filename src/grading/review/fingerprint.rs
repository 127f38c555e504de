//! Fingerprints of proposals and reviews, 32 hexadecimal digits.
//!
//! Invariant: the text that is hashed is written here, not by a library or a derive, so that it stays the same from version to version of fenji.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::grading::review::{Proposal, Review};

/// Bytes of a digest that are kept.
const KEPT: usize = 16;

pub(super) fn proposal(row: &Proposal) -> String {
    let mut text = String::new();
    let earlier = row.earlier.as_ref().map(|earlier| (&earlier.grade, &earlier.by, &earlier.why, earlier.until));
    // Writing into a `String` cannot fail.
    _ = write!(
        text,
        "{:?} on {} proposed {:?} earned {:?} before {:?} classes {:?} provisional {} earlier {earlier:?} figures {}",
        row.subject, row.as_of, row.proposed, row.earned, row.before, row.classes, row.provisional, row.figures
    );
    digest(&text)
}

/// The number of a decision is part of it: who decides the same anew has changed what was approved.
pub(super) fn review(review: &Review) -> String {
    let mut text = format!("{:?} rules {}", review.head.id, review.draft.provenance.rules);
    for row in &review.rows {
        let decision = row.standing().map(|decision| (decision.number, decision.kind.name(), &decision.grade));
        _ = write!(text, "\n{} {decision:?}", row.proposal.fingerprint());
    }
    digest(&text)
}

/// The digest of a text.
pub(super) fn digest(text: &str) -> String {
    let mut out = String::with_capacity(2 * KEPT);
    for byte in Sha256::digest(text.as_bytes()).iter().take(KEPT) {
        _ = write!(out, "{byte:02x}");
    }
    out
}
