//! The figures of the report, gathered once and used by every section.

use chrono::NaiveDate;

use crate::{
    ledger::dictionary::Dictionary,
    metrics::compute::MetricError,
    period::Period,
    report::{
        error::ReportError,
        tier::{
            TierInputs,
            metrics::{
                GROSS, GROSS_ALL, LINES, LINES_12M, NET, NET_12M, NET_ALL, NET_CARD, NET_NO_CARD, ORDERS, ORDERS_ALL,
                TREND_MONTHS, month_ends,
            },
        },
    },
    scheme::{Demotion, Movement},
};

/// All figures of one report.
pub(super) struct Facts {
    /// The months of the trend and the twelve before them, the report's own first.
    pub(super) months: Vec<Month>,
    /// Tiers from the lowest.
    pub(super) tiers: Vec<Tier>,
    /// Net amount of the month without a member, and of members who are not in the list of members on the day.
    pub(super) no_card: i128,
    pub(super) unknown: Money,
    /// Members who were not graded.
    pub(super) excluded: Money,
    /// Counts by tier before (rows) and now (columns); the last row is of members graded for the first time.
    pub(super) matrix: Vec<Vec<i64>>,
    /// Every graded member a month ago and now, by id.
    pub(super) steps: Vec<Step>,
    /// Members who hold more than they earned: the next assessment takes it away.
    pub(super) at_risk: i64,
    /// Shares of the best customers, for three days.
    pub(super) tops: Vec<Tops>,
}

/// What happened in one month.
#[derive(Debug, Clone, Default)]
pub(super) struct Month {
    pub(super) end: NaiveDate,
    pub(super) net: i128,
    pub(super) gross: i128,
    pub(super) orders: i64,
    pub(super) net_card: i128,
    pub(super) net_no_card: i128,
    pub(super) active: i64,
    pub(super) members: i64,
    pub(super) new: i64,
    /// Members who bought in the twelve months to the month before and not in the twelve to this; `None` beyond the trend.
    pub(super) lapsed: Option<i64>,
}

/// A count of members with their amount.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Money {
    pub(super) members: i64,
    pub(super) active: i64,
    pub(super) net: i128,
}

/// One tier now.
#[derive(Debug, Clone, Default)]
pub(super) struct Tier {
    pub(super) members: i64,
    pub(super) members_before: i64,
    pub(super) active: i64,
    pub(super) net: i128,
    pub(super) gross: i128,
    pub(super) orders: i64,
    pub(super) net_before: i128,
}

/// What the best customers of a day bring, by twelve months' net amount.
#[derive(Debug, Clone)]
pub(super) struct Tops {
    pub(super) as_of: NaiveDate,
    /// Customers with a positive amount, and what they bring together.
    pub(super) customers: i64,
    pub(super) net: i128,
    /// For each of [`TOP_PERCENTS`]: how many, and what they bring.
    pub(super) steps: Vec<(i64, i128)>,
}

/// The shares of customers whose amount is looked at, in per cent.
pub(super) const TOP_PERCENTS: &[i64] = &[1, 5, 10, 20, 50];

impl Facts {
    pub(super) fn gather(inputs: &TierInputs<'_>) -> Result<Self, ReportError> {
        let as_of = inputs.period.last_day();
        if inputs.now.subjects.is_empty() && inputs.now.excluded.is_empty() {
            return Err(ReportError::Nothing { what: "members", as_of });
        }
        let grades = inputs.scheme.grades.len();
        let tiers = tiers(inputs, grades)?;
        let outside: Vec<u32> = inputs.now.excluded.iter().map(|(subject, _)| *subject).collect();
        let excluded = sum_of(inputs, &outside, as_of)?;
        let months = months(inputs)?;
        let current = months.first().cloned().unwrap_or_default();
        let unknown = unknown(inputs, as_of)?;
        let steps = steps(inputs);
        Ok(Self {
            no_card: current.net_no_card,
            months,
            tiers,
            unknown,
            excluded,
            matrix: matrix(&steps, grades),
            steps,
            at_risk: at_risk(inputs),
            tops: tops(inputs)?,
        })
    }

    /// The month of the report.
    pub(super) fn month(&self) -> Month {
        self.months.first().cloned().unwrap_or_default()
    }

    /// The month so many months before.
    pub(super) fn month_before(&self, months: usize) -> Option<&Month> {
        self.months.get(months)
    }

    /// Members who moved some way.
    pub(super) fn moved(&self, way: Way) -> i64 {
        count(self.steps.iter().filter(|step| step.way() == way))
    }

    pub(super) fn graded(&self) -> i64 {
        self.tiers.iter().map(|tier| tier.members).sum()
    }
}

/// The number of items.
pub(super) fn count<T>(items: impl Iterator<Item = T>) -> i64 {
    i64::try_from(items.count()).unwrap_or(i64::MAX)
}

/// Members whom an assessment would take a tier from.
fn at_risk(inputs: &TierInputs<'_>) -> i64 {
    let movement = inputs.scheme.versions.get(inputs.now.version).map(|version| &version.movement);
    match movement {
        Some(Movement::Ladder(ladder)) if ladder.demotion != Demotion::Never => {
            count(inputs.now.ranks.iter().zip(&inputs.now.earned).filter(|(held, earned)| earned < held))
        }
        _ => 0,
    }
}

fn months(inputs: &TierInputs<'_>) -> Result<Vec<Month>, MetricError> {
    let computed = inputs.computed;
    let ends = month_ends(inputs.period, TREND_MONTHS + 12);
    let mut months = Vec::with_capacity(ends.len());
    for (place, end) in ends.iter().enumerate() {
        let start = Period::holding(inputs.period.unit(), *end).first_day();
        months.push(Month {
            end: *end,
            net: i128::from(computed.total(NET_ALL, *end)?),
            gross: i128::from(computed.total(GROSS_ALL, *end)?),
            orders: computed.total(ORDERS_ALL, *end)?,
            net_card: i128::from(computed.total(NET_CARD, *end)?),
            net_no_card: i128::from(computed.total(NET_NO_CARD, *end)?),
            active: active(inputs, *end)?,
            members: count(inputs.subjects.on(*end)),
            new: inputs.subjects.begun(start, *end),
            lapsed: if place < TREND_MONTHS { Some(lapsed(inputs, *end, start)?) } else { None },
        });
    }
    Ok(months)
}

fn lapsed(inputs: &TierInputs<'_>, end: NaiveDate, start: NaiveDate) -> Result<i64, MetricError> {
    let (figures, now) = inputs.computed.at(LINES_12M, end)?;
    let (_, before) = inputs.computed.at(LINES_12M, crate::period::days_after(start, -1))?;
    let bought = |subject: u32, place: usize| figures.get(subject, place).unwrap_or(0) > 0;
    Ok(count(inputs.subjects.on(end).filter(|subject| bought(*subject, before) && !bought(*subject, now))))
}

/// Members of the day who bought in its month.
fn active(inputs: &TierInputs<'_>, end: NaiveDate) -> Result<i64, MetricError> {
    let (lines, at) = inputs.computed.at(LINES, end)?;
    Ok(count(inputs.subjects.on(end).filter(|subject| lines.get(*subject, at).unwrap_or(0) > 0)))
}

fn tiers(inputs: &TierInputs<'_>, grades: usize) -> Result<Vec<Tier>, MetricError> {
    let (now, before) = (inputs.period.last_day(), inputs.period.previous().last_day());
    let computed = inputs.computed;
    let mut tiers = vec![Tier::default(); grades];
    let ((net, at), (gross, _), (orders, _)) =
        (computed.at(NET, now)?, computed.at(GROSS, now)?, computed.at(ORDERS, now)?);
    for (subject, rank) in inputs.now.subjects.iter().zip(&inputs.now.ranks) {
        let Some(tier) = tiers.get_mut(usize::from(*rank)) else { continue };
        let bought = orders.get(*subject, at).unwrap_or(0);
        tier.members += 1;
        tier.active += i64::from(bought > 0);
        tier.orders += bought;
        tier.net += i128::from(net.get(*subject, at).unwrap_or(0));
        tier.gross += i128::from(gross.get(*subject, at).unwrap_or(0));
    }
    let (net, at) = computed.at(NET, before)?;
    for (subject, rank) in inputs.before.subjects.iter().zip(&inputs.before.ranks) {
        let Some(tier) = tiers.get_mut(usize::from(*rank)) else { continue };
        tier.members_before += 1;
        tier.net_before += i128::from(net.get(*subject, at).unwrap_or(0));
    }
    Ok(tiers)
}

fn sum_of(inputs: &TierInputs<'_>, subjects: &[u32], day: NaiveDate) -> Result<Money, MetricError> {
    let (net, at) = inputs.computed.at(NET, day)?;
    let sum = subjects.iter().map(|subject| i128::from(net.get(*subject, at).unwrap_or(0))).sum();
    let (lines, lines_at) = inputs.computed.at(LINES, day)?;
    let active = count(subjects.iter().filter(|subject| lines.get(**subject, lines_at).unwrap_or(0) > 0));
    Ok(Money { members: count(subjects.iter()), active, net: sum })
}

/// Members on transactions of the month who are not in the list of members on the day.
fn unknown(inputs: &TierInputs<'_>, day: NaiveDate) -> Result<Money, MetricError> {
    let (net, at) = inputs.computed.at(NET, day)?;
    let (orders, orders_at) = inputs.computed.at(ORDERS, day)?;
    let codes = inputs.dictionaries.of("member_id").map_or(0, Dictionary::len);
    let mut known = vec![false; codes];
    for subject in inputs.subjects.on(day) {
        if let Some(place) = usize::try_from(subject).ok().and_then(|at| known.get_mut(at)) {
            *place = true;
        }
    }
    let mut found = Money::default();
    for (code, known) in known.iter().enumerate().skip(1) {
        let Ok(code) = u32::try_from(code) else { break };
        let amount = net.get(code, at).unwrap_or(0);
        if !*known && (amount != 0 || orders.get(code, orders_at).unwrap_or(0) != 0) {
            found.members += 1;
            found.net += i128::from(amount);
        }
    }
    Ok(found)
}

/// How many members went from which tier a month ago to which now; who was not graded then stands in the last row.
fn matrix(moves: &[Step], grades: usize) -> Vec<Vec<i64>> {
    let mut matrix = vec![vec![0; grades]; grades + 1];
    for step in moves {
        let row = step.before.map_or(grades, usize::from);
        if let Some(cell) = matrix.get_mut(row).and_then(|row| row.get_mut(usize::from(step.now))) {
            *cell += 1;
        }
    }
    matrix
}

/// One graded member a month ago and now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) subject: u32,
    pub(super) before: Option<u8>,
    pub(super) now: u8,
}

/// Which way members moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
    Same,
    /// Not graded a month ago.
    New,
}

impl Step {
    pub(super) fn way(self) -> Way {
        match self.before.map(|before| self.now.cmp(&before)) {
            None => Way::New,
            Some(std::cmp::Ordering::Greater) => Way::Up,
            Some(std::cmp::Ordering::Less) => Way::Down,
            Some(std::cmp::Ordering::Equal) => Way::Same,
        }
    }
}

fn steps(inputs: &TierInputs<'_>) -> Vec<Step> {
    let codes = inputs.dictionaries.of("member_id").map_or(0, Dictionary::len);
    let before = inputs.before.by_code(codes);
    let of = |subject: u32| usize::try_from(subject).ok().and_then(|at| before.get(at).copied()).flatten();
    let now = inputs.now.subjects.iter().zip(&inputs.now.ranks);
    now.map(|(subject, rank)| Step { subject: *subject, before: of(*subject), now: *rank }).collect()
}

fn tops(inputs: &TierInputs<'_>) -> Result<Vec<Tops>, MetricError> {
    let days = [inputs.period.last_day(), inputs.period.previous().last_day(), inputs.period.year_before().last_day()];
    days.into_iter().map(|day| top(inputs, day)).collect()
}

fn top(inputs: &TierInputs<'_>, as_of: NaiveDate) -> Result<Tops, MetricError> {
    let (net, at) = inputs.computed.at(NET_12M, as_of)?;
    let mut amounts: Vec<i64> =
        inputs.subjects.on(as_of).filter_map(|subject| net.get(subject, at)).filter(|net| *net > 0).collect();
    amounts.sort_unstable_by(|a, b| b.cmp(a));
    let customers = count(amounts.iter());
    let steps = TOP_PERCENTS
        .iter()
        .map(|percent| {
            let take = (customers * percent + 99) / 100;
            let sum = amounts.iter().take(usize::try_from(take).unwrap_or(0)).map(|net| i128::from(*net)).sum();
            (take, sum)
        })
        .collect();
    Ok(Tops { as_of, customers, net: amounts.iter().map(|net| i128::from(*net)).sum(), steps })
}
