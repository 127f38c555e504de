//! Sends the bytes of a mail by SMTP and says how it ended.
//!
//! Invariants: a connection to another machine is encrypted or not used; a password is never part of a message; an outcome says
//! whether sending again is safe: once the last byte has left without an answer, nobody knows. One mail uses one connection.
//! Not here: what to do about an outcome (`run`).

use std::{net::IpAddr, time::Duration};

use lettre::{
    Address,
    transport::smtp::{
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailParameter},
    },
};
use miette::Diagnostic;
use thiserror::Error;
use tokio::time::timeout;

use crate::deliver::mail::{MailError, checked_address};

/// Time for each step up to the mail itself: connecting, greeting, signing in, naming sender and recipients.
const STEP: Duration = Duration::from_secs(30);
/// Time for the mail itself until the server has taken it; RFC 5321 asks for ten minutes.
const TAKING: Duration = Duration::from_mins(10);

/// How sending a mail failed.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
pub enum SendError {
    /// The URL of the server is wrong.
    #[error("the mail server's URL is wrong: {cause}")]
    #[diagnostic(
        code(smtp::bad_url),
        help(
            "write `smtps://user:password@host`, or `smtp://user:password@host:587`; write `@`, `:` and `/` in a password as `%40`, `%3A`, `%2F`"
        )
    )]
    BadUrl {
        /// What is wrong, without the URL: it may hold a password.
        cause: String,
    },
    /// The sender or a recipient is no address.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Address(#[from] MailError),
    /// The server cannot be reached, or does not speak as it should; the mail was not handed over.
    #[error("cannot talk to the mail server `{host}` while {step}: {cause}")]
    #[diagnostic(
        code(smtp::unreachable),
        help(
            "check host, port and network; the mail was not handed over: run the job again, or send the `.eml` file it wrote"
        )
    )]
    Unreachable {
        /// The server.
        host: String,
        /// What was being done.
        step: &'static str,
        /// What went wrong.
        cause: String,
    },
    /// The server does not want the mail now.
    #[error("the mail server `{host}` puts the mail off while {step}: {cause}")]
    #[diagnostic(
        code(smtp::deferred),
        help("the server asks to try later: run the job again then, or send the `.eml` file it wrote")
    )]
    Deferred {
        /// The server.
        host: String,
        /// What was being done.
        step: &'static str,
        /// What the server says.
        cause: String,
    },
    /// The server will not take the mail.
    #[error("the mail server `{host}` refuses the mail while {step}: {cause}")]
    #[diagnostic(
        code(smtp::refused),
        help("check the sign-in, the sender's right to send and the recipient's address; it is not tried again")
    )]
    Refused {
        /// The server.
        host: String,
        /// What was being done.
        step: &'static str,
        /// What the server says.
        cause: String,
    },
    /// The whole mail went out, and the answer never came: it may have been delivered.
    #[error("the mail server `{host}` took the mail without an answer: {cause}")]
    #[diagnostic(
        code(smtp::unknown),
        help("look in the recipient's mailbox or the server's log before it is sent again: it may have arrived")
    )]
    Unknown {
        /// The server.
        host: String,
        /// What went wrong.
        cause: String,
    },
}

impl SendError {
    /// Whether sending the same mail again later may help and cannot deliver it twice.
    pub fn may_retry(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Deferred { .. })
    }
}

/// Where and how to connect.
#[derive(Clone, PartialEq, Eq)]
struct Server {
    host: String,
    port: u16,
    security: Security,
    user: Option<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    /// TLS from the first byte (`smtps`).
    Wrapped,
    /// STARTTLS, or no mail.
    Upgraded,
    /// This machine only.
    Plain,
}

/// Hands a mail to a server: `smtps://` speaks TLS from the start, `smtp://` must upgrade to TLS unless the host is this machine.
///
/// # Errors
/// [`SendError`]; [`SendError::may_retry`] tells whether sending again is safe. If the server refuses one of several recipients,
/// nobody gets the mail.
pub async fn send_smtp(url: &str, from: &str, to: &[String], bytes: &[u8]) -> Result<(), SendError> {
    send_within(url, from, to, bytes, (STEP, TAKING)).await
}

async fn send_within(
    url: &str,
    from: &str,
    to: &[String],
    bytes: &[u8],
    limits: (Duration, Duration),
) -> Result<(), SendError> {
    let server = Server::parse(url)?;
    let from = checked_address(from)?;
    let to = to.iter().map(|address| checked_address(address)).collect::<Result<Vec<Address>, MailError>>()?;
    if to.is_empty() {
        return Err(MailError::NoRecipient.into());
    }
    let mut connection = within(limits.0, &server, "connecting", connect(&server, limits.0)).await?;
    let result = hand_over(&mut connection, &server, (from, to), bytes, limits).await;
    // The outcome stands; a server that hangs over its farewell must not hold the run up.
    let _ = timeout(Duration::from_secs(2), connection.abort()).await;
    result
}

/// Whether a server can be reached and greets, with the encryption that sending would use; nobody signs in, and nothing is sent. Gives its name.
///
/// # Errors
/// [`SendError::BadUrl`], or that the server cannot be reached within the limit.
pub async fn reach(url: &str, limit: Duration) -> Result<String, SendError> {
    let server = Server::parse(url)?;
    let mut connection = within(limit, &server, "connecting", connect(&server, limit)).await?;
    let _ = timeout(Duration::from_secs(2), connection.abort()).await;
    Ok(server.host)
}

async fn connect(server: &Server, limit: Duration) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
    let name = ClientId::default();
    let address = (server.host.trim_matches(['[', ']']), server.port);
    let tls = || TlsParameters::new(server.host.clone());
    let mut connection = match server.security {
        Security::Wrapped => {
            AsyncSmtpConnection::connect_tokio1(address, Some(limit), &name, Some(tls()?), None).await?
        }
        Security::Upgraded | Security::Plain => {
            AsyncSmtpConnection::connect_tokio1(address, Some(limit), &name, None, None).await?
        }
    };
    if server.security == Security::Upgraded {
        connection.starttls(tls()?, &name).await?;
    }
    Ok(connection)
}

async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    server: &Server,
    (from, to): (Address, Vec<Address>),
    bytes: &[u8],
    (step, taking): (Duration, Duration),
) -> Result<(), SendError> {
    if let Some((name, password)) = &server.user {
        let user = Credentials::new(name.clone(), password.clone());
        within(step, server, "signing in", connection.auth(DEFAULT_MECHANISMS, &user)).await?;
    }
    let mut options = Vec::new();
    if [&from].into_iter().chain(&to).any(|address| !<Address as AsRef<str>>::as_ref(address).is_ascii()) {
        let extended = connection.server_info().supports_feature(Extension::SmtpUtfEight);
        let refused = || SendError::Refused {
            host: server.host.clone(),
            step: "naming the recipients",
            cause: "the server takes only ASCII addresses".to_owned(),
        };
        extended.then_some(()).ok_or_else(refused)?;
        options.push(MailParameter::SmtpUtfEight);
    }
    within(step, server, "naming the sender", connection.command(Mail::new(Some(from), options))).await?;
    for address in to {
        let rcpt = connection.command(Rcpt::new(address, Vec::new()));
        within(step, server, "naming the recipients", rcpt).await?;
    }
    within(step, server, "starting the mail", connection.command(Data)).await?;
    let unknown = |cause: String| SendError::Unknown { host: server.host.clone(), cause };
    match timeout(taking, connection.message(bytes)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) if error.is_transient() || error.is_permanent() => Err(told(server, "taking the mail", &error)),
        Ok(Err(error)) => Err(unknown(error.to_string())),
        Err(_) => Err(unknown(format!("no answer within {} seconds", taking.as_secs()))),
    }
}

async fn within<T>(
    limit: Duration,
    server: &Server,
    step: &'static str,
    work: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, SendError> {
    match timeout(limit, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(told(server, step, &error)),
        Err(_) => Err(SendError::Unreachable {
            host: server.host.clone(),
            step,
            cause: format!("no answer within {} seconds", limit.as_secs()),
        }),
    }
}

fn told(server: &Server, step: &'static str, error: &lettre::transport::smtp::Error) -> SendError {
    let (host, cause) = (server.host.clone(), error.to_string());
    if error.is_permanent() {
        SendError::Refused { host, step, cause }
    } else if error.is_transient() {
        SendError::Deferred { host, step, cause }
    } else {
        SendError::Unreachable { host, step, cause }
    }
}

/// Whether a relay's URL can be read, without connecting to it.
///
/// # Errors
/// [`SendError::BadUrl`].
pub fn check_url(url: &str) -> Result<(), SendError> {
    Server::parse(url).map(drop)
}

impl Server {
    /// Reads `smtps://user:password@host:port`; nothing else may follow.
    fn parse(url: &str) -> Result<Self, SendError> {
        let bad = |cause: &str| SendError::BadUrl { cause: cause.to_owned() };
        let (scheme, rest) = url.split_once("://").ok_or_else(|| bad("it has no `://`"))?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (user, place) = rest.rsplit_once('@').map_or((None, rest), |(user, place)| (Some(user), place));
        if place.contains(['/', '?', '#', '\\', ' ']) {
            return Err(bad("only a host and a port may follow the user"));
        }
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                (host, Some(port.parse().map_err(|_| bad("the port is not a number from 1 to 65535"))?))
            }
            _ => (place, None),
        };
        if host.is_empty() {
            return Err(bad("it names no host"));
        }
        let (security, usual) = match scheme {
            "smtps" => (Security::Wrapped, 465),
            "smtp" if is_this_machine(host) => (Security::Plain, 25),
            "smtp" => (Security::Upgraded, 587),
            _ => return Err(bad("it starts with neither `smtps://` nor `smtp://`")),
        };
        let user = user.map(|pair| -> Result<(String, String), SendError> {
            let (name, password) = pair.split_once(':').ok_or_else(|| bad("the user has no password"))?;
            let decoded = |part: &str| decoded(part).ok_or_else(|| bad("a `%` is not followed by two hex digits"));
            Ok((decoded(name)?, decoded(password)?))
        });
        Ok(Self { host: host.to_owned(), port: port.unwrap_or(usual), security, user: user.transpose()? })
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let digits = after.get(..2).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after.get(2..)?;
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;
