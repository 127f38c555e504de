//! Receivables of a ledger as of a day: movements, items, ageing and behaviour, worked out together from one snapshot.

use crate::{
    ledger::snapshot::Snapshot,
    receivables::{
        ageing::Ageing,
        behaviour::Behaviour,
        item::AsOf,
        movement::Movements,
        policy::{Basis, Policy},
        settle::{Scene, Settled, settle},
    },
    run::{error::RunError, home::Home},
};

/// What is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// As of when, and how much was known.
    pub at: AsOf,
    /// Another basis than that of `config/receivables.toml`.
    pub basis: Option<Basis>,
    /// Whether the general ledger must agree.
    pub with_control: bool,
    /// Whether it is asked how customers pay.
    pub with_behaviour: bool,
}

/// Receivables as of a day.
#[derive(Debug)]
pub struct Receivables {
    /// How they were aged and judged.
    pub policy: Policy,
    /// The movements.
    pub movements: Movements,
    /// Every item, open or not, and what is left of payments.
    pub settled: Settled,
    /// What is open.
    pub ageing: Ageing,
    /// How customers pay, by currency and id; nothing where nobody asked.
    pub behaviour: Vec<Behaviour>,
}

/// Reads the movements of a ledger and works out everything about receivables.
///
/// # Errors
/// [`RunError`] when the policy is wrong, the ledger cannot be read, or the figures do not reconcile.
pub fn work_out(home: &Home, snapshot: &mut Snapshot, order: Order) -> Result<Receivables, RunError> {
    let mut policy = home.receivables()?;
    policy.basis = order.basis.unwrap_or(policy.basis);
    let movements = Movements::read(snapshot)?;
    let scene = Scene {
        movements: &movements,
        policy: &policy,
        at: order.at,
        dictionaries: snapshot.dictionaries(),
        places: home.mapping.currency.scale.places(),
    };
    let settled = settle(&scene);
    let ageing = Ageing::work_out(&scene, &settled, order.with_control)?;
    let behaviour = if order.with_behaviour { Behaviour::work_out(&scene, &settled) } else { Vec::new() };
    Ok(Receivables { policy, movements, settled, ageing, behaviour })
}
