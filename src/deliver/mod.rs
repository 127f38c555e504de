//! From bytes to the world: files on the disk and mail by SMTP.
//!
//! Invariants: a file is there whole or not at all; a mail is sent as the bytes that were stored, and the outcome says whether sending
//! it again is safe. Not here: what a mail says (`render::email`), who gets one and when (`run`).

pub mod file;
pub mod mail;
pub mod smtp;
#[cfg(test)]
mod tests;

pub use mail::message;
pub use smtp::send_smtp;
