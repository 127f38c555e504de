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

/// What is recommended for special terms, with the key of the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recommendation {
    what: &'static str,
    because: &'static str,
}

/// Everything that a recommendation hangs on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) settlement: bool,
    pub(super) stable: Option<bool>,
    /// Granted in the year before the day.
    pub(super) new: bool,
    /// Ends in the year after the day.
    pub(super) ends: bool,
    pub(super) falls: bool,
    /// Comes out at a grade that is watched (S70).
    pub(super) watched: bool,
}

/// The first that holds, from the gravest.
pub(super) fn recommend(standing: Standing) -> Recommendation {
    let (what, because) = match standing {
        Standing { settlement: true, watched: true, .. } => ("cancel", "watched"),
        Standing { stable: Some(false), .. } => ("adjust", "unstable"),
        Standing { watched: true, .. } => ("adjust", "watched"),
        Standing { falls: true, .. } => ("adjust", "falls"),
        Standing { ends: true, .. } => ("adjust", "ends"),
        Standing { new: true, .. } => ("new", "new"),
        Standing { stable: None, .. } => ("keep", "unsaid"),
        Standing { stable: Some(true), .. } => ("keep", "stable"),
    };
    Recommendation { what, because }
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
            let recommendation = self.recommendation(customer, policy);
            let stable = policy.stable.map(|stable| self.scene.say(if stable { "pack.yes" } else { "pack.no" }));
            let mut cells = self.named(customer);
            cells.push(Cell::Text(policy.content.clone()));
            cells.push(policy.granted_on.map_or(Cell::Empty, Cell::Date));
            cells.push(policy.ends_on.map_or(Cell::Empty, Cell::Date));
            cells.push(text(&policy.approver));
            cells.push(stable.map_or(Cell::Empty, Cell::Text));
            cells.push(self.grade(customer.row.outcome()));
            cells.push(Cell::Text(self.scene.say(&format!("pack.recommend_{}", recommendation.what))));
            cells.push(Cell::Text(self.scene.say(&format!("pack.because_{}", recommendation.because))));
            data(cells)
        };
        let mut columns = self.named_columns();
        let ids = ["content", "granted_on", "ends_on", "approver", "stable", "outcome", "recommendation", "because"];
        columns.extend(self.left(&ids));
        let note = Some(self.scene.say("pack.register_note"));
        Block::Table(Table { note, ..self.table(id, columns, granted.map(row).collect()) })
    }

    fn recommendation(&self, customer: &Customer<'_>, policy: &Policy) -> Recommendation {
        let as_of = self.review.head.as_of;
        recommend(Standing {
            settlement: policy.settlement,
            stable: policy.stable,
            new: policy.granted_on.is_some_and(|day| day > months_after(as_of, -12)),
            ends: policy.ends_on.is_some_and(|day| day <= months_after(as_of, 12)),
            falls: self.review.movement(customer.row, customer.row.outcome()) == Move::Down,
            watched: self.watches(customer.row.outcome()),
        })
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

    const CALM: Standing =
        Standing { settlement: false, stable: Some(true), new: false, ends: false, falls: false, watched: false };

    #[test]
    fn the_gravest_reason_decides() {
        for (standing, expected) in [
            (CALM, ("keep", "stable")),
            (Standing { stable: None, ..CALM }, ("keep", "unsaid")),
            (Standing { new: true, ..CALM }, ("new", "new")),
            (Standing { new: true, stable: None, ..CALM }, ("new", "new")),
            (Standing { new: true, ends: true, ..CALM }, ("adjust", "ends")),
            (Standing { ends: true, falls: true, ..CALM }, ("adjust", "falls")),
            (Standing { falls: true, watched: true, ..CALM }, ("adjust", "watched")),
            (Standing { watched: true, stable: Some(false), ..CALM }, ("adjust", "unstable")),
            (Standing { watched: true, stable: Some(false), settlement: true, ..CALM }, ("cancel", "watched")),
            (Standing { settlement: true, ..CALM }, ("keep", "stable")),
        ] {
            let found = recommend(standing);
            assert_eq!((found.what, found.because), expected, "{standing:?}");
        }
    }
}
