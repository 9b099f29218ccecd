//! Old against new: what made an approval die, or what stands in the ledger instead of what was
//! approved, in fields that a bookkeeper knows.

use book::Standing;
use drafts::{Changed, State};

use crate::commands::Difference;

/// What says most; of the others only that something changed is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Field,
    Fact,
    Source,
    Request,
}

pub fn differences(standing: &Standing) -> Vec<Difference> {
    let observed = standing.observed().map(|seen| seen.fields).filter(|_| standing.state == State::Altered);
    let otherwise = observed.as_deref().and_then(computed_otherwise);
    otherwise.into_iter().chain(shown(standing, observed)).collect()
}

/// Nobody changed it: all that was asked for is there, and the ledger came to other figures. Says which total.
fn computed_otherwise(fields: &[Changed]) -> Option<Difference> {
    let figures = |changed: &&Changed| of_total(&changed.field).is_some() || changed.field.ends_with("/taxPercent");
    let gross = fields.iter().find(|changed| changed.field == "gross").or(fields.first())?;
    let value = |text: &Option<String>| text.clone().unwrap_or_default();
    let only = fields.iter().filter(figures).count() == fields.len();
    only.then(|| Difference { field: "computed".to_owned(), line: None, old: value(&gross.before), new: value(&gross.after) })
}

fn shown(standing: &Standing, observed: Option<Vec<Changed>>) -> Vec<Difference> {
    let changed = observed.or_else(|| standing.difference.clone().map(|difference| difference.fields)).unwrap_or_default();
    let named: Vec<_> = changed.into_iter().filter_map(named).collect();
    let Some(best) = named.iter().map(|(rank, _)| *rank).min() else { return Vec::new() };
    let mut shown: Vec<Difference> = Vec::new();
    for (_, difference) in named.into_iter().filter(|(rank, _)| *rank == best) {
        if !shown.contains(&difference) {
            shown.push(difference);
        }
    }
    shown
}

/// None: a figure that follows from another that is named.
fn named(changed: Changed) -> Option<(Rank, Difference)> {
    let Changed { field, before, after } = changed;
    let parts: Vec<&str> = field.split('/').collect();
    let (old, new) = (before.unwrap_or_default(), after.unwrap_or_default());
    let at = |rank, name: &str, line: Option<u32>| Some((rank, Difference { field: name.to_owned(), line, old: old.clone(), new: new.clone() }));
    // Lines are counted from nothing in what is shown, and from one by people and in what the ledger is compared with.
    match parts.as_slice() {
        ["document", "lines", line] => at(Rank::Field, "line", number(line, 1)),
        ["document", "lines", line, name, ..] => at(Rank::Field, of_line(name)?, number(line, 1)),
        ["lines", line] => at(Rank::Field, "line", number(line, 0)),
        ["lines", line, name] => at(Rank::Field, of_line(name)?, number(line, 0)),
        ["document", "extras", "dimensions", ..] | ["dimension"] => at(Rank::Field, "dimension", None),
        ["document", "notes", _] | ["comment"] => at(Rank::Field, "note", None),
        ["document", "party", "name"] => at(Rank::Field, "customer", None),
        ["document", "party", ..] => at(Rank::Field, "address", None),
        ["document", "ledger", name, "amount"] => at(Rank::Field, of_total(name)?, None),
        ["document", "sold" | "taxes" | "ledger", ..] => None,
        ["document", name] => at(Rank::Field, of_header(name), None),
        ["source", source] if source.starts_with("period:") => {
            let closed = Difference { field: "period".to_owned(), line: None, old: source.trim_start_matches("period:").to_owned(), new };
            Some((Rank::Source, closed))
        }
        ["source", source] => {
            let name = if source.starts_with("stripe:") { "source_stripe" } else { "source_ledger" };
            Some((Rank::Source, Difference { field: name.to_owned(), line: None, old: String::new(), new: String::new() }))
        }
        ["request", ..] => Some((Rank::Request, Difference { field: "request".to_owned(), line: None, old: String::new(), new: String::new() })),
        [name @ ("already_there" | "proposed" | "status" | "id" | "content" | "kind")] => at(Rank::Fact, name, None),
        [name] => at(Rank::Field, of_total(name).unwrap_or_else(|| of_header(name)), None),
        _ => at(Rank::Request, "request", None),
    }
}

fn number(line: &str, first: u32) -> Option<u32> {
    line.parse::<u32>().ok()?.checked_add(first)
}

fn of_line(name: &str) -> Option<&'static str> {
    Some(match name {
        "description" => "description",
        "quantity" => "quantity",
        "unit_price" | "unitPrice" => "unit_price",
        "discount_percent" | "discountPercent" | "invoiceDiscountAllocation" | "discountAmount" => "discount",
        "rate" | "zone" | "tax_code" | "taxPercent" => "vat",
        "dimension" => "dimension",
        "target" | "lineObjectNumber" | "lineType" => "account",
        "amount" => return None,
        _ => "line",
    })
}

fn of_total(name: &str) -> Option<&'static str> {
    match name {
        "net" => Some("net"),
        "tax" => Some("tax"),
        "gross" => Some("total"),
        _ => None,
    }
}

fn of_header(name: &str) -> &'static str {
    match name {
        "customer_number" | "customer_draft" | "customerNumber" | "customerId" => "customer_number",
        "number" | "externalDocumentNumber" => "stripe_number",
        "document_date" | "invoiceDate" | "creditMemoDate" => "document_date",
        "posting_date" | "postingDate" => "posting_date",
        "due_date" | "dueDate" => "due_date",
        "name" | "displayName" => "name",
        "applies_to" | "invoiceId" | "invoiceNumber" => "applies_to",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(field: &str) -> Option<(String, Option<u32>)> {
        let (before, after) = (Some("1".to_owned()), Some("2".to_owned()));
        named(Changed { field: field.to_owned(), before, after }).map(|(_, difference)| (difference.field, difference.line))
    }

    #[test]
    fn both_ways_of_naming_a_field_are_one_to_a_bookkeeper() {
        for (shown, ledger, name, line) in [
            ("document/due_date", "dueDate", "due_date", None),
            ("document/posting_date", "postingDate", "posting_date", None),
            ("document/lines/0/unit_price", "lines/1/unitPrice", "unit_price", Some(1)),
            ("document/lines/2", "lines/3", "line", Some(3)),
            ("document/ledger/gross/amount", "gross", "total", None),
            ("document/notes/0", "comment", "note", None),
        ] {
            let wanted = Some((name.to_owned(), line));
            assert_eq!((of(shown), of(ledger)), (wanted.clone(), wanted), "{name}");
        }
        assert_eq!(of("document/sold/net/amount"), None, "it follows from the lines");
    }
}
