//! What a product of Stripe is in the ledger: by its link, by a key of its metadata; else the account of its VAT zone, or,
//! where the book wants items, one that is found by its trade number or name, or is made like another item. Never changed.

use std::collections::BTreeMap;

use drafts::{DraftId, Source, State, Subject};
use ledgers::business_central::{ITEM, source_key};
use ledgers::{Blocked, Drafted, LedgerRecord, NewItem, NoDraft, RecordKind, Target};
use stripe::Product;

use super::Ground;
use crate::mirror::Known;
use crate::settings::{Products, SalesAccount};

/// Keys of a product's metadata that people use for its trade number.
const GTIN_KEYS: [&str; 3] = ["gtin", "ean", "barcode"];

/// How the subject of a new item's draft begins.
pub const ITEM_DRAFT: &str = "item:";

pub struct Stock<'a> {
    ground: &'a Ground<'a>,
    rules: &'a Products,
    /// The ledger's items by folded name.
    names: BTreeMap<String, Vec<&'a LedgerRecord>>,
    gtins: BTreeMap<&'a str, &'a LedgerRecord>,
    ids: BTreeMap<&'a str, &'a LedgerRecord>,
    /// By Stripe's product, where the book wants items.
    makings: BTreeMap<&'a str, Making<'a>>,
    /// The same by the draft.
    products: BTreeMap<DraftId, &'a str>,
}

/// The draft that makes a product's item, or once made it. Products of one number or one name are one item.
#[derive(Clone)]
struct Making<'a> {
    draft: DraftId,
    subject: Subject,
    of: &'a Known<Product>,
    /// How far the draft is.
    standing: Option<&'a book::Standing>,
}

impl<'a> Stock<'a> {
    pub fn new(ground: &'a Ground<'a>) -> Self {
        let items = &ground.mirror.items;
        let mut names: BTreeMap<String, Vec<&LedgerRecord>> = BTreeMap::new();
        for item in items.values() {
            names.entry(folded(&item.text)).or_default().push(item);
        }
        let mut stock = Self {
            ground,
            rules: &ground.sales.products,
            names,
            gtins: items.values().filter_map(|item| Some((item.gtin()?, item))).collect(),
            ids: items.values().map(|item| (item.id.as_str(), item)).collect(),
            makings: BTreeMap::new(),
            products: BTreeMap::new(),
        };
        if stock.rules.new_like.is_some() {
            stock.makings = stock.all_makings();
            stock.products = stock.makings.values().map(|making| (making.draft.clone(), making.of.is.id.as_str())).collect();
        }
        stock
    }

    /// What line `line` (from 1) books to.
    pub fn target(&self, product: Option<&str>, line: usize, account: &SalesAccount) -> Result<Target, NoDraft> {
        let Some(product) = product else { return Ok(account.target.clone()) };
        match (self.linked(product), self.named(product)) {
            (Some(Target::Item(number)), _) => self.item(line, &number),
            (Some(target), _) => Ok(target),
            (None, Some(number)) if self.numbered(&number).is_some() => self.item(line, &number),
            (None, number) => match self.makings.get(product) {
                Some(making) => self.found_or_made(making, number.is_some(), line),
                None => number.map_or_else(|| Ok(account.target.clone()), |item| Err(NoDraft::ItemMissing { line, item })),
            },
        }
    }

    /// As a document names it: an item that a draft of ours has made meanwhile by its number, but for what `hidden` keeps a hole.
    pub fn named_now(&self, target: Target, hidden: impl Fn(&book::Standing) -> bool) -> Target {
        let Target::NewItem { draft, .. } = &target else { return target };
        let made = self.ground.standing.get(draft).filter(|standing| is_made(standing) && !hidden(standing));
        let number = made.and_then(|standing| self.ids.get(standing.results.get("id")?.as_str())?.number.clone());
        number.map_or(target, Target::Item)
    }

    /// The write that makes the item of this draft, with its subject and what it is made from.
    pub fn freeze(&self, draft: &DraftId) -> Result<Option<(Subject, Drafted, Vec<Source>)>, NoDraft> {
        let Some(making) = self.products.get(draft).and_then(|product| self.makings.get(product)) else { return Ok(None) };
        let like = self.rules.new_like.clone().unwrap_or_default();
        let like = self.numbered(&like).filter(|item| item.blocked == Blocked::No).ok_or(NoDraft::NoItemToCopy { item: like })?;
        let product = &making.of.is;
        let item = NewItem { number: self.named(&product.id).unwrap_or_default(), name: name(product), gtin: gtin(product).unwrap_or_default() };
        let sources = vec![
            Source { key: stripe::source_key(stripe::Kind::Product, &product.id), version: making.of.version.clone() },
            Source { key: source_key(RecordKind::Item, &like.id), version: like.version.clone() },
        ];
        Ok(Some((making.subject.clone(), self.ground.ledger.freeze_item(&item, like)?, sources)))
    }

    fn linked(&self, product: &str) -> Option<Target> {
        self.rules.links.get(product)?.target.clone()
    }

    /// The item's number, as the product's metadata has it.
    fn named(&self, product: &str) -> Option<String> {
        let value = self.ground.mirror.products.get(product)?.is.metadata.get(self.rules.key.as_ref()?)?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    fn numbered(&self, item: &str) -> Option<&'a LedgerRecord> {
        self.ground.mirror.items.get(&item.trim().to_uppercase())
    }

    /// As the ledger writes its number.
    fn item(&self, line: usize, item: &str) -> Result<Target, NoDraft> {
        let found = self.numbered(item).filter(|record| record.blocked == Blocked::No);
        let number = found.and_then(|record| record.number.clone());
        number.map(Target::Item).ok_or_else(|| NoDraft::ItemMissing { line, item: item.to_owned() })
    }

    /// `numbered`: it has a number that the ledger does not know, so whatever is like it is another or a mistake.
    fn found_or_made(&self, making: &Making, numbered: bool, line: usize) -> Result<Target, NoDraft> {
        let (product, name) = (&making.of.is, name(&making.of.is));
        let new = Target::NewItem { draft: making.draft.clone(), name: name.clone() };
        match making.standing.map(|standing| standing.state) {
            Some(State::Sending | State::Unknown | State::Written | State::Posted) => return Ok(new),
            Some(State::Deleted) => return Err(NoDraft::ItemDeleted { name }),
            _ => {}
        }
        let by_gtin = gtin(product).and_then(|gtin| self.gtins.get(gtin.as_str()));
        let by_name = self.names.get(&folded(&name)).into_iter().flatten();
        let alike: Vec<_> = by_gtin.map_or_else(|| by_name.copied().collect(), |item| vec![*item]);
        let number = |item: &&LedgerRecord| item.number.clone().unwrap_or_default();
        match alike.as_slice() {
            [] => Ok(new),
            [one] if !numbered => self.item(line, &number(one)),
            several => Err(NoDraft::ItemUnclear { line, name, items: several.iter().map(number).collect::<Vec<_>>().join(", ") }),
        }
    }

    fn all_makings(&self) -> BTreeMap<&'a str, Making<'a>> {
        let products = &self.ground.mirror.products;
        let mut same: BTreeMap<String, Vec<&'a Known<Product>>> = BTreeMap::new();
        for known in products.values() {
            let number = self.named(&known.is.id).map(|number| format!("number {}", number.to_uppercase()));
            let key = number.unwrap_or_else(|| format!("name {}", folded(&name(&known.is))));
            same.entry(key).or_default().push(known);
        }
        let mut makings = BTreeMap::new();
        for all in same.values() {
            // Whichever of them was drafted goes on being the one.
            let drafted = all.iter().map(|known| self.making(known)).find(|making| making.standing.is_some());
            let Some(making) = drafted.or_else(|| all.first().map(|known| self.making(known))) else { continue };
            makings.extend(all.iter().map(|known| (known.is.id.as_str(), making.clone())));
        }
        makings
    }

    fn making(&self, of: &'a Known<Product>) -> Making<'a> {
        let subject = Subject(format!("{ITEM_DRAFT}{}", of.is.id));
        let draft = self.ground.draft_id(&subject, ITEM);
        Making { standing: self.ground.standing.get(&draft), draft, subject, of }
    }
}

pub fn is_made(standing: &book::Standing) -> bool {
    matches!(standing.state, State::Written | State::Posted)
}

fn name(product: &Product) -> String {
    let name = product.name.trim();
    if name.is_empty() { product.id.clone() } else { name.to_owned() }
}

fn gtin(product: &Product) -> Option<String> {
    GTIN_KEYS.iter().find_map(|key| product.metadata.get(*key)).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// Blanks and case apart.
fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
