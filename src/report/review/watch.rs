//! Customers of the watched grades (S70): their problems of the year, and what is proposed. Proposals only: nothing is cut off by a report.

use crate::report::{
    Block, Cell, Section, Table,
    graded::data,
    review::{Customer, Pack, facts::Kind},
};

/// What a watched customer's year holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Troubles {
    /// Late payments or goods delivered and not invoiced.
    pub(super) money: bool,
    /// Major quality problems.
    pub(super) quality: bool,
    /// Claims.
    pub(super) claims: bool,
    /// The grade before was watched too.
    pub(super) again: bool,
}

/// What is proposed for a watched customer.
pub(super) fn proposal(troubles: Troubles) -> &'static str {
    let kinds = [troubles.money, troubles.quality, troubles.claims].into_iter().filter(|trouble| *trouble).count();
    match troubles {
        Troubles { again: true, .. } if kinds >= 2 => "exit",
        Troubles { money: true, .. } => "restrict",
        _ => "watch",
    }
}

impl Pack<'_> {
    /// Whether a grade is watched between reviews.
    pub(super) fn watches(&self, grade: Option<&str>) -> bool {
        let watched = self.inputs.declared.monitoring.as_ref();
        grade.is_some_and(|grade| watched.is_some_and(|watched| watched.grades.iter().any(|known| known == grade)))
    }

    fn troubles(&self, customer: &Customer<'_>) -> Troubles {
        let record = customer.record;
        Troubles {
            money: record.late + record.uninvoiced > 0,
            quality: record.major > 0,
            claims: record.claims > 0,
            again: self.watches(customer.row.proposal.before.as_deref()),
        }
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
            cells.push(Cell::Text(self.scene.say(&format!("pack.propose_{}", proposal(self.troubles(customer))))));
            data(cells)
        };
        let standing = self.customers.iter().filter(|customer| self.watches(customer.row.outcome()));
        let mut standing: Vec<&Customer<'_>> = standing.collect();
        let gravity = |customer: &Customer<'_>| {
            ["exit", "restrict", "watch"].iter().position(|known| *known == proposal(self.troubles(customer)))
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
    fn exit_is_proposed_only_for_the_second_year_with_two_kinds_of_trouble() {
        for (money, quality, claims, again, expected) in [
            (false, false, false, true, "watch"),
            (false, true, true, false, "watch"),
            (true, true, true, false, "restrict"),
            (true, false, false, true, "restrict"),
            (false, true, true, true, "exit"),
            (true, false, true, true, "exit"),
        ] {
            assert_eq!(proposal(Troubles { money, quality, claims, again }), expected);
        }
    }
}
