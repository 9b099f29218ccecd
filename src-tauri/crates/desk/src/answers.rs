//! What a person said of a customer, as the book keeps it: a word on a pair, with who and when.
//!
//! ```text
//! customer:cus_1   customer:5f0c…            is that customer of the ledger
//! customer:cus_1   customer:new              is none of them
//! customer:cus_1   vat:exempt:zero_rated:prod_1   the VAT of that product, where Stripe leaves it open
//! ```

use book::{Pair, Verdict};
use drafts::Subject;
use ledgers::{Unclear, Zone};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::commands::VatAnswer;
use crate::propose::{Decisions, Said, VatQuestion};

const NEW: &str = "customer:new";

/// Of a Stripe customer; of no customer for a guest.
pub fn subject(customer: &str) -> Subject {
    Subject(format!("customer:{customer}"))
}

/// The ledger's side of a pair.
pub fn is(said: &Said) -> String {
    match said {
        Said::Is(id) => format!("customer:{id}"),
        Said::New => NEW.to_owned(),
    }
}

/// Why a person was asked, by its name.
pub fn unclear(question: &VatQuestion) -> String {
    name(&question.unclear)
}

pub fn vat(question: &VatQuestion, answer: VatAnswer) -> String {
    format!("vat:{}:{}:{}", name(&answer), name(&question.unclear), question.product)
}

/// What a word says, if it is one of these.
pub enum Answer {
    Customer(String, Said),
    Vat(VatQuestion, VatAnswer),
}

pub fn read(pair: &Pair) -> Option<Answer> {
    if pair.verdict != Verdict::Confirmed {
        return None;
    }
    let customer = pair.subject.0.strip_prefix("customer:")?.to_owned();
    if let Some(id) = pair.ledger.strip_prefix("customer:") {
        let said = if pair.ledger == NEW { Said::New } else { Said::Is(id.to_owned()) };
        return Some(Answer::Customer(customer, said));
    }
    let mut parts = pair.ledger.strip_prefix("vat:")?.splitn(3, ':');
    let (answer, unclear, product) = (named(parts.next()?)?, named::<Unclear>(parts.next()?)?, parts.next()?.to_owned());
    Some(Answer::Vat(VatQuestion { customer, product, unclear }, answer))
}

/// Takes such a word into account.
pub fn take(decisions: &mut Decisions, pair: &Pair) {
    match read(pair) {
        Some(Answer::Customer(customer, said)) => {
            if let Said::Is(id) = &said {
                decisions.rules.confirmed.insert(matching::Pair::new(customer.as_str(), id.as_str()));
            }
            decisions.customers.insert(customer, said);
        }
        Some(Answer::Vat(question, answer)) => drop(decisions.vat.insert(question, zone(answer))),
        None => {}
    }
}

fn zone(answer: VatAnswer) -> Zone {
    match answer {
        VatAnswer::Exempt => Zone::Exempt,
        VatAnswer::NoVat => Zone::None,
        VatAnswer::ReverseChargeGoods => Zone::EuReverseCharge { goods: true },
        VatAnswer::ReverseChargeServices => Zone::EuReverseCharge { goods: false },
        VatAnswer::ExportGoods => Zone::Export { goods: true },
        VatAnswer::ExportServices => Zone::Export { goods: false },
    }
}

/// A member of a closed list by its name in JSON.
fn name(member: &impl Serialize) -> String {
    serde_json::to_value(member).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(Value::String(name.to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn pair(subject: &str, ledger: &str, verdict: Verdict) -> Pair {
        let who = book::Who { person: "mk".into(), machine: "laptop".into() };
        Pair { subject: Subject(subject.into()), ledger: ledger.into(), verdict, who, at: DateTime::UNIX_EPOCH }
    }

    #[test]
    fn a_word_is_read_as_it_was_kept() {
        for said in [Said::Is("5f0c:1".into()), Said::New] {
            let kept = pair(&subject("cus_1").0, &is(&said), Verdict::Confirmed);
            let Some(Answer::Customer(customer, read)) = read(&kept) else { panic!("{said:?}") };
            assert_eq!((customer.as_str(), read), ("cus_1", said));
        }
        for (customer, product, unclear, answer) in [
            ("cus_1", "prod_1", Unclear::ZeroRated, VatAnswer::Exempt),
            ("", "", Unclear::EuConsumerAtZero, VatAnswer::NoVat),
            ("cus_2", "a:b", Unclear::NothingSaid, VatAnswer::ExportServices),
            ("cus_3", "prod_1", Unclear::NothingSaid, VatAnswer::ReverseChargeServices),
        ] {
            let question = VatQuestion { customer: customer.into(), product: product.into(), unclear };
            let kept = pair(&subject(customer).0, &vat(&question, answer), Verdict::Confirmed);
            let Some(Answer::Vat(asked, said)) = read(&kept) else { panic!("{question:?}") };
            assert_eq!((asked, said), (question, answer));
        }
    }

    #[test]
    fn other_words_are_none_of_these() {
        for (subject, ledger, verdict) in [
            ("invoice:in_1", "sales_invoice:1", Verdict::Confirmed),
            ("customer:cus_1", "customer:1", Verdict::Declined),
            ("customer:cus_1", "vat:exempt:nonsense:prod_1", Verdict::Confirmed),
            ("customer:cus_1", "vat:exempt", Verdict::Confirmed),
        ] {
            assert!(read(&pair(subject, ledger, verdict)).is_none(), "{subject} {ledger}");
        }
    }
}
