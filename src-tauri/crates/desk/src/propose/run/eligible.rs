//! What forbids a draft before the ledger is even asked; and how the ledger has what is taken back.

use ledgers::NoDraft;
use stripe::{CollectionMethod, CreditNote, CreditNoteStatus, CreditNoteType, Invoice, InvoiceStatus, Refund, RefundStatus};

use super::super::paper::Paper;
use super::super::trade::Origin;
use super::super::{credit, left};
use super::{Home, Run};
use crate::commands;
use crate::mirror::Known;
use crate::settings::DraftWhen;

impl<'a> Run<'a> {
    /// For what takes a sale back: how the ledger has that sale.
    pub(super) fn eligible(&self, paper: &Paper<'a>) -> Result<Option<Home<'a>>, NoDraft> {
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
            Paper::Void(known) => self.eligible_void(known).map(Some),
            Paper::CreditNote(known) => self.eligible_note(&known.is).map(Some),
            Paper::VoidNote(known) => self.eligible_void_note(&known.is).map(Some),
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

    fn eligible_note(&self, note: &CreditNote) -> Result<Home<'a>, NoDraft> {
        if note.status == CreditNoteStatus::Void {
            return Err(NoDraft::NoteVoid);
        }
        if note.total.is_zero() {
            return Err(NoDraft::NothingOwed);
        }
        let known = self.trade.invoice(note.invoice.id()).ok_or(NoDraft::InvoiceNotFetched)?;
        let invoice = || credit::named(&known.is).to_owned();
        match self.home(Paper::Invoice(known)) {
            Home::Nowhere => Err(NoDraft::InvoiceFirst { invoice: invoice() }),
            Home::Proposed if lowers(note) => Err(NoDraft::InvoiceFirst { invoice: invoice() }),
            Home::Drafted(document) if lowers(note) => {
                Err(NoDraft::WaitsForPosting { invoice: invoice(), document: document.number.clone().unwrap_or_default() })
            }
            home => Ok(home),
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

    fn eligible_refund(&self, refund: &Refund) -> Result<Home<'a>, NoDraft> {
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
                Paper::Payment(payment)
            }
            Origin::Several => return Err(NoDraft::RefundOfSeveral),
            Origin::Unknown => return Err(NoDraft::RefundOfUnknown),
        };
        match self.home(sold) {
            Home::Nowhere => Err(NoDraft::InvoiceFirst { invoice: left::number(&sold) }),
            home => Ok(home),
        }
    }

    fn home(&self, paper: Paper<'a>) -> Home<'a> {
        match self.settled(&paper.row()) {
            Some(document) if self.is_posted(document) => Home::Posted(document),
            Some(document) => Home::Drafted(document),
            None => match self.new_document(&paper) {
                Ok(_) => Home::Proposed,
                Err(NoDraft::BeforeStart { .. }) => Home::BeforeStart,
                Err(_) => Home::Nowhere,
            },
        }
    }
}

/// Whether a credit note lowers an open invoice and does nothing else.
pub(super) fn lowers(note: &CreditNote) -> bool {
    note.pre_payment_amount == Some(note.total) || note.pre_payment_amount.is_none() && note.kind == Some(CreditNoteType::PrePayment)
}
