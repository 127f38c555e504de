//! One attempt of a run. A child process works everything out and writes only into a directory of its own; the parent keeps the lease, ends the child when
//! it must, and brings what it made into the store in one transaction under the token of the lease. So a child that is killed has done nothing.
//!
//! Not here: what a job makes (`run::job`), which run is next (`run::store::runs`).

mod child;
mod class;
mod ending;
mod error;
mod identity;
mod manifest;
mod parent;
mod process;

pub use child::{Request, work};
pub use class::Class;
pub use error::AttemptError;
pub use identity::{host, owner};
pub use parent::{Context, Performed, Stop, perform};

/// The name of the hidden command that a child process is started with.
pub const COMMAND: &str = "attempt";
