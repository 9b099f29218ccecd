//! Neutral documents as requests of Business Central's API v2.0.
//!
//! Field names and lengths: microsoft/BCApps, src/Apps/W1/APIV2/app/src/pages.

use std::collections::BTreeMap;

use drafts::{DraftId, Frozen, Hole, Json, Mark, Policy, Template, Undo, WriteKind};
use money::{Currency, Money};
use rust_decimal::Decimal;

use super::{
    fields::Fields,
    record::DIMENSIONS,
    text::{fits, one_line, unescape, units, wrap},
};
use crate::{
    Blocked, Credit, Customer, Discount, Drafted, Figures, LedgerDocument, LedgerRecord, LineRole, NewItem, NoDraft, Party, Sale, SaleLine,
    SaleRules, Shown, ShownItem, ShownLine, ShownParty, ShownSale, Target,
    arithmetic::{self, Precision, Priced, Taxed},
};

pub const SALES_INVOICE: &str = "business-central/sales-invoice";
pub const CREDIT_MEMO: &str = "business-central/credit-memo";
pub const CUSTOMER: &str = "business-central/customer";
pub const ITEM: &str = "business-central/item";

/// `externalDocumentNumber` is Code[35].
const LONGEST_NUMBER: usize = 35;
/// `customerPurchaseOrderReference` is Text[35].
const LONGEST_REFERENCE: usize = 35;
/// `description` of a line is Text[100].
const LONGEST_DESCRIPTION: usize = 100;
/// Stripe allows as many on one invoice; more have not been tried in one deep insert.
const MOST_LINES: usize = 250;
/// `number` and `gtin` of an item are Code[20] and Code[14], its name is Text[100].
const LONGEST_ITEM_NUMBER: usize = 20;
const LONGEST_GTIN: usize = 14;
const LONGEST_ITEM_NAME: usize = 100;
/// `email` of a customer is Text[80], several separated by semicolons.
const LONGEST_EMAIL: usize = 80;
/// Decimals of `unitPrice`, `quantity` and `discountPercent`.
const PRECISION: Precision = Precision { price: 5, quantity: 5, percent: 5 };
/// A request may queue for eight minutes and run for eight more
/// (docs: Operational limits of Business Central online).
const SETTLING_SECONDS: u32 = 16 * 60;

/// The two documents differ in a few names only.
#[derive(Clone, Copy)]
struct Form {
    kind: &'static str,
    set: &'static str,
    lines: &'static str,
    date: &'static str,
}

const INVOICE: Form = Form { kind: SALES_INVOICE, set: "salesInvoices", lines: "salesInvoiceLines", date: "invoiceDate" };
const MEMO: Form = Form { kind: CREDIT_MEMO, set: "salesCreditMemos", lines: "salesCreditMemoLines", date: "creditMemoDate" };

pub(super) fn sale(company: &str, sale: &Sale, rules: &SaleRules) -> Result<Drafted, NoDraft> {
    let (shown, comments) = document(sale, None, rules)?;
    Ok(drafted(company, INVOICE, sale, &shown, &comments, Shown::SalesInvoice))
}

pub(super) fn credit(company: &str, credit: &Credit, rules: &SaleRules) -> Result<Drafted, NoDraft> {
    let (shown, comments) = document(&credit.document, credit.applies_to.as_ref(), rules)?;
    Ok(drafted(company, MEMO, &credit.document, &shown, &comments, Shown::CreditMemo))
}

/// The mark as Business Central keeps it: codes are trimmed and upper-cased there.
pub(super) fn mark(number: &str) -> String {
    number.trim().to_uppercase()
}

/// A body's line beside the shown one: text that did not fit into the description.
struct Comments {
    /// After the n-th line.
    after: Vec<(usize, String)>,
    last: Vec<String>,
}

fn document(sale: &Sale, applies_to: Option<&LedgerDocument>, rules: &SaleRules) -> Result<(ShownSale, Comments), NoDraft> {
    admissible(sale, rules)?;
    let sold = arithmetic::check(sale)?;
    let gross_prices = sale.customer.prices_include_tax();
    let (mut lines, comments) = priced_lines(sale, gross_prices)?;
    let (sums, taxes) = arithmetic::sum_by_identifier(sale.currency, gross_prices, lines.iter().map(taxed))?;
    let rounding = sold.gross.minus(sums.gross)?;
    let limit = Money::new(i64::try_from(sale.lines.len()).unwrap_or(i64::MAX), sale.currency);
    if rounding.minor().unsigned_abs() > limit.minor().unsigned_abs() {
        return Err(NoDraft::RoundingTooLarge { sold: sold.gross, ledger: sums.gross, limit });
    }
    if !rounding.is_zero() {
        lines.push(rounding_line(rounding, rules));
    }
    let (customer_number, customer_draft) = match &sale.customer {
        Customer::Existing(existing) => (Some(existing.number.clone()), None),
        Customer::New { draft, .. } => (None, Some(draft.clone())),
    };
    let shown = ShownSale {
        party: sale.customer.party().clone(),
        customer_number,
        customer_draft,
        number: sale.number.trim().to_owned(),
        document_date: sale.document_date,
        posting_date: sale.posting_date,
        due_date: sale.due_date,
        applies_to: applies_to.cloned(),
        prices_include_tax: gross_prices,
        lines,
        notes: comments.after.iter().map(|(_, text)| text).chain(&comments.last).cloned().collect(),
        extras: sale.extras.clone(),
        taxes,
        sold: Figures { net: sold.net, tax: sold.tax, rounding: Money::zero(sale.currency), gross: sold.gross },
        ledger: Figures { net: sums.net, tax: sums.tax, rounding, gross: sold.gross },
    };
    Ok((shown, comments))
}

fn priced_lines(sale: &Sale, gross_prices: bool) -> Result<(Vec<ShownLine>, Comments), NoDraft> {
    let mut comments = Comments { after: Vec::new(), last: sale.comments.iter().flat_map(|text| wrap(text, LONGEST_DESCRIPTION)).collect() };
    let mut lines = Vec::with_capacity(sale.lines.len() + 1);
    for line in &sale.lines {
        if line.quantity.is_zero() && line.net.is_zero() && line.tax.is_zero() {
            // Posting refuses a line without quantity; as text it still stands there.
            comments.after.extend(wrap(&line.description, LONGEST_DESCRIPTION).into_iter().map(|text| (lines.len(), text)));
            continue;
        }
        let priced = arithmetic::price(line, gross_prices, PRECISION)?;
        let mut description = wrap(&described(line, &priced), LONGEST_DESCRIPTION).into_iter();
        lines.push(shown_line(line, priced, description.next().unwrap_or_default()));
        comments.after.extend(description.map(|text| (lines.len(), text)));
    }
    Ok((lines, comments))
}

/// What the ledger would refuse, or take in another sense, before any figure.
fn admissible(sale: &Sale, rules: &SaleRules) -> Result<(), NoDraft> {
    let number = sale.number.trim();
    if number.is_empty() {
        return Err(NoDraft::NoNumber);
    }
    if units(number) > LONGEST_NUMBER {
        return Err(NoDraft::NumberTooLong { number: number.to_owned(), most: LONGEST_NUMBER });
    }
    if sale.lines.len() > MOST_LINES {
        return Err(NoDraft::TooManyLines { lines: sale.lines.len(), most: MOST_LINES });
    }
    if let Customer::Existing(existing) = &sale.customer
        && existing.blocked != Blocked::No
    {
        return Err(NoDraft::CustomerBlocked { number: existing.number.clone() });
    }
    let reference = &sale.extras.reference;
    if units(reference) > LONGEST_REFERENCE {
        return Err(NoDraft::ReferenceTooLong { reference: reference.clone(), most: LONGEST_REFERENCE });
    }
    if sale.currency == rules.base {
        return Ok(());
    }
    match rules.currencies.get(&sale.currency) {
        None => Err(NoDraft::UnknownCurrency { currency: sale.currency }),
        Some(Some(first)) if *first <= sale.posting_date => Ok(()),
        Some(_) => Err(NoDraft::NoRate { currency: sale.currency, date: sale.posting_date }),
    }
}

fn shown_line(line: &SaleLine, priced: Priced, description: String) -> ShownLine {
    ShownLine {
        role: LineRole::Sold,
        target: line.target.clone(),
        description,
        quantity: priced.quantity.normalize(),
        unit_price: priced.price.normalize(),
        discount_percent: priced.percent,
        amount: priced.amount,
        rate: line.rate.normalize(),
        zone: line.zone.clone(),
        tax_code: line.tax_code.clone(),
    }
}

fn rounding_line(rounding: Money, rules: &SaleRules) -> ShownLine {
    ShownLine {
        role: LineRole::Rounding,
        target: Target::Account(rules.rounding.account.clone()),
        description: "Rounding".to_owned(),
        quantity: if rounding.is_negative() { -Decimal::ONE } else { Decimal::ONE },
        unit_price: rounding.decimal().abs().normalize(),
        discount_percent: None,
        amount: rounding,
        rate: Decimal::ZERO,
        zone: crate::Zone::None,
        tax_code: rules.rounding.tax_code.clone(),
    }
}

fn taxed(line: &ShownLine) -> Taxed<'_> {
    Taxed { amount: line.amount, rate: line.rate, zone: &line.zone, code: line.tax_code.as_deref() }
}

/// The description, with what the figures can no longer tell: the count, a discount inside the price.
fn described(line: &SaleLine, priced: &Priced) -> String {
    let count = priced.count.map(|count| format!("{} × ", count.normalize())).unwrap_or_default();
    let discount = match priced.folded {
        Some(Discount::Percent(percent)) => format!(" (−{} %)", percent.normalize()),
        Some(Discount::Amount(amount)) => format!(" (−{})", amount.decimal().abs()),
        None => String::new(),
    };
    one_line(&format!("{count}{}{discount}", line.description))
}

fn drafted(company: &str, form: Form, sale: &Sale, shown: &ShownSale, comments: &Comments, wrapped: fn(ShownSale) -> Shown) -> Drafted {
    let mut numbers = Numbers::default();
    let customer = match &sale.customer {
        Customer::New { draft, .. } => numbers.of(draft),
        Customer::Existing(existing) => Json::text(existing.number.clone()),
    };
    let mut fields = vec![
        ("customerNumber", customer),
        ("currencyCode", Json::text(sale.currency.code())),
        (form.date, Json::text(sale.document_date.to_string())),
        ("postingDate", Json::text(sale.posting_date.to_string())),
    ];
    fields.extend(sale.due_date.map(|due| ("dueDate", Json::text(due.to_string()))));
    fields.push(("externalDocumentNumber", Json::text(shown.number.clone())));
    if !shown.extras.reference.is_empty() && form.kind == SALES_INVOICE {
        fields.push(("customerPurchaseOrderReference", Json::text(shown.extras.reference.clone())));
    }
    fields.extend(shown.applies_to.as_ref().map(|invoice| ("invoiceId", Json::text(invoice.id.clone()))));
    if !shown.extras.dimensions.is_empty() {
        let one = |dimension: &crate::Dimension| {
            Json::object([("code", Json::text(dimension.code.clone())), ("valueCode", Json::text(dimension.value.clone()))])
        };
        // Before the lines, which take what the document has when they are made; reading back tells whether they did.
        fields.push((DIMENSIONS, Json::List(shown.extras.dimensions.iter().map(one).collect())));
    }
    fields.push((form.lines, Json::List(body_lines(shown, comments, &mut numbers))));
    let policy =
        Policy { mark: Mark::Carried { value: mark(&sale.number) }, key: None, settling_seconds: SETTLING_SECONDS, undo: Undo::DeleteTheDraft };
    Drafted { kind: WriteKind(form.kind.to_owned()), frozen: post(company, form.set, fields, numbers.0), policy, shown: wrapped(shown.clone()) }
}

/// Numbers that drafts written before will give.
#[derive(Default)]
struct Numbers(Vec<Hole>);

impl Numbers {
    fn of(&mut self, draft: &DraftId) -> Json {
        let known = self.0.iter().position(|hole| hole.from == *draft);
        Json::Hole(known.unwrap_or_else(|| {
            self.0.push(Hole { from: draft.clone(), field: "number".to_owned() });
            self.0.len() - 1
        }))
    }
}

fn body_lines(shown: &ShownSale, comments: &Comments, numbers: &mut Numbers) -> Vec<Json> {
    let after = |n: usize| comments.after.iter().filter(move |(line, _)| *line == n).map(|(_, text)| comment(text));
    let mut lines: Vec<Json> = after(0).collect();
    for (index, line) in shown.lines.iter().enumerate() {
        lines.push(body_line(line, numbers));
        lines.extend(after(index + 1));
    }
    lines.extend(comments.last.iter().map(|text| comment(text)));
    lines
}

/// The type and the number first: they fill in the rest, which is then said explicitly.
fn body_line(line: &ShownLine, numbers: &mut Numbers) -> Json {
    let (kind, number) = match &line.target {
        Target::Item(number) => ("Item", Json::text(number.clone())),
        Target::Account(number) => ("Account", Json::text(number.clone())),
        Target::NewItem { draft, .. } => ("Item", numbers.of(draft)),
    };
    let mut fields = vec![("lineType", Json::text(kind)), ("lineObjectNumber", number)];
    if !line.description.is_empty() {
        fields.push(("description", Json::text(line.description.clone())));
    }
    fields.push(("quantity", Json::Number(line.quantity)));
    fields.push(("unitPrice", Json::Number(line.unit_price)));
    fields.extend(line.discount_percent.map(|percent| ("discountPercent", Json::Number(percent))));
    fields.extend(line.tax_code.as_ref().map(|code| ("taxCode", Json::text(code.clone()))));
    object(fields)
}

fn comment(text: &str) -> Json {
    Json::object([("lineType", Json::text("Comment")), ("description", Json::text(text))])
}

/// The customer card. Posting groups are not in the API: a template of the company gives them.
pub(super) fn party(company: &str, party: &Party, base: Currency) -> Result<Drafted, NoDraft> {
    if one_line(&party.name).is_empty() {
        return Err(NoDraft::NoName);
    }
    let mut shortened = Vec::new();
    let mut fields = vec![("type", Json::text(if party.person { "Person" } else { "Company" }))];
    let emails = mailboxes(&party.emails);
    if emails.split(';').filter(|email| !email.is_empty()).count() != party.emails.len() {
        shortened.push("email".to_owned());
    }
    // The card refuses letters in a phone number.
    let phone = if party.phone.chars().any(char::is_alphabetic) { String::new() } else { party.phone.clone() };
    for (name, value, most) in [
        ("displayName", &party.name, 100),
        ("addressLine1", &party.street, 100),
        ("addressLine2", &party.street2, 50),
        ("postalCode", &party.postcode, 20),
        ("city", &party.city, 30),
        ("state", &party.state, 30),
        ("country", &party.country, 10),
        ("phoneNumber", &phone, 30),
        ("email", &emails, LONGEST_EMAIL),
        ("website", &party.website, 255),
        ("taxRegistrationNumber", &party.vat_number, 50),
    ] {
        let whole = one_line(value);
        let value = fits(&whole, most);
        if value != whole {
            shortened.push(name.to_owned());
        }
        if !value.is_empty() {
            fields.push((name, Json::text(value)));
        }
    }
    if phone != party.phone {
        shortened.push("phoneNumber".to_owned());
    }
    fields.extend(party.currency.filter(|currency| *currency != base).map(|currency| ("currencyCode", Json::text(currency.code()))));
    let policy = Policy { mark: Mark::EqualContent, key: None, settling_seconds: SETTLING_SECONDS, undo: Undo::DeleteTheCustomer };
    Ok(Drafted {
        kind: WriteKind(CUSTOMER.to_owned()),
        frozen: post(company, "customers", fields, Vec::new()),
        policy,
        shown: Shown::Customer(ShownParty { party: party.clone(), shortened }),
    })
}

/// Groups and unit are those of another item, since nothing else tells which are right. The group for VAT follows
/// from the general one (microsoft/BCApps: Item.Table.al, `Gen. Prod. Posting Group`); `taxGroupCode` is blank but under US sales tax.
pub(super) fn item(company: &str, item: &NewItem, like: &LedgerRecord) -> Result<Drafted, NoDraft> {
    const SAME: [&str; 5] = ["type", "baseUnitOfMeasureCode", "generalProductPostingGroupCode", "inventoryPostingGroupCode", "taxGroupCode"];
    let number = item.number.trim();
    if units(number) > LONGEST_ITEM_NUMBER {
        return Err(NoDraft::NumberTooLong { number: number.to_owned(), most: LONGEST_ITEM_NUMBER });
    }
    let like_number = like.number.clone().unwrap_or_default();
    let card = Fields::read(&like.raw).ok_or_else(|| NoDraft::NoItemToCopy { item: like_number.clone() })?;
    let same: BTreeMap<_, _> = SAME.into_iter().map(|name| (name, card.canonical(name))).filter(|(_, value)| !value.is_empty()).collect();
    let name = fits(&item.name, LONGEST_ITEM_NAME);
    let gtin = Some(item.gtin.trim()).filter(|gtin| units(gtin) <= LONGEST_GTIN).unwrap_or_default();
    let own = [("number", number), ("displayName", name.as_str()), ("gtin", gtin)].into_iter().filter(|(_, value)| !value.is_empty());
    let copied = same.iter().map(|(name, value)| (*name, value.as_str()));
    let fields = own.chain(copied).map(|(name, value)| (name, Json::text(value))).collect();
    let policy = Policy { mark: Mark::EqualContent, key: None, settling_seconds: SETTLING_SECONDS, undo: Undo::DeleteTheItem };
    let shown = ShownItem {
        name: name.clone(),
        number: number.to_owned(),
        gtin: gtin.to_owned(),
        like: like_number,
        same: same.iter().map(|(name, value)| ((*name).to_owned(), unescape(value))).collect(),
    };
    Ok(Drafted { kind: WriteKind(ITEM.to_owned()), frozen: post(company, "items", fields, Vec::new()), policy, shown: Shown::Item(shown) })
}

/// As many whole addresses as fit; half an address would be somebody else's.
fn mailboxes(emails: &[String]) -> String {
    let mut out = String::new();
    for email in emails.iter().map(|email| email.trim()).filter(|email| email.contains('@') && !email.contains([' ', ';', ','])) {
        let joined = if out.is_empty() { email.to_owned() } else { format!("{out};{email}") };
        if units(&joined) <= LONGEST_EMAIL {
            out = joined;
        }
    }
    out
}

fn post(company: &str, set: &str, fields: Vec<(&str, Json)>, holes: Vec<Hole>) -> Frozen {
    Frozen {
        destination: "ledger".to_owned(),
        method: "POST".to_owned(),
        path: Template::text(format!("/companies({company})/{set}")),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: object(fields).template(),
        holes,
    }
}

fn object(fields: Vec<(&str, Json)>) -> Json {
    Json::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
