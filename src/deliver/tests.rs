use chrono::{DateTime, NaiveDate};
use mail_parser::{MessageParser, MimeHeaders};

use super::mail::{Attachment, Correspondent, Envelope, MailParts, message};
use crate::render::{
    Templates, email,
    font::{FontChoice, Fonts},
    sample, xlsx,
};

#[test]
fn a_mail_is_read_back_whole() {
    let report = sample::report();
    let fonts = Fonts::load(&FontChoice::default()).unwrap();
    let (database, templates) = (fonts.database(), Templates::load(None).unwrap());
    let pictures = email::Pictures { fonts: &database, family: fonts.family() };
    let body = email::body(&report, &templates, pictures, "您在名单“运营部”中。").unwrap();
    let envelope = Envelope {
        from: Correspondent { name: Some("分级".to_owned()), address: "report@example.com".to_owned() },
        to: vec![Correspondent { name: None, address: "a@example.com".to_owned() }],
        subject: "会员等级月报 2026-10".to_owned(),
        message_id: "1@example.com".to_owned(),
        date: DateTime::from_timestamp(1_793_491_200, 0).unwrap(),
    };
    let created = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
    let book = xlsx::workbook(&report, created).unwrap();
    let parts = MailParts {
        text: body.text.clone(),
        html: body.html.clone(),
        images: body.images.clone(),
        attachments: vec![Attachment {
            name: "会员等级月报.xlsx".to_owned(),
            media_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned(),
            bytes: book.clone(),
        }],
    };
    let bytes = message(&envelope, parts).unwrap();
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n"), body.text);
    assert_eq!(mail.body_html(0).unwrap().replace("\r\n", "\n"), body.html);
    let files: Vec<_> = mail.attachments().collect();
    assert_eq!(files[0].contents(), body.images[0].bytes);
    assert_eq!((files[1].attachment_name(), files[1].contents()), (Some("会员等级月报.xlsx"), book.as_slice()));
}
