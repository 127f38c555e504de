//! Every row of the wave by what became of it, and those that are not counted.

use crate::{
    money::Share,
    report::{
        Align, Block, Cell, Section, Table,
        graded::{PRINTED, data, total},
        satisfaction::{SatisfactionInputs, facts::Facts},
    },
    satisfaction::{answers::Detail, fault::AnswerFault},
};

pub(super) fn section(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Section {
    let mut blocks = vec![Block::Table(rows(inputs, facts)), Block::Table(list(inputs, facts))];
    let strangers = strangers(inputs, facts);
    if !strangers.is_empty() {
        blocks.push(Block::Table(strangers_table(inputs, &strangers)));
    }
    Section { id: "rows", title: inputs.say("rows"), lead: Some(inputs.say("rows_lead")), blocks }
}

fn rows(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Table {
    let (counts, wave) = (&facts.overall.counts, &facts.wave.answers);
    let row = |(key, rows): (&str, i64)| {
        vec![Cell::Text(inputs.say(key)), Cell::Count(rows), Cell::Percent(Share::new(rows, wave.rows))]
    };
    let mut lines: Vec<_> = [
        ("row_counted", counts.answers),
        ("row_blank", counts.blank),
        ("row_not_applicable", counts.not_applicable),
        ("fault_unknown-indicator", wave.unknown_indicators),
        ("fault_unknown-level", wave.unknown_levels),
        ("fault_repeated", wave.repeated),
        ("fault_different", wave.different),
    ]
    .into_iter()
    .map(|line| data(row(line)))
    .collect();
    lines.push(total(row(("sum", wave.rows))));
    Table {
        id: "rows".into(),
        title: inputs.say("rows_table"),
        columns: inputs.columns(&[("state", Align::Left), ("rows", Align::Right), ("share", Align::Right)]),
        rows: lines,
        printed: None,
        note: Some(inputs.say("rows_note")),
    }
}

fn list(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Table {
    let dictionaries = inputs.scene.dictionaries;
    let mut faults: Vec<(&Detail, AnswerFault)> =
        facts.wave.answers.details.iter().filter_map(|detail| Some((detail, detail.fault?))).collect();
    faults.sort_by_key(|(detail, fault)| (dictionaries.text("response_id", detail.response), *fault));
    let row = |(detail, fault): &(&Detail, AnswerFault)| {
        data(vec![
            inputs.text("response_id", detail.response),
            inputs.text("customer_id", detail.sheet.customer),
            inputs.text("indicator", detail.asked),
            inputs.text("level", detail.level),
            Cell::Text(inputs.say(&format!("fault_{}", fault.name()))),
        ])
    };
    Table {
        id: "faults".into(),
        title: inputs.say("faults_table"),
        columns: inputs.columns(&[
            ("response_id", Align::Left),
            ("customer_id", Align::Left),
            ("asked", Align::Left),
            ("answer", Align::Left),
            ("fault", Align::Left),
        ]),
        rows: faults.iter().map(row).collect(),
        printed: Some(PRINTED),
        note: Some(inputs.say("faults_note")),
    }
}

/// Customers who answered and whom the ledger does not have.
pub(super) fn strangers(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Vec<u32> {
    let (_, row) = inputs.scene.people.rows();
    let mut strangers: Vec<u32> =
        facts.customers.iter().map(|one| one.customer).filter(|customer| row(*customer).is_none()).collect();
    strangers.sort_by_key(|customer| inputs.scene.dictionaries.text("customer_id", *customer));
    strangers
}

fn strangers_table(inputs: &SatisfactionInputs<'_>, strangers: &[u32]) -> Table {
    Table {
        id: "strangers".into(),
        title: inputs.say("strangers_table"),
        columns: inputs.columns(&[("customer_id", Align::Left)]),
        rows: strangers.iter().map(|customer| data(vec![inputs.text("customer_id", *customer)])).collect(),
        printed: Some(PRINTED),
        note: Some(inputs.say("strangers_note")),
    }
}
