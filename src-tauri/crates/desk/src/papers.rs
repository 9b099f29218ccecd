//! Drafts as documents a bookkeeper recognises, and as the very requests.

use book::{Book, Standing, StoredDraft};
use drafts::{Draft, State, Template};
use ledgers::business_central::{CREDIT_MEMO, CUSTOMER, ITEM, SALES_INVOICE};
use ledgers::{Extras, LineRole, Shown, ShownItem, ShownLine, ShownParty, ShownSale, Target, Zone};

use crate::Desk;
use crate::commands::{self, *};
use crate::differences::differences;
use crate::problems::LEDGER_NAME;
use crate::propose::ShownKeys;
use crate::row::{self, Row};

/// What the list of drafts shows: what is not yet over.
pub const SHOWN: [State; 8] =
    [State::Unknown, State::Refused, State::Altered, State::Deleted, State::Stale, State::Proposed, State::Countersigned, State::Sending];
/// A window has no more rows than this, on either side of its anchor.
const MOST_ROWS: u32 = 500;

impl Desk {
    pub async fn draft_rows(&self, asked: DraftWindow) -> Result<DraftRows, Problem> {
        let open = self.open()?;
        let book = open.book();
        let at = match asked.anchor {
            commands::Anchor::Start {} => book::DraftAt::Start,
            commands::Anchor::Index { index } => book::DraftAt::Index(u64::from(index)),
            commands::Anchor::Row { key } => book::DraftAt::Draft(drafts::DraftId(key)),
        };
        let list = book.draft_list(&SHOWN, stripe::DESTINATION, &at, asked.before.min(MOST_ROWS), asked.after.min(MOST_ROWS))?;
        Ok(DraftRows {
            revision: book.revision()?,
            total: count(list.total),
            signed: count(list.signed),
            first: count(list.first),
            rows: list.rows.iter().map(row_of).collect::<Result<_, _>>()?,
        })
    }

    pub async fn draft(&self, asked: DraftKey) -> Result<DraftPaper, Problem> {
        let open = self.open()?;
        // Before the book is taken: the settings are read from it too.
        let (_, settings) = open.settings()?;
        let environment = settings.ledger.and_then(|side| side.environment).unwrap_or_default();
        let book = open.book();
        let stored = book.draft(&drafts::DraftId(asked.id))?.ok_or(Problem::new(Code::NoSuchRow))?;
        let chain = book.drafts_of(&stored.standing.subject)?;
        let needed = stored.draft.frozen.waits_for().filter_map(|id| book.draft(id).transpose()).collect::<Result<Vec<_>, _>>()?;
        let others = needed.into_iter().filter(|other| other.standing.subject != stored.standing.subject);
        let row = book.review_row(&stored.standing.subject)?.and_then(|found| Row::read(&found.row).ok());
        let fingerprint = stored.draft.fingerprint();
        let signed_together = book.signable(&stored.standing.subject)?;
        Ok(DraftPaper {
            row: row_of(&stored)?,
            paper: paper(&stored.draft)?,
            request: request(&stored, &environment),
            short_fingerprint: fingerprint.short(),
            fingerprint: fingerprint.0,
            row_fingerprint: row::fingerprint(&signed_together),
            looked_at: row.as_ref().map_or(0, |row| row.looked_at),
            unseen: row.map(|row| row.unseen).unwrap_or_default(),
            differences: differences(&stored.standing),
            posted: stored.standing.observed().is_some_and(|seen| seen.posted),
            refusal: stored.standing.refusal.as_ref().map(|refusal| RefusalView {
                status: refusal.status,
                code: refusal.code.clone(),
                words: refusal.message.clone(),
                reference: refusal.reference.clone(),
            }),
            chain: others.chain(chain).map(|stored| row_of(&stored)).collect::<Result<_, _>>()?,
        })
    }
}

/// A draft in a list; none if it was taken away meanwhile.
pub fn row(book: &Book, standing: &Standing) -> Result<Option<DraftRow>, Problem> {
    book.draft(&standing.id)?.map(|stored| row_of(&stored)).transpose()
}

pub fn row_of(stored: &StoredDraft) -> Result<DraftRow, Problem> {
    let standing = &stored.standing;
    let (number, name) = match read(&stored.draft)? {
        Content::Sale(sale) => (sale.number, sale.party.name),
        Content::Party(party) => (String::new(), party.party.name),
        Content::Item(item) => (item.number, item.name),
        Content::Keys(keys) => (keys.number, keys.object),
    };
    let state = state(standing.state);
    Ok(DraftRow {
        id: standing.id.0.clone(),
        row: standing.subject.0.clone(),
        kind: kind(&standing.kind.0),
        number,
        name,
        // Negative for a credit memo, as in the sums of the basket.
        amount: standing.amount.map(Amount::from),
        state,
        waits: waits(stored),
        initials: standing.signed.as_ref().map(|signed| signed.initials.clone()),
        at: Some(stamp(standing.signed.as_ref().filter(|_| state == RowState::Countersigned).map_or(standing.changed_at, |signed| signed.at))),
    })
}

enum Content {
    Sale(Box<ShownSale>),
    Party(Box<ShownParty>),
    Item(ShownItem),
    Keys(ShownKeys),
}

fn read(draft: &Draft) -> Result<Content, Problem> {
    let unreadable = |_| Problem::new(Code::Internal).with("cause", "a draft of an older version");
    if draft.frozen.destination == stripe::DESTINATION {
        return serde_json::from_str(&draft.shown).map(Content::Keys).map_err(unreadable);
    }
    Ok(match serde_json::from_str(&draft.shown).map_err(unreadable)? {
        Shown::SalesInvoice(sale) | Shown::CreditMemo(sale) => Content::Sale(Box::new(sale)),
        Shown::Customer(party) => Content::Party(Box::new(party)),
        Shown::Item(item) => Content::Item(item),
    })
}

pub fn paper(draft: &Draft) -> Result<Paper, Problem> {
    let empty = Paper {
        kind: kind(&draft.kind.0),
        party: Vec::new(),
        customer_number: None,
        customer_is_new: false,
        vat_number: None,
        invoice_date: None,
        posting_date: None,
        due_date: None,
        stripe_number: None,
        applies_to: None,
        lines: Vec::new(),
        notes: Vec::new(),
        totals: None,
        values: Vec::new(),
    };
    Ok(match read(draft)? {
        Content::Sale(sale) => Paper {
            party: address(&sale.party),
            customer_number: sale.customer_number.clone(),
            customer_is_new: sale.customer_draft.is_some(),
            vat_number: Some(sale.party.vat_number.clone()).filter(|number| !number.is_empty()),
            invoice_date: Some(sale.document_date.to_string()),
            posting_date: Some(sale.posting_date.to_string()),
            due_date: sale.due_date.map(|due| due.to_string()),
            stripe_number: Some(sale.number.clone()),
            applies_to: sale.applies_to.as_ref().map(|invoice| invoice.number.clone()),
            lines: sale.lines.iter().filter(|line| line.role == LineRole::Sold).map(line).collect(),
            notes: sale.notes.clone(),
            totals: Some(totals(&sale)),
            values: extras(&sale.extras),
            ..empty
        },
        Content::Party(party) => Paper {
            party: address(&party.party),
            vat_number: Some(party.party.vat_number.clone()).filter(|number| !number.is_empty()),
            values: party_values(&party),
            ..empty
        },
        Content::Item(item) => Paper { party: vec![item.name.clone()], values: item_values(&item), ..empty },
        Content::Keys(keys) => Paper {
            stripe_number: Some(keys.number),
            party: vec![keys.object],
            values: keys
                .keys
                .into_iter()
                .map(|key| KeyValue { hole: key.value.is_none(), key: key.key, value: key.value.unwrap_or_default() })
                .collect(),
            ..empty
        },
    })
}

fn address(party: &ledgers::Party) -> Vec<String> {
    let place = format!("{} {}", party.postcode, party.city);
    let country = if party.country.is_empty() { place } else { format!("{}, {}", place.trim(), party.country) };
    [&party.name, &party.street, &party.street2, &country].into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// The buyer's reference and the dimensions, as the document carries them.
fn extras(extras: &Extras) -> Vec<KeyValue> {
    let reference = Some(extras.reference.clone()).filter(|reference| !reference.is_empty()).map(|value| ("reference".to_owned(), value));
    let dimensions = extras.dimensions.iter().map(|dimension| (dimension.code.clone(), dimension.value.clone()));
    reference.into_iter().chain(dimensions).map(|(key, value)| KeyValue { key, value, hole: false }).collect()
}

fn party_values(party: &ShownParty) -> Vec<KeyValue> {
    let emails = party.party.emails.join("; ");
    let currency = party.party.currency.map(|currency| currency.code().to_owned()).unwrap_or_default();
    let known = [("email", emails), ("phone", party.party.phone.clone()), ("currency", currency), ("shortened", party.shortened.join(", "))];
    known.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| KeyValue { key: key.into(), value, hole: false }).collect()
}

fn item_values(item: &ShownItem) -> Vec<KeyValue> {
    let own = [("number", &item.number), ("gtin", &item.gtin), ("like", &item.like)];
    let own = own.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| (key.to_owned(), value.clone()));
    own.chain(item.same.clone()).map(|(key, value)| KeyValue { key, value, hole: false }).collect()
}

fn line(line: &ShownLine) -> PaperLine {
    let (item, account) = match &line.target {
        Target::Item(number) => (Some(number.clone()), None),
        Target::NewItem { name, .. } => (Some(name.clone()), None),
        Target::Account(number) => (None, Some(number.clone())),
    };
    PaperLine {
        description: line.description.clone(),
        account,
        item,
        item_is_new: matches!(line.target, Target::NewItem { .. }),
        tax_code: line.tax_code.clone(),
        discount: line.discount_percent.map(|percent| percent.normalize().to_string()),
        quantity: line.quantity.normalize().to_string(),
        unit_price: padded(line.unit_price, line.amount.currency()),
        vat_rate: line.rate.normalize().to_string(),
        amount: line.amount.into(),
    }
}

/// A price with at least the currency's decimals.
fn padded(price: rust_decimal::Decimal, currency: money::Currency) -> String {
    let mut price = price.normalize();
    if price.scale() < currency.exponent() {
        price.rescale(currency.exponent());
    }
    price.to_string()
}

fn totals(sale: &ShownSale) -> Totals {
    let zone = |zone: &Zone| match zone {
        Zone::Domestic => "domestic",
        Zone::EuReverseCharge { goods: true } => "eu_goods",
        Zone::EuReverseCharge { goods: false } => "eu_services",
        Zone::Oss { .. } => "oss",
        Zone::Export { goods: true } => "export_goods",
        Zone::Export { goods: false } => "export_services",
        Zone::Exempt => "exempt",
        Zone::None => "none",
    };
    let vat = sale.taxes.iter().map(|tax| VatLine { rate: tax.rate.normalize().to_string(), zone: zone(&tax.zone).into(), amount: tax.tax.into() });
    let rounding = sale.lines.iter().find(|line| line.role == LineRole::Rounding);
    let booked_on = |line: &ShownLine| match &line.target {
        Target::Item(number) | Target::Account(number) | Target::NewItem { name: number, .. } => number.clone(),
    };
    let difference = sale.ledger.gross.minus(sale.sold.gross).unwrap_or(money::Money::zero(sale.sold.gross.currency()));
    Totals {
        net: sale.ledger.net.into(),
        vat: vat.filter(|line| line.zone != "none").collect(),
        before_rounding: sale.before_rounding().unwrap_or(sale.ledger.gross).into(),
        rounding: Some(sale.ledger.rounding).filter(|rounding| !rounding.is_zero()).map(Amount::from),
        rounding_on: rounding.map(booked_on),
        stripe_vat: sale.sold.tax.into(),
        ledger_vat: sale.ledger.tax.into(),
        total: sale.ledger.gross.into(),
        stripe: sale.sold.gross.into(),
        ledger: sale.ledger.gross.into(),
        difference: difference.into(),
    }
}

fn request(stored: &StoredDraft, environment: &str) -> RequestView {
    let frozen = &stored.draft.frozen;
    let side = side(&frozen.destination);
    let holes = |hole: usize| frozen.holes.get(hole).map_or_else(|| "‹?›".to_owned(), |hole| format!("‹{} of draft {}›", hole.field, hole.from));
    let raw = |template: &Template| template.shown(holes);
    let content_type = frozen.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type")).map(|(_, value)| value.clone());
    let body = raw(&frozen.body);
    RequestView {
        side,
        system: system(side).into(),
        environment: if side == Side::Ledger { environment.to_owned() } else { String::new() },
        method: frozen.method.clone(),
        path: raw(&frozen.path),
        content_type: content_type.unwrap_or_default(),
        bytes: count(body.len() as u64),
        body: if side == Side::Ledger { broken_json(&body) } else { body.replace('&', "&\n") },
    }
}

/// The same text with line breaks for the eye; nothing is added inside strings, nothing left out.
fn broken_json(text: &str) -> String {
    let (mut out, mut depth, mut quoted, mut escaped) = (String::new(), 0_usize, false, false);
    let feed = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    for c in text.chars() {
        if quoted {
            out.push(c);
            quoted = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '{' | '[' => {
                depth += 1;
                out.push(c);
                feed(&mut out, depth);
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                feed(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                feed(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c => {
                quoted = c == '"';
                out.push(c);
            }
        }
    }
    out
}

fn waits(stored: &StoredDraft) -> Option<Waits> {
    let kind = kind(&stored.standing.kind.0);
    match kind {
        _ if stored.draft.frozen.holes.is_empty() => None,
        DraftKind::StripeKeys => Some(Waits::Document),
        DraftKind::CreditMemo if stored.draft.frozen.holes.iter().any(|hole| hole.field == "id") => Some(Waits::Document),
        // The customer's number comes first in the request.
        _ if customer_is_new(&stored.draft) => Some(Waits::Customer),
        _ => Some(Waits::Item),
    }
}

fn customer_is_new(draft: &Draft) -> bool {
    matches!(read(draft), Ok(Content::Sale(sale)) if sale.customer_draft.is_some())
}

fn kind(kind: &str) -> DraftKind {
    match kind {
        CUSTOMER => DraftKind::Customer,
        ITEM => DraftKind::Item,
        CREDIT_MEMO => DraftKind::CreditMemo,
        SALES_INVOICE => DraftKind::SalesInvoice,
        _ => DraftKind::StripeKeys,
    }
}

pub fn side(destination: &str) -> Side {
    if destination == stripe::DESTINATION { Side::Stripe } else { Side::Ledger }
}

pub fn system(side: Side) -> &'static str {
    match side {
        Side::Stripe => "Stripe",
        Side::Ledger => LEDGER_NAME,
    }
}

fn state(state: State) -> RowState {
    match state {
        State::Proposed => RowState::Open,
        State::Countersigned => RowState::Countersigned,
        State::Sending => RowState::Sending,
        State::Written => RowState::Written,
        State::Refused => RowState::Refused,
        State::Unknown => RowState::Unknown,
        State::Stale => RowState::Stale,
        State::Declined => RowState::Declined,
        State::Posted => RowState::Posted,
        State::Altered => RowState::Altered,
        State::Deleted => RowState::Deleted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaking_lines_changes_nothing_but_white_space_outside_strings() {
        let text = r#"{"a":"x, {y}: \"z\" \\","b":[1.50,{"c":true}],"d":""}"#;
        let broken = broken_json(text);
        let joined: String = broken.lines().map(str::trim_start).collect::<String>().replace("\": ", "\":");
        assert_eq!(joined, text);
        assert!(broken.contains(r#""a": "x, {y}: \"z\" \\","#), "{broken}");
    }
}
