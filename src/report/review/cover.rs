//! The cover of a review pack: how far the review is, what was decided, who moves from which grade to which.

use crate::{
    grading::review::{
        Kind, Row as Decided,
        moves::{Matrix, Move, Section as Letter},
    },
    report::{
        Align, Block, Cell, Column, Figure, Section, Table,
        equation::Equation,
        graded::{count, data, total},
        review::{Customer, Pack},
    },
};

/// Where decisions stand: by kind, then none.
const KINDS: [Option<Kind>; 4] = [Some(Kind::Confirm), Some(Kind::Override), Some(Kind::Hold), None];
/// Where rows move.
const MOVES: [Move; 5] = [Move::Up, Move::Down, Move::First, Move::Other, Move::Stays];

impl Pack<'_> {
    /// State, counts, grades before and after, and matrices of moves.
    pub(super) fn cover(&self) -> Section {
        let counted = |value: usize| Cell::Count(count(value));
        let figure =
            |id, value| Figure { id, label: self.scene.say(&format!("pack.{id}")), value, changes: Vec::new() };
        let rows = &self.review.rows;
        let graded = rows.iter().filter(|row| row.proposal.earned.is_some()).count();
        let undecided = self.review.undecided().count();
        let figures = vec![
            figure("customers", counted(rows.len())),
            figure("graded", counted(graded)),
            figure("excluded", counted(rows.len() - graded)),
            figure("provisional", counted(rows.iter().filter(|row| row.proposal.provisional).count())),
            figure("movers", counted(self.review.movers().count())),
            figure("decided_rows", counted(rows.len() - undecided)),
            figure("undecided", counted(undecided)),
        ];
        let proposed = self.review.matrix(|row| row.proposal.proposed.as_deref());
        let decided = self.review.matrix(Decided::outcome);
        let tables = [
            self.about(),
            self.by_grade(),
            self.decisions(),
            self.sections(),
            self.matrix("matrix_proposed", &proposed),
            self.matrix("matrix_decided", &decided),
        ];
        let blocks = std::iter::once(Block::Figures(figures)).chain(tables.into_iter().map(Block::Table));
        self.section("cover", blocks.collect())
    }

    /// What the review is.
    fn about(&self) -> Table {
        let head = &self.review.head;
        let say = |key: &str| self.scene.say(&format!("pack.{key}"));
        let text = |text: &str| Cell::Text(text.to_owned());
        let signed = |by: &str, at: chrono::NaiveDateTime| {
            let at = at.format("%Y-%m-%d %H:%M").to_string();
            Cell::Text(self.scene.say_with("pack.signed", &[("by", by), ("at", &at)]))
        };
        let scheme = &self.inputs.graded.bound.scheme;
        let named = format!("{} · {}", scheme.id, scheme.title.in_lang(self.scene.lang));
        let approval = self.review.approvals.last();
        let stands = approval.filter(|approval| approval.fingerprint == self.review.fingerprint());
        let approved = match (approval, stands) {
            (_, Some(approval)) => signed(&approval.by, approval.at),
            (Some(_), None) => Cell::Text(say("approval_lapsed")),
            (None, None) => Cell::Empty,
        };
        let published = self.review.publication.as_ref();
        let year = chrono::Datelike::year(&head.as_of);
        let facts = [
            ("review", text(&head.id)),
            ("state", Cell::Text(say(&format!("state_{}", self.review.state().name())))),
            ("opens", Cell::Date(self.inputs.declared.opens.in_year(year))),
            ("closes", Cell::Date(head.closes_on)),
            ("as_of", Cell::Date(head.as_of)),
            ("scheme", Cell::Text(named)),
            ("version", text(&self.review.draft.provenance.version)),
            ("drafted", Cell::Text(self.review.draft.drafted_at.format("%Y-%m-%d %H:%M").to_string())),
            ("departed", Cell::Count(count(self.review.departed.len()))),
            ("approved", approved),
            ("published", published.map_or(Cell::Empty, |published| signed(&published.by, published.at))),
            ("fingerprint", Cell::Text(self.review.fingerprint())),
        ];
        let rows = facts.into_iter().map(|(key, value)| data(vec![Cell::Text(say(&format!("about_{key}"))), value]));
        let rows = rows.collect();
        Table { printed: None, ..self.table("about", self.left(&["what", "value"]), rows) }
    }

    fn held(&self, of: impl Fn(&Decided) -> Option<&str>, grade: Option<&str>) -> i64 {
        count(self.review.rows.iter().filter(|row| of(row) == grade).count())
    }

    /// Customers of each grade before, as proposed and as it stands.
    fn by_grade(&self) -> Table {
        let line = |grade: Option<&str>| {
            let before = self.held(|row| row.proposal.before.as_deref(), grade);
            let after = self.held(Decided::outcome, grade);
            let proposed = self.held(|row| row.proposal.proposed.as_deref(), grade);
            let mut cells = vec![Cell::Text(self.grade_name(grade))];
            cells.extend([before, proposed, after].map(Cell::Count));
            cells.push(Cell::CountChange(after - before));
            data(cells)
        };
        let all = count(self.review.rows.len());
        let mut rows: Vec<_> = self.grades().into_iter().map(line).collect();
        let sum = vec![Cell::Text(self.scene.say("pack.sum")), Cell::Count(all), Cell::Count(all), Cell::Count(all)];
        rows.push(total(sum.into_iter().chain([Cell::CountChange(0)]).collect()));
        let mut columns = self.left(&["grade"]);
        columns.extend(self.right(&["before", "proposed", "outcome", "change"]));
        let note = Some(self.scene.say("pack.by_grade_note"));
        Table { printed: None, note, ..self.table("by_grade", columns, rows) }
    }

    /// What was decided, by the grade that comes out.
    fn decisions(&self) -> Table {
        let grades = self.grades();
        let counts = |kind: Option<Option<Kind>>| -> Vec<Cell> {
            let rows = || {
                let wanted =
                    move |row: &&Decided| kind.is_none_or(|kind| row.standing().map(|decision| decision.kind) == kind);
                self.review.rows.iter().filter(wanted)
            };
            let by_grade = grades.iter().map(|grade| rows().filter(|row| row.outcome() == *grade).count());
            by_grade.chain([rows().count()]).map(|value| Cell::Count(count(value))).collect()
        };
        let line = |name: String, cells: Vec<Cell>| std::iter::once(Cell::Text(name)).chain(cells).collect();
        let mut rows: Vec<_> = KINDS.iter().map(|kind| data(line(self.kind(*kind), counts(Some(*kind))))).collect();
        rows.push(total(line(self.scene.say("pack.sum"), counts(None))));
        let mut columns = self.left(&["decision"]);
        columns.extend(self.graded_columns());
        Table { printed: None, ..self.table("decisions", columns, rows) }
    }

    /// The name of a kind of decision.
    fn kind(&self, kind: Option<Kind>) -> String {
        self.scene.say(&kind.map_or_else(|| "pack.kind_none".to_owned(), |kind| format!("pack.kind_{}", kind.name())))
    }

    /// A column for each grade, then their sum.
    pub(super) fn graded_columns(&self) -> Vec<Column> {
        let column = |grade: Option<&str>| Column {
            id: format!("grade_{}", grade.unwrap_or("none")),
            title: self.grade_name(grade),
            align: Align::Right,
        };
        self.grades().into_iter().map(column).chain(self.right(&["sum"])).collect()
    }

    /// Customers of each section; those who stand in several are taken out again, so that the sum is that of customers.
    fn sections(&self) -> Table {
        let counts = |of: &dyn Fn(&Customer<'_>) -> i64| -> Vec<Cell> {
            let all = |grade: Option<Option<&str>>| {
                let rows = self.customers.iter().filter(|one| grade.is_none_or(|grade| one.row.outcome() == grade));
                rows.map(of).sum()
            };
            let by_grade = self.grades().into_iter().map(|grade| all(Some(grade)));
            by_grade.chain([all(None)]).map(Cell::Count).collect()
        };
        let line = |name: String, cells: Vec<Cell>| std::iter::once(Cell::Text(name)).chain(cells).collect();
        let letters = [("a", Letter::A), ("b", Letter::B), ("c", Letter::C), ("d", Letter::D), ("e", Letter::E)];
        let mut rows: Vec<_> = letters
            .iter()
            .map(|(key, letter)| {
                let name = self.scene.say(&format!("pack.section_{key}_title"));
                data(line(name, counts(&|customer| i64::from(customer.letters.contains(letter)))))
            })
            .collect();
        let again = counts(&|customer| 1 - count(customer.letters.len()));
        rows.push(data(line(self.scene.say("pack.counted_again"), again)));
        rows.push(total(line(self.scene.say("pack.sum"), counts(&|_| 1))));
        let mut columns = self.left(&["section"]);
        columns.extend(self.graded_columns());
        let note = Some(self.scene.say("pack.sections_note"));
        Table { printed: None, note, ..self.table("sections", columns, rows) }
    }

    fn matrix(&self, id: &'static str, matrix: &Matrix) -> Table {
        let most = matrix.counts.iter().flatten().copied().max().unwrap_or(0);
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        // Deeper for more, in quarters of the largest count.
        let shade = |value: u64| u8::try_from((value * 4).div_ceil(most.max(1))).unwrap_or(4);
        let line = |(grade, counts): (&Option<String>, &Vec<u64>)| {
            let cells = counts.iter().map(|value| Cell::Shaded { count: number(*value), shade: shade(*value) });
            let sum = counts.iter().copied().map(number).sum();
            let name = Cell::Text(self.grade_name(grade.as_deref()));
            data(std::iter::once(name).chain(cells).chain([Cell::Count(sum)]).collect())
        };
        let mut rows: Vec<_> = matrix.grades.iter().zip(&matrix.counts).map(line).collect();
        let sums = (0..matrix.grades.len())
            .map(|column| matrix.counts.iter().filter_map(|line| line.get(column)).copied().map(number).sum::<i64>());
        let all = matrix.counts.iter().flatten().copied().map(number).sum();
        let sums = sums.chain([all]).map(Cell::Count);
        rows.push(total(std::iter::once(Cell::Text(self.scene.say("pack.sum"))).chain(sums).collect()));
        let mut columns = self.left(&["from_to"]);
        columns.extend(self.graded_columns());
        Table { printed: None, ..self.table(id, columns, rows) }
    }

    /// Who moves, by the proposal or by decision: the steepest falls are as easy to miss as the rises, so the order is that of ids.
    pub(super) fn movers(&self) -> Section {
        let moving = self.customers.iter().filter(|customer| self.review.moves(customer.row));
        let row = |customer: &Customer<'_>| {
            let mut cells = self.named(customer);
            cells.extend(["region_id", "salesperson"].map(|column| self.own(customer, column)));
            cells.extend(self.grades_of(customer));
            cells.push(Cell::Text(self.movement(customer.row)));
            let decision = customer.row.standing();
            cells.push(decision.map_or(Cell::Empty, |decision| Cell::Text(decision.by.clone())));
            let why = decision.and_then(|decision| decision.why.clone());
            cells.push(why.map_or(Cell::Empty, Cell::Text));
            data(cells)
        };
        let mut columns = self.named_columns();
        columns.extend(["region_id", "salesperson"].map(|id| self.scene.column("graded", id, Align::Left)));
        columns.extend(self.grade_columns());
        columns.extend(self.left(&["movement", "by", "why"]));
        let table = self.table("movers_table", columns, moving.map(row).collect());
        self.section("movers", vec![Block::Table(table)])
    }

    /// Where a row moves.
    pub(super) fn movement(&self, row: &Decided) -> String {
        self.scene.say(&format!("pack.move_{}", self.review.movement(row, row.outcome()).name()))
    }

    pub(super) fn cover_equations(&self) -> Vec<Equation> {
        let rows = &self.review.rows;
        let all = count(rows.len());
        let of_kind = |kind: Option<Kind>| {
            count(rows.iter().filter(|row| row.standing().map(|decision| decision.kind) == kind).count())
        };
        let decided: i64 = KINDS.iter().filter(|kind| kind.is_some()).map(|kind| of_kind(*kind)).sum();
        let undecided = count(self.review.undecided().count());
        let sum = |matrix: &Matrix| matrix.counts.iter().flatten().filter_map(|value| i64::try_from(*value).ok()).sum();
        let proposed = self.review.matrix(|row| row.proposal.proposed.as_deref());
        let decided_matrix = self.review.matrix(Decided::outcome);
        let moves = MOVES
            .iter()
            .map(|wanted| count(rows.iter().filter(|row| self.review.movement(row, row.outcome()) == *wanted).count()));
        let by_grade = self.grades().into_iter().map(|grade| self.held(Decided::outcome, grade));
        let equation =
            |key: &str, left, right| Equation::counts(self.scene.say(&format!("pack.check_{key}")), left, right);
        let mut equations = vec![
            equation("decided", decided + undecided, all),
            equation("matrix_proposed", sum(&proposed), all),
            equation("matrix_decided", sum(&decided_matrix), all),
            equation("moves", moves.sum(), all),
            equation("grades", by_grade.sum(), all),
        ];
        if self.inputs.changed == Some(0) {
            equations.push(equation("subjects", all, self.inputs.graded.subjects));
            let graded = rows.iter().filter(|row| row.proposal.earned.is_some()).count();
            equations.push(equation("graded", count(graded), self.inputs.graded.graded()));
        }
        equations
    }
}
