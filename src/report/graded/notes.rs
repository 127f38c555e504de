//! Where the figures come from: what every report on grades says of its schemes, its day and its ledger.

use crate::{
    money::decimal,
    report::{
        Note,
        graded::{Graded, Scene, settings::settings},
    },
    text::{Lang, say},
};

pub(super) fn notes(scene: &Scene<'_>, graded: &[Graded<'_>], definitions: Vec<(String, String)>) -> Vec<Note> {
    let lang = scene.lang;
    let note = |label: &str, text: String| Note { label: say(lang, &format!("graded.note_{label}")), text };
    let number = |count: i64| decimal(i128::from(count), 0);
    let join = match lang {
        Lang::Chinese => "，",
        Lang::English => ", ",
    };
    let read: Vec<String> = scene
        .read
        .iter()
        .map(|(entity, facts)| {
            let entity = say(lang, &format!("entity.{entity}"));
            scene.say_with("tier.rows_of", &[("entity", &entity), ("rows", &decimal(i128::from(facts.rows), 0))])
        })
        .collect();
    let day = scene.period.last_day().to_string();
    let mut notes = vec![
        note("period", format!("{} … {}", scene.period.first_day(), scene.period.last_day())),
        note("as_of", scene.say_with("tier.as_of_text", &[("day", &day), ("zone", scene.zone)])),
        note("snapshot", format!("{} · {}", scene.fingerprint, read.join(join))),
        note("amounts", scene.say_with("tier.amounts_text", &[("currency", &scene.currency.code)])),
    ];
    for one in graded {
        notes.push(note("scheme", scheme(scene, one)));
        if let Some((version, bound)) = one.version() {
            notes
                .extend(settings(scene, version, bound).into_iter().map(|(what, how)| Note { label: what, text: how }));
            let values = [("who", version.decided_by.in_lang(scene.lang)), ("why", version.reason.in_lang(scene.lang))];
            notes.push(note("decided", scene.say_with("tier.decided_text", &values)));
        }
        let excluded = number(one.subjects - one.graded());
        let values =
            [("subjects", &*number(one.subjects)), ("graded", &*number(one.graded())), ("excluded", &*excluded)];
        notes.push(note("counts", scene.say_with("graded.counts_text", &values)));
        if let Some(count) = one.restated.filter(|count| *count > 0) {
            notes.push(note("history", scene.say_with("graded.restated", &[("count", &number(count))])));
        }
    }
    notes.extend(definitions.into_iter().map(|(label, text)| Note { label, text }));
    notes
}

fn scheme(scene: &Scene<'_>, graded: &Graded<'_>) -> String {
    let scheme = &graded.bound.scheme;
    let version = graded.version().map(|(version, _)| version);
    let values = [
        ("scheme", scheme.id.as_str()),
        ("title", scheme.title.in_lang(scene.lang)),
        ("version", version.map_or("", |version| version.id.as_str())),
        ("hash", version.map_or("", |version| version.hash.as_str())),
        ("requirements", &scheme.requirements.join(", ")),
    ];
    scene.say_with("tier.scheme_text", &values)
}
