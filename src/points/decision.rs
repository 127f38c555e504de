//! What people may do with a plan, and when: draft → approved → posting → posted → reversed; or withdrawn, or verified where somebody else posts.
//!
//! Invariants: a plan is approved by a named person, as it stands and no other; what was posted is never undone but by entries that reverse it.

use chrono::{NaiveDate, NaiveDateTime};
use miette::Diagnostic;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::points::plan::PlanKind;

/// What happened to a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A person approved it.
    Approved,
    /// A person withdrew it.
    Withdrawn,
    /// Its posting began, or went on.
    Posting,
    /// All of it stands in the ledger.
    Posted,
    /// Entries that reverse it stand in the ledger.
    Reversed,
    /// The ledger was found to hold it, posted by somebody else.
    Verified,
}

impl What {
    const ALL: [Self; 6] =
        [Self::Approved, Self::Withdrawn, Self::Posting, Self::Posted, Self::Reversed, Self::Verified];

    /// The word in the store and in data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Withdrawn => "withdrawn",
            Self::Posting => "posting",
            Self::Posted => "posted",
            Self::Reversed => "reversed",
            Self::Verified => "verified",
        }
    }

    /// What a word of the store says.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.name() == name)
    }
}

/// Something that happened to a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub what: What,
    /// Who, where a person decided.
    pub person: Option<String>,
    /// Why, where a person said so.
    pub reason: Option<String>,
    /// The hash of the plan as it was then.
    pub hash: String,
    /// How many members it was about.
    pub members: i64,
    /// How many points.
    pub points: i64,
    /// When, in the ledger's zone.
    pub at: NaiveDateTime,
}

/// A plan with what happened to it, without its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its number.
    pub id: i64,
    /// The programme.
    pub programme: String,
    /// How points lapse.
    pub kind: PlanKind,
    /// The day with whose end they do.
    pub day: NaiveDate,
    /// Which plan of the day, among those that were posted: part of the keys of its postings.
    pub edition: i64,
    /// The fingerprint of the programme's rules.
    pub rules: String,
    /// The fingerprint of what lapses of whom.
    pub hash: String,
    /// Members who lose something.
    pub members: i64,
    /// Points that lapse.
    pub points: i64,
    /// Whether so many points lapse that an approval has to say why that is right.
    pub tripped: bool,
    /// Names of the classes that rows point to, from 1.
    pub classes: Vec<String>,
    /// The fingerprint of the snapshot.
    pub snapshot: String,
    /// When it was made, in the ledger's zone.
    pub made_at: NaiveDateTime,
    /// What happened to it since.
    #[serde(skip)]
    pub events: Vec<Event>,
}

impl Plan {
    /// The last thing that happened to it; `None` for a draft.
    pub fn state(&self) -> Option<What> {
        self.events.last().map(|event| event.what)
    }

    /// Its state in a word.
    pub fn state_name(&self) -> &'static str {
        self.state().map_or("draft", What::name)
    }

    /// Whether something of it may stand in the ledger.
    pub fn touched_the_ledger(&self) -> bool {
        self.events.iter().any(|event| matches!(event.what, What::Posting | What::Posted | What::Verified))
    }

    /// Whether something may happen to it now, with the other plans beside it.
    ///
    /// # Errors
    /// [`DecisionError`] saying why not.
    pub fn may(&self, what: What, others: &[Plan]) -> Result<(), DecisionError> {
        let allowed = match what {
            What::Approved => self.state().is_none(),
            What::Withdrawn | What::Verified => {
                matches!(self.state(), None | Some(What::Approved))
                    && (what == What::Withdrawn || self.state().is_some())
            }
            What::Posting => matches!(self.state(), Some(What::Approved | What::Posting)),
            What::Posted => self.state() == Some(What::Posting),
            What::Reversed => matches!(self.state(), Some(What::Posting | What::Posted)),
        };
        if !allowed {
            return Err(DecisionError::NotNow { plan: self.id, state: self.state_name(), what: what.name() });
        }
        let same_day = others
            .iter()
            .filter(|other| other.id != self.id && other.programme == self.programme && other.day == self.day);
        let on_its_way = |other: &&Plan| {
            matches!(other.state(), Some(What::Approved | What::Posting))
                || (other.touched_the_ledger() && other.edition >= self.edition)
        };
        // Two that were approved at the same moment are told when the first is to be posted.
        let mut rivals = same_day.filter(|other| matches!(what, What::Approved | What::Posting) && on_its_way(other));
        match rivals.next() {
            Some(other) => Err(DecisionError::Rival { plan: self.id, other: other.id, state: other.state_name() }),
            None => Ok(()),
        }
    }
}

/// The edition of a new plan: those that touched the ledger keep theirs.
pub fn next_edition(plans: &[Plan], programme: &str, day: NaiveDate) -> i64 {
    let of_day =
        plans.iter().filter(|plan| plan.programme == programme && plan.day == day && plan.touched_the_ledger());
    1 + of_day.map(|plan| plan.edition).max().unwrap_or(0)
}

/// Why something cannot be done with a plan.
#[derive(Debug, Error, Diagnostic)]
pub enum DecisionError {
    /// There is no such plan.
    #[error("there is no points plan {plan}")]
    #[diagnostic(code(points::no_such_plan), help("`fenji points list` lists the plans"))]
    NoSuchPlan {
        /// The number as given.
        plan: i64,
    },
    /// It is not in the state for it.
    #[error("points plan {plan} is `{state}` and cannot become `{what}`")]
    #[diagnostic(
        code(points::not_now),
        help(
            "a plan goes from draft to approved, posting and posted, and may then be reversed; one that is not posted may be withdrawn, and verified when somebody else posted it"
        )
    )]
    NotNow {
        /// The plan.
        plan: i64,
        /// Its state.
        state: &'static str,
        /// What was asked.
        what: &'static str,
    },
    /// Another plan of the day is on its way.
    #[error("points plan {plan} is about the same day as plan {other}, which is `{state}`")]
    #[diagnostic(
        code(points::rival_plan),
        help("withdraw, finish or reverse the other, then make a new plan: `fenji points plan`")
    )]
    Rival {
        /// The plan.
        plan: i64,
        /// The other.
        other: i64,
        /// The state of the other.
        state: &'static str,
    },
    /// Nobody is named.
    #[error("nobody is named for what is done with points plan {plan}")]
    #[diagnostic(code(points::nobody), help("say who decides: `--by NAME`"))]
    Nobody {
        /// The plan.
        plan: i64,
    },
    /// More lapses than the programme lets pass without a reason.
    #[error("points plan {plan} lapses {points} points, more than {most} % above the {last} of last time")]
    #[diagnostic(
        code(points::breaker_tripped),
        help("look at it with `fenji points show {plan}`; if it is right, approve it with `--reason` saying why")
    )]
    Tripped {
        /// The plan.
        plan: i64,
        /// What lapses.
        points: i64,
        /// The most, in percent.
        most: String,
        /// What lapsed last time.
        last: i64,
    },
    /// What lapses is no longer what the plan says.
    #[error(
        "what lapses of `{programme}` on {day} is no longer what points plan {plan} says: {found_points} points of {found_members} members instead of {points} of {members}"
    )]
    #[diagnostic(
        code(points::inputs_changed),
        help(
            "entries up to the day, or the rules, changed since: make a new plan with `fenji points plan --programme {programme} --on {day}`, review and approve it (what was posted in part is reversed first: `fenji points reverse {plan}`)"
        )
    )]
    Changed {
        /// The plan.
        plan: i64,
        /// The programme.
        programme: String,
        /// The day.
        day: NaiveDate,
        /// Points of the plan.
        points: i64,
        /// Members of the plan.
        members: i64,
        /// Points now.
        found_points: i64,
        /// Members now.
        found_members: i64,
    },
    /// The day is not over.
    #[error("the points of plan {plan} lapse with the end of {day}, and today is {today}")]
    #[diagnostic(
        code(points::day_not_over),
        help("until then members may use them: approve and post it from the next day on")
    )]
    NotOver {
        /// The plan.
        plan: i64,
        /// Its day.
        day: NaiveDate,
        /// Today.
        today: NaiveDate,
    },
    /// Grades that must be kept first are not.
    #[error("points plan {plan} needs the grades of `{scheme}` on {day} to be kept first")]
    #[diagnostic(
        code(points::grades_first),
        help(
            "the annual order is grades, then points (S18): run the job that keeps the grades of `{scheme}` for this day, or take the scheme out of `before-lapse`"
        )
    )]
    GradesFirst {
        /// The plan.
        plan: i64,
        /// The scheme.
        scheme: String,
        /// The day.
        day: NaiveDate,
    },
    /// Another process goes on with the posting.
    #[error("another process took over the posting of plan {plan}")]
    #[diagnostic(
        code(points::taken_over),
        help("nothing is lost and nothing done twice; look at it with `fenji points show {plan}`")
    )]
    TakenOver {
        /// The plan.
        plan: i64,
    },
    /// Somebody began to reverse it.
    #[error("of points plan {plan} entries are reversed already: it cannot be posted any more")]
    #[diagnostic(
        code(points::reversal_began),
        help("finish the reversal with `fenji points reverse {plan}`, then plan the day again")
    )]
    ReversalBegan {
        /// The plan.
        plan: i64,
    },
    /// What stands in the ledger is not what was posted.
    #[error(
        "the ledger holds {found} entries of {found_points} points under the keys of plan {plan}, where {noted} of {noted_points} were noted"
    )]
    #[diagnostic(
        code(points::posting_differs),
        help(
            "somebody changed entries of fenji's in the ledger; `fenji points show {plan} --postings` lists what was noted"
        )
    )]
    Differs {
        /// The plan.
        plan: i64,
        /// Entries found.
        found: i64,
        /// Their points.
        found_points: i64,
        /// Entries noted.
        noted: i64,
        /// Their points.
        noted_points: i64,
    },
    /// The ledger does not hold what a plan says.
    #[error("the ledger does not hold points plan {plan}: of {members} members {wrong} differ")]
    #[diagnostic(
        code(points::not_verified),
        help("the list on standard output says for each what is there and what should be")
    )]
    NotVerified {
        /// The plan.
        plan: i64,
        /// Members of the plan.
        members: i64,
        /// Members whose entries differ.
        wrong: i64,
    },
    /// The programme is not in force yet.
    #[error("no version of the programme `{programme}` is in force on {day}")]
    #[diagnostic(code(points::not_in_force), help("its first version is in force from {since}"))]
    NotInForce {
        /// The programme.
        programme: String,
        /// The day.
        day: NaiveDate,
        /// The first day of the first version.
        since: NaiveDate,
    },
    /// Points are not zeroed on this day.
    #[error("points of `{programme}` are not zeroed on {day}")]
    #[diagnostic(
        code(points::no_zeroing_day),
        help("the next day is {next}: see `on` in `config/programmes/{programme}.toml`")
    )]
    NoZeroingDay {
        /// The programme.
        programme: String,
        /// The day.
        day: NaiveDate,
        /// The next day on which they are, or words.
        next: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::parse_day;

    fn plan(id: i64, edition: i64, events: &[What]) -> Plan {
        let at = parse_day("2027-01-01").unwrap().and_hms_opt(8, 0, 0).unwrap();
        let event = |what: &What| Event {
            what: *what,
            person: None,
            reason: None,
            hash: "h".to_owned(),
            members: 1,
            points: 5,
            at,
        };
        Plan {
            id,
            programme: "p".to_owned(),
            kind: PlanKind::Zero,
            day: parse_day("2026-12-31").unwrap(),
            edition,
            rules: "r".to_owned(),
            hash: "h".to_owned(),
            members: 1,
            points: 5,
            tripped: false,
            classes: Vec::new(),
            snapshot: "s".to_owned(),
            made_at: at,
            events: events.iter().map(event).collect(),
        }
    }

    #[test]
    fn a_plan_goes_its_way_and_no_other() {
        use What::{Approved, Posted, Posting, Reversed, Verified, Withdrawn};
        for (events, allowed) in [
            (&[][..], &[Approved, Withdrawn][..]),
            (&[Approved], &[Withdrawn, Posting, Verified]),
            (&[Withdrawn], &[]),
            (&[Approved, Posting], &[Posting, Posted, Reversed]),
            (&[Approved, Posting, Posted], &[Reversed]),
            (&[Approved, Posting, Posted, Reversed], &[]),
            (&[Approved, Verified], &[]),
        ] {
            for what in What::ALL {
                assert_eq!(
                    plan(1, 1, events).may(what, &[]).is_ok(),
                    allowed.contains(&what),
                    "{events:?} -> {what:?}"
                );
            }
        }
    }

    #[test]
    fn of_one_day_one_plan_is_on_its_way() {
        use What::{Approved, Posted, Posting, Reversed};
        let rival = |events: &[What], edition| plan(2, 1, &[]).may(Approved, &[plan(1, edition, events)]);
        assert!(rival(&[], 1).is_ok());
        assert!(matches!(rival(&[Approved], 1), Err(DecisionError::Rival { plan: 2, other: 1, state: "approved" })));
        assert!(rival(&[Approved, Posting], 1).is_err());
        // Approved by two people at the same moment: neither is posted before one is withdrawn.
        let both = plan(2, 1, &[Approved]).may(Posting, &[plan(1, 1, &[Approved])]);
        assert!(matches!(both, Err(DecisionError::Rival { plan: 2, other: 1, .. })));
        assert!(plan(2, 1, &[Approved]).may(Posting, &[plan(1, 1, &[Approved, What::Withdrawn])]).is_ok());
        // Made before the other was posted: its keys are taken.
        assert!(rival(&[Approved, Posting, Posted], 1).is_err());
        let done = [plan(1, 1, &[Approved, Posting, Posted, Reversed])];
        let day = parse_day("2026-12-31").unwrap();
        assert_eq!(
            (next_edition(&done, "p", day), next_edition(&[], "p", day), next_edition(&done, "q", day)),
            (2, 1, 1)
        );
        assert!(plan(2, 2, &[]).may(Approved, &done).is_ok());
    }
}
