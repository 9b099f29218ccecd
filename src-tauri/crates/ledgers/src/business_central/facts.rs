//! What a book must know of its company, in a handful of small reads.

use chrono::NaiveDate;
use money::Currency;
use rust_decimal::Decimal;

use super::{BusinessCentral, fields::Fields};
use crate::{Account, CompanyFacts, CurrencyFact, CurrencyRate, DimensionFact, PaymentTerms, Periods, ReadError, TaxCode};

/// Of one currency: some years of days.
const MOST_RATES: usize = 1_500;

pub(super) async fn facts(ledger: &BusinessCentral) -> Result<CompanyFacts, ReadError> {
    let information = read(ledger.all("companyInformation").await?);
    let information = information.first().ok_or(ReadError::Unreadable { what: "the company's own card" })?;
    let base = information.currency().ok_or(ReadError::Unreadable { what: "the company's currency" })?;
    let Periods { posting_from, posting_to, closed_until } = periods(ledger).await?;
    Ok(CompanyFacts {
        name: information.owned("displayName"),
        base,
        country: information.owned("country"),
        vat_number: information.owned("taxRegistrationNumber"),
        posting_from,
        posting_to,
        closed_until,
        accounts: optional(ledger, "accounts").await?.iter().filter_map(account).collect(),
        tax_codes: optional(ledger, "taxGroups").await?.iter().filter_map(tax_code).collect(),
        currencies: currencies(&optional(ledger, "currencies").await?, &optional(ledger, "currencyExchangeRates").await?),
        payment_terms: optional(ledger, "paymentTerms").await?.iter().filter_map(terms).collect(),
        dimensions: dimensions(&optional(ledger, "dimensions").await?, &optional(ledger, "dimensionValues").await?),
    })
}

pub(super) async fn periods(ledger: &BusinessCentral) -> Result<Periods, ReadError> {
    let setup = optional(ledger, "generalLedgerSetup").await?;
    let day = |name| setup.first().and_then(|setup| setup.date(name));
    let closed_until = closed_until(&optional(ledger, "accountingPeriods").await?);
    Ok(Periods { posting_from: day("allowPostingFrom"), posting_to: day("allowPostingTo"), closed_until })
}

/// A set that the user may not read is as good as empty; the settings say what is missing.
async fn optional(ledger: &BusinessCentral, set: &str) -> Result<Vec<Fields>, ReadError> {
    match ledger.all(set).await {
        Ok(rows) => Ok(read(rows)),
        Err(ReadError::Refused(_) | ReadError::NotFound) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn read(rows: Vec<String>) -> Vec<Fields> {
    rows.iter().filter_map(|row| Fields::read(row)).collect()
}

fn account(fields: &Fields) -> Option<Account> {
    let posting = fields.member("accountType").is_none_or(|kind| kind == "Posting");
    Some(Account {
        id: fields.text("id")?.to_owned(),
        number: fields.text("number")?.to_owned(),
        name: fields.owned("displayName"),
        category: fields.member("category").unwrap_or_default(),
        usable: posting && fields.flag("directPosting") != Some(false) && fields.flag("blocked") != Some(true),
    })
}

fn tax_code(fields: &Fields) -> Option<TaxCode> {
    Some(TaxCode { code: fields.text("code")?.to_owned(), name: fields.owned("displayName") })
}

fn terms(fields: &Fields) -> Option<PaymentTerms> {
    Some(PaymentTerms { id: fields.text("id")?.to_owned(), code: fields.text("code")?.to_owned(), name: fields.owned("displayName") })
}

fn dimensions(dimensions: &[Fields], values: &[Fields]) -> Vec<DimensionFact> {
    let one = |fields: &Fields| {
        let id = fields.text("id")?;
        let own = values.iter().filter(|value| value.text("dimensionId") == Some(id));
        Some(DimensionFact {
            code: fields.text("code")?.to_owned(),
            name: fields.owned("displayName"),
            values: own.map(|value| value.owned("code")).collect(),
        })
    };
    dimensions.iter().filter_map(one).collect()
}

/// A code that ISO 4217 does not know is left out: amounts in it could not be read.
fn currencies(currencies: &[Fields], rates: &[Fields]) -> Vec<CurrencyFact> {
    let known = currencies.iter().filter_map(|fields| Currency::parse(fields.text("code")?).ok());
    let fact = |currency| {
        let own = || rates.iter().filter(move |rate| rate.currency() == Some(currency));
        let mut all: Vec<CurrencyRate> = own().filter_map(rate).collect();
        all.sort_by_key(|rate| rate.from);
        let rates = all.split_off(all.len().saturating_sub(MOST_RATES));
        CurrencyFact { currency, rates_from: own().filter_map(|rate| rate.date("startingDate")).min(), rates }
    };
    known.map(fact).collect()
}

/// `exchangeRateAmount` units are worth `relationalExchangeRateAmount` of the company's currency, or of the one that
/// `relationalCurrencyCode` names: those are left out (docs: Currency exchange rate resource type).
fn rate(fields: &Fields) -> Option<CurrencyRate> {
    let positive = |name| fields.decimal(name).filter(|amount| *amount > Decimal::ZERO);
    let against_the_base = fields.text("relationalCurrencyCode").is_none();
    let from = fields.date("startingDate").filter(|_| against_the_base)?;
    Some(CurrencyRate { from, units: positive("exchangeRateAmount")?, worth: positive("relationalExchangeRateAmount")? })
}

/// The day before the first period after the last closed one.
fn closed_until(periods: &[Fields]) -> Option<NaiveDate> {
    let starts = |closed: bool| {
        periods.iter().filter(move |period| (period.flag("closed") == Some(true)) == closed).filter_map(|period| period.date("startingDate"))
    };
    let last_closed = starts(true).max()?;
    starts(false).filter(|start| *start > last_closed).min().and_then(|start| start.pred_opt())
}
