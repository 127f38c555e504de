//! What a proposal lacks, what would fill it, and what is to be looked at.

use crate::ledger::{
    entity::{ColumnSpec, ColumnType},
    propose::{
        ColumnProposal, Confidence, Gap,
        choose::{gap, shown},
        concept::Concept,
        draft::{Draft, Taken},
        names::parts,
    },
};

fn taken<'d, 's>(draft: &'d Draft<'s>, name: &str) -> Option<&'d Taken<'s>> {
    draft.taken.iter().find(|taken| taken.candidate.spec.name == name)
}

/// The required columns that are not in force.
pub(super) fn gaps(draft: &Draft<'_>, columns: &[ColumnProposal]) -> Vec<Gap> {
    let required = draft.entity.columns.iter().filter(|spec| spec.required);
    required
        .filter_map(|spec| {
            let found = columns.iter().find(|column| column.spec == spec);
            if found.is_some_and(|column| column.in_force) {
                return None;
            }
            let Some(column) = found else {
                return Some(gap(
                    spec.name,
                    format!("no column was found for {} ({})", spec.kind.described(), spec.meaning),
                    idea(draft, spec.name),
                ));
            };
            let unknown = taken(draft, spec.name).map_or(&[][..], |taken| &taken.candidate.words.unknown);
            Some(if column.confidence == Confidence::Guess {
                gap(spec.name, "there is only a guess", "if the line below is right, remove its `#`")
            } else if unknown.is_empty() {
                let idea = "write `unit = \"minor\"` when 1234 is 12.34, `unit = \"major\"` when it is 1234";
                gap(spec.name, "nothing says the unit of its whole numbers", idea)
            } else {
                let idea = format!("add them to `words`; the contract knows {}", known_words(spec));
                gap(spec.name, format!("nothing says what these words mean: {}", shown(unknown)), idea)
            })
        })
        .collect()
}

fn known_words(spec: &ColumnSpec) -> String {
    if let ColumnType::Choice(words) = spec.kind { crate::declaration::quoted(words) } else { String::new() }
}

/// The SQL or the line of the mapping that would fill a gap.
fn idea(draft: &Draft<'_>, column: &str) -> String {
    let named = |concept: Concept| {
        draft.table.columns.iter().find(|column| parts(&column.name).iter().any(|part| part.contains(&concept)))
    };
    match (draft.entity.name, column) {
        ("transaction", "kind") => kind_idea(draft),
        ("transaction", "amount") => match (taken(draft, "quantity"), named(Concept::Price)) {
            (Some(quantity), Some(price)) => format!(
                "if nothing was taken off the price, a query with `{} * {} AS amount` gives it",
                quantity.candidate.column.name, price.name
            ),
            _ => "map a query that computes what was paid for the line".to_owned(),
        },
        ("transaction" | "points_entry", "at") => {
            "map a query that joins the table that knows the time, such as the head of the order".to_owned()
        }
        ("tier_history", "scheme_id") => {
            "write `scheme_id = { constant = \"…\" }` with the id of the scheme in `config/schemes/`".to_owned()
        }
        (_, "name") if named(Concept::Name).is_some() => {
            "if the name stands in parts, map a query that joins them: `first_name || ' ' || last_name AS name`".to_owned()
        }
        ("points_entry", "kind") => {
            "when the sign tells it, map a query with `CASE WHEN points < 0 THEN 'redeem' ELSE 'earn' END AS kind`".to_owned()
        }
        ("transaction", "line_id") | ("points_entry", "entry_id") => {
            "each row needs a name that stays the same: add a key to the table, or map a query that joins columns which are unique together"
                .to_owned()
        }
        _ => format!("add `{column} = \"…\"` or `{column} = {{ constant = \"…\" }}`, or map a query that gives it"),
    }
}

fn kind_idea(draft: &Draft<'_>) -> String {
    let Some(amount) = taken(draft, "amount") else {
        return "map a query that tells sales from returns".to_owned();
    };
    let column = amount.candidate.column;
    let negative = column.values().any(|value| value.starts_with('-'));
    if negative {
        format!(
            "some amounts are negative: if those are returns, map a query with `CASE WHEN {} < 0 THEN 'return' ELSE 'sale' END AS kind`",
            column.name
        )
    } else {
        "no amount in the sample is negative: if there are no returns or cancelled lines, write `kind = { constant = \"sale\" }`".to_owned()
    }
}

/// The words of returns whose amounts are positive in the sample and have to be turned.
pub(super) fn turned(draft: &Draft<'_>) -> Vec<String> {
    let (Some(kind), Some(amount)) = (taken(draft, "kind"), taken(draft, "amount")) else { return Vec::new() };
    if kind.in_head || draft.entity.name != "transaction" {
        return Vec::new();
    }
    let is_return =
        |word: &str| word == "return" || kind.candidate.words.known.get(word).is_some_and(|means| means == "return");
    let rows = kind.candidate.column.samples.iter().zip(&amount.candidate.column.samples);
    let mut found: Vec<String> = rows
        .filter_map(|(kind, amount)| Some((kind.as_deref()?.trim(), amount.as_deref()?.trim())))
        .filter(|(kind, amount)| {
            is_return(kind) && !amount.starts_with('-') && amount.bytes().any(|b| (b'1'..=b'9').contains(&b))
        })
        .map(|(kind, _)| kind.to_owned())
        .collect();
    found.sort();
    found.dedup();
    found
}

/// What is to be looked at before the proposal is used.
pub(super) fn notes(draft: &Draft<'_>, turned: &[String]) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(head) = &draft.head {
        let how = if head.declared { "a foreign key says so" } else { "by their names: no foreign key says so" };
        notes.push(format!(
            "the query joins each line with its head `{}` on `{}` = `{}`, {how}; a line without a head is refused when it is read",
            head.table.name, head.key, head.from
        ));
    }
    if !turned.is_empty() {
        notes.push(format!(
            "returns have positive amounts in the sample: the query makes them negative for {}",
            shown(turned)
        ));
    }
    if draft.entity.name == "transaction" {
        if taken(draft, "member_id").is_none() && taken(draft, "customer_id").is_none() {
            notes.push("no column says who bought: nobody can be graded by these rows".to_owned());
        }
        let returns = taken(draft, "kind")
            .is_some_and(|kind| kind.in_head && kind.candidate.words.known.values().any(|means| means == "return"));
        if returns {
            notes.push("returns are told by the head: check that the amounts of their lines are negative".to_owned());
        }
    }
    let gone = draft.table.columns.iter().find(|column| {
        let name = column.name.to_lowercase();
        ["deleted", "is_delete", "isdel", "del_flag", "deleted_at", "sfsc"].iter().any(|word| name.contains(word))
    });
    if let Some(column) = gone {
        notes.push(format!("`{}` may mark rows that were deleted: leave them out by a query if so", column.name));
    }
    notes
}
