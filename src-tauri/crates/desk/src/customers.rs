//! Stripe's customers beside the ledger's: who is taken for whom, on what evidence, and what a person says of it.
//! Nothing is merged and nothing is re-addressed: a difference is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use book::{Book, Pair, Person, Verdict};
use drafts::State;
use ledgers::{Blocked, Evidence, LedgerRecord, Party, Register};

use crate::answers::{self, Answer};
use crate::basis::{Basis, both};
use crate::commands::*;
use crate::open::Open;
use crate::propose::{self, Buyer, Directory, Said, Taken, VatQuestion};
use crate::row::{Row, find};
use crate::search::folded;
use crate::{Desk, lock};

/// Candidates that are shown.
const MOST_CANDIDATES: usize = 24;
/// Rows of one window.
const MOST_ROWS: u32 = 500;

impl Desk {
    pub async fn customer_rows(&self, asked: CustomersQuery) -> Result<CustomerRows, Problem> {
        let open = self.open()?;
        let roll = self.roll(&open)?;
        let wanted = folded(asked.search.trim());
        let fits = |row: &&CustomerRow| (!asked.unclear_only || is_unclear(row)) && (wanted.is_empty() || searched(row).contains(&wanted));
        let found: Vec<_> = roll.rows.iter().filter(fits).collect();
        Ok(CustomerRows {
            revision: roll.revision,
            total: count(found.len() as u64),
            unclear: roll.unclear(),
            rows: found.into_iter().skip(asked.first as usize).take(asked.limit.min(MOST_ROWS) as usize).cloned().collect(),
        })
    }

    pub async fn customer_candidates(&self, asked: CustomerCandidatesOf) -> Result<CustomerCandidates, Problem> {
        let open = self.open()?;
        let roll = self.roll(&open)?;
        let buyer = roll.buyers.get(&asked.key).ok_or(Problem::new(Code::NoSuchRow))?;
        let alike = roll.register.alike(&buyer.party);
        let wanted = folded(asked.search.trim());
        let fits = |id: &str, card: &CustomerCard| if wanted.is_empty() { alike.contains_key(id) } else { folded(&text(card)).contains(&wanted) };
        let mut found: Vec<_> = roll.ledger.iter().filter(|(id, (card, _))| fits(id, card)).collect();
        found.sort_by_key(|(id, (card, _))| (alike.get(*id).map_or(u8::MAX, weight), &card.number));
        let rows = found.iter().take(MOST_CANDIDATES).map(|(id, (card, party))| CustomerCandidate {
            id: (*id).clone(),
            card: card.clone(),
            evidence: alike.get(*id).map(shown).unwrap_or_default(),
            differs: differs(&buyer.party, party),
            chosen: buyer.taken.as_ref() == Some(*id),
        });
        Ok(CustomerCandidates { rows: rows.collect(), more: count(found.len().saturating_sub(MOST_CANDIDATES) as u64) })
    }

    /// Answers the one row as it is then.
    pub async fn link_customer(&self, asked: LinkCustomer) -> Result<CustomerRows, Problem> {
        let open = self.open()?;
        let who = open.who()?;
        let said = match asked.to {
            LinkTo::Customer { id } => Some(Said::Is(id)),
            LinkTo::New {} => Some(Said::New),
            LinkTo::Nothing {} => None,
        };
        let before = self.roll(&open)?;
        let known = !matches!(&said, Some(Said::Is(id)) if !before.ledger.contains_key(id));
        if !known || !before.buyers.contains_key(&asked.key) {
            return Err(Problem::new(Code::NoSuchRow));
        }
        if let (Some(Said::New), Some(card)) = (&said, before.same_number(&asked.key)) {
            let named = Problem::new(Code::VatNumberExists).with("number", card.number.clone());
            return Err(named.with("name", card.name.clone()).with("vat", card.vat.clone()));
        }
        let same = before.rows.iter().filter(|row| row.key == asked.key).flat_map(|row| &row.same_party);
        let parties: BTreeSet<_> = same.chain([&asked.key]).map(|customer| propose::customer_subject(customer)).collect();
        let claimed = self.claim(&open, |_| ()).await?;
        let (subject, now) = (answers::subject(&asked.key), self.now());
        let before = open.book().decisions()?;
        let earlier = before.iter().filter(|pair| pair.subject == subject && matches!(answers::read(pair), Some(Answer::Customer(..))));
        for pair in earlier.filter(|pair| said.as_ref().map(answers::is).as_ref() != Some(&pair.ledger)) {
            open.book().decide_pair(&subject, &pair.ledger, None, &who, now)?;
        }
        if let Some(said) = &said {
            open.book().decide_pair(&subject, &answers::is(said), Some(Verdict::Confirmed), &who, now)?;
        }
        if said == Some(Said::New) {
            let deleted = open.book().drafts_in(&[State::Deleted])?.into_iter().filter(|draft| draft.current && parties.contains(&draft.subject));
            let deleted: Vec<_> = deleted.map(|draft| draft.id).collect();
            open.book().replay(&deleted, &who, now)?;
        }
        self.repropose(&open).await?;
        drop(claimed);
        self.one(&open, &asked.key)
    }

    pub async fn decide_vat(&self, asked: DecideVat) -> Result<Changed, Problem> {
        let open = self.open()?;
        let who = open.who()?;
        let (question, reverse_charge) = self.question(&open, &asked.key)?;
        if matches!(asked.answer, VatAnswer::ReverseChargeGoods | VatAnswer::ReverseChargeServices) && !reverse_charge {
            return Err(Problem::new(Code::NoReverseCharge));
        }
        let claimed = self.claim(&open, |_| ()).await?;
        let (subject, now) = (answers::subject(&question.customer), self.now());
        let before = open.book().decisions()?;
        let earlier = before.iter().filter(|pair| matches!(answers::read(pair), Some(Answer::Vat(known, _)) if known == question));
        for pair in earlier {
            open.book().decide_pair(&subject, &pair.ledger, None, &who, now)?;
        }
        open.book().decide_pair(&subject, &answers::vat(&question, asked.answer), Some(Verdict::Confirmed), &who, now)?;
        self.repropose(&open).await?;
        drop(claimed);
        Ok(Changed { revision: open.book().revision()?, done: 1, not_done: Vec::new() })
    }

    pub async fn forget_vat(&self, asked: ForgetVat) -> Result<CustomerRows, Problem> {
        let open = self.open()?;
        let who = open.who()?;
        let claimed = self.claim(&open, |_| ()).await?;
        let subject = answers::subject(&asked.key);
        let before = open.book().decisions()?;
        let same = |pair: &&Pair| {
            matches!(answers::read(pair), Some(Answer::Vat(question, _))
                if question.customer == asked.key && question.product == asked.product && answers::unclear(&question) == asked.unclear)
        };
        let kept = before.iter().find(same).ok_or(Problem::new(Code::NoSuchRow))?;
        open.book().decide_pair(&subject, &kept.ledger, None, &who, self.now())?;
        self.repropose(&open).await?;
        drop(claimed);
        self.one(&open, &asked.key)
    }

    /// The row of one customer, as it is now.
    fn one(&self, open: &Open, key: &str) -> Result<CustomerRows, Problem> {
        let roll = self.roll(open)?;
        let rows: Vec<_> = roll.rows.iter().filter(|row| row.key == key).cloned().collect();
        Ok(CustomerRows { revision: roll.revision, total: count(rows.len() as u64), unclear: roll.unclear(), rows })
    }

    /// What a row asks a person about its VAT, and whether reverse charge is an answer.
    fn question(&self, open: &Open, key: &str) -> Result<(VatQuestion, bool), Problem> {
        let row = Row::read(&find(&open.book(), key)?.row)?;
        let asked = row.no_draft.filter(|reason| reason.code == "person_decides").ok_or(Problem::new(Code::NotAskable))?;
        let both = both(open)?;
        let question = propose::vat_question(&both.mirror, &both.facts.country, key, &asked.params).ok_or(Problem::new(Code::NotAskable))?;
        Ok((question, asked.params.get("reverse_charge").is_some_and(|may| may == "true")))
    }

    /// As the book is now; kept until it changes, so that looking for a name reads nothing again.
    fn roll(&self, open: &Open) -> Result<Arc<Roll>, Problem> {
        let revision = open.book().revision()?;
        if let Some(kept) = lock(&open.roll).clone().filter(|kept| kept.revision == revision) {
            return Ok(kept);
        }
        let basis = Basis::of(open)?;
        let ground = basis.ground();
        let directory = Directory::new(&ground);
        let buyer = |buyer: Buyer| {
            let taken = buyer.taken.record().map(|record| record.id.clone());
            (buyer.customer, RollBuyer { party: buyer.party, taken })
        };
        let candidates: Vec<_> = directory.ledger().filter_map(LedgerRecord::candidate).collect();
        let roll = Arc::new(Roll {
            revision,
            rows: rows(open, &directory, &basis.said)?,
            buyers: directory.buyers().map(buyer).collect(),
            ledger: directory.ledger().filter_map(|record| Some((record.id.clone(), (card(record)?, record.party.clone()?)))).collect(),
            register: Register::new(&candidates),
        });
        *lock(&open.roll) = Some(roll.clone());
        Ok(roll)
    }
}

/// The customers of both sides at one revision of the book.
pub struct Roll {
    revision: u64,
    rows: Vec<CustomerRow>,
    /// By Stripe's id.
    buyers: BTreeMap<String, RollBuyer>,
    /// By the ledger's id.
    ledger: BTreeMap<String, (CustomerCard, Party)>,
    register: Register,
}

struct RollBuyer {
    party: Party,
    /// The ledger's id of whom it is taken for.
    taken: Option<String>,
}

impl Roll {
    /// The customer of the ledger that has this buyer's VAT number.
    fn same_number(&self, buyer: &str) -> Option<&CustomerCard> {
        let alike = self.register.alike(&self.buyers.get(buyer)?.party);
        let (id, _) = alike.into_iter().find(|(_, evidence)| evidence.contains(&Evidence::VatNumber))?;
        self.ledger.get(&id).map(|(card, _)| card)
    }

    fn unclear(&self) -> u32 {
        count(self.rows.iter().filter(|row| is_unclear(row)).count() as u64)
    }
}

/// Every Stripe customer that has an invoice in the book; who needs a person first.
fn rows(open: &Open, directory: &Directory, said: &[Pair]) -> Result<Vec<CustomerRow>, Problem> {
    let words = Words::of(said, &open.book().people()?, directory);
    let mut rows: Vec<_> = directory.buyers().map(|buyer| row(directory, &buyer, &words)).collect();
    rows.sort_by_cached_key(|row| (!is_unclear(row), folded(&row.stripe.name), row.key.clone()));
    Ok(rows)
}

/// What people said, by Stripe's customer.
#[derive(Default)]
struct Words {
    who: BTreeMap<String, SaidBy>,
    vat: BTreeMap<String, Vec<VatSaid>>,
}

impl Words {
    fn of(said: &[Pair], people: &[Person], directory: &Directory) -> Self {
        let name = |id: &str| people.iter().find(|person| person.id == id).map_or_else(|| id.to_owned(), |person| person.name.clone());
        let mut words = Self::default();
        for pair in said {
            let by = || SaidBy { who: name(&pair.who.person), at: stamp(pair.at) };
            match answers::read(pair) {
                Some(Answer::Customer(customer, _)) => drop(words.who.insert(customer, by())),
                Some(Answer::Vat(question, answer)) => {
                    let unclear = answers::unclear(&question);
                    let name = directory.product(&question.product);
                    words.vat.entry(question.customer).or_default().push(VatSaid { product: question.product, name, unclear, answer, said: by() });
                }
                None => {}
            }
        }
        words
    }
}

fn row(directory: &Directory, buyer: &Buyer, words: &Words) -> CustomerRow {
    let alike = directory.alike(&buyer.party);
    let record = buyer.taken.record();
    let near = alike.keys().filter(|id| record.is_none_or(|record| record.id != **id)).count();
    CustomerRow {
        key: buyer.customer.clone(),
        stripe: card_of(&buyer.customer, &buyer.party, false),
        invoices: count(buyer.invoices.len() as u64),
        state: match &buyer.taken {
            Taken::Unclear => CustomerState::Unclear,
            Taken::Nobody | Taken::Gone => CustomerState::Unknown,
            Taken::New => CustomerState::New,
            Taken::Is(_) => CustomerState::Found,
            Taken::Made(_) => CustomerState::Made,
            Taken::Said(_) => CustomerState::Linked,
        },
        ledger: record.and_then(card),
        evidence: record.and_then(|record| alike.get(&record.id)).map(shown).unwrap_or_default(),
        same_party: directory.same_party(&buyer.customer),
        near: count(near as u64),
        differs: record.and_then(|record| record.party.as_ref()).map(|party| differs(&buyer.party, party)).unwrap_or_default(),
        said: words.who.get(&buyer.customer).cloned(),
        vat: words.vat.get(&buyer.customer).cloned().unwrap_or_default(),
    }
}

/// How the mirror keeps the number of customers that wait for a person, so that the frame need not look again.
const UNCLEAR: &str = "customers_unclear";

pub fn unclear_record(directory: &Directory) -> book::Record {
    let waits = |buyer: &Buyer| matches!(buyer.taken, Taken::Unclear | Taken::Nobody | Taken::Gone);
    let count = directory.buyers().filter(waits).count().to_string();
    book::Record { kind: UNCLEAR.into(), id: UNCLEAR.into(), version: count.clone(), raw: count.into_bytes(), ..book::Record::default() }
}

pub fn unclear(book: &Book) -> Result<u32, Problem> {
    let stored = book.get(book::Side::Ledger, UNCLEAR, UNCLEAR)?;
    Ok(stored.and_then(|stored| String::from_utf8_lossy(&stored.record.raw).parse().ok()).unwrap_or_default())
}

/// A row that waits for a person.
fn is_unclear(row: &CustomerRow) -> bool {
    matches!(row.state, CustomerState::Unclear | CustomerState::Unknown)
}

fn card(record: &LedgerRecord) -> Option<CustomerCard> {
    Some(card_of(record.number.as_deref()?, record.party.as_ref()?, record.blocked != Blocked::No))
}

fn card_of(number: &str, party: &Party, blocked: bool) -> CustomerCard {
    CustomerCard {
        number: number.to_owned(),
        name: party.name.clone(),
        street: party.street.clone(),
        place: format!("{} {}", party.postcode, party.city).trim().to_owned(),
        country: party.country.clone(),
        vat: party.vat_number.clone(),
        email: party.emails.join("; "),
        blocked,
    }
}

/// What both sides say, and not the same.
fn differs(ours: &Party, theirs: &Party) -> Vec<CustomerField> {
    let (a, b) = (card_of("", ours, false), card_of("", theirs, false));
    let vat = |party: &Party| ledgers::vat_number(&party.vat_number, &party.country).unwrap_or_else(|| party.vat_number.clone());
    let mails = |party: &Party| party.emails.iter().flat_map(|text| ledgers::emails(text)).collect::<BTreeSet<_>>();
    let other = |a: &str, b: &str| !a.is_empty() && !b.is_empty() && folded(a) != folded(b);
    let (our_mails, their_mails) = (mails(ours), mails(theirs));
    let tests = [
        (CustomerField::Name, other(&a.name, &b.name)),
        (CustomerField::Street, other(&a.street, &b.street)),
        (CustomerField::Place, other(&a.place, &b.place)),
        (CustomerField::Country, other(&a.country, &b.country)),
        (CustomerField::Vat, other(&vat(ours), &vat(theirs))),
        (CustomerField::Email, !our_mails.is_empty() && !their_mails.is_empty() && our_mails.is_disjoint(&their_mails)),
    ];
    tests.into_iter().filter_map(|(field, differs)| differs.then_some(field)).collect()
}

fn shown(evidence: &BTreeSet<Evidence>) -> Vec<Identity> {
    let named = |one: &Evidence| match one {
        Evidence::VatNumber => Identity::VatNumber,
        Evidence::LedgerNumber => Identity::LedgerNumber,
        Evidence::Ean => Identity::Ean,
        Evidence::Email => Identity::Email,
        Evidence::NameAndPostcode => Identity::NameAndPostcode,
        Evidence::SharedMailbox => Identity::SharedMailbox,
        Evidence::Name => Identity::Name,
        Evidence::OtherVatNumber => Identity::OtherVatNumber,
    };
    // A name with its postcode says the name too.
    let whole = evidence.contains(&Evidence::NameAndPostcode);
    evidence.iter().filter(|one| !(whole && **one == Evidence::Name)).map(named).collect()
}

/// The strongest evidence first; what speaks against it last.
fn weight(evidence: &BTreeSet<Evidence>) -> u8 {
    let against = if evidence.contains(&Evidence::OtherVatNumber) { 100 } else { 0 };
    against + evidence.iter().next().map_or(0, |strongest| *strongest as u8)
}

fn searched(row: &CustomerRow) -> String {
    let ledger = row.ledger.as_ref().map(text).unwrap_or_default();
    folded(&format!("{} {ledger}", text(&row.stripe)))
}

fn text(card: &CustomerCard) -> String {
    format!("{} {} {} {} {} {}", card.number, card.name, card.place, card.country, card.vat, card.email)
}
