//! The five classes of receivables: by days overdue, by what else a debtor owes, with provisions; and what changed since the last list.
//!
//! Invariants: every open item has one class; the classes of a currency come to what is open in it. Suggestions and provisions are for people to
//! decide: nothing is written back. Not here: classes of leases, which a scheme gives (`grading`).

pub mod change;
pub mod policy;
mod work;

use crate::money::Share;

/// A class of risk; a later one is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RiskClass {
    /// 正常.
    Normal,
    /// 关注.
    SpecialMention,
    /// 次级.
    Substandard,
    /// 可疑.
    Doubtful,
    /// 损失.
    Loss,
}

impl RiskClass {
    /// Every class, the best first.
    pub const ALL: [Self; 5] = [Self::Normal, Self::SpecialMention, Self::Substandard, Self::Doubtful, Self::Loss];

    /// The name in declarations and data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::SpecialMention => "special-mention",
            Self::Substandard => "substandard",
            Self::Doubtful => "doubtful",
            Self::Loss => "loss",
        }
    }

    /// The class of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// Whether what has this class is at risk (风险类资产, S72).
    pub fn at_risk(self) -> bool {
        self >= Self::Substandard
    }
}

/// Amounts by class, the best first.
pub type ByClass<T> = [T; RiskClass::ALL.len()];

/// The classes of an open item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemRisk {
    /// By its days overdue alone.
    pub by_days: RiskClass,
    /// Its class: worse than by its days where the rest of what the debtor owes pulled it.
    pub class: RiskClass,
}

/// The risk of what a customer owes in a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerRisk {
    /// Code of the customer.
    pub customer: u32,
    /// Place of the currency.
    pub currency: u16,
    /// The worst class of its items; `None` without any.
    pub class: Option<RiskClass>,
    /// What is open, by class.
    pub by_class: ByClass<i128>,
    /// What is past its due day.
    pub overdue: i128,
    /// What is at risk by its days alone.
    pub by_days: i128,
    /// The most days for which an item is overdue; 0 when none is.
    pub longest_overdue: i64,
    /// Whether what is at risk pulled the rest, in this currency or in another of the same customer.
    pub pulled: bool,
}

impl CustomerRisk {
    /// What is open.
    pub fn open(&self) -> i128 {
        self.by_class.iter().sum()
    }

    /// What is at risk: substandard, doubtful and loss.
    pub fn at_risk(&self) -> i128 {
        let classes = RiskClass::ALL.iter().zip(&self.by_class);
        classes.filter(|(class, _)| class.at_risk()).map(|(_, amount)| amount).sum()
    }

    /// The share of what is open that is at risk by its days alone.
    pub fn share_by_days(&self) -> Share {
        Share::new(self.by_days, self.open())
    }
}

/// What stands in a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClassTotal {
    /// Open items.
    pub items: u64,
    /// Customers with an item.
    pub customers: u64,
    /// What is open of them.
    pub amount: i128,
    /// What would be, by days overdue alone.
    pub by_days: i128,
    /// What is to be set aside; `None` while percentages are not decided.
    pub provision: Option<i128>,
}

/// The classes of all that is open in a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrencyRisk {
    /// Place of the currency.
    pub currency: u16,
    /// By class.
    pub classes: ByClass<ClassTotal>,
    /// What is past its due day.
    pub overdue: i128,
}

impl CurrencyRisk {
    /// What is open.
    pub fn open(&self) -> i128 {
        self.classes.iter().map(|class| class.amount).sum()
    }

    /// What is at risk.
    pub fn at_risk(&self) -> i128 {
        let classes = RiskClass::ALL.iter().zip(&self.classes);
        classes.filter(|(class, _)| class.at_risk()).map(|(_, total)| total.amount).sum()
    }

    /// What is to be set aside: the sum over the classes, each rounded by itself; `None` while percentages are not decided.
    pub fn provision(&self) -> Option<i128> {
        self.classes.iter().map(|class| class.provision).sum()
    }
}

/// The risk of all that is open as of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risk {
    /// Of each open item, in their order.
    pub items: Vec<ItemRisk>,
    /// Of each customer and currency, in the order of the ageing.
    pub customers: Vec<CustomerRisk>,
    /// Of each currency, in the order of the ageing.
    pub totals: Vec<CurrencyRisk>,
}

#[cfg(test)]
mod tests;
