//! Who bought, as Stripe says it.

use ledgers::Party;
use stripe::{BillingDetails, Invoice};

use super::paper::Payment;

/// Who the invoice was made out to, as it was then: the snapshot on it, not today's customer.
pub fn billed(invoice: &Invoice) -> Party {
    let vat_number = vat_number(invoice.customer_tax_ids.iter()).unwrap_or_default().to_owned();
    Party {
        name: invoice.customer_name.clone().unwrap_or_default(),
        person: vat_number.is_empty(),
        emails: invoice.customer_email.iter().cloned().collect(),
        phone: invoice.customer_phone.clone().unwrap_or_default(),
        vat_number,
        currency: Some(invoice.currency),
        ..at(invoice.customer_address.clone())
    }
}

/// Who paid, as far as the checkout, Stripe's customer or the card says, in this order.
pub fn payer(payment: &Payment) -> Party {
    let charge = &payment.charge.is;
    let empty = BillingDetails { name: None, email: None, phone: None, address: None };
    let billing = charge.billing_details.as_ref().unwrap_or(&empty);
    let typed = payment.session.and_then(|session| session.is.customer_details.clone()).unwrap_or_default();
    let known = payment.customer.map(|customer| &customer.is);
    let of = |field: fn(&stripe::Customer) -> &Option<String>| known.and_then(|customer| field(customer).clone());
    let numbers = typed.tax_ids.iter().chain(known.and_then(|customer| customer.tax_ids.as_ref()).into_iter().flat_map(|ids| &ids.data));
    let vat_number = vat_number(numbers).unwrap_or_default().to_owned();
    let emails = [typed.email.clone(), of(|customer| &customer.email), billing.email.clone(), charge.receipt_email.clone()];
    Party {
        name: typed.name.or_else(|| of(|customer| &customer.name)).or_else(|| billing.name.clone()).unwrap_or_default(),
        person: vat_number.is_empty(),
        emails: emails.into_iter().flatten().take(1).collect(),
        phone: typed.phone.or_else(|| of(|customer| &customer.phone)).or_else(|| billing.phone.clone()).unwrap_or_default(),
        vat_number,
        currency: Some(charge.currency),
        ..at([typed.address, known.and_then(|customer| customer.address.clone()), billing.address.clone()].into_iter().flatten().find(says_country))
    }
}

fn says_country(address: &stripe::Address) -> bool {
    address.country.as_ref().is_some_and(|country| !country.is_empty())
}

fn at(address: Option<stripe::Address>) -> Party {
    let address = address.unwrap_or_default();
    Party {
        street: address.line1.unwrap_or_default(),
        street2: address.line2.unwrap_or_default(),
        postcode: address.postal_code.unwrap_or_default(),
        city: address.city.unwrap_or_default(),
        state: address.state.unwrap_or_default(),
        country: address.country.unwrap_or_default(),
        ..Party::default()
    }
}

/// The first value-added-tax number of a list.
pub fn vat_number<'a>(mut ids: impl Iterator<Item = &'a stripe::TaxId>) -> Option<&'a str> {
    ids.find(|id| id.kind.ends_with("_vat")).and_then(|id| id.value.as_deref())
}
