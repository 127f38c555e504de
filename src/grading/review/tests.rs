use chrono::{NaiveDate, NaiveDateTime};
use proptest::prelude::*;

use super::{
    decide::{Asked, What},
    moves::{Move, Section, Terms},
    proposal::Changes,
    *,
};
use crate::period::parse_day;

const GRADES: [&str; 3] = ["C", "B", "A"];

fn day(text: &str) -> NaiveDate {
    parse_day(text).unwrap()
}

fn at(second: u32) -> NaiveDateTime {
    day("2026-03-26").and_hms_opt(9, 0, second % 60).unwrap()
}

fn some(grade: &str) -> Option<String> {
    (!grade.is_empty()).then(|| grade.to_owned())
}

fn proposal(subject: &str, before: &str, proposed: &str) -> Proposal {
    Proposal {
        subject: subject.to_owned(),
        as_of: day("2026-03-25"),
        proposed: some(proposed),
        earned: some(proposed),
        before: some(before),
        classes: vec![some(proposed)],
        provisional: false,
        earlier: None,
        figures: "f".to_owned(),
    }
}

fn review(rows: &[(&str, &str, &str)]) -> Review {
    let row = |(subject, before, proposed): &(&str, &str, &str)| Row {
        proposal: proposal(subject, before, proposed),
        decisions: Vec::new(),
    };
    Review {
        head: Head {
            id: "annual-2026".to_owned(),
            declaration: "annual".to_owned(),
            scheme: "overall".to_owned(),
            as_of: day("2026-03-25"),
            closes_on: day("2026-03-30"),
        },
        draft: Draft {
            number: 1,
            drafted_at: at(0),
            provenance: Provenance {
                version: "v".to_owned(),
                rules: "r".to_owned(),
                grades: GRADES.map(str::to_owned).to_vec(),
                dimensions: vec!["sales".to_owned()],
                snapshot: "s".to_owned(),
            },
        },
        rows: rows.iter().map(row).collect(),
        departed: Vec::new(),
        approvals: Vec::new(),
        publication: None,
    }
}

fn asked(subject: &str, what: What) -> Asked {
    Asked { subject: subject.to_owned(), what, by: "王经理".to_owned(), why: Some("met them".to_owned()) }
}

fn over(grade: &str) -> What {
    What::Override { grade: grade.to_owned(), until: None }
}

/// Writes a decision down as the store does.
fn write(review: &mut Review, number: i64, new: decide::NewDecision) {
    let row = review.rows.iter_mut().find(|row| row.proposal.subject == new.subject).unwrap();
    let decide::NewDecision { subject, kind, grade, by, why, until, row: print } = new;
    row.decisions.push(Decision { number, subject, kind, grade, by, why, until, at: at(1), row: print });
}

fn decide(review: &mut Review, number: i64, ask: &Asked) {
    let new = review.decide(ask).unwrap();
    write(review, number, new);
}

fn approve(review: &mut Review) {
    let (by, fingerprint) = review.approve("李总监").unwrap();
    review.approvals.push(Approval { by, at: at(2), fingerprint });
}

#[test]
fn a_review_goes_from_draft_to_published() {
    let mut review = review(&[("1", "B", "B"), ("2", "B", "A"), ("3", "", "C")]);
    assert_eq!(review.state(), State::Draft);
    assert!(matches!(review.approve("x"), Err(ReviewError::Undecided { count: 3, .. })));
    assert!(matches!(review.publish("x", 0), Err(ReviewError::NotApproved { state: "draft", .. })));
    for (number, new) in (1..).zip(review.confirm_unchanged("王经理").unwrap()) {
        write(&mut review, number, new);
    }
    assert_eq!(review.state(), State::InReview);
    assert_eq!(review.undecided().map(|row| row.proposal.subject.as_str()).collect::<Vec<_>>(), ["2", "3"]);
    decide(&mut review, 2, &asked("2", What::Hold));
    decide(&mut review, 3, &asked("3", over("B")));
    assert_eq!(review.rows.iter().map(Row::outcome).collect::<Vec<_>>(), [Some("B"), Some("B"), Some("B")]);
    approve(&mut review);
    assert_eq!(review.state(), State::Approved);
    assert!(matches!(review.approve("x"), Err(ReviewError::AlreadyApproved { .. })));
    assert!(matches!(review.publish("x", 1), Err(ReviewError::LedgerMoved { moved: 1, .. })));
    // Deciding the very same anew is a change all the same.
    decide(&mut review, 4, &asked("2", What::Hold));
    assert_eq!(review.state(), State::InReview);
    assert!(matches!(review.publish("x", 0), Err(ReviewError::ChangedSinceApproval { .. })));
    approve(&mut review);
    let (by, fingerprint) = review.publish(" 李总监 ", 0).unwrap();
    assert_eq!(by, "李总监");
    review.publication = Some(Publication { by, at: at(3), fingerprint });
    assert_eq!(review.state(), State::Published);
    assert!(matches!(review.decide(&asked("1", What::Confirm)), Err(ReviewError::Published { .. })));
    assert!(matches!(review.approve("x"), Err(ReviewError::Published { .. })));
    assert!(matches!(review.publish("x", 0), Err(ReviewError::Published { .. })));
}

#[test]
fn what_may_not_be_decided_is_refused_with_a_reason() {
    let review = review(&[("10001", "", "C"), ("10002", "B", "C")]);
    let with = |what: What, why: Option<&str>, by: &str| {
        let why = why.map(str::to_owned);
        review.decide(&Asked { subject: "10002".to_owned(), what, by: by.to_owned(), why }).unwrap_err()
    };
    let until = |text: &str| What::Override { grade: "A".to_owned(), until: Some(day(text)) };
    assert!(matches!(with(What::Hold, None, "x"), ReviewError::NoReason { kind: "hold", .. }));
    assert!(matches!(with(over("A"), Some("  "), "x"), ReviewError::NoReason { kind: "override", .. }));
    assert!(matches!(with(over("A"), Some("y"), " "), ReviewError::Nobody));
    assert!(matches!(with(over("a"), Some("y"), "x"), ReviewError::UnknownGrade { .. }));
    assert!(matches!(with(until("2026-03-25"), Some("y"), "x"), ReviewError::LapsesAtOnce { .. }));
    assert!(review.decide(&asked("10002", until("2026-03-26"))).is_ok());
    assert!(matches!(review.decide(&asked("10001", What::Hold)), Err(ReviewError::NothingToHold { .. })));
    let Err(ReviewError::UnknownSubject { help, .. }) = review.decide(&asked("10003", What::Confirm)) else { panic!() };
    assert!(help.contains("1000"), "{help}");
}

#[test]
fn a_new_draft_keeps_decisions_and_takes_back_only_what_they_were_about() {
    let mut review = review(&[("1", "B", "A"), ("2", "B", "A"), ("3", "B", "A"), ("4", "B", "A")]);
    decide(&mut review, 1, &asked("1", What::Confirm));
    decide(&mut review, 2, &asked("2", What::Confirm));
    decide(&mut review, 3, &asked("3", over("C")));
    decide(&mut review, 4, &asked("4", What::Hold));
    approve(&mut review);
    assert_eq!(review.unsettled().count(), 0);
    review.rows[0].proposal.proposed = some("C");
    review.rows[1].proposal.figures = "other".to_owned();
    review.rows[2].proposal.proposed = some("B");
    review.rows[3].proposal.before = some("C");
    let stands: Vec<bool> = review.rows.iter().map(|row| row.standing().is_some()).collect();
    assert_eq!(stands, [false, true, true, false]);
    assert_eq!(review.unsettled().count(), 4);
    assert_eq!(review.state(), State::InReview);
    assert!(matches!(review.approve("x"), Err(ReviewError::Undecided { count: 2, .. })));
}

#[test]
fn other_rules_are_another_fingerprint() {
    let mut review = review(&[("1", "B", "B")]);
    decide(&mut review, 1, &asked("1", What::Confirm));
    approve(&mut review);
    review.draft.provenance.rules = "other".to_owned();
    assert_eq!(review.state(), State::InReview);
}

#[test]
fn an_override_lasts_as_long_as_it_was_given_for() {
    for (until, next, proposed, lasts) in [
        (None, "2027-03-25", "C", false),
        (Some("2027-03-24"), "2027-03-25", "C", false),
        (Some("2027-03-25"), "2027-03-25", "A", true),
    ] {
        let mut this = review(&[("1", "B", "C")]);
        let what = What::Override { grade: "A".to_owned(), until: until.map(day) };
        decide(&mut this, 1, &asked("1", what));
        let earlier = this.rows[0].lasting_override();
        assert!(earlier.is_some());
        let mut figures = proposal("1", "A", "C");
        figures.as_of = day(next);
        let mut following = review(&[("1", "A", "C")]);
        following.rows[0].proposal = figures.after(earlier.clone());
        assert_eq!(following.rows[0].proposal.proposed.as_deref(), Some(proposed), "{until:?}");
        decide(&mut following, 2, &asked("1", What::Confirm));
        assert_eq!(following.rows[0].lasting_override(), earlier.filter(|_| lasts), "{until:?}");
        decide(&mut following, 3, &asked("1", What::Hold));
        assert_eq!(following.rows[0].lasting_override(), None);
    }
}

#[test]
fn movers_sections_and_the_matrix_count_everybody() {
    let mut review = review(&[("1", "B", "A"), ("2", "A", "C"), ("3", "", "C"), ("4", "B", "B"), ("5", "Z", "B")]);
    let moves: Vec<Move> = review.rows.iter().map(|row| review.movement(row, row.outcome())).collect();
    assert_eq!(moves, [Move::Up, Move::Down, Move::First, Move::Stays, Move::Other]);
    decide(&mut review, 1, &asked("2", What::Hold));
    decide(&mut review, 2, &asked("4", over("C")));
    assert_eq!(review.movers().count(), 5, "who is held or overridden moved on one side");
    let matrix = review.matrix(Row::outcome);
    assert_eq!(matrix.grades, [some("A"), some("B"), some("C"), None]);
    assert_eq!(matrix.counts, [[1, 0, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 1, 0]]);
    review.rows[2].proposal.provisional = true;
    let terms = Terms { policy: true, settlement: true };
    assert_eq!(review.sections(&review.rows[0], Terms::default()), [Section::A]);
    assert_eq!(review.sections(&review.rows[2], terms), [Section::B, Section::C, Section::D]);
    assert_eq!(review.sections(&review.rows[3], Terms::default()), [Section::E]);
}

#[test]
fn changes_between_drafts_are_told_apart() {
    let old = review(&[("1", "B", "A"), ("2", "B", "A"), ("3", "B", "A"), ("4", "B", "B")]);
    let mut new = review(&[("1", "B", "C"), ("2", "B", "A"), ("4", "B", "B"), ("5", "", "C")]);
    new.rows[1].proposal.figures = "other".to_owned();
    let side = |review: &Review| review.draft.provenance.clone();
    let compare = |a: &Review, b: &Review| {
        let rows = |review: &Review| review.rows.iter().map(|row| row.proposal.clone()).collect::<Vec<_>>();
        Changes::between((&side(a), rows(a).iter()), (&side(b), rows(b).iter()))
    };
    let changes = compare(&old, &new);
    assert_eq!((changes.added.as_slice(), changes.gone.as_slice()), (&["5".to_owned()][..], &["3".to_owned()][..]));
    assert_eq!(changes.moved, [("1".to_owned(), some("A"), some("C"))]);
    assert_eq!((changes.figures.as_slice(), changes.count()), (&["2".to_owned()][..], 4));
    assert!(compare(&old, &old).none() && !changes.none());
    new = old.clone();
    new.draft.provenance.rules = "other".to_owned();
    assert!(compare(&old, &new).rules && !compare(&old, &new).none());
}

#[test]
fn fingerprints_see_every_part_of_a_proposal() {
    let base = proposal("1", "B", "A");
    let alter: [fn(&mut Proposal); 9] = [
        |p| p.subject = "2".to_owned(),
        |p| p.as_of = day("2026-03-26"),
        |p| p.proposed = None,
        |p| p.earned = None,
        |p| p.before = None,
        |p| p.classes = vec![None],
        |p| p.provisional = true,
        |p| p.figures = "g".to_owned(),
        |p| {
            let text = |text: &str| text.to_owned();
            p.earlier = Some(EarlierOverride { grade: text("A"), by: text("x"), why: text("y"), until: None });
        },
    ];
    for change in alter {
        let mut other = base.clone();
        change(&mut other);
        assert_ne!(other.fingerprint(), base.fingerprint(), "{other:?}");
    }
    assert_eq!(base.fingerprint().len(), 32);
}

/// Something that people or the ledger do.
#[derive(Debug, Clone)]
enum Act {
    Confirm(usize),
    Override(usize, usize),
    Hold(usize),
    ConfirmUnchanged,
    Ledger(usize, usize),
    Rules,
    Approve,
    Publish,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0_usize..3).prop_map(Act::Confirm),
        (0_usize..3, 0_usize..3).prop_map(|(row, grade)| Act::Override(row, grade)),
        (0_usize..3).prop_map(Act::Hold),
        Just(Act::ConfirmUnchanged),
        (0_usize..3, 0_usize..3).prop_map(|(row, grade)| Act::Ledger(row, grade)),
        Just(Act::Rules),
        Just(Act::Approve),
        Just(Act::Approve),
        Just(Act::Publish),
    ]
}

/// What is to be seen of a review by somebody who approves it.
fn seen(review: &Review) -> String {
    let rows = review.rows.iter().map(|row| format!("{:?} {:?} {:?}", row.proposal, row.outcome(), row.standing()));
    rows.chain([review.draft.provenance.rules.clone()]).collect::<Vec<_>>().join("\n")
}

proptest! {
    #[test]
    fn nothing_is_published_that_was_not_approved_as_it_is(acts in proptest::collection::vec(act(), 1..60)) {
        let mut review = review(&[("0", "B", "B"), ("1", "A", "C"), ("2", "", "C")]);
        let (mut approved, mut written, mut rules) = (Vec::new(), Vec::new(), 0);
        for act in acts {
            let number = i64::try_from(written.len()).unwrap() + 1;
            let asked = |row: usize, what| asked(&row.to_string(), what);
            let new = match act {
                Act::Confirm(row) => review.decide(&asked(row, What::Confirm)).into_iter().collect(),
                Act::Override(row, grade) => review.decide(&asked(row, over(GRADES[grade]))).into_iter().collect(),
                Act::Hold(row) => review.decide(&asked(row, What::Hold)).into_iter().collect(),
                Act::ConfirmUnchanged => review.confirm_unchanged("x").unwrap_or_default(),
                Act::Ledger(row, grade) => {
                    // A published review is never drafted again.
                    if review.publication.is_none() {
                        review.rows[row].proposal.proposed = some(GRADES[grade]);
                        review.rows[row].proposal.earned = some(GRADES[grade]);
                    }
                    Vec::new()
                }
                Act::Rules => {
                    if review.publication.is_none() {
                        rules += 1;
                        review.draft.provenance.rules = rules.to_string();
                    }
                    Vec::new()
                }
                Act::Approve => {
                    if let Ok((by, fingerprint)) = review.approve("x") {
                        prop_assert!(review.rows.iter().all(|row| row.standing().is_some()));
                        approved.push(seen(&review));
                        review.approvals.push(Approval { by, at: at(2), fingerprint });
                        prop_assert_eq!(review.state(), State::Approved);
                    }
                    Vec::new()
                }
                Act::Publish => {
                    if let Ok((by, fingerprint)) = review.publish("x", 0) {
                        prop_assert_eq!(approved.last(), Some(&seen(&review)), "published as approved last");
                        review.publication = Some(Publication { by, at: at(3), fingerprint });
                    }
                    Vec::new()
                }
            };
            for (number, new) in (number..).zip(new) {
                prop_assert!(review.publication.is_none(), "nothing is decided after the publication");
                written.push((new.subject.clone(), new.grade.clone()));
                write(&mut review, number, new);
            }
            let kept: usize = review.rows.iter().map(|row| row.decisions.len()).sum();
            prop_assert_eq!(kept, written.len(), "nothing is lost");
        }
    }
}
