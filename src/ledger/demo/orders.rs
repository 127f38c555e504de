//! The lines of one order, and of the returns and adjustments that follow from it.
//!
//! Invariants: sales are positive, returns negative in amount and quantity and never more than was sold; a cancelled line keeps its
//! amount and counts for nothing. Not here: when orders happen (`trade`).

use super::{
    behaviour::Habit,
    calendar::Occasion,
    dice::Dice,
    goods,
    shops::{BUSINESS_DEPARTMENT, Store},
    write::{Line, OrderId},
};

/// Odds in a million that a line is cancelled, and that a whole order is.
const LINE_CANCELLED: u32 = 2_500;
const ORDER_CANCELLED: u32 = 2_500;

/// Odds in a million that the amount of an order is corrected later.
const ADJUSTED: u32 = 900;

/// How much likelier returns are from members whom the shop blocks in the end.
const TROUBLE: u32 = 14;

/// The last numbers given to orders on one day.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    sales: u32,
    returns: u32,
    adjustments: u32,
}

impl Numbers {
    /// The number of the next sale.
    pub(super) fn sale(&mut self) -> u32 {
        self.sales += 1;
        self.sales
    }

    /// The number of the next order of a series that follows from sales.
    pub(super) fn follow_up(&mut self, series: char) -> u32 {
        let last = if series == 'R' { &mut self.returns } else { &mut self.adjustments };
        *last += 1;
        *last
    }
}

/// Who buys where.
#[derive(Debug)]
pub(super) struct Sale {
    /// The member, by number.
    pub(super) member: Option<u32>,
    /// The business customer, by number.
    pub(super) customer: Option<u32>,
    /// How they shop.
    pub(super) habit: Habit,
    /// Where.
    pub(super) store: &'static Store,
    /// Whether they return more than others.
    pub(super) troublesome: bool,
}

impl Sale {
    /// Draws the lines of an order.
    pub(super) fn lines(&self, dice: &mut Dice, occasion: Occasion, order: &OrderId, second: u32) -> Vec<Line> {
        let count = self.habit.lines(dice, occasion.is_promotion());
        let all_cancelled = dice.happens(ORDER_CANCELLED);
        (1..=count).map(|number| self.line(dice, occasion, (order, number, second), all_cancelled)).collect()
    }

    fn line(
        &self,
        dice: &mut Dice,
        occasion: Occasion,
        (order, number, second): (&OrderId, u32, u32),
        cancelled: bool,
    ) -> Line {
        let item = goods::draw(dice, self.habit.profile, self.habit.level, occasion);
        let served = item.category.served || self.customer.is_some();
        let cancelled = dice.happens(LINE_CANCELLED) || cancelled;
        Line {
            order: order.clone(),
            number,
            member: self.member,
            customer: self.customer,
            second,
            kind: if cancelled { "cancelled" } else { "sale" },
            category: item.category,
            product: Some(item.product.name),
            store: self.store,
            salesperson: served.then(|| dice.weighted(&self.store.salespeople, "")),
            department: if self.customer.is_some() { BUSINESS_DEPARTMENT } else { self.store.department },
            quantity: Some(item.quantity),
            amount: item.amount,
            returns: None,
        }
    }

    /// Draws what follows from an order: days until then, and lines whose order has the right series and still lacks its day.
    pub(super) fn follow_ups(&self, dice: &mut Dice, sold: &[Line]) -> Vec<(usize, Vec<Line>)> {
        let mut follow_ups = Vec::new();
        let odds = |line: &Line| line.category.returned * if self.troublesome { TROUBLE } else { 1 };
        let returned: Vec<Line> = sold
            .iter()
            .filter(|line| line.kind == "sale" && dice.happens(odds(line)))
            .zip(1..)
            .map(|(line, number)| returned(line, number))
            .collect();
        if !returned.is_empty() {
            let days = dice.weighted(&[(1, 20), (2, 18), (3, 17), (5, 15), (7, 16), (10, 7), (14, 7)], 3);
            follow_ups.push((days, returned));
        } else if dice.happens(ADJUSTED)
            && let Some(line) = sold.first().filter(|line| line.kind == "sale")
        {
            let days = dice.weighted(&[(1, 30), (2, 25), (4, 25), (9, 20)], 2);
            follow_ups.push((days, vec![adjusted(dice, line)]));
        }
        follow_ups
    }
}

fn returned(line: &Line, number: u32) -> Line {
    let order = OrderId { series: 'R', ..line.order.clone() };
    let quantity = line.quantity.map(|quantity| -quantity);
    let returns = Some(line.order.clone());
    Line { order, number, kind: "return", quantity, amount: -line.amount, returns, ..line.clone() }
}

/// A difference in price paid back, or now and then one paid after all, in whole yuan.
fn adjusted(dice: &mut Dice, line: &Line) -> Line {
    let order = OrderId { series: 'A', ..line.order.clone() };
    let yuan = (line.amount * dice.between(5, 15) / 10_000).max(1);
    let amount = if dice.happens(800_000) { -100 * yuan } else { 100 * yuan };
    Line { order, number: 1, kind: "adjustment", quantity: None, amount, ..line.clone() }
}
