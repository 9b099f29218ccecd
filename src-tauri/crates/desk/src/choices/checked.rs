//! Choices against what the ledger has. A refusal names the field, and what to do.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use ledgers::{CompanyFacts, Dimension, Rounding, Target};
use money::Currency;
use rust_decimal::Decimal;

use crate::commands::{self, *};
use crate::connect;
use crate::mirror::Mirror;
use crate::settings::{self, Carries, Confirmed, CustomerRules, Generic, Locks, OssZone, ProductLink, Products, Sales, SalesAccount, Settings};

/// No country's rate of VAT is higher.
const HIGHEST_RATE: i64 = 30;
/// (docs: Metadata)
const LONGEST_KEY: usize = 40;
/// A sentence on a document's line.
const LONGEST_REASON: usize = 200;

/// What choices are checked against.
pub struct Ground<'a> {
    pub facts: &'a CompanyFacts,
    pub mirror: &'a Mirror,
    pub zone_fixed: bool,
    pub who: &'a str,
    pub now: DateTime<Utc>,
}

pub fn checked(asked: &BookChoices, before: &Settings, ground: &Ground) -> Result<Settings, Problem> {
    let sales = before.sales.clone().or_else(|| connect::default_sales(ground.facts)).ok_or(Problem::new(Code::NoAccounts))?;
    let zone: Tz = asked.zone.parse().map_err(|_| bad("zone"))?;
    if ground.zone_fixed && zone != before.zone {
        return Err(Problem::new(Code::ZoneFixed));
    }
    Ok(Settings {
        start: date("start", &asked.start)?,
        zone,
        draft_when: asked.draft_when.into(),
        locks: locks(asked)?,
        customers: customers(asked, before, ground)?,
        carries: carries(asked, ground.facts)?,
        sales: Some(sold(asked, sales, ground)?),
        ..before.clone()
    })
}

fn sold(asked: &BookChoices, sales: Sales, ground: &Ground) -> Result<Sales, Problem> {
    let facts = ground.facts;
    let home_rate = rate("home_rate", &asked.home_rate)?;
    Ok(Sales {
        domestic: sold_to(&asked.domestic, facts)?,
        eu: sold_to(&asked.eu, facts)?,
        eu_services: perhaps(&asked.eu_services, facts)?,
        export: sold_to(&asked.export, facts)?,
        export_services: perhaps(&asked.export_services, facts)?,
        exempt: exempt(asked, facts)?,
        rounding: Rounding { account: usable(&asked.rounding, facts)?, ..sales.rounding },
        home_rate,
        more_rates: rates("more_rates", &asked.more_rates)?,
        untaxed_at_home: match asked.untaxed {
            Untaxed::Ask => None,
            Untaxed::HomeRate => Some(home_rate),
            Untaxed::NoVat => Some(Decimal::ZERO),
        },
        goods: asked.goods,
        oss: each_once("oss", asked.oss.iter().map(|zone| oss(zone, facts)))?,
        products: Products {
            key: given(&asked.product_key).map(metadata_key).transpose()?,
            links: links(asked, ground)?,
            new_like: given(&asked.new_item_like).map(|number| item("new_item_like", number, ground)).transpose()?,
        },
    })
}

/// Who charges no VAT sells everything there, and no account is taken for it unsaid.
fn exempt(asked: &BookChoices, facts: &CompanyFacts) -> Result<Option<SalesAccount>, Problem> {
    match perhaps(&asked.exempt, facts)? {
        None if asked.untaxed == Untaxed::NoVat => Err(Problem::new(Code::NoAccountWithoutVat)),
        chosen => Ok(chosen),
    }
}

fn perhaps(asked: &SoldTo, facts: &CompanyFacts) -> Result<Option<SalesAccount>, Problem> {
    given(&asked.account).map(|_| sold_to(asked, facts)).transpose()
}

fn sold_to(asked: &SoldTo, facts: &CompanyFacts) -> Result<SalesAccount, Problem> {
    let code = given(&asked.tax_code);
    let known = |code: &&str| facts.tax_codes.iter().any(|tax| tax.code.eq_ignore_ascii_case(code));
    match code.filter(|code| !known(code)) {
        Some(code) => Err(missing("tax_code", code)),
        None => Ok(SalesAccount { target: Target::Account(usable(&asked.account, facts)?), tax_code: code.map(str::to_owned) }),
    }
}

fn usable(number: &str, facts: &CompanyFacts) -> Result<String, Problem> {
    let usable = facts.accounts.iter().any(|account| account.usable && account.number == number);
    usable.then(|| number.to_owned()).ok_or_else(|| Problem::new(Code::AccountUnusable).with("account", number))
}

fn oss(asked: &OssChoice, facts: &CompanyFacts) -> Result<(String, OssZone), Problem> {
    let country = asked.country.trim().to_uppercase();
    let rates = rates("oss", &asked.rates)?;
    if !ledgers::in_eu(&country) || country == facts.country || rates.is_empty() {
        return Err(bad("oss"));
    }
    Ok((country, OssZone { rates, account: sold_to(&asked.to, facts)? }))
}

fn links(asked: &BookChoices, ground: &Ground) -> Result<BTreeMap<String, ProductLink>, Problem> {
    let link = |choice: &ProductChoice| {
        let number = given(&choice.number);
        let target = match (number, choice.kind) {
            (None, _) => None,
            (Some(number), TargetKind::Account) => Some(Target::Account(usable(number, ground.facts)?)),
            (Some(number), TargetKind::Item) => Some(Target::Item(item("products", number, ground)?)),
        };
        Ok((choice.product.clone(), ProductLink { target, goods: choice.goods }))
    };
    let kept = each_once("products", asked.products.iter().map(link))?;
    Ok(kept.into_iter().filter(|(_, link)| link.target.is_some() || link.goods.is_some()).collect())
}

/// The number of the ledger's item, as the ledger writes it.
fn item(field: &str, number: &str, ground: &Ground) -> Result<String, Problem> {
    let found = ground.mirror.items.get(&number.to_uppercase()).ok_or_else(|| missing(field, number))?;
    Ok(found.number.clone().unwrap_or_else(|| number.to_owned()))
}

fn customers(asked: &BookChoices, before: &Settings, ground: &Ground) -> Result<CustomerRules, Problem> {
    let generic = |choice: &GenericChoice| {
        let currency = Currency::parse(&choice.currency).map_err(|_| bad("generic"))?;
        let number = choice.number.trim();
        let found = ground.mirror.parties.values().filter_map(|record| record.number.as_deref()).find(|own| own.eq_ignore_ascii_case(number));
        let number = found.ok_or_else(|| missing("generic", number))?.to_owned();
        Ok((format!("{} {:?}", choice.currency, choice.zone), Generic { currency, zone: choice.zone.into(), number }))
    };
    each_once("identify_by", asked.identify_by.iter().map(|by| Ok((format!("{by:?}"), *by))))?;
    let confirmed = || Confirmed { by: ground.who.to_owned(), at: ground.now };
    Ok(CustomerRules {
        identify_by: asked.identify_by.iter().map(|by| (*by).into()).collect(),
        unknown: asked.unknown.into(),
        new_abroad: asked.new_abroad,
        generic: each_once("generic", asked.generic.iter().map(generic))?.into_values().collect(),
        terms_confirmed: asked.terms_confirmed.then(|| before.customers.terms_confirmed.clone().unwrap_or_else(confirmed)),
    })
}

fn locks(asked: &BookChoices) -> Result<Locks, Problem> {
    let day = |field: &'static str, text: &Option<String>| text.as_deref().and_then(given).map(|text| date(field, text)).transpose();
    let late_reason = asked.late_reason.trim().to_owned();
    if late_reason.chars().count() > LONGEST_REASON {
        return Err(bad("late_reason"));
    }
    Ok(Locks {
        vat_reported_until: day("vat_reported_until", &asked.vat_reported_until)?,
        own_until: day("own_until", &asked.own_until)?,
        year_until: day("year_until", &asked.year_until)?,
        late: asked.late.into(),
        late_reason,
    })
}

fn carries(asked: &BookChoices, facts: &CompanyFacts) -> Result<Carries, Problem> {
    let dimension =
        |code: &str| facts.dimensions.iter().find(|fact| fact.code.eq_ignore_ascii_case(code.trim())).ok_or_else(|| missing("dimensions", code));
    let key = |choice: &commands::CarriedKey| {
        let key = metadata_key(choice.key.trim())?;
        let to = match choice.to {
            CarriedTo::YourReference => settings::CarriedTo::YourReference,
            CarriedTo::Comment => settings::CarriedTo::Comment,
            CarriedTo::Dimension => settings::CarriedTo::Dimension(dimension(&choice.dimension)?.code.clone()),
        };
        Ok((format!("{key} {to:?}"), settings::CarriedKey { key, to }))
    };
    let fixed = |choice: &DimensionChoice| {
        let fact = dimension(&choice.code)?;
        let value =
            fact.values.iter().find(|value| value.eq_ignore_ascii_case(choice.value.trim())).ok_or_else(|| missing("dimensions", &choice.value))?;
        Ok((fact.code.clone(), Dimension { code: fact.code.clone(), value: value.clone() }))
    };
    Ok(Carries {
        keys: each_once("keys", asked.keys.iter().map(key))?.into_values().collect(),
        dimensions: each_once("dimensions", asked.dimensions.iter().map(fixed))?.into_values().collect(),
        number_in_lines: asked.number_in_lines,
        ledger_number_in_stripe: asked.ledger_number_in_stripe,
    })
}

/// As Stripe takes keys, and without the spaces that nobody sees.
fn metadata_key(key: &str) -> Result<String, Problem> {
    let fits = !key.is_empty() && key.chars().count() <= LONGEST_KEY && !key.contains(|c: char| c.is_whitespace() || c == '[' || c == ']');
    fits.then(|| key.to_owned()).ok_or_else(|| Problem::new(Code::BadKey).with("key", key))
}

fn date(field: &'static str, text: &str) -> Result<NaiveDate, Problem> {
    NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").map_err(|_| bad(field))
}

fn rates(field: &'static str, texts: &[String]) -> Result<BTreeSet<Decimal>, Problem> {
    texts.iter().map(|text| rate(field, text)).collect()
}

/// With a comma or a point.
fn rate(field: &'static str, text: &str) -> Result<Decimal, Problem> {
    let rate = Decimal::from_str_exact(&text.trim().replace(',', ".")).ok();
    rate.filter(|rate| *rate >= Decimal::ZERO && *rate <= Decimal::from(HIGHEST_RATE)).ok_or_else(|| bad(field))
}

fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn each_once<T>(field: &'static str, all: impl Iterator<Item = Result<(String, T), Problem>>) -> Result<BTreeMap<String, T>, Problem> {
    let mut kept = BTreeMap::new();
    for one in all {
        let (key, value) = one?;
        if kept.contains_key(&key) {
            return Err(Problem::new(Code::TwiceChosen).with("field", field).with("value", key));
        }
        kept.insert(key, value);
    }
    Ok(kept)
}

fn bad(field: &str) -> Problem {
    Problem::new(Code::BadChoice).with("field", field)
}

fn missing(field: &str, value: &str) -> Problem {
    Problem::new(Code::NotInLedger).with("field", field).with("value", value)
}
