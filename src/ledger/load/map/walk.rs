//! Walks a TOML document by hand, so that every fault of a map is told at once and at its place.
//!
//! Invariants: a getter that finds the wrong type tells it and gives nothing; nothing here knows what a map means.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::declaration::{Declaration, Fault, Spanned, did_you_mean, quoted};

/// A value with its place.
pub(super) type Placed<'t> = Spanned<DeValue<'t>>;

/// The faults found so far in one declaration.
pub(super) struct Walk<'d> {
    declaration: &'d Declaration,
    faults: Vec<Fault>,
}

impl<'d> Walk<'d> {
    pub(super) fn new(declaration: &'d Declaration) -> Self {
        Self { declaration, faults: Vec::new() }
    }

    /// Tells a fault at a place.
    pub(super) fn fault(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.faults.push(self.declaration.fault(code, span, message, help));
    }

    /// Tells a fault of the whole file.
    pub(super) fn whole_file_fault(&mut self, code: &'static str, message: impl Into<String>, help: impl Into<String>) {
        self.faults.push(self.declaration.whole_file_fault(code, message, help));
    }

    /// Every fault, in the order of the file.
    pub(super) fn into_faults(mut self) -> Vec<Fault> {
        self.faults.sort_by_key(Fault::line);
        self.faults
    }

    /// Tells every key of a table that is not known there.
    pub(super) fn only(&mut self, table: &DeTable<'_>, place: &str, known: &[&str]) {
        for key in table.keys().filter(|key| !known.contains(&&**key.get_ref())) {
            let name = key.get_ref();
            let message = format!("{place} has no key `{name}`");
            self.fault("ledger_map::unknown_key", key.span(), message, did_you_mean(name, known.iter().copied()));
        }
    }

    /// The table of a value.
    pub(super) fn table<'v, 't>(&mut self, value: &'v Placed<'t>, what: &str) -> Option<&'v DeTable<'t>> {
        let found = value.get_ref().as_table();
        if found.is_none() {
            self.wrong_type(value, what, "a table");
        }
        found
    }

    /// The items of a value.
    pub(super) fn list<'v, 't>(&mut self, value: &'v Placed<'t>, what: &str) -> Option<&'v [Placed<'t>]> {
        let found = value.get_ref().as_array();
        match found {
            None => self.wrong_type(value, what, "a list"),
            Some(items) if items.is_empty() => {
                self.fault(
                    "ledger_map::empty_list",
                    value.span(),
                    format!("{what} is an empty list"),
                    "name at least one",
                );
            }
            Some(_) => {}
        }
        found.map(|items| &**items)
    }

    /// The text of a value.
    pub(super) fn text<'v>(&mut self, value: &'v Placed<'_>, what: &str) -> Option<&'v str> {
        let found = value.get_ref().as_str();
        if found.is_none() {
            self.wrong_type(value, what, "a text in quotes");
        }
        found
    }

    /// The texts of a list of texts, each with its place.
    pub(super) fn texts<'v>(&mut self, value: &'v Placed<'_>, what: &str) -> Vec<(&'v str, Range<usize>)> {
        let items = self.list(value, what).unwrap_or_default();
        items.iter().filter_map(|item| Some((self.text(item, what)?, item.span()))).collect()
    }

    /// The text of a value, or each text of a list.
    pub(super) fn one_or_more<'v>(&mut self, value: &'v Placed<'_>, what: &str) -> Vec<(&'v str, Range<usize>)> {
        match value.get_ref().as_str() {
            Some(text) => vec![(text, value.span())],
            None => self.texts(value, what),
        }
    }

    /// The yes or no of a value.
    pub(super) fn flag(&mut self, value: &Placed<'_>, what: &str) -> Option<bool> {
        let found = value.get_ref().as_bool();
        if found.is_none() {
            self.wrong_type(value, what, "`true` or `false`");
        }
        found
    }

    /// The text of a value that has to be one of a few words, as an index into them.
    pub(super) fn word(&mut self, value: &Placed<'_>, what: &str, words: &[&str]) -> Option<usize> {
        let text = self.text(value, what)?;
        let found = words.iter().position(|word| *word == text);
        if found.is_none() {
            let message = format!("{what} cannot be `{text}`");
            self.fault("ledger_map::unknown_word", value.span(), message, format!("write one of {}", quoted(words)));
        }
        found
    }

    /// Tells that a value is of another type than it should be.
    pub(super) fn wrong_type(&mut self, value: &Placed<'_>, what: &str, wanted: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "yes or no",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let help = format!("write {wanted}");
        self.fault("ledger_map::wrong_type", value.span(), format!("{what} is {found}, not {wanted}"), help);
    }
}
