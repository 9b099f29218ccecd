//! A Danish agreement as it comes: accounts, VAT codes and zones, terms, journals, years.
//!
//! VAT zones, terms types, journals and the accounts 1010, 5600 and 5820 as in recorded answers
//! (github.com/traels-it/economic-rest test/fixtures); the other account numbers are made up.

use super::setup::{AccountSetup, JournalSetup, Setup, TermsSetup, VatSetup};
use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

type Account = (u64, &'static str, &'static str, bool, Option<&'static str>);

const ACCOUNTS: &[Account] = &[
    (1000, "RESULTATOPGØRELSE", "heading", false, None),
    (1010, "Salg af varer/ydelser m/moms", "profitAndLoss", true, Some("U25")),
    (1050, "Salg af ydelser til EU", "profitAndLoss", true, None),
    (1055, "Salg til udlandet", "profitAndLoss", true, None),
    (1060, "Salg uden moms", "profitAndLoss", true, None),
    (1090, "Øredifferencer", "profitAndLoss", true, None),
    (3660, "Gebyrer, Stripe", "profitAndLoss", false, None),
    (4320, "Valutakursdifferencer", "profitAndLoss", false, None),
    (4330, "Øreafrunding", "profitAndLoss", false, None),
    (5600, "Debitorer", "status", false, None),
    (5710, "Stripe DKK", "status", false, None),
    (5720, "Stripe, på vej til banken", "status", false, None),
    (5820, "Bank", "status", false, None),
    (6800, "Kreditorer", "status", true, None),
    (6902, "Salgsmoms (udgående moms)", "status", true, None),
    (6903, "Købsmoms (indgående moms)", "status", false, None),
    (6904, "Moms af ydelser købt i udlandet", "status", true, None),
];

/// What booking by hand never reaches.
const BLOCKED: [u64; 2] = [DEBTORS, CREDITORS];
pub const DEBTORS: u64 = 5600;
const CREDITORS: u64 = 6800;
const EVERY_ZONE: [u64; 4] = [1, 2, 3, 4];

impl Setup<'_> {
    /// Everything but customers and products. The year before `from` is closed, those up to the one after `today` are open.
    pub fn danish(&mut self, today: NaiveDate, from: NaiveDate) {
        for (code, name, rate) in [("DKK", "Danske kroner", 100), ("EUR", "Euro", 746), ("USD", "US dollar", 680), ("SEK", "Svenske kroner", 66)] {
            self.currency(code, name, Decimal::from(rate));
        }
        for (number, name, kind, credit, vat_code) in ACCOUNTS.iter().copied() {
            self.account(AccountSetup { number, name, kind, credit, block_direct_entries: BLOCKED.contains(&number), vat_code });
        }
        self.system_accounts(4320, 4330);
        let vat = |code, name, rate: i64, account, contra| VatSetup { code, name, rate: Decimal::from(rate), account, contra };
        self.vat(vat("U25", "Salgsmoms, 25 %", 25, 6902, None));
        self.vat(vat("I25", "Købsmoms, 25 %", 25, 6903, None));
        self.vat(vat("RC25", "Ydelser købt i udlandet, 25 %", 25, 6903, Some(6904)));
        for (zone, name) in EVERY_ZONE.into_iter().zip(["Domestic", "EU", "Abroad", "Domestic exempt VAT"]) {
            self.vat_zone(zone, name);
        }
        self.product_group(1, "Varer m/moms", &[(1, 1010), (2, 1050), (3, 1055), (4, 1060)]);
        self.product_group(2, "Varer u/moms", &EVERY_ZONE.map(|zone| (zone, 1060)));
        self.product_group(3, "Øredifferencer", &EVERY_ZONE.map(|zone| (zone, 1090)));
        for (number, name, kind, days) in [
            (1, "Netto 8 dage", "net", 8),
            (2, "Netto 14 dage", "net", 14),
            (3, "Løbende måned 20 dage", "invoiceMonth", 20),
            (5, "Netto 30 dage", "net", 30),
            (6, "Forfaldsdato", "dueDate", 0),
        ] {
            self.terms(TermsSetup { number, name, kind, days, ..TermsSetup::default() });
        }
        self.customer_group(1, "Indenlandske kunder", DEBTORS);
        self.customer_group(2, "Udenlandske kunder", DEBTORS);
        self.supplier_group(1, "Indenlandske leverandører", CREDITORS);
        self.payment_type(7, "Bankoverførsel");
        for (number, name) in [(19, "Dansk std. m. bankoplys. 1.3"), (21, "Engelsk std. m. bankoplys. 1.3")] {
            self.layout(number, name);
        }
        self.unit(1, "stk.");
        self.unit(2, "timer");
        self.employee(1, "Bogholder");
        self.journal(JournalSetup { number: 1, name: "Daglig", first_voucher: 1, ..JournalSetup::default() });
        let (only, customer_contra) = (Some("customerPayment"), Some(5820));
        self.journal(JournalSetup { number: 2, name: "Indbetalinger", first_voucher: 50_001, only, customer_contra });
        self.journal(JournalSetup { number: 3, name: "Lønninger", first_voucher: 60_001, ..JournalSetup::default() });
        self.years(from.year(), today.year());
    }

    fn years(&mut self, first: i32, current: i32) {
        for year in first - 1..=current + 1 {
            let (from, to) = (NaiveDate::from_ymd_opt(year, 1, 1), NaiveDate::from_ymd_opt(year, 12, 31));
            self.year(from.unwrap_or_default(), to.unwrap_or_default());
        }
        self.close_year(&(first - 1).to_string());
    }
}
