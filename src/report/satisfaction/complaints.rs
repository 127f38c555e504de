//! Complaints that are open on the last day of the period, by age (S31).

use chrono::NaiveDate;

use crate::{
    ledger::{batch::NO_DAY, entity::entity, error::LedgerError, snapshot::Snapshot},
    period::day_from_number,
    report::{
        Align, Block, Cell, Figure, Section, Table,
        equation::Equation,
        graded::{PRINTED, count, data, total},
        satisfaction::SatisfactionInputs,
    },
};

/// A complaint that is open for more days than these is worth a sentence.
pub(super) const OLD: i64 = 30;
/// The last days of the ages that complaints are parted by; what is older stands behind them.
const AGES: [i64; 4] = [7, 15, OLD, 60];

/// What the contract names as what a complaint may be about.
const ABOUT: [&str; 4] = ["vehicle", "adviser", "workshop", "event"];

/// A complaint, as the ledger has it.
#[derive(Debug, Clone)]
pub struct Complaint {
    id: String,
    customer: u32,
    about: Option<String>,
    opened_on: NaiveDate,
    solved: bool,
    closed_on: Option<NaiveDate>,
}

impl Complaint {
    /// Reads every complaint; `None` where the ledger has none.
    ///
    /// # Errors
    /// [`LedgerError`] when they cannot be read.
    pub fn read_all(snapshot: &mut Snapshot) -> Result<Option<Vec<Self>>, LedgerError> {
        let Some(found) = entity("complaint").filter(|found| snapshot.has(found, "complaint_id")) else {
            return Ok(None);
        };
        let columns = ["complaint_id", "customer_id", "about", "opened_on", "solved", "closed_on"];
        let columns: Vec<&'static str> = columns.into_iter().filter(|column| snapshot.has(found, column)).collect();
        let batch = snapshot.read(found, &columns, "open complaints")?;
        let dictionaries = snapshot.dictionaries();
        let text = |column: &'static str, at: usize| {
            let code = batch.codes(column).get(at).copied()?;
            dictionaries.text(column, code).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let day = |column: &'static str, at: usize| {
            batch.days(column).get(at).copied().filter(|day| *day != NO_DAY).and_then(day_from_number)
        };
        let complaint = |at: usize| {
            Some(Self {
                id: text("complaint_id", at)?,
                customer: batch.codes("customer_id").get(at).copied()?,
                about: text("about", at),
                opened_on: day("opened_on", at)?,
                solved: text("solved", at).as_deref() == Some("1"),
                closed_on: day("closed_on", at),
            })
        };
        Ok(Some((0..batch.len()).filter_map(complaint).collect()))
    }

    fn made_by(&self, day: NaiveDate) -> bool {
        self.opened_on <= day
    }

    /// Whether it was neither closed nor solved by a day. What was solved on a day that nobody wrote down is not open.
    fn open_on(&self, day: NaiveDate) -> bool {
        self.made_by(day) && self.closed_on.map_or(!self.solved, |closed| closed > day)
    }

    /// Whether it was closed by a day without being solved.
    fn given_up_by(&self, day: NaiveDate) -> bool {
        self.made_by(day) && !self.solved && self.closed_on.is_some_and(|closed| closed <= day)
    }
}

/// What a complaint is about: the words of the contract in the language of the report, others as the ledger has them.
fn said_of(inputs: &SatisfactionInputs<'_>, about: &str) -> String {
    if ABOUT.contains(&about) { inputs.say(&format!("about_{about}")) } else { about.to_owned() }
}

/// The complaints of a day.
#[derive(Debug)]
pub(super) struct Open<'c> {
    /// Those that are open, with their age in days, the oldest first.
    standing: Vec<(i64, &'c Complaint)>,
    /// Those made by the day.
    made: i64,
    /// Those closed by the day without being solved.
    given_up: i64,
    /// Those done with by the day.
    done: i64,
}

impl<'c> Open<'c> {
    pub(super) fn of(inputs: &SatisfactionInputs<'_>, complaints: &'c [Complaint]) -> Self {
        let day = inputs.scene.period.last_day();
        let mut standing: Vec<(i64, &Complaint)> = complaints
            .iter()
            .filter(|complaint| complaint.open_on(day))
            .map(|complaint| ((day - complaint.opened_on).num_days(), complaint))
            .collect();
        standing.sort_by(|(age, one), (other_age, other)| (other_age, &one.id).cmp(&(age, &other.id)));
        let made: Vec<&Complaint> = complaints.iter().filter(|complaint| complaint.made_by(day)).collect();
        let given_up = made.iter().filter(|complaint| complaint.given_up_by(day)).count();
        let done = made.iter().filter(|complaint| !complaint.open_on(day) && !complaint.given_up_by(day)).count();
        Self { standing, made: count(made.len()), given_up: count(given_up), done: count(done) }
    }

    /// How many are open and older than so many days.
    pub(super) fn older_than(&self, days: i64) -> i64 {
        count(self.standing.iter().filter(|(age, _)| *age > days).count())
    }

    /// What must hold.
    pub(super) fn equation(&self, inputs: &SatisfactionInputs<'_>) -> Equation {
        let by_age: i64 = self.ages(inputs).iter().map(|(_, of)| count(of.len())).sum();
        Equation::counts(inputs.say("check_complaints"), by_age + self.given_up + self.done, self.made)
    }

    /// The complaints of each age, with its name.
    fn ages(&self, inputs: &SatisfactionInputs<'_>) -> Vec<(String, Vec<&'c Complaint>)> {
        let mut ages = Vec::new();
        let mut from = 0;
        for last in AGES.into_iter().map(Some).chain([None]) {
            let within = |age: i64| age >= from && last.is_none_or(|last| age <= last);
            let of = self.standing.iter().filter(|(age, _)| within(*age)).map(|(_, one)| *one).collect();
            let name = match last {
                Some(last) => inputs.say_with("age_to", &[("from", &from.to_string()), ("to", &last.to_string())]),
                None => inputs.say_with("age_over", &[("days", &(from - 1).to_string())]),
            };
            ages.push((name, of));
            from = last.map_or(from, |last| last + 1);
        }
        ages
    }

    /// Whether a customer holds the best grade.
    fn is_key(inputs: &SatisfactionInputs<'_>, complaint: &Complaint) -> bool {
        let best = inputs.graded.and_then(|graded| graded.ranks().next());
        best.is_some() && inputs.rank(complaint.customer) == best
    }

    pub(super) fn section(&self, inputs: &SatisfactionInputs<'_>) -> Section {
        let figure = |id, value| {
            let label = inputs.say(&format!("fig_{id}"));
            Figure { id, label, value: Cell::Count(value), changes: Vec::new() }
        };
        let key = self.standing.iter().filter(|(_, one)| Self::is_key(inputs, one)).count();
        let mut figures = vec![figure("open_complaints", count(self.standing.len()))];
        figures.push(figure("old_complaints", self.older_than(OLD)));
        if inputs.graded.is_some() {
            figures.push(figure("key_complaints", count(key)));
        }
        figures.push(figure("given_up_complaints", self.given_up));
        Section {
            id: "complaints",
            title: inputs.say("complaints"),
            lead: Some(inputs.say("complaints_lead")),
            blocks: vec![Block::Figures(figures), Block::Table(self.by_age(inputs)), Block::Table(self.list(inputs))],
        }
    }

    fn by_age(&self, inputs: &SatisfactionInputs<'_>) -> Table {
        let mut columns = inputs.columns(&[("age", Align::Left), ("complaints", Align::Right)]);
        if inputs.graded.is_some() {
            columns.push(inputs.column("of_key", Align::Right));
        }
        let cells = |name: String, of: &[&Complaint]| {
            let mut cells = vec![Cell::Text(name), Cell::Count(count(of.len()))];
            if inputs.graded.is_some() {
                let key = of.iter().filter(|one| Self::is_key(inputs, one)).count();
                cells.push(Cell::Count(count(key)));
            }
            cells
        };
        let mut rows: Vec<_> = self.ages(inputs).into_iter().map(|(name, of)| data(cells(name, &of))).collect();
        let all: Vec<&Complaint> = self.standing.iter().map(|(_, one)| *one).collect();
        rows.push(total(cells(inputs.say("sum"), &all)));
        Table {
            id: "complaint_ages".into(),
            title: inputs.say("complaint_ages_table"),
            columns,
            rows,
            printed: None,
            note: Some(inputs.say("complaint_ages_note")),
        }
    }

    fn list(&self, inputs: &SatisfactionInputs<'_>) -> Table {
        let mut columns = inputs.columns(&[("complaint_id", Align::Left)]);
        columns.extend(inputs.scene.who_columns());
        if inputs.graded.is_some() {
            columns.push(inputs.column("grade", Align::Left));
        }
        columns.extend(inputs.columns(&[("about", Align::Left), ("opened", Align::Left), ("days", Align::Right)]));
        let row = |(age, one): &(i64, &Complaint)| {
            let mut cells = vec![Cell::Text(one.id.clone())];
            cells.extend(inputs.scene.who(one.customer));
            if inputs.graded.is_some() {
                let rank = inputs.rank(one.customer);
                cells.push(rank.map_or(Cell::Empty, |rank| Cell::Text(inputs.grade_name(rank.into()))));
            }
            cells.push(one.about.as_deref().map_or(Cell::Empty, |about| Cell::Text(said_of(inputs, about))));
            cells.extend([Cell::Date(one.opened_on), Cell::Count(*age)]);
            data(cells)
        };
        Table {
            id: "complaints".into(),
            title: inputs.say("complaints_table"),
            columns,
            rows: self.standing.iter().map(row).collect(),
            printed: Some(PRINTED),
            note: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::parse_day;

    #[test]
    fn a_complaint_is_open_until_it_is_closed_or_solved() {
        let day = |text: &str| parse_day(text).unwrap();
        let complaint = |solved, closed: Option<&str>| Complaint {
            id: "X1".to_owned(),
            customer: 1,
            about: None,
            opened_on: day("2026-06-10"),
            solved,
            closed_on: closed.map(day),
        };
        for (solved, closed, on, open, given_up) in [
            (false, None, "2026-06-09", false, false),
            (false, None, "2026-06-10", true, false),
            (true, Some("2026-06-20"), "2026-06-19", true, false),
            (true, Some("2026-06-20"), "2026-06-20", false, false),
            (false, Some("2026-06-20"), "2026-06-19", true, false),
            (false, Some("2026-06-20"), "2026-06-20", false, true),
            (true, None, "2026-06-30", false, false),
        ] {
            let one = complaint(solved, closed);
            assert_eq!((one.open_on(day(on)), one.given_up_by(day(on))), (open, given_up), "{solved} {closed:?} {on}");
        }
    }
}
