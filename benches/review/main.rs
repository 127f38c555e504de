//! The annual review of a ledger of 1,000,000 customers and 20,000,000 transactions by this program and by its peers, in turns: see `benches/README.md`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::missing_docs_in_private_items,
    reason = "a benchmark prints its result and may stop at the first thing that is wrong"
)]

mod answer;
mod contest;
mod contestant;
mod grade;
mod ledger;
mod ours;
mod rows;
mod server;
mod sqlite;
mod table;

use contestant::Contestant;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let bench = ledger::Bench::from_environment();
    match arguments.iter().position(|argument| argument == "--contestant").and_then(|at| arguments.get(at + 1)) {
        Some(name) => Contestant::named(name).unwrap().run(&bench),
        None => contest::hold(&bench),
    }
}
