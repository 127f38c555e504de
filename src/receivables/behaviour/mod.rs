//! Payment behaviour: how late a customer pays, how it changes, and whether promises are kept.

mod work;

use crate::money::Share;

/// How a customer pays in a currency. Items are instalments of invoices that were settled at least in part by money; those that credit notes alone
/// settled say nothing about paying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Behaviour {
    /// Code of the customer.
    pub customer: u32,
    /// Place of the currency.
    pub currency: u16,
    /// Settled items.
    pub settled: u64,
    /// Their amount.
    pub settled_amount: i128,
    /// Those settled after the due day.
    pub late: u64,
    /// Their amount.
    pub late_amount: i128,
    /// The sum of their days late.
    pub days_late: i64,
    /// The most days late of one.
    pub longest_late: i64,
    /// The sum of days from the invoice to the settlement.
    pub days_to_settle: i64,
    /// Settled items about whose invoice there was a dispute.
    pub disputed: u64,
    /// What was paid in money on settled items.
    pub paid: i128,
    /// Each amount of that, times the days by which it came late.
    pub paid_days_late: i128,
    /// Items due within the window.
    pub due_in_window: u64,
    /// Those of them that were, or are, overdue for more days than the grace.
    pub long_overdue_in_window: u64,
    /// The most days for which one item was overdue at any time within the window, counted to the as-of day while it is open.
    pub longest_overdue_in_window: i64,
    /// What was paid on items settled within the window, and each amount times its days late.
    pub recent: (i128, i128),
    /// The same for the window before.
    pub earlier: (i128, i128),
    /// Promises whose day is over.
    pub promises: u64,
    /// Those that were not kept.
    pub broken_promises: u64,
}

/// How the average days late moved from the window before to the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// Fewer days late.
    Better,
    /// The same.
    Same,
    /// More days late.
    Worse,
}

impl Trend {
    /// The name in data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Same => "same",
            Self::Worse => "worse",
        }
    }
}

impl Behaviour {
    /// Days late, each paid amount by its weight.
    pub fn weighted_days_late(&self) -> Share {
        Share::new(self.paid_days_late, self.paid)
    }

    /// The share of settled items that came on time, by number.
    pub fn on_time_rate(&self) -> Share {
        Share::new(self.settled - self.late, self.settled)
    }

    /// The share of settled items that came on time, by amount.
    pub fn on_time_amount_rate(&self) -> Share {
        Share::new(self.settled_amount - self.late_amount, self.settled_amount)
    }

    /// The share of items due within the window that were overdue for more days than the grace (S73).
    pub fn long_overdue_rate(&self) -> Share {
        Share::new(self.long_overdue_in_window, self.due_in_window)
    }

    /// The share of settled items that were in dispute.
    pub fn disputed_rate(&self) -> Share {
        Share::new(self.disputed, self.settled)
    }

    /// How the average days late moved; `None` where one of the windows has no payment.
    pub fn trend(&self) -> Option<Trend> {
        let share = |(paid, days): (i128, i128)| Share::new(days, paid);
        Some(match share(self.recent).compare(share(self.earlier))? {
            std::cmp::Ordering::Less => Trend::Better,
            std::cmp::Ordering::Equal => Trend::Same,
            std::cmp::Ordering::Greater => Trend::Worse,
        })
    }
}
