//! What a person chooses for the book, checked against the ledger when it is saved, and offered from what it has.

mod checked;

use std::collections::BTreeSet;

use book::Book;
use drafts::State;
use ledgers::Target;
use rust_decimal::Decimal;

use crate::basis::{Both, both};
use crate::commands::{self, *};
use crate::open::Open;
use crate::settings::{self, Sales, SalesAccount, Settings};
use crate::{Desk, connect, lock};

pub use checked::{Ground, checked};

/// Products, items and keys that are offered.
const MOST_OFFERED: usize = 1_000;

impl Desk {
    pub async fn choices(&self, _: Nothing) -> Result<Choices, Problem> {
        let open = self.open()?;
        let (version, settings) = open.settings()?;
        let both = both(&open)?;
        let sales = settings.sales.clone().or_else(|| connect::default_sales(&both.facts)).ok_or(Problem::new(Code::NoAccounts))?;
        let fixed = is_fixed(&open.book())?;
        Ok(Choices { chosen: chosen(&settings, &sales), offered: offered(&settings, &sales, &both, fixed, version) })
    }

    pub async fn save_choices(&self, asked: BookChoices) -> Result<Choices, Problem> {
        let open = self.open()?;
        let claimed = self.claim(&open, |_| ()).await?;
        let both = both(&open)?;
        // Against what is saved now, not what was read before the claim was free.
        self.try_change(&open, "choices", |book, settings| {
            *settings = self.chosen_over(&open, book, settings, &both, &asked)?;
            Ok(())
        })?;
        self.repropose(&open).await?;
        drop(claimed);
        self.choices(Nothing {}).await
    }

    /// The settings that these choices make, or why they make none.
    pub(crate) fn settings_of(&self, open: &Open, asked: &BookChoices) -> Result<Settings, Problem> {
        let (_, before) = open.settings()?;
        let both = both(open)?;
        self.chosen_over(open, &open.book(), &before, &both, asked)
    }

    fn chosen_over(&self, open: &Open, book: &Book, before: &Settings, both: &Both, asked: &BookChoices) -> Result<Settings, Problem> {
        let who = lock(&open.who).as_ref().map(|who| who.person.clone()).unwrap_or_default();
        let who = name_of(book, &who)?;
        let ground = Ground { facts: &both.facts, mirror: &both.mirror, zone_fixed: is_fixed(book)?, who: &who, now: self.now() };
        checked(asked, before, &ground)
    }
}

fn name_of(book: &Book, person: &str) -> Result<String, Problem> {
    let people = book.people()?;
    Ok(people.into_iter().find(|known| known.id == person).map_or_else(|| person.to_owned(), |known| known.name))
}

/// Whether something stands in the ledger by this book's calendar.
fn is_fixed(book: &Book) -> Result<bool, Problem> {
    Ok(!book.drafts_in(&[State::Sending, State::Unknown, State::Written, State::Posted, State::Altered])?.is_empty())
}

fn chosen(settings: &Settings, sales: &Sales) -> BookChoices {
    let texts = |rates: &BTreeSet<Decimal>| rates.iter().map(|rate| rate.normalize().to_string()).collect();
    let customers = &settings.customers;
    let carries = &settings.carries;
    BookChoices {
        domestic: sold_to(&sales.domestic),
        eu: sold_to(&sales.eu),
        eu_services: perhaps(&sales.eu_services),
        export: sold_to(&sales.export),
        export_services: perhaps(&sales.export_services),
        exempt: perhaps(&sales.exempt),
        rounding: sales.rounding.account.clone(),
        product_key: sales.products.key.clone().unwrap_or_default(),
        new_item_like: sales.products.new_like.clone().unwrap_or_default(),
        products: sales.products.links.iter().map(product).collect(),
        home_rate: sales.home_rate.normalize().to_string(),
        more_rates: texts(&sales.more_rates),
        untaxed: match sales.untaxed_at_home {
            None => Untaxed::Ask,
            Some(rate) if rate.is_zero() => Untaxed::NoVat,
            Some(_) => Untaxed::HomeRate,
        },
        goods: sales.goods,
        oss: sales
            .oss
            .iter()
            .map(|(country, zone)| OssChoice { country: country.clone(), rates: texts(&zone.rates), to: sold_to(&zone.account) })
            .collect(),
        identify_by: customers.identify_by.iter().map(|by| (*by).into()).collect(),
        unknown: customers.unknown.into(),
        new_abroad: customers.new_abroad,
        generic: customers.generic.iter().map(generic).collect(),
        terms_confirmed: customers.terms_confirmed.is_some(),
        start: settings.start.to_string(),
        zone: settings.zone.name().to_owned(),
        draft_when: settings.draft_when.into(),
        vat_reported_until: settings.locks.vat_reported_until.map(|day| day.to_string()),
        own_until: settings.locks.own_until.map(|day| day.to_string()),
        year_until: settings.locks.year_until.map(|day| day.to_string()),
        late: settings.locks.late.into(),
        late_reason: settings.locks.late_reason.clone(),
        keys: carries.keys.iter().map(key).collect(),
        dimensions: carries.dimensions.iter().map(|fixed| DimensionChoice { code: fixed.code.clone(), value: fixed.value.clone() }).collect(),
        number_in_lines: carries.number_in_lines,
        ledger_number_in_stripe: carries.ledger_number_in_stripe,
    }
}

fn perhaps(account: &Option<SalesAccount>) -> SoldTo {
    account.as_ref().map_or(SoldTo { account: String::new(), tax_code: String::new() }, sold_to)
}

fn sold_to(account: &SalesAccount) -> SoldTo {
    SoldTo { account: target(&account.target).0, tax_code: account.tax_code.clone().unwrap_or_default() }
}

fn target(target: &Target) -> (String, TargetKind) {
    match target {
        Target::Account(number) => (number.clone(), TargetKind::Account),
        Target::Item(number) => (number.clone(), TargetKind::Item),
        // Of a document only.
        Target::NewItem { .. } => (String::new(), TargetKind::Item),
    }
}

fn product((product, link): (&String, &settings::ProductLink)) -> ProductChoice {
    let (number, kind) = link.target.as_ref().map_or((String::new(), TargetKind::Item), target);
    ProductChoice { product: product.clone(), number, kind, goods: link.goods }
}

fn generic(generic: &settings::Generic) -> GenericChoice {
    GenericChoice { currency: generic.currency.code().to_owned(), zone: generic.zone.into(), number: generic.number.clone() }
}

fn key(carried: &settings::CarriedKey) -> commands::CarriedKey {
    let (to, dimension) = match &carried.to {
        settings::CarriedTo::YourReference => (CarriedTo::YourReference, String::new()),
        settings::CarriedTo::Comment => (CarriedTo::Comment, String::new()),
        settings::CarriedTo::Dimension(code) => (CarriedTo::Dimension, code.clone()),
    };
    commands::CarriedKey { key: carried.key.clone(), to, dimension }
}

fn offered(settings: &Settings, sales: &Sales, both: &Both, zone_fixed: bool, version: u32) -> Offered {
    let Both { facts, mirror } = both;
    let named = |number: &str, name: &str| Named { number: number.to_owned(), name: name.to_owned() };
    let own_lock = settings::Locks::default().latest(facts);
    let is_generic = |number: &String| settings.customers.is_generic(number);
    let keys: BTreeSet<&String> = mirror.invoices.iter().flat_map(|invoice| invoice.is.metadata.keys()).collect();
    Offered {
        accounts: facts.accounts.iter().filter(|account| account.usable).map(|account| named(&account.number, &account.name)).collect(),
        tax_codes: facts.tax_codes.iter().map(|code| named(&code.code, &code.name)).collect(),
        items: mirror.items.values().take(MOST_OFFERED).map(|item| named(item.number.as_deref().unwrap_or_default(), &item.text)).collect(),
        products: mirror
            .products
            .values()
            .take(MOST_OFFERED)
            .map(|product| ProductSeen {
                id: product.is.id.clone(),
                name: product.is.name.clone(),
                says: sales.products.key.as_ref().and_then(|key| product.is.metadata.get(key)).cloned(),
            })
            .collect(),
        dimensions: facts
            .dimensions
            .iter()
            .map(|fact| DimensionSeen { code: fact.code.clone(), name: fact.name.clone(), values: fact.values.clone() })
            .collect(),
        zones: chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name().to_owned()).filter(|name| name.contains('/')).collect(),
        zone_fixed,
        ledger_until: own_lock.map(|lock| lock.until.to_string()),
        ledger_to: facts.posting_to.map(|day| day.to_string()),
        currency: facts.base.code().to_owned(),
        currencies: std::iter::once(facts.base)
            .chain(facts.currencies.iter().map(|fact| fact.currency))
            .map(|currency| currency.code().to_owned())
            .collect(),
        generic_names: mirror
            .parties
            .values()
            .filter(|record| record.number.as_ref().is_some_and(is_generic))
            .map(|record| named(record.number.as_deref().unwrap_or_default(), record.party.as_ref().map_or("", |party| &party.name)))
            .collect(),
        terms_confirmed: settings.customers.terms_confirmed.as_ref().map(|said| SaidBy { who: said.by.clone(), at: stamp(said.at) }),
        metadata_keys: keys.into_iter().filter(|key| !key.starts_with("countersign_")).take(MOST_OFFERED).cloned().collect(),
        version,
    }
}

/// Closed lists that mean the same on both sides of the desk.
macro_rules! same {
    ($($theirs:path => $ours:path { $($member:ident),+ })+) => {$(
        impl From<$theirs> for $ours {
            fn from(theirs: $theirs) -> Self {
                match theirs { $(<$theirs>::$member => <$ours>::$member),+ }
            }
        }
        impl From<$ours> for $theirs {
            fn from(ours: $ours) -> Self {
                match ours { $(<$ours>::$member => <$theirs>::$member),+ }
            }
        }
    )+};
}

same! {
    ledgers::IdentifyBy => IdentifyBy { VatNumber, LedgerNumber, Ean, EmailAndName }
    ledgers::GuestZone => GuestZone { Home, Oss, Export }
    settings::Unknown => UnknownCustomer { NewCustomer, Generic, Ask }
    settings::DraftWhen => DraftWhen { Finalized, Sent, Paid }
    settings::Late => Late { FirstOpenDay, Reopen }
}
