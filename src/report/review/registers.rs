//! Sections B and C of a review pack: special policies (S60), settlement terms and credit grades (S61), each with what is recommended and why.
//!
//! The rule of recommendations stands under the tables: people decide, nothing is changed by it.

use crate::{
    grading::review::moves::{Move, Section as Letter},
    period::months_after,
    report::{
        Block, Cell, Section, Table,
        graded::{count, data},
        review::{
            Customer, Pack,
            facts::{Kind, Policy},
        },
    },
};

/// What may be said of special terms, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// The customer comes out at a grade that is watched (S70).
    Watched,
    /// Somebody said that the customer is not stable.
    Unstable,
    /// The grade falls in this review.
    Falls,
    /// The terms end in the year after the day.
    Ends,
    /// They were granted in the year before it.
    New,
    /// Nobody said whether the customer is stable.
    Unsaid,
    /// The customer is stable.
    Stable,
}

impl Reason {
    /// The key of its words.
    fn key(self) -> &'static str {
        match self {
            Self::Watched => "watched",
            Self::Unstable => "unstable",
            Self::Falls => "falls",
            Self::Ends => "ends",
            Self::New => "new",
            Self::Unsaid => "unsaid",
            Self::Stable => "stable",
        }
    }
}

/// What is recommended for the terms of a section for a reason.
pub(super) fn recommend(letter: Letter, reason: Reason) -> &'static str {
    match (letter, reason) {
        (Letter::C, Reason::Watched) => "cancel",
        (_, Reason::Watched | Reason::Unstable | Reason::Falls | Reason::Ends) => "adjust",
        (_, Reason::New) => "new",
        (_, Reason::Unsaid | Reason::Stable) => "keep",
    }
}

impl Pack<'_> {
    pub(super) fn policies(&self) -> Section {
        self.section("section_b", vec![self.register("b_table", Letter::B)])
    }

    pub(super) fn settlements(&self) -> Section {
        let mut blocks = vec![self.register("c_table", Letter::C)];
        if self.inputs.records.recorded.has(Kind::Credit) {
            blocks.extend([Block::Table(self.credit_grades()), Block::Table(self.credits())]);
        } else {
            blocks.push(Block::Text(self.scene.say("pack.no_credit")));
        }
        self.section("section_c", blocks)
    }

    /// The grants of one kind, a row each.
    fn register(&self, id: &'static str, letter: Letter) -> Block {
        if !self.inputs.records.recorded.has(Kind::Policy) {
            return Block::Text(self.scene.say("pack.no_policies"));
        }
        let settlement = letter == Letter::C;
        let granted = self.standing_in(letter).flat_map(|customer| {
            let own = customer.record.policies.iter().filter(move |policy| policy.settlement == settlement);
            own.map(move |policy| (customer, policy))
        });
        let text = |text: &Option<String>| text.clone().map_or(Cell::Empty, Cell::Text);
        let row = |(customer, policy): (&Customer<'_>, &Policy)| {
            let reason = self.reason(customer, policy);
            let stable = policy.stable.map(|stable| self.scene.say(if stable { "pack.yes" } else { "pack.no" }));
            let mut cells = self.named(customer);
            cells.push(Cell::Text(policy.content.clone()));
            cells.push(policy.granted_on.map_or(Cell::Empty, Cell::Date));
            cells.push(policy.ends_on.map_or(Cell::Empty, Cell::Date));
            cells.push(text(&policy.approver));
            cells.push(stable.map_or(Cell::Empty, Cell::Text));
            cells.push(self.grade(customer.row.outcome()));
            cells.push(Cell::Text(self.scene.say(&format!("pack.recommend_{}", recommend(letter, reason)))));
            cells.push(Cell::Text(self.scene.say(&format!("pack.because_{}", reason.key()))));
            data(cells)
        };
        let mut columns = self.named_columns();
        let ids = ["content", "granted_on", "ends_on", "approver", "stable", "outcome", "recommendation", "because"];
        columns.extend(self.left(&ids));
        let note = Some(self.scene.say("pack.register_note"));
        Block::Table(Table { note, ..self.table(id, columns, granted.map(row).collect()) })
    }

    /// The gravest reason that holds.
    fn reason(&self, customer: &Customer<'_>, policy: &Policy) -> Reason {
        let as_of = self.review.head.as_of;
        let new = policy.granted_on.is_some_and(|day| day > months_after(as_of, -12));
        let ends = policy.ends_on.is_some_and(|day| day <= months_after(as_of, 12));
        let falls = self.review.movement(customer.row, customer.row.outcome()) == Move::Down;
        let found = [
            self.watches(customer.row.outcome()).then_some(Reason::Watched),
            falls.then_some(Reason::Falls),
            ends.then_some(Reason::Ends),
            new.then_some(Reason::New),
            Some(match policy.stable {
                Some(true) => Reason::Stable,
                Some(false) => Reason::Unstable,
                None => Reason::Unsaid,
            }),
        ];
        found.into_iter().flatten().min().unwrap_or(Reason::Unsaid)
    }

    /// Credit grades against the grades of the review.
    fn credit_grades(&self) -> Table {
        let credit = |customer: &Customer<'_>| customer.record.credit.as_ref().map(|credit| credit.grade.clone());
        let mut known: Vec<Option<String>> = self.customers.iter().map(credit).collect();
        known.sort_by_key(|grade| (grade.is_none(), grade.clone()));
        known.dedup();
        let grades = self.grades();
        let line = |wanted: Option<&Option<String>>| -> Vec<Cell> {
            let of: Vec<&Customer<'_>> = self
                .customers
                .iter()
                .filter(|customer| wanted.is_none_or(|wanted| credit(customer) == *wanted))
                .collect();
            let by_grade =
                grades.iter().map(|grade| of.iter().filter(|customer| customer.row.outcome() == *grade).count());
            by_grade.chain([of.len()]).map(|value| Cell::Count(count(value))).collect()
        };
        let name = |grade: &Option<String>| grade.clone().unwrap_or_else(|| self.scene.say("pack.no_credit_grade"));
        let mut rows: Vec<_> = known
            .iter()
            .map(|grade| data(std::iter::once(Cell::Text(name(grade))).chain(line(Some(grade))).collect()))
            .collect();
        let sum = std::iter::once(Cell::Text(self.scene.say("pack.sum"))).chain(line(None));
        rows.push(crate::report::graded::total(sum.collect()));
        let mut columns = self.left(&["credit"]);
        columns.extend(self.graded_columns());
        Table { printed: None, ..self.table("credit_grades", columns, rows) }
    }

    /// The latest credit grade of every customer; those without one first, because Finance grades everybody.
    fn credits(&self) -> Table {
        let mut ordered: Vec<&Customer<'_>> = self.customers.iter().collect();
        ordered.sort_by_key(|customer| customer.record.credit.is_some());
        let row = |customer: &&Customer<'_>| {
            let credit = customer.record.credit.as_ref();
            let mut cells = self.named(customer);
            cells.push(self.grade(customer.row.outcome()));
            cells.push(credit.map_or(Cell::Empty, |credit| Cell::Text(credit.grade.clone())));
            let limit = credit.and_then(|credit| credit.limit);
            cells.push(limit.map_or(Cell::Empty, |limit| Cell::Money(i128::from(limit))));
            let set_by = credit.and_then(|credit| credit.set_by.clone());
            cells.push(set_by.map_or(Cell::Empty, Cell::Text));
            cells.push(credit.and_then(|credit| credit.set_on).map_or(Cell::Empty, Cell::Date));
            data(cells)
        };
        let mut columns = self.named_columns();
        columns.extend(self.left(&["outcome", "credit"]));
        columns.extend(self.right(&["credit_limit"]));
        columns.extend(self.left(&["set_by", "set_on"]));
        self.table("credits", columns, ordered.iter().map(row).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recommendations_follow_the_gravest_reason() {
        for (reason, policy, settlement) in [
            (Reason::Watched, "adjust", "cancel"),
            (Reason::Unstable, "adjust", "adjust"),
            (Reason::Falls, "adjust", "adjust"),
            (Reason::Ends, "adjust", "adjust"),
            (Reason::New, "new", "new"),
            (Reason::Unsaid, "keep", "keep"),
            (Reason::Stable, "keep", "keep"),
        ] {
            assert_eq!((recommend(Letter::B, reason), recommend(Letter::C, reason)), (policy, settlement));
        }
        assert!(Reason::Watched < Reason::Unstable && Reason::Ends < Reason::New && Reason::New < Reason::Unsaid);
    }
}
