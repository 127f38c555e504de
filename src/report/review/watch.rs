//! Customers of the watched grades (S70): their problems of the year, and what is proposed. Proposals only: nothing is cut off by a report.

use crate::report::{
    Block, Cell, Section, Table,
    graded::data,
    review::{Customer, Pack, facts::Kind},
};

/// What troubles a watched customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Late payments, or goods delivered and not invoiced.
    Money,
    /// Major quality problems.
    Quality,
    /// Claims.
    Claims,
}

/// Whether the grade before was watched too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    /// It was not.
    First,
    /// It was.
    Again,
}

/// What is proposed for a watched customer.
pub(super) fn proposal(time: Time, troubles: &[Trouble]) -> &'static str {
    if time == Time::Again && troubles.len() >= 2 {
        "exit"
    } else if troubles.contains(&Trouble::Money) {
        "restrict"
    } else {
        "watch"
    }
}

impl Pack<'_> {
    /// Whether a grade is watched between reviews.
    pub(super) fn watches(&self, grade: Option<&str>) -> bool {
        let watched = self.inputs.declared.monitoring.as_ref();
        grade.is_some_and(|grade| watched.is_some_and(|watched| watched.grades.iter().any(|known| known == grade)))
    }

    fn proposed(&self, customer: &Customer<'_>) -> &'static str {
        let record = customer.record;
        let troubles = [
            (record.late + record.uninvoiced > 0).then_some(Trouble::Money),
            (record.major > 0).then_some(Trouble::Quality),
            (record.claims > 0).then_some(Trouble::Claims),
        ];
        let again = self.watches(customer.row.proposal.before.as_deref());
        let troubles: Vec<Trouble> = troubles.into_iter().flatten().collect();
        proposal(if again { Time::Again } else { Time::First }, &troubles)
    }

    /// The watched customers; `None` where no grade is watched.
    pub(super) fn watched(&self) -> Option<Section> {
        let monitoring = self.inputs.declared.monitoring.as_ref()?;
        let recorded = self.inputs.records.recorded;
        let row = |customer: &&Customer<'_>| {
            let record = customer.record;
            let counted = |kind, found| if recorded.has(kind) { Cell::Count(found) } else { Cell::Empty };
            let money = |kind, found| if recorded.has(kind) { Cell::Money(found) } else { Cell::Empty };
            let mut cells = self.named(customer);
            cells.push(self.own(customer, "salesperson"));
            cells.push(self.grade(customer.row.proposal.before.as_deref()));
            cells.push(counted(Kind::Payment, record.late));
            cells.push(money(Kind::Payment, record.late_amount));
            cells.push(counted(Kind::Payment, record.most_days_late));
            cells.push(money(Kind::Delivery, record.uninvoiced_amount));
            cells.push(counted(Kind::Problem, record.major));
            cells.push(counted(Kind::Problem, record.general));
            cells.push(counted(Kind::Claim, record.claims));
            cells.push(money(Kind::Claim, record.claimed));
            cells.push(Cell::Text(self.scene.say(&format!("pack.propose_{}", self.proposed(customer)))));
            data(cells)
        };
        let standing = self.customers.iter().filter(|customer| self.watches(customer.row.outcome()));
        let mut standing: Vec<&Customer<'_>> = standing.collect();
        let gravity = |customer: &Customer<'_>| {
            ["exit", "restrict", "watch"].iter().position(|known| *known == self.proposed(customer))
        };
        // Stable: of one proposal customers stay in the order of their ids.
        standing.sort_by_key(|customer| gravity(customer));
        let mut columns = self.named_columns();
        columns.extend(self.left(&["owner", "before"]));
        let figures =
            ["late", "late_amount", "days_late", "uninvoiced_amount", "major", "general", "claims", "claimed"];
        columns.extend(self.right(&figures));
        columns.extend(self.left(&["proposal"]));
        let table = self.table("watched", columns, standing.iter().map(row).collect());
        let table = Table { note: Some(self.scene.say("pack.watched_note")), ..table };
        let cadence = self.scene.say(&format!("pack.cadence_{}", monitoring.cadence.name()));
        let grades: Vec<String> = monitoring.grades.iter().map(|grade| self.grade_name(Some(grade))).collect();
        let values = [("grades", &*grades.join(" · ")), ("cadence", &*cadence)];
        let lead = Some(self.scene.say_with("pack.watch_lead", &values));
        Some(Section { lead, ..self.section("watch", vec![Block::Table(table)]) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_is_proposed_only_for_the_second_time_with_two_kinds_of_trouble() {
        use Trouble::{Claims, Money, Quality};
        for (time, troubles, expected) in [
            (Time::Again, &[][..], "watch"),
            (Time::First, &[Quality, Claims], "watch"),
            (Time::First, &[Money, Quality, Claims], "restrict"),
            (Time::Again, &[Money], "restrict"),
            (Time::Again, &[Claims], "watch"),
            (Time::Again, &[Quality, Claims], "exit"),
            (Time::Again, &[Money, Claims], "exit"),
        ] {
            assert_eq!(proposal(time, troubles), expected, "{time:?} {troubles:?}");
        }
    }
}
