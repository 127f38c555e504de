//! Quintiles, classes by share, tiers, trend and migration of customers whose figures are known; whole numbers only.
//!
//! Invariants: equal figures are ordered by the customer's number; a share is compared by cross-multiplication. Only what must be sorted is held.

use crate::answer::Answer;

/// Net amounts from which tiers 1 to 4 begin, in fen.
const TIERS: [i64; 4] = [100_000, 500_000, 2_000_000, 5_000_000];

/// The figures of one customer.
#[derive(Debug)]
pub(crate) struct Customer {
    pub(crate) id: i64,
    pub(crate) recency: i64,
    pub(crate) frequency: i64,
    pub(crate) monetary: i64,
    pub(crate) before: i64,
    pub(crate) months: [i64; 12],
}

/// Takes customers in any order.
#[derive(Debug, Default)]
pub(crate) struct Grading {
    answer: Answer,
    ids: Vec<i64>,
    recency: Vec<i64>,
    frequency: Vec<i64>,
    monetary: Vec<i64>,
}

impl Grading {
    /// Takes a customer: what needs nobody else is done at once.
    pub(crate) fn take(&mut self, customer: &Customer) {
        self.ids.push(customer.id);
        self.recency.push(customer.recency);
        self.frequency.push(customer.frequency);
        self.monetary.push(customer.monetary);
        let answer = &mut self.answer;
        let (tier, before) = (tier(customer.monetary), tier(customer.before));
        answer.customers += 1;
        answer.recency += customer.recency;
        answer.frequency += customer.frequency;
        answer.monetary += customer.monetary;
        answer.monetary_before += customer.before;
        answer.tiers += i64::try_from(tier).unwrap() * customer.id;
        answer.tiers_before += i64::try_from(before).unwrap() * customer.id;
        for (month, amount) in customer.months.iter().enumerate() {
            answer.months[month] += amount;
            answer.months_by_customer[month] += amount * (customer.id % 1_000);
        }
        let [.., t7, t8, t9, t10, t11, t12] = customer.months;
        let trend = match (t10 + t11 + t12).cmp(&(t7 + t8 + t9)) {
            std::cmp::Ordering::Greater => 0,
            std::cmp::Ordering::Equal => 1,
            std::cmp::Ordering::Less => 2,
        };
        answer.trend[trend] += 1;
        answer.migration[before * 5 + tier] += 1;
    }

    /// Ranks the customers among each other, on two threads.
    pub(crate) fn finish(self) -> Answer {
        let Self { mut answer, ids, recency, frequency, monetary } = self;
        let least_recent: Vec<i64> = recency.iter().map(|days| -days).collect();
        let most_first: Vec<i64> = monetary.iter().map(|amount| -amount).collect();
        std::thread::scope(|scope| {
            let other = scope.spawn(|| (quintiles(&least_recent, &ids), quintiles(&frequency, &ids)));
            answer.monetary_quintiles = quintiles(&monetary, &ids);
            answer.abc = classes(&most_first, &ids);
            (answer.recency_quintiles, answer.frequency_quintiles) = other.join().unwrap();
        });
        answer
    }
}

fn tier(amount: i64) -> usize {
    TIERS.iter().filter(|limit| amount >= **limit).count()
}

/// Customers in the order of a figure, as figure less the smallest figure, and number.
fn ranked(figures: &[i64], ids: &[i64]) -> impl ExactSizeIterator<Item = (i64, i64)> {
    let least = figures.iter().copied().min().unwrap_or(0);
    let most = figures.iter().copied().max().unwrap_or(0);
    let bits = 64 - ids.iter().copied().max().unwrap_or(0).leading_zeros();
    assert!((most - least).leading_zeros() > bits, "figure and number do not fit into one word");
    let mut keys: Vec<u64> = figures
        .iter()
        .zip(ids)
        .map(|(figure, id)| (figure - least).cast_unsigned() << bits | id.cast_unsigned())
        .collect();
    keys.sort_unstable();
    keys.into_iter().map(move |key| ((key >> bits).cast_signed() + least, (key & ((1 << bits) - 1)).cast_signed()))
}

/// The sum of quintile × number, as `ntile(5)` deals them: the first quintiles take one more where five do not divide the customers.
fn quintiles(figures: &[i64], ids: &[i64]) -> i64 {
    let (size, larger) = (ids.len() / 5, ids.len() % 5);
    let mut ordered = ranked(figures, ids);
    let mut sum = 0;
    for (quintile, bonus) in (1..=5).zip((0..5).map(|place| usize::from(place < larger))) {
        sum += quintile * ordered.by_ref().take(size + bonus).map(|(_, id)| id).sum::<i64>();
    }
    sum
}

/// The sum of class × number: A up to 70 % of all positive amounts, B up to 90 %, C the rest. Amounts come negated, the largest first.
fn classes(negated: &[i64], ids: &[i64]) -> i64 {
    let whole: i64 = negated.iter().map(|amount| (-amount).max(0)).sum();
    let mut running = 0;
    let mut sum = 0;
    for (negated, id) in ranked(negated, ids) {
        running -= negated.min(0);
        let class = match () {
            () if negated >= 0 => 3,
            () if running * 10 <= whole * 7 => 1,
            () if running * 10 <= whole * 9 => 2,
            () => 3,
        };
        sum += class * id;
    }
    sum
}
