//! Types only, until the real one is merged.
#![expect(missing_docs, reason = "replaced on merge")]
use crate::ledger::{
    batch::{Batch, Dictionaries},
    error::LedgerError,
    mapping::Mapping,
};
use chrono::{NaiveDate, NaiveDateTime};
#[derive(Debug, Clone)]
pub struct Posting {
    pub key: String,
    pub member: String,
    pub kind: &'static str,
    pub points: i64,
    pub at: NaiveDateTime,
    pub programme: Option<String>,
    pub rule: Option<String>,
    pub order_id: Option<String>,
    pub reverses_id: Option<String>,
    pub expires_on: Option<NaiveDate>,
}
#[derive(Debug, Clone)]
pub struct Posted {
    pub key: String,
    pub member: String,
    pub entry_id: String,
    pub kind: String,
    pub points: i64,
    pub at: NaiveDateTime,
}
#[derive(Debug)]
pub struct Poster;
impl Poster {
    pub fn open(_mapping: Mapping, _today: NaiveDate) -> Result<Self, LedgerError> {
        Ok(Self)
    }
    pub fn chunk(&self) -> usize {
        500
    }
    pub fn post(
        &mut self,
        _members: &[String],
        _columns: &[&'static str],
        _decide: &mut dyn FnMut(&Batch, &Dictionaries) -> Vec<Posting>,
    ) -> Result<Vec<Posted>, LedgerError> {
        Ok(Vec::new())
    }
    pub fn read_back(&mut self, _keys: &[String]) -> Result<Vec<Posted>, LedgerError> {
        Ok(Vec::new())
    }
}
