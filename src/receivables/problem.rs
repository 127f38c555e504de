//! Movements that do not fit together: counted and listed with their ids, never dropped silently.

use crate::text::{Lang, say, say_with};

/// What does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// An invoice has a negative amount.
    NegativeInvoice,
    /// The instalments of an invoice do not come to its amount.
    PartsDiffer,
    /// Terms of payment whose instalments have no weight.
    TermsWithoutWeight,
    /// An allocation names an invoice that is not there.
    UnknownInvoice,
    /// An allocation names a payment or credit note that is not there.
    UnknownSource,
    /// An allocation names both a payment and a credit note, or neither.
    NotOneSource,
    /// An allocation, its invoice and its payment are not of one currency.
    TwoCurrencies,
    /// An allocation has the other sign than its payment.
    OtherSign,
    /// More is allocated to an invoice than its amount, or more taken back than was allocated.
    MoreThanInvoice,
    /// More is allocated than the payment came to.
    MoreThanSource,
    /// An allocation names an instalment that its invoice does not have.
    UnknownPart,
    /// A payment of one customer is allocated to an invoice of another.
    OtherCustomer,
    /// A dispute names an invoice that is not there.
    DisputeWithoutInvoice,
    /// Instalments name an invoice that is not there.
    PartWithoutInvoice,
    /// An invoice names terms that are not there.
    UnknownTerms,
}

impl ProblemKind {
    /// The name in data.
    pub fn name(self) -> &'static str {
        match self {
            Self::NegativeInvoice => "negative-invoice",
            Self::PartsDiffer => "parts-differ",
            Self::TermsWithoutWeight => "terms-without-weight",
            Self::UnknownInvoice => "unknown-invoice",
            Self::UnknownSource => "unknown-payment",
            Self::NotOneSource => "not-one-payment",
            Self::TwoCurrencies => "two-currencies",
            Self::OtherSign => "other-sign",
            Self::MoreThanInvoice => "more-than-invoice",
            Self::MoreThanSource => "more-than-payment",
            Self::UnknownPart => "unknown-part",
            Self::OtherCustomer => "other-customer",
            Self::DisputeWithoutInvoice => "dispute-without-invoice",
            Self::PartWithoutInvoice => "part-without-invoice",
            Self::UnknownTerms => "unknown-terms",
        }
    }

    /// Whether no ageing is given out while it stands: what an item comes to would be guessed.
    pub fn stops(self) -> bool {
        matches!(self, Self::NegativeInvoice | Self::PartsDiffer | Self::TermsWithoutWeight | Self::PartWithoutInvoice)
    }

    /// The name for people.
    pub fn title(self, lang: Lang) -> String {
        say(lang, &format!("problem.kind_{}", self.name()))
    }

    /// What was done about it.
    pub fn done(self, lang: Lang) -> String {
        let key = match self {
            Self::NegativeInvoice | Self::PartsDiffer | Self::TermsWithoutWeight | Self::PartWithoutInvoice => {
                "refused"
            }
            Self::UnknownInvoice | Self::UnknownSource | Self::NotOneSource | Self::TwoCurrencies | Self::OtherSign => {
                "left_open"
            }
            Self::MoreThanInvoice | Self::MoreThanSource => "cut",
            Self::UnknownPart => "earliest",
            Self::OtherCustomer => "counted",
            Self::DisputeWithoutInvoice => "not_counted",
            Self::UnknownTerms => "default_terms",
        };
        say(lang, &format!("problem.done_{key}"))
    }
}

/// One row that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// What does not fit.
    pub kind: ProblemKind,
    /// The entity of the row.
    pub entity: &'static str,
    /// The id of the row.
    pub row: String,
    /// What it says, with both values.
    pub detail: Detail,
}

/// What a row says: a text of `problem` with its values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Detail {
    key: &'static str,
    values: Vec<(&'static str, String)>,
}

impl Detail {
    /// The text `problem.{key}` with its values.
    pub fn new(key: &'static str, values: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self { key, values: values.into_iter().collect() }
    }

    /// The text in a language.
    pub fn in_lang(&self, lang: Lang) -> String {
        let values: Vec<(&str, &str)> = self.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        say_with(lang, &format!("problem.{}", self.key), &values)
    }
}
