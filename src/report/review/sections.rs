//! Sections A (best grade, S59), D (provisional, S58) and E (all others) of a review pack.

use crate::{
    grading::review::moves::Section as Letter,
    period::months_after,
    report::{
        Block, Cell, Section, Table,
        equation::Equation,
        graded::{count, data},
        review::{Customer, Pack, SALES, SALES_BEFORE},
    },
};

impl Pack<'_> {
    /// Sections A to E, and that they sum to the whole by grade.
    pub(super) fn lettered(&self) -> (Vec<Section>, Vec<Equation>) {
        let sections = vec![self.best(), self.policies(), self.settlements(), self.newcomers(), self.others()];
        let tables = ["a_table", "b_table", "c_table", "d_table", "e_table"];
        let letters = [Letter::A, Letter::B, Letter::C, Letter::D, Letter::E];
        let listed: Vec<Vec<&str>> = sections.iter().zip(tables).map(|(section, id)| listed(section, id)).collect();
        let mut equations = self.letters_equations(&listed);
        for (letter, ids) in letters.iter().zip(&listed) {
            let words = self.scene.say_with("pack.check_listed", &[("section", &format!("{letter:?}"))]);
            equations.push(Equation::counts(words, count(ids.len()), count(self.standing_in(*letter).count())));
        }
        (sections, equations)
    }

    /// The customers of a section.
    pub(super) fn standing_in(&self, letter: Letter) -> impl Iterator<Item = &Customer<'_>> {
        self.customers.iter().filter(move |customer| customer.letters.contains(&letter))
    }

    fn best(&self) -> Section {
        let dimensions = self.dimensions();
        let row = |customer: &Customer<'_>| {
            let mut cells = self.named(customer);
            cells.extend(self.classes(customer));
            cells.extend([self.sales(customer, SALES), self.sales(customer, SALES_BEFORE)]);
            cells.extend(self.grades_of(customer));
            data(cells)
        };
        let mut columns = self.named_columns();
        columns.extend(dimensions.into_iter().map(|(_, column)| column));
        columns.extend(self.right(&["sales", "sales_before"]));
        columns.extend(self.grade_columns());
        let list = self.table("a_table", columns, self.standing_in(Letter::A).map(row).collect());
        // Left blank to be filled in by hand, not told as missing.
        let blank = || Cell::Text(String::new());
        let plan = |customer: &Customer<'_>| {
            let mut cells = self.named(customer);
            cells.extend([self.own(customer, "salesperson"), blank(), blank(), blank(), blank()]);
            data(cells)
        };
        let mut columns = self.named_columns();
        columns.extend(self.left(&["owner", "production_support", "service_support", "responsible", "by_when"]));
        let support = self.table("a_support", columns, self.standing_in(Letter::A).map(plan).collect());
        self.section("section_a", vec![Block::Table(list), Block::Table(support)])
    }

    /// New customers, those whose six months are complete first.
    fn newcomers(&self) -> Section {
        let months = self.inputs.graded.version().and_then(|(_, version)| version.provisional.as_ref());
        let months = months.map_or(0, |provisional| i32::from(provisional.months));
        let due = |customer: &Customer<'_>| self.since(customer).map(|since| months_after(since, months));
        let mut standing: Vec<&Customer<'_>> = self.standing_in(Letter::D).collect();
        // Stable: on one day customers stay in the order of their ids.
        standing.sort_by_key(|customer| (due(customer).is_none(), due(customer)));
        let closes = self.review.head.closes_on;
        let row = |customer: &&Customer<'_>| {
            let due = due(customer);
            let state = due.map(|due| if due <= closes { "due_now" } else { "due_later" });
            let mut cells = self.named(customer);
            cells.push(self.own(customer, "salesperson"));
            cells.push(self.since(customer).map_or(Cell::Empty, Cell::Date));
            cells.push(due.map_or(Cell::Empty, Cell::Date));
            cells.push(due.map_or(Cell::Empty, |due| Cell::Count((due - self.review.head.as_of).num_days())));
            cells.push(state.map_or(Cell::Empty, |state| Cell::Text(self.scene.say(&format!("pack.{state}")))));
            cells.extend(self.grades_of(customer));
            data(cells)
        };
        let mut columns = self.named_columns();
        columns.extend(self.left(&["owner", "since", "complete_on"]));
        columns.extend(self.right(&["days_left"]));
        columns.extend(self.left(&["evaluation"]));
        columns.extend(self.grade_columns());
        let table = self.table("d_table", columns, standing.iter().map(row).collect());
        self.section("section_d", vec![Block::Table(table), Block::Table(self.completed(months))])
    }

    /// Customers whose six months became complete in the year before the day: their grade is given for the first time as a full one.
    fn completed(&self, months: i32) -> Table {
        let as_of = self.review.head.as_of;
        let complete = |customer: &Customer<'_>| {
            let day = months_after(self.since(customer)?, months);
            (day > months_after(as_of, -12) && day <= as_of).then_some(day)
        };
        let mut found: Vec<_> =
            self.customers.iter().filter_map(|customer| Some((complete(customer)?, customer))).collect();
        found.sort_by_key(|(day, _)| *day);
        let row = |(day, customer): &(chrono::NaiveDate, &Customer<'_>)| {
            let mut cells = self.named(customer);
            cells.push(self.own(customer, "salesperson"));
            cells.extend([self.since(customer).map_or(Cell::Empty, Cell::Date), Cell::Date(*day)]);
            cells.extend(self.grades_of(customer));
            data(cells)
        };
        let mut columns = self.named_columns();
        columns.extend(self.left(&["owner", "since", "complete_on"]));
        columns.extend(self.grade_columns());
        self.table("d_completed", columns, found.iter().map(row).collect())
    }

    fn others(&self) -> Section {
        let row = |customer: &Customer<'_>| {
            let mut cells = self.named(customer);
            cells.extend(["region_id", "salesperson"].map(|column| self.own(customer, column)));
            cells.push(self.sales(customer, SALES));
            cells.extend(self.grades_of(customer));
            data(cells)
        };
        let mut columns = self.named_columns();
        columns.extend(self.left(&["region", "owner"]));
        columns.extend(self.right(&["sales"]));
        columns.extend(self.grade_columns());
        let table = self.table("e_table", columns, self.standing_in(Letter::E).map(row).collect());
        self.section("section_e", vec![Block::Table(table)])
    }
}

/// The customers whom a table of a section lists, each once, in the order of their ids.
fn listed<'s>(section: &'s Section, id: &str) -> Vec<&'s str> {
    let tables =
        section.blocks.iter().filter_map(|block| if let Block::Table(table) = block { Some(table) } else { None });
    let rows = tables.filter(|table| table.id == id).flat_map(|table| &table.rows);
    let first =
        rows.filter_map(|row| if let Some(Cell::Text(id)) = row.cells.first() { Some(id.as_str()) } else { None });
    let mut ids: Vec<&str> = first.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
