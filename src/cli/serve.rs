//! `fenji serve`.

use std::{net::SocketAddr, path::Path, sync::Arc};

use clap::ValueEnum;
use tracing::Level;

use crate::{
    cli::{
        failure::{Failure, RUN},
        job::block_on,
        log::{self, LogFormat},
    },
    run::{
        home::Home,
        serve::{Figures, ServeError, serve},
    },
    web::listen,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Do everything that is due, and stop then
    #[arg(long)]
    once: bool,
    /// How lines are written to standard error
    #[arg(long, value_enum, default_value = "text")]
    log_format: LogFormat,
    /// What is written: this and graver
    #[arg(long, env = "FENJI_LOG", value_enum, default_value = "info")]
    log_level: LogLevel,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

pub(super) fn run(home: &Path, args: &Args) -> Result<(), Failure> {
    let level = match args.log_level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
    };
    log::begin(args.log_format, level);
    block_on(async {
        let figures = Arc::new(Figures::default());
        let address = Home::open(home)?.settings.serving.listen.filter(|_| !args.once);
        let _listener = match address {
            Some(address) => Some(listen(address, Arc::clone(&figures)).await.map_err(|cause| taken(address, &cause))?),
            None => None,
        };
        serve(home.to_owned(), args.once, figures).await.map_err(|error| match error {
            ServeError::Run(error) => error.into(),
            ServeError::System(_) | ServeError::Alarm(_) => {
                Failure::told(RUN, error.to_string(), "see what the system's log says".to_owned())
            }
        })
    })?
}

/// An address of metrics and health that cannot be had.
fn taken(address: SocketAddr, cause: &std::io::Error) -> Failure {
    let help =
        "another program has the port, or the machine has no such address: look at `listen` in config/fenji.toml";
    Failure::told(RUN, format!("cannot listen at `{address}`: {cause}"), help.to_owned())
}
