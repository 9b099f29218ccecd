//! The few choices that matter, checked against the ledger when they are saved.

use chrono::NaiveDate;
use ledgers::{CompanyFacts, Rounding, Target};
use rust_decimal::Decimal;

use crate::commands::*;
use crate::open::Open;
use crate::review::company_facts;
use crate::settings::{Sales, SalesAccount, Settings};
use crate::{Desk, connect};

/// No country's rate of VAT is higher.
const HIGHEST_RATE: i64 = 30;

impl Desk {
    pub async fn choices(&self, _: Nothing) -> Result<Choices, Problem> {
        let open = self.open()?;
        let (_, settings) = open.settings()?;
        let facts = facts(&open)?;
        let sales = settings.sales.clone().or_else(|| connect::default_sales(&facts)).ok_or(Problem::new(Code::NoAccounts))?;
        Ok(shown(&settings, &sales, &facts))
    }

    pub async fn save_choices(&self, asked: SaveChoices) -> Result<Choices, Problem> {
        let open = self.open()?;
        let (_, mut settings) = open.settings()?;
        let facts = facts(&open)?;
        let account = |number: &str| SalesAccount { target: Target::Account(number.to_owned()), tax_code: None };
        for number in [&asked.domestic, &asked.eu, &asked.export, &asked.exempt, &asked.rounding] {
            if !facts.accounts.iter().any(|account| account.usable && account.number == *number) {
                return Err(Problem::new(Code::AccountUnusable).with("account", number.clone()));
            }
        }
        let home_rate = rate(&asked.home_rate)?;
        let sales = settings.sales.take().or_else(|| connect::default_sales(&facts)).ok_or(Problem::new(Code::NoAccounts))?;
        settings.start = NaiveDate::parse_from_str(&asked.start, "%Y-%m-%d").map_err(|_| Problem::new(Code::BadChoice).with("what", "start"))?;
        settings.sales = Some(Sales {
            domestic: account(&asked.domestic),
            eu: account(&asked.eu),
            export: account(&asked.export),
            exempt: account(&asked.exempt),
            rounding: Rounding { account: asked.rounding, tax_code: None },
            home_rate,
            untaxed_at_home: match asked.untaxed {
                Untaxed::Ask => None,
                Untaxed::HomeRate => Some(home_rate),
                Untaxed::NoVat => Some(Decimal::ZERO),
            },
            goods: asked.goods,
            ..sales
        });
        let claimed = self.claim(&open, |_| ()).await?;
        self.save(&open, &settings, "choices")?;
        self.repropose(&open).await?;
        drop(claimed);
        self.choices(Nothing {}).await
    }
}

fn facts(open: &Open) -> Result<CompanyFacts, Problem> {
    company_facts(&open.book())?.ok_or(Problem::new(Code::NotConnected).with("side", connect::LEDGER_NAME))
}

fn rate(text: &str) -> Result<Decimal, Problem> {
    let rate = Decimal::from_str_exact(text.trim()).ok().filter(|rate| *rate >= Decimal::ZERO && *rate <= Decimal::from(HIGHEST_RATE));
    rate.ok_or(Problem::new(Code::BadChoice).with("what", "home_rate"))
}

fn shown(settings: &Settings, sales: &Sales, facts: &CompanyFacts) -> Choices {
    let number = |account: &SalesAccount| match &account.target {
        Target::Account(number) | Target::Item(number) => number.clone(),
    };
    let usable = facts.accounts.iter().filter(|account| account.usable);
    Choices {
        accounts: usable.map(|account| AccountChoice { number: account.number.clone(), name: account.name.clone() }).collect(),
        domestic: number(&sales.domestic),
        eu: number(&sales.eu),
        export: number(&sales.export),
        exempt: number(&sales.exempt),
        rounding: sales.rounding.account.clone(),
        home_rate: sales.home_rate.normalize().to_string(),
        untaxed: match sales.untaxed_at_home {
            None => Untaxed::Ask,
            Some(rate) if rate.is_zero() => Untaxed::NoVat,
            Some(_) => Untaxed::HomeRate,
        },
        goods: sales.goods,
        start: settings.start.to_string(),
        zone: settings.zone.name().to_owned(),
        currency: facts.base.code().to_owned(),
    }
}
