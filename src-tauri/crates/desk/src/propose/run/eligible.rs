//! What forbids a draft before the ledger is even asked; and how the ledger has what is taken back.

use drafts::DraftId;
use ledgers::{LedgerRecord, NoDraft};
use stripe::{CollectionMethod, CreditNote, CreditNoteStatus, CreditNoteType, Invoice, InvoiceStatus, Refund, RefundStatus};

use super::super::paper::Paper;
use super::super::trade::Origin;
use super::super::{credit, left};
use super::Run;
use crate::commands;
use crate::mirror::Known;
use crate::settings::DraftWhen;

/// What is taken back: how the ledger has it, and the draft of ours that puts it there.
pub(super) struct Credited<'a> {
    pub home: Home<'a>,
    pub first: Option<DraftId>,
}

/// How the ledger has what is taken back.
pub(super) enum Home<'a> {
    Posted(&'a LedgerRecord),
    Drafted(&'a LedgerRecord),
    /// Its draft is proposed, or on its way.
    Proposed,
    /// Dated before this book begins: the ledger has it somewhere.
    BeforeStart,
    Nowhere,
}

impl<'a> Home<'a> {
    pub fn document(&self) -> Option<&'a LedgerRecord> {
        match self {
            Self::Posted(document) | Self::Drafted(document) => Some(document),
            _ => None,
        }
    }
}

impl<'a> Run<'a> {
    /// For what takes a sale back: how the ledger has that sale.
    pub(super) fn eligible(&self, paper: &Paper<'a>) -> Result<Option<Credited<'a>>, NoDraft> {
        let settings = self.ground.settings;
        let (at, live) = match paper {
            Paper::Invoice(known) | Paper::Void(known) if matches!(known.is.status, None | Some(InvoiceStatus::Draft)) => {
                return Err(NoDraft::NotFinalized);
            }
            Paper::Invoice(known) => (known.is.dated(), known.is.livemode),
            Paper::Void(known) => (known.is.status_transitions.voided_at, known.is.livemode),
            Paper::CreditNote(known) => (Some(known.is.dated()), known.is.livemode),
            Paper::VoidNote(known) => (known.is.voided_at, known.is.livemode),
            Paper::Refund(known) => (Some(known.is.created), true),
            Paper::Payment(payment) => (Some(payment.charge.is.created), payment.charge.is.livemode),
        };
        let date = self.frame.date(at.ok_or(NoDraft::NotFinalized)?);
        if matches!(paper, Paper::Invoice(known) if known.is.status == Some(InvoiceStatus::Void)) {
            return Err(NoDraft::Void);
        }
        if date < settings.start {
            return Err(NoDraft::BeforeStart { date, start: settings.start });
        }
        if !live && settings.mode() == commands::Mode::Live {
            return Err(NoDraft::TestAgainstLive);
        }
        if settings.demo.is_none() && settings.customers.terms_confirmed.is_none() {
            return Err(NoDraft::TermsUnsaid);
        }
        match paper {
            Paper::Invoice(known) => self.eligible_invoice(&known.is).map(|()| None),
            Paper::Void(known) => self.eligible_void(known).map(|home| Some(Credited { home, first: None })),
            Paper::CreditNote(known) => self.eligible_note(&known.is).map(Some),
            Paper::VoidNote(known) => self.eligible_void_note(&known.is).map(|home| Some(Credited { home, first: None })),
            Paper::Refund(known) => self.eligible_refund(&known.is).map(Some),
            Paper::Payment(payment) if !payment.is_sale() => Err(NoDraft::UnknownMoney),
            Paper::Payment(payment) => self.paid_twice(payment).map_or(Ok(None), Err),
        }
    }

    fn eligible_invoice(&self, invoice: &Invoice) -> Result<(), NoDraft> {
        if invoice.metadata.contains_key(stripe::LEDGER_ORIGIN) {
            return Err(NoDraft::FromLedger);
        }
        match self.ground.settings.draft_when {
            DraftWhen::Sent if invoice.collection_method != Some(CollectionMethod::SendInvoice) => return Err(NoDraft::NotSent),
            DraftWhen::Paid if invoice.status != Some(InvoiceStatus::Paid) => return Err(NoDraft::NotPaid),
            _ => {}
        }
        if invoice.total.is_zero() { Err(NoDraft::NothingOwed) } else { Ok(()) }
    }

    /// Before posting, deleting the draft is the way; afterwards a credit memo is.
    fn eligible_void(&self, known: &'a Known<Invoice>) -> Result<Home<'a>, NoDraft> {
        let invoice = credit::named(&known.is).to_owned();
        match self.settled(&known.is.id) {
            Some(document) if document.canceled => Err(NoDraft::VoidCanceled { invoice }),
            Some(document) if self.is_posted(document) => Ok(Home::Posted(document)),
            Some(document) => Err(NoDraft::VoidDrafted { invoice, document: document.number.clone().unwrap_or_default() }),
            None => Err(NoDraft::Void),
        }
    }

    fn eligible_note(&self, note: &CreditNote) -> Result<Credited<'a>, NoDraft> {
        if note.status == CreditNoteStatus::Void {
            return Err(NoDraft::NoteVoid);
        }
        if note.total.is_zero() {
            return Err(NoDraft::NothingOwed);
        }
        let known = self.trade.invoice(note.invoice.id()).ok_or(NoDraft::InvoiceNotFetched)?;
        let invoice = || credit::named(&known.is).to_owned();
        let credited = self.credited(Paper::Invoice(known));
        match &credited.home {
            Home::Nowhere => Err(NoDraft::InvoiceFirst { invoice: invoice() }),
            Home::Proposed if lowers(note) => Err(NoDraft::InvoiceFirst { invoice: invoice() }),
            Home::Drafted(document) if lowers(note) => {
                Err(NoDraft::WaitsForPosting { invoice: invoice(), document: document.number.clone().unwrap_or_default() })
            }
            _ => Ok(credited),
        }
    }

    /// Before posting, deleting the memo is the way; afterwards an invoice of the same lines is.
    fn eligible_void_note(&self, note: &CreditNote) -> Result<Home<'a>, NoDraft> {
        let number = credit::number(note);
        match self.settled(&note.id) {
            Some(memo) if memo.canceled => Err(NoDraft::NoteVoidCanceled { note: number }),
            Some(memo) if self.is_posted(memo) => Ok(Home::Posted(memo)),
            Some(memo) => Err(NoDraft::NoteVoidDrafted { note: number, document: memo.number.clone().unwrap_or_default() }),
            None => Err(NoDraft::NoteVoid),
        }
    }

    fn eligible_refund(&self, refund: &Refund) -> Result<Credited<'a>, NoDraft> {
        match &refund.status {
            Some(RefundStatus::Failed | RefundStatus::Canceled) => return Err(NoDraft::RefundFailed),
            Some(RefundStatus::Pending | RefundStatus::RequiresAction) => return Err(NoDraft::RefundPending),
            _ => {}
        }
        let sold = match self.trade.origin(refund) {
            Origin::Invoice(known) if known.is.status == Some(InvoiceStatus::Void) => return Err(NoDraft::Void),
            Origin::Invoice(known) => Paper::Invoice(known),
            Origin::Sale(payment) => {
                if let Some(document) = self.paid_documents(&Paper::Payment(payment)).first() {
                    return Err(NoDraft::RefundOfReceipt { document: document.right.number.clone() });
                }
                if let Some(NoDraft::PaidTwice { document, .. } | NoDraft::PaidTwiceGivenBack { document, .. }) = self.paid_twice(&payment) {
                    return Err(NoDraft::RefundOfTwice { document });
                }
                Paper::Payment(payment)
            }
            Origin::Several => return Err(NoDraft::RefundOfSeveral),
            Origin::Unknown => return Err(NoDraft::RefundOfUnknown),
        };
        let credited = self.credited(sold);
        match &credited.home {
            Home::Nowhere => Err(NoDraft::InvoiceFirst { invoice: left::number(&sold) }),
            _ => Ok(credited),
        }
    }

    /// A draft of ours stays named once it is written, so that what was approved with it stays the same request.
    fn credited(&self, paper: Paper<'a>) -> Credited<'a> {
        let id = self.draft_id(&paper);
        let made = |document: &LedgerRecord| self.ground.standing.get(&id).is_some_and(|standing| standing.results.get("id") == Some(&document.id));
        match self.settled(&paper.row()) {
            Some(document) => {
                let home = if self.is_posted(document) { Home::Posted(document) } else { Home::Drafted(document) };
                Credited { home, first: made(document).then_some(id) }
            }
            None => match self.new_document(&paper) {
                Ok(_) => Credited { home: Home::Proposed, first: Some(id) },
                Err(NoDraft::BeforeStart { .. }) => Credited { home: Home::BeforeStart, first: None },
                Err(_) => Credited { home: Home::Nowhere, first: None },
            },
        }
    }
}

/// Whether a credit note lowers an open invoice and does nothing else.
pub(super) fn lowers(note: &CreditNote) -> bool {
    note.pre_payment_amount == Some(note.total) || note.pre_payment_amount.is_none() && note.kind == Some(CreditNoteType::PrePayment)
}
