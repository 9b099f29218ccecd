//! A whole month of one shop: its drafts written over HTTP, posted by the harness as a
//! person would, its bank lines imported, and the closing balance of every account.

use super::*;
use crate::golden_month::CLOSING;
use std::collections::BTreeMap;

/// `SI reference customer account net…` sales invoice, `CM` credit memo (`>invoice` it applies to),
/// `CP customer amount invoice batch` receipt, `JL account amount batch` journal line (`@customer` for a
/// customer), `AP credit debit` application by hand. Rows of the bank begin with `B`.
const MONTH: &[(&str, &str)] = &[
    ("G01 2026-11-01", "CP C1 -1250.00 A-0090 D; JL FEE 20.55 D"),
    ("B 2026-11-02", "JL TRANSIT-DKK -2000.00 BANK-DKK"),
    ("G02 2026-11-02", "SI A-0101 C1 REV-25 1000.00; CP C1 -1250.00 A-0101 D; JL FEE 20.55 D"),
    ("G03 2026-11-03", "SI A-0102 C2 REV-EU 400.00; CP C2 -400.00 A-0102 D; JL FX 24.00 D; JL FEE 75.80 D; JL FEE 59.20 D"),
    ("G04 2026-11-03", "SI A-0103 C3 REV-25 720.00; CP C3 -900.00 A-0103 D; JL FEE 15.30 D"),
    ("G05 2026-11-04", "SI A-0104 C4 REV-25 2000.00"),
    ("G06 2026-11-05", "SI A-0105 C5 REV-25 1000.00"),
    ("G07 2026-11-06", "JL TRANSIT-DKK 10168.60 D"),
    ("G08 2026-11-06", "CP C4 -1000.00 A-0104 D; JL FEE 16.80 D"),
    ("B 2026-11-09", "JL TRANSIT-DKK -10168.60 BANK-DKK; CP C4 -500.00 A-0104 BANK-DKK"),
    ("G11 2026-11-09", "SI A-0106 C6 REV-25 79.98 ROUND -0.01; CP C6 -99.97 A-0106 D; JL FEE 3.30 D"),
    ("G12 2026-11-09", "SI PI-G12 CARD REV-25 200.00; CP CARD -250.00 PI-G12 D; JL FEE 5.55 D"),
    ("B 2026-11-10", "CP C5 -1250.00 A-0105 BANK-DKK"),
    ("G13 2026-11-10", "SI A-0107 C7 REV-OSS 100.00; CP C7 -119.00 A-0107 D; JL FX 7.14 D; JL FEE 23.82 D; JL FEE 17.61 D"),
    ("G14 2026-11-10", "SI A-0108 C1 REV-25 600.00 REV-25 -150.00 REV-25 300.00; CP C1 -937.50 A-0108 D; JL FEE 15.86 D"),
    ("G15 2026-11-11", "CM A-0109 C3 REV-25 200.00"),
    ("G16 2026-11-11", "SI A-0110 C3 REV-25 800.00; CP C3 -750.00 A-0110 D; JL FEE 13.05 D; AP A-0109 A-0110"),
    ("G17 2026-11-12", "SI A-0111 C4 REV-25 1000.00"),
    ("G18 2026-11-13", "JL TRANSIT-DKK 3822.08 D"),
    ("G19 2026-11-13", "CM CN-01>A-0111 C4 REV-25 200.00"),
    ("G20 2026-11-14", "CP C4 -1000.00 A-0111 D; JL FEE 16.80 D"),
    ("G21 2026-11-14", "SI A-0112 C5 REV-25 400.00; CP C5 -500.00 A-0112 D; JL FEE 9.30 D; JL PLATFEE 15.00 D"),
    ("G22 2026-11-15", "JL FEE 75.00 D"),
    ("G23 2026-11-15", "JL FEE 12.50 D"),
    ("G24 2026-11-16", "SI A-0113 C8 REV-25 100.00; CP C8 -125.00 A-0113 D; JL FX 7.50 D; JL FEE 15.68 D; JL FEE 18.50 D"),
    ("G25 2026-11-16", "CM CN-02 C1 REV-25 1000.00; JL @C1 1250.00 D; AP CN-02 G25-1"),
    ("G26 2026-11-17", "CM RE-G26 C3 REV-25 72.00; JL @C3 90.00 D; AP RE-G26 G26-1"),
    ("G27 2026-11-17", "JL @C1 100.00 D"),
    ("G28 2026-11-18", "JL TRANSIT-DKK -3822.08 D"),
    ("G29 2026-11-19", "JL @C1 -100.00 D; AP G29-0 G27-0"),
    ("B 2026-11-20", "JL TRANSIT-DKK 500.00 BANK-DKK"),
    ("G30 2026-11-20", "JL TRANSIT-DKK -500.00 D"),
    ("G31 2026-11-20", "JL DISPUTED 1000.00 D; JL FEE 112.50 D"),
    ("G32 2026-11-21", "CM CN-03 C7 REV-OSS 100.00; JL @C7 119.00 D; AP CN-03 G32-1; JL FX -1.19 D"),
    ("G33 2026-11-23", "JL DISPUTED 931.25 D; JL FEE 112.50 D"),
    ("G34 2026-11-23", "SI A-0114 C4 REV-25 400.00; CP C4 -520.00 A-0114 D; JL FEE 5.00 D"),
    ("G35 2026-11-24", "JL UNIDENTIFIED -333.00 D; JL FEE 6.80 D"),
    ("G36 2026-11-24", "JL RESERVE 300.00 D"),
    ("G37 2026-11-24", "SI A-0115 C9 REV-EXP 200.00; CP C9 -200.00 A-0115 U; JL FEE 6.20 U"),
    ("G38 2026-11-25", "JL TRANSIT-USD 150.00 U"),
    ("G39 2026-11-26", "JL DISPUTED -1000.00 D; JL FEE -112.50 D"),
    ("G40 2026-11-26", "JL TRANSIT-DKK 1500.00 D; JL FEE 15.00 D"),
    ("B 2026-11-26", "JL TRANSIT-DKK -1500.00 BANK-DKK"),
    ("G41 2026-11-27", "JL TRANSIT-DKK 386.50 D"),
    ("B 2026-11-27", "JL TRANSIT-USD -150.00 BANK-USD"),
    ("G42 2026-11-28", "JL BADDEBT 931.25 =DISPUTED"),
];

/// Bank cards by the name of their batch: card, G/L account, currency.
const BANKS: &[(&str, &str, &str)] = &[("D", "CLR-DKK", ""), ("U", "CLR-USD", "USD"), ("BANK-DKK", "BANK-DKK", ""), ("BANK-USD", "BANK-USD", "USD")];

struct Month {
    desk: Desk,
    /// Posted numbers by the reference of their draft.
    posted: BTreeMap<String, String>,
    receipts: BTreeMap<&'static str, String>,
    general: String,
}

#[test]
fn the_golden_month_closes_with_exactly_its_balances() {
    let mut month = Month::open();
    for (row, drafts) in MONTH {
        let (name, date) = row.split_once(' ').expect("a row and its date");
        for (at, draft) in drafts.split("; ").enumerate() {
            let words: Vec<&str> = draft.split(' ').collect();
            month.play(&format!("{name}-{at}"), date, &words);
        }
    }
    let accounts = month.desk.get("accounts?$select=number,netChange");
    let balances: BTreeMap<String, Decimal> =
        accounts.rows().iter().map(|row| (row["number"].as_str().unwrap_or_default().to_string(), dec(&row["netChange"].to_string()))).collect();
    for (account, expected) in CLOSING {
        assert_eq!(balances.get(*account), Some(&dec(expected)), "{account}");
    }
    assert_eq!(balances.values().sum::<Decimal>(), Decimal::ZERO);
    let c4 = month.desk.get("customers?$filter=number eq 'C4'&$expand=customerFinancialDetail");
    assert_eq!(c4.rows()[0]["customerFinancialDetail"]["balance"].to_string(), "980");
    let open = month.desk.get("salesInvoices?$filter=status eq 'Open'&$select=externalDocumentNumber,remainingAmount");
    assert_eq!(open.rows().iter().map(|row| row["externalDocumentNumber"].as_str().unwrap_or_default()).collect::<Vec<_>>(), ["A-0104"]);
}

impl Month {
    fn open() -> Self {
        let mut desk = Desk::new();
        let mut setup = desk.setup();
        for (account, _) in CLOSING {
            let fee = *account == "FEE";
            setup.account(AccountSetup {
                number: (*account).into(),
                display_name: (*account).into(),
                direct_posting: true,
                general_posting_type: if fee { "Purchase".into() } else { String::new() },
                general_product_group: "SALG".into(),
                vat_business_group: if fee { "IE".into() } else { String::new() },
                vat_product_group: if fee {
                    "YDELSE".into()
                } else if account.starts_with("REV") {
                    "VARE".into()
                } else {
                    "INGEN".into()
                },
                ..Default::default()
            });
        }
        let vat = |business: &str, product: &str, rate: &str, reverse_charge: bool, sales: &str| VatPosting {
            business_group: business.into(),
            product_group: product.into(),
            identifier: format!("{business}-{product}"),
            rate: dec(rate),
            reverse_charge,
            sales_account: sales.into(),
            purchase_account: "VAT-IN".into(),
            reverse_account: "VAT-RC".into(),
        };
        setup.vat(vat("IE", "YDELSE", "25", true, ""));
        for (business, rate, reverse, sales) in
            [("M-DK", "25", false, "VAT-OUT"), ("M-EU", "25", true, ""), ("M-OSS", "19", false, "VAT-OSS"), ("M-EXP", "0", false, "")]
        {
            setup.vat(vat(business, "VARE", rate, reverse, sales));
            setup.vat(vat(business, "INGEN", "0", false, ""));
            setup.general_posting(GeneralPosting {
                business_group: business.into(),
                product_group: "SALG".into(),
                sales_account: "REV-25".into(),
                credit_memo_account: String::new(),
            });
        }
        setup.customer_posting_group("M", "AR");
        setup.currency(CurrencySetup { code: "USD".into(), display_name: "USD".into(), symbol: "$".into(), decimals: 2 });
        setup.exchange_rate("USD", day("2026-01-01"), dec("100"), dec("680"));
        let mut receipts = BTreeMap::new();
        for (batch, account, currency) in BANKS {
            setup.bank_account(BankAccountSetup {
                number: (*batch).into(),
                display_name: (*batch).into(),
                currency: (*currency).into(),
                account_number: (*account).into(),
                ..Default::default()
            });
            let code = format!("CR-{batch}");
            receipts.insert(
                *batch,
                setup.journal_batch(JournalBatch { code, cash_receipts: true, balancing_bank_account: (*batch).into(), ..Default::default() }),
            );
        }
        let general = setup.journal_batch(JournalBatch { code: "STRIPE".into(), ..Default::default() });
        let mut month = Self { desk, posted: BTreeMap::new(), receipts, general };
        month.customers();
        month.play("O1", "2026-10-30", &["SI", "A-0090", "C1", "EQUITY", "1250.00"]);
        month.play("O2", "2026-10-30", &["JL", "CLR-DKK", "4000.00", "=EQUITY"]);
        month.play("O3", "2026-10-30", &["JL", "TRANSIT-DKK", "2000.00", "=EQUITY"]);
        month
    }

    /// The shop's customers take the place of the ones that every desk has.
    fn customers(&mut self) {
        let kinds = [
            ("C1", "M-DK", ""),
            ("C2", "M-EU", "EUR"),
            ("C3", "M-DK", ""),
            ("C4", "M-DK", ""),
            ("C5", "M-DK", ""),
            ("C6", "M-DK", ""),
            ("C7", "M-OSS", "EUR"),
            ("C8", "M-DK", "EUR"),
            ("C9", "M-EXP", "USD"),
            ("CARD", "M-DK", ""),
        ];
        for (number, business, currency) in kinds {
            let id = self.desk.id("customers", &format!("number eq '{number}'"));
            if !id.is_empty() {
                let path = self.desk.path(&format!("customers({id})"));
                assert_eq!(self.desk.send(Method::DELETE, &path, &[], b"").status, 204);
            }
            let groups =
                CustomerGroups { general_business_group: business.into(), vat_business_group: business.into(), customer_posting_group: "M".into() };
            self.desk.setup().customer(CustomerSetup {
                number: number.into(),
                display_name: number.into(),
                currency: currency.into(),
                groups: Some(groups),
                ..Default::default()
            });
        }
    }

    fn play(&mut self, mark: &str, date: &str, words: &[&str]) {
        match *words {
            ["SI", reference, customer, ref lines @ ..] => self.document("salesInvoice", reference, date, customer, lines),
            ["CM", reference, customer, ref lines @ ..] => self.document("salesCreditMemo", reference, date, customer, lines),
            ["CP", customer, amount, invoice, batch] => self.receipt(mark, date, customer, amount, invoice, batch),
            ["JL", account, amount, balance] => self.line(mark, date, account, amount, balance),
            ["AP", credit, debit] => {
                let credit = self.posted.get(credit).cloned().unwrap_or_else(|| credit.to_string());
                let debit = self.posted.get(debit).cloned().unwrap_or_else(|| debit.to_string());
                self.desk.setup().apply(&credit, &debit, day(date)).expect("applied by hand");
            }
            _ => panic!("{words:?}"),
        }
    }

    fn document(&mut self, entity: &str, reference: &str, date: &str, customer: &str, lines: &[&str]) {
        let (reference, applies) = reference.split_once('>').unwrap_or((reference, ""));
        let lines: Vec<Json> = lines
            .chunks(2)
            .map(|pair| {
                let account = self.desk.id("accounts", &format!("number eq '{}'", pair[0]));
                json!({ "lineType": "Account", "accountId": account, "quantity": 1, "unitPrice": number(pair[1]) })
            })
            .collect();
        let mut body =
            json!({ "customerNumber": customer, "externalDocumentNumber": reference, "postingDate": date, format!("{entity}Lines"): lines });
        if let Some(number) = self.posted.get(applies) {
            body["invoiceNumber"] = json!(number);
        }
        let draft = self.desk.post(&format!("{entity}s"), body);
        assert_eq!(draft.status, 201, "{reference}: {}", draft.text);
        let mut setup = self.desk.setup();
        let posted = if entity == "salesInvoice" { setup.post_invoice(&draft.text("id")) } else { setup.post_credit_memo(&draft.text("id")) };
        self.posted.insert(reference.into(), posted.expect("posted").number);
    }

    fn receipt(&mut self, mark: &str, date: &str, customer: &str, amount: &str, invoice: &str, batch: &str) {
        let id = self.receipts[batch].clone();
        let body = json!({ "customerNumber": customer, "postingDate": date, "documentNumber": mark, "amount": number(amount), "appliesToInvoiceNumber": self.posted[invoice] });
        let line = self.desk.post(&format!("customerPaymentJournals({id})/customerPayments"), body);
        assert_eq!(line.status, 201, "{mark}: {}", line.text);
        self.desk.setup().post_journal(&id).expect("posted");
    }

    fn line(&mut self, mark: &str, date: &str, account: &str, amount: &str, balance: &str) {
        let (kind, account) = account.strip_prefix('@').map_or(("G_x002F_L_x0020_Account", account), |customer| ("Customer", customer));
        let (balance_kind, balance) =
            balance.strip_prefix('=').map_or(("Bank_x0020_Account", balance), |account| ("G_x002F_L_x0020_Account", account));
        let body = json!({
            "accountType": kind, "accountNumber": account, "postingDate": date, "documentNumber": mark, "amount": number(amount),
            "balanceAccountType": balance_kind, "balancingAccountNumber": balance,
        });
        let batch = self.general.clone();
        let line = self.desk.post(&format!("journals({batch})/journalLines"), body);
        assert_eq!(line.status, 201, "{mark}: {}", line.text);
        self.desk.setup().post_journal(&batch).expect("posted");
    }
}

fn number(text: &str) -> Json {
    text.parse::<serde_json::Number>().map_or(Json::Null, Json::Number)
}
