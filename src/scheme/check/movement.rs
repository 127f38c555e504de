//! How grades move, as the file says it.

use std::ops::Range;

use crate::{
    declaration::Spanned,
    period::Unit,
    scheme::{
        Ladder, Movement, Validity,
        check::{Checker, classes::Shape, makes_grades},
        file::{RawLadder, RawMovement, RawVersion},
    },
};

impl Checker<'_> {
    pub(super) fn movement(
        &mut self,
        raw: &RawVersion,
        shapes: &[Shape],
        result: Option<usize>,
        span: &Range<usize>,
    ) -> Option<Movement> {
        let RawMovement::Ladder(ladder) = &raw.movement else { return Some(Movement::Free) };
        if makes_grades(raw) {
            let message = "the grades of a `code` or of `labels` have no order: nobody can climb them";
            return self.told("scheme::bad_ladder", span.clone(), message, "write `movement = { kind = \"free\" }`");
        }
        let validity = self.validity(ladder, raw.cadence, span);
        let retention = match &ladder.retention {
            Some(name) => {
                let place = self.place(&Spanned::new(span.clone(), name.clone()), shapes)?;
                self.same_classes(place, result?, shapes, span)?;
                Some(place)
            }
            None => None,
        };
        let min_hold_months = match &ladder.min_hold {
            Some(text) => self.months("min-hold", text, span)?,
            None => 0,
        };
        Some(Movement::Ladder(Ladder {
            validity: validity?,
            demotion: ladder.demotion,
            retention,
            grace_days: ladder.grace_days,
            min_hold_months,
        }))
    }

    fn validity(&mut self, ladder: &RawLadder, cadence: Unit, span: &Range<usize>) -> Option<Validity> {
        match (&ladder.assessment_months, &ladder.validity) {
            (Some(months), None) => {
                self.assessments(months, cadence, span);
                Some(Validity::Calendar(months.clone()))
            }
            (None, Some(text)) => self.months("validity", text, span).map(Validity::Months),
            _ => {
                let help = "write `assessment-months = [12]` (the same for everybody) or `validity = \"12 months\"` (from the day a grade is given)";
                self.told("scheme::bad_ladder", span.clone(), "the ladder does not say how long a grade is valid", help)
            }
        }
    }

    fn assessments(&mut self, months: &[u32], cadence: Unit, span: &Range<usize>) {
        if months.is_empty() || months.iter().any(|month| !(1..=12).contains(month)) {
            let message = format!("`assessment-months = {months:?}` is not a list of months");
            let help = "write the months at whose end grades may be taken away, such as `[12]` or `[6, 12]`";
            self.told::<()>("scheme::bad_assessment_months", span.clone(), message, help);
        }
        let every = match cadence {
            Unit::Year => 12,
            Unit::Quarter => 3,
            Unit::Month | Unit::Day => 1,
        };
        if let Some(month) = months.iter().find(|month| (1..=12).contains(*month) && *month % every != 0) {
            let message =
                format!("an assessment at the end of month {month} never comes: reviews are each {}", cadence.name());
            let help = "name months at whose end a review is due";
            self.told::<()>("scheme::assessment_never_due", span.clone(), message, help);
        }
    }

    fn months(&mut self, key: &str, text: &str, span: &Range<usize>) -> Option<u16> {
        let count = text.strip_suffix(" months").or_else(|| text.strip_suffix(" month"));
        let months = count.and_then(|count| count.parse::<u16>().ok()).filter(|months| (1..=1200).contains(months));
        if months.is_none() {
            let message = format!("`{key} = \"{text}\"` is not a number of months");
            return self.told("scheme::bad_ladder", span.clone(), message, "write it as `\"12 months\"`");
        }
        months
    }

    fn same_classes(&mut self, place: usize, result: usize, shapes: &[Shape], span: &Range<usize>) -> Option<()> {
        let ids =
            |at: usize| shapes.get(at).map(|shape| shape.classes.iter().map(|c| c.id.as_str()).collect::<Vec<_>>());
        if ids(place) == ids(result) {
            return Some(());
        }
        let help = "the dimension of `retention` gives the grades of the scheme: remove its `classes`";
        self.told(
            "scheme::classes_do_not_match",
            span.clone(),
            "`retention` names a dimension with other classes",
            help,
        )
    }
}
