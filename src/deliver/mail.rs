//! A mail as the bytes that are stored and sent.
//!
//! Invariants: the same arguments give the same bytes: boundaries come from the message id, the date is given. Addresses, the message
//! id and content ids with anything unusual are **refused**; display names, subjects and file names come from data and are **cleaned**: control
//! characters (CR, LF, NUL, …) become spaces, direction overrides vanish. So no text can start a header of its own, and `lettre`, which panics on a
//! line break in a name, never sees one. Not here: the words (`render::email`), sending (`smtp`).

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use lettre::{
    Address, Message,
    message::{
        Attachment as Part, Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue},
    },
};
use miette::Diagnostic;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{render::email::InlineImage, report::format::one_line};

/// The most bytes that the attachments of one mail may have together, before encoding.
pub const ATTACHMENTS_LIMIT: usize = 10 * 1024 * 1024;
/// The most characters of a name or subject that are kept; a longer one ends in `…`.
const NAME_LIMIT: usize = 200;

/// Why a mail could not be built.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
pub enum MailError {
    /// An address is no address.
    #[error("`{address}` is not an e-mail address")]
    #[diagnostic(
        code(mail::bad_address),
        help("write one plain address such as `name@example.com`, without a display name")
    )]
    BadAddress {
        /// The address, control characters shown as spaces.
        address: String,
    },
    /// Nobody to send it to.
    #[error("the mail has no recipient")]
    #[diagnostic(code(mail::no_recipient), help("add at least one address"))]
    NoRecipient,
    /// The message id or a content id cannot stand in a header.
    #[error("`{id}` is not a message id")]
    #[diagnostic(code(mail::bad_id), help("an id has the form `local@domain` in ASCII without spaces"))]
    BadId {
        /// The id.
        id: String,
    },
    /// An attachment's type is no media type.
    #[error("`{media_type}` of the attachment `{name}` is not a media type")]
    #[diagnostic(code(mail::bad_media_type), help("write it as `application/pdf`"))]
    BadMediaType {
        /// The file name.
        name: String,
        /// The type as given.
        media_type: String,
    },
    /// The attachments are too large together.
    #[error("the attachments have {bytes} bytes together, more than {limit}")]
    #[diagnostic(
        code(mail::attachments_too_large),
        help(
            "attach fewer formats in the job's `deliver` part, or deliver the files to a folder and mail the summary alone"
        )
    )]
    AttachmentsTooLarge {
        /// Bytes of all attachments.
        bytes: usize,
        /// The most bytes.
        limit: usize,
    },
    /// The mail library refused for another reason.
    #[error("the mail cannot be built: {cause}")]
    #[diagnostic(code(mail::not_built), help("this is a defect of fenji: please report it with the name of the job"))]
    NotBuilt {
        /// What the library says.
        cause: String,
    },
}

/// A name with an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correspondent {
    /// Display name; cleaned.
    pub name: Option<String>,
    /// Plain address; checked.
    pub address: String,
}

/// What stands in the headers of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The sender.
    pub from: Correspondent,
    /// The recipients, all of whom see each other.
    pub to: Vec<Correspondent>,
    /// The subject; cleaned.
    pub subject: String,
    /// `local@domain`, with or without angle brackets; one mail, one id for ever.
    pub message_id: String,
    /// The time that the mail tells.
    pub date: DateTime<Utc>,
}

/// What a mail consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailParts {
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// Pictures that the HTML refers to.
    pub images: Vec<InlineImage>,
    /// Files.
    pub attachments: Vec<Attachment>,
}

/// A file that goes with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// File name, in any language; cleaned, and without folders.
    pub name: String,
    /// Media type, such as `application/pdf`.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Tells mail programs not to answer with a notice of absence (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The mail as `mixed( alternative( text, related( html, pictures ) ), attachments )`.
///
/// # Errors
/// [`MailError`] for an address or id that cannot stand in a header, or attachments beyond [`ATTACHMENTS_LIMIT`]: they are never cut.
pub fn message(envelope: &Envelope, parts: MailParts) -> Result<Vec<u8>, MailError> {
    let bytes: usize = parts.attachments.iter().map(|attachment| attachment.bytes.len()).sum();
    if bytes > ATTACHMENTS_LIMIT {
        return Err(MailError::AttachmentsTooLarge { bytes, limit: ATTACHMENTS_LIMIT });
    }
    let id = checked_id(envelope.message_id.trim_start_matches('<').trim_end_matches('>'))?;
    if envelope.to.is_empty() {
        return Err(MailError::NoRecipient);
    }
    let mut builder = Message::builder()
        .from(mailbox(&envelope.from)?)
        .subject(cleaned(&envelope.subject))
        .message_id(Some(format!("<{id}>")))
        .date(envelope.date.into())
        .header(AutoSubmitted);
    for to in &envelope.to {
        builder = builder.to(mailbox(to)?);
    }
    let mut related =
        MultiPart::related().boundary(boundary(id, "related")).singlepart(words(parts.html, ContentType::TEXT_HTML));
    for image in parts.images {
        let cid = checked_id(&image.content_id)?.to_owned();
        let png = ContentType::parse("image/png").map_err(|error| not_built(&error))?;
        related = related.singlepart(Part::new_inline(cid).body(base64(image.bytes), png));
    }
    let body = MultiPart::alternative()
        .boundary(boundary(id, "alternative"))
        .singlepart(words(parts.text, ContentType::TEXT_PLAIN))
        .multipart(related);
    let mut mixed = MultiPart::mixed().boundary(boundary(id, "mixed")).multipart(body);
    for attachment in parts.attachments {
        mixed = mixed.singlepart(attached(attachment)?);
    }
    builder.multipart(mixed).map(|message| message.formatted()).map_err(|error| not_built(&error))
}

/// Checks a plain address: ASCII before the `@`, no control characters, no display name.
///
/// # Errors
/// [`MailError::BadAddress`].
pub fn checked_address(text: &str) -> Result<Address, MailError> {
    let bad = || MailError::BadAddress { address: one_line(text) };
    // `lettre` also takes quoted local parts and addresses of hosts by number, which no report goes to.
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '"' | ',' | ';' | '[')) {
        return Err(bad());
    }
    text.parse().map_err(|_| bad())
}

fn mailbox(correspondent: &Correspondent) -> Result<Mailbox, MailError> {
    let name = correspondent.name.as_deref().map(cleaned).filter(|name| !name.is_empty());
    Ok(Mailbox::new(name, checked_address(&correspondent.address)?))
}

fn cleaned(text: &str) -> String {
    let line = one_line(text);
    let line = line.trim();
    if line.chars().count() <= NAME_LIMIT {
        return line.to_owned();
    }
    line.chars().take(NAME_LIMIT - 1).chain(['…']).collect()
}

fn checked_id(id: &str) -> Result<&str, MailError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let good = id.len() <= 200
        && id.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && local.chars().all(allowed) && domain.chars().all(allowed)
        });
    if good { Ok(id) } else { Err(MailError::BadId { id: one_line(id) }) }
}

/// A boundary that occurs in no part: every part is base64 or quoted-printable, where `=_` cannot stand.
fn boundary(id: &str, part: &str) -> String {
    let hash = Sha256::digest(format!("{part}\n{id}").as_bytes());
    hash.iter().take(12).fold(format!("=_fenji_{part}_"), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}

/// A text part: quoted-printable where most of it is ASCII, else base64.
fn words(text: String, kind: ContentType) -> SinglePart {
    let beyond_ascii = text.bytes().filter(|byte| !byte.is_ascii()).count();
    let encoding = if beyond_ascii * 6 < text.len() {
        ContentTransferEncoding::QuotedPrintable
    } else {
        ContentTransferEncoding::Base64
    };
    let body = Body::new_with_encoding(text, encoding).unwrap_or_else(Body::new);
    SinglePart::builder().header(kind).body(body)
}

fn base64(bytes: Vec<u8>) -> Body {
    Body::new_with_encoding(bytes, ContentTransferEncoding::Base64).unwrap_or_else(Body::new)
}

fn attached(attachment: Attachment) -> Result<SinglePart, MailError> {
    let name: String =
        cleaned(&attachment.name).chars().map(|c| if matches!(c, '/' | '\\' | '"') { '_' } else { c }).collect();
    let name = if name.is_empty() { "attachment".to_owned() } else { name };
    let plain = attachment.media_type.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    let kind = ContentType::parse(&attachment.media_type).ok().filter(|_| plain);
    let bad = || MailError::BadMediaType { name: name.clone(), media_type: one_line(&attachment.media_type) };
    let kind = kind.ok_or_else(bad)?;
    Ok(Part::new(name).body(base64(attachment.bytes), kind))
}

fn not_built(error: &dyn std::error::Error) -> MailError {
    MailError::NotBuilt { cause: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::{MessageParser, MimeHeaders};

    fn person(name: &str, address: &str) -> Correspondent {
        Correspondent { name: Some(name.to_owned()), address: address.to_owned() }
    }

    fn envelope() -> Envelope {
        Envelope {
            from: person("分级报表", "report@example.com"),
            to: vec![person("张三（财务部）", "a@example.com"), person("Eve\r\nBcc: x@y", "eve@example.com")],
            subject: "会员等级月报 2026-10\r\nBcc: victim@example.com".to_owned(),
            message_id: "run-17.msg-3@fenji.example.com".to_owned(),
            date: DateTime::from_timestamp(1_793_491_200, 0).unwrap(),
        }
    }

    fn parts() -> MailParts {
        MailParts {
            text: "在册会员 48,213\r\n.\r\n--=_fenji\n".to_owned(),
            html: "<p>在册会员 <img src=\"cid:chart-trend@fenji\"></p>".to_owned(),
            images: vec![InlineImage { content_id: "chart-trend@fenji".to_owned(), bytes: vec![0x89, b'P', 0, 255] }],
            attachments: vec![Attachment {
                name: "会员等级月报 2026-10/“终稿”\r\nX: y.pdf".to_owned(),
                media_type: "application/pdf".to_owned(),
                bytes: vec![1, 2, 3, 0, 13, 10],
            }],
        }
    }

    #[test]
    fn reads_back_part_by_part() {
        let bytes = message(&envelope(), parts()).unwrap();
        assert!(bytes.is_ascii());
        let mail = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(mail.subject(), Some("会员等级月报 2026-10  Bcc: victim@example.com"));
        assert_eq!(mail.message_id(), Some("run-17.msg-3@fenji.example.com"));
        assert_eq!(mail.date().unwrap().to_timestamp(), 1_793_491_200);
        assert!(mail.bcc().is_none());
        assert_eq!(mail.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
        let to: Vec<_> = mail.to().unwrap().iter().map(|a| (a.name().unwrap(), a.address().unwrap())).collect();
        assert_eq!(to, [("张三（财务部）", "a@example.com"), ("Eve  Bcc: x@y", "eve@example.com")]);
        assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n"), "在册会员 48,213\n.\n--=_fenji\n");
        assert!(mail.body_html(0).unwrap().contains("cid:chart-trend@fenji"));
        let files: Vec<_> = mail.attachments().collect();
        assert_eq!(files.len(), 2);
        assert_eq!(files[0].content_id(), Some("chart-trend@fenji"));
        assert_eq!(files[0].contents(), [0x89, b'P', 0, 255]);
        assert_eq!(files[1].attachment_name(), Some("会员等级月报 2026-10_“终稿”  X: y.pdf"));
        assert_eq!(files[1].contents(), [1, 2, 3, 0, 13, 10]);
        let tree: Vec<String> =
            mail.parts.iter().filter_map(|p| p.content_type()?.subtype().map(str::to_owned)).collect();
        assert_eq!(tree, ["mixed", "alternative", "plain", "related", "html", "png", "pdf"]);
    }

    #[test]
    fn the_same_arguments_give_the_same_bytes() {
        assert_eq!(message(&envelope(), parts()).unwrap(), message(&envelope(), parts()).unwrap());
        let other = Envelope { message_id: "run-17.msg-4@fenji.example.com".to_owned(), ..envelope() };
        assert_ne!(message(&envelope(), parts()).unwrap(), message(&other, parts()).unwrap());
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_refused() {
        for address in
            ["", "a", "a@", "@b", "a@b\r\nBcc: c@d", "A <a@b.c>", "a@b.c,d@e.f", "a b@c.d", "\"a\"@b.c", "a@[::1]"]
        {
            let bad = Envelope { to: vec![person("x", address)], ..envelope() };
            assert!(matches!(message(&bad, parts()), Err(MailError::BadAddress { .. })), "{address}");
        }
        for id in ["", "x", "a@b\r\nX: y", "a b@c", "<a@b@c>", "会@b"] {
            let bad = Envelope { message_id: id.to_owned(), ..envelope() };
            assert!(matches!(message(&bad, parts()), Err(MailError::BadId { .. })), "{id}");
        }
        assert_eq!(message(&Envelope { to: Vec::new(), ..envelope() }, parts()), Err(MailError::NoRecipient));
        let mut odd = parts();
        odd.attachments[0].media_type = "pdf\r\nX: y".to_owned();
        assert!(matches!(message(&envelope(), odd), Err(MailError::BadMediaType { .. })));
    }

    #[test]
    fn attachments_are_refused_rather_than_cut() {
        let mut large = parts();
        large.attachments[0].bytes = vec![0; ATTACHMENTS_LIMIT + 1];
        let error = message(&envelope(), large).unwrap_err();
        assert_eq!(error.to_string(), "the attachments have 10485761 bytes together, more than 10485760");
    }

    #[test]
    fn hostile_names_never_break_the_headers() {
        for name in ["\u{0}", "a\nb", "\u{2028}", "\"\\", "=?utf-8?q?x?=", "😀\u{202E}", &"长".repeat(5_000)] {
            let mut wild = envelope();
            wild.to = vec![person(name, "a@example.com")];
            wild.from.name = Some(name.to_owned());
            wild.subject = name.to_owned();
            let mut odd = parts();
            odd.attachments[0].name = name.to_owned();
            let bytes = message(&wild, odd).unwrap();
            let mail = MessageParser::default().parse(&bytes).unwrap();
            assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("a@example.com"), "{name}");
            assert_eq!(mail.attachments().count(), 2, "{name}");
        }
    }
}
