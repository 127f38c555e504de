//! Lists by region and person in charge (S56, step 1): who has whom at which grade before and after.

use std::collections::BTreeMap;

use crate::{
    grading::review::moves::Move,
    report::{
        Block, Cell, Section, Table,
        equation::Equation,
        graded::{count, data, total},
        review::{Customer, PRINTED, Pack, SALES},
    },
};

/// Region and person in charge; those without one stand last.
type Charge = (bool, Option<String>, bool, Option<String>);

impl Pack<'_> {
    pub(super) fn regions(&self) -> (Section, Vec<Equation>) {
        let text = |customer: &Customer<'_>, column| {
            if let Cell::Text(text) = self.own(customer, column) { Some(text) } else { None }
        };
        // Those without a region or anybody in charge stand last.
        let mut people: BTreeMap<Charge, Vec<&Customer<'_>>> = BTreeMap::new();
        let mut regions: BTreeMap<(bool, Option<String>), Vec<&Customer<'_>>> = BTreeMap::new();
        for customer in &self.customers {
            let (region, person) = (text(customer, "region_id"), text(customer, "salesperson"));
            regions.entry((region.is_none(), region.clone())).or_default().push(customer);
            people.entry((region.is_none(), region, person.is_none(), person)).or_default().push(customer);
        }
        for members in regions.values_mut() {
            members.sort_by_key(|customer| (text(customer, "salesperson").is_none(), text(customer, "salesperson")));
        }
        let nowhere = |name: &Option<String>, key: &str| name.clone().unwrap_or_else(|| self.scene.say(key));
        let mut rows: Vec<_> = people
            .iter()
            .map(|((_, region, _, person), members)| {
                let who = [nowhere(region, "pack.no_region"), nowhere(person, "pack.nobody")];
                data(who.map(Cell::Text).into_iter().chain(self.counted(members)).collect())
            })
            .collect();
        let all: Vec<&Customer<'_>> = self.customers.iter().collect();
        let sum = [Cell::Text(self.scene.say("pack.sum")), Cell::Text(String::new())];
        rows.push(total(sum.into_iter().chain(self.counted(&all)).collect()));
        let mut columns = self.left(&["region", "owner"]);
        columns.extend(self.graded_columns());
        columns.extend(self.right(&["up", "down", "undecided"]));
        let summary = self.table("people", columns, rows);
        let tables: Vec<Table> = regions
            .iter()
            .enumerate()
            .map(|(nth, ((_, region), members))| self.region(nth, &nowhere(region, "pack.no_region"), members))
            .collect();
        let listed = tables.iter().map(|table| table.rows.len()).sum();
        let words = self.scene.say("pack.check_regions");
        let equation = Equation::counts(words, count(listed), count(self.customers.len()));
        let blocks = std::iter::once(summary).chain(tables).map(Block::Table).collect();
        (self.section("regions", blocks), vec![equation])
    }

    /// Customers by the grade that comes out, their sum, who moves up and down, and who is undecided.
    fn counted(&self, members: &[&Customer<'_>]) -> Vec<Cell> {
        let how_many = |test: &dyn Fn(&Customer<'_>) -> bool| members.iter().filter(|customer| test(customer)).count();
        let moved = |wanted| how_many(&|customer| self.review.movement(customer.row, customer.row.outcome()) == wanted);
        let by_grade = self.grades().into_iter().map(|grade| how_many(&|customer| customer.row.outcome() == grade));
        let more = [
            members.len(),
            moved(Move::Up),
            moved(Move::Down),
            how_many(&|customer| customer.row.standing().is_none()),
        ];
        by_grade.chain(more).map(|value| Cell::Count(count(value))).collect()
    }

    fn region(&self, nth: usize, region: &str, members: &[&Customer<'_>]) -> Table {
        let row = |customer: &&Customer<'_>| {
            let mut cells = vec![self.own(customer, "salesperson")];
            cells.extend(self.named(customer));
            cells.push(self.sales(customer, SALES));
            cells.extend(self.grades_of(customer));
            cells.push(Cell::Text(self.movement(customer.row)));
            data(cells)
        };
        let mut columns = self.left(&["owner"]);
        columns.extend(self.named_columns());
        columns.extend(self.right(&["sales"]));
        columns.extend(self.grade_columns());
        columns.extend(self.left(&["movement"]));
        let customers = self.scene.text(&Cell::Count(count(members.len())));
        Table {
            id: format!("region_{}", nth + 1).into(),
            title: self.scene.say_with("pack.region_table", &[("region", region), ("count", &customers)]),
            columns,
            rows: members.iter().map(row).collect(),
            printed: Some(PRINTED),
            note: None,
        }
    }
}
