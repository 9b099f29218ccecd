//! `documentsapi`: files attached to vouchers.
//!
//! Paths and words: github.com/Pogoe/EConomic.NET specs/openapi/openapi-Documents.json.

use super::Visit;
use super::columns::{ATTACHED, document_of};
use crate::economic::body::take;
use crate::economic::call::Reply;
use crate::economic::facts::{Write, shape};
use crate::economic::fault::{Fault, Problem};
use crate::economic::keys::Key;
use crate::economic::value::{Document, integer, put, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};

/// As for the files of the REST API.
const LARGEST_FILE: usize = 9 * 1024 * 1024;
/// Beginnings of the files that are taken: PDF, JPEG, GIF, PNG.
const FILES: [&[u8]; 4] = [b"%PDF", b"\xff\xd8", b"GIF8", b"\x89PNG"];
/// What `onConflict` says when pages are to be added to what is there.
const APPEND: u64 = 1;

impl Visit<'_> {
    pub fn attached(&mut self, rest: &[&str]) -> Result<Reply, Fault> {
        match (self.call.method.clone(), rest) {
            (Method::GET, [number, "pdf"]) => {
                let number = self.number(number)?;
                let kept = self.agreement.row(ATTACHED.table, number).and_then(|row| text(row, "_file"));
                let file = kept.and_then(|kept| STANDARD.decode(kept).ok()).ok_or_else(Fault::not_found)?;
                Ok(Reply::bytes("application/pdf", Bytes::from(file)))
            }
            (Method::GET, rest) => self.table(&ATTACHED, rest),
            (Method::POST, []) => self.attach(),
            (Method::DELETE, ["deletebulk"]) => {
                let body = self.call.object()?;
                let numbers = body.get("documentNumbers").and_then(Value::as_array).ok_or_else(|| Fault::one(Problem::missing("documentNumbers")))?;
                let keys: Vec<Key> = numbers.iter().filter_map(Key::of).collect();
                if keys.iter().any(|key| !self.agreement.table(ATTACHED.table).contains_key(key)) {
                    return Err(Fault::not_found());
                }
                keys.iter().for_each(|key| _ = self.agreement.table_mut(ATTACHED.table).remove(key));
                Ok(Reply::empty())
            }
            (Method::DELETE, [number]) => {
                let key = Key::Number(self.number(number)?);
                self.agreement.table_mut(ATTACHED.table).remove(&key).map(|_| Reply::empty()).ok_or_else(Fault::not_found)
            }
            _ => Err(Fault::method()),
        }
    }

    fn attach(&mut self) -> Result<Reply, Fault> {
        let row = take(shape("documentsapi/AttachedDocumentCreate"), Write::Create, &self.call.object()?)?;
        let file = text(&row, "file").and_then(|file| STANDARD.decode(file).ok()).filter(|file| file.len() <= LARGEST_FILE);
        let file = file.filter(|file| FILES.iter().any(|start| file.starts_with(start)));
        let file = file.ok_or_else(|| Fault::bad("InvalidFileData", "file is a PDF or a picture of up to 9 MB, in Base64."))?;
        let (year, voucher) = (text(&row, "accountingYear").unwrap_or_default(), integer(&row, "voucherNumber").unwrap_or(0));
        if !self.agreement.years.iter().any(|known| known.name == year) {
            return Err(Fault::bad("AccountingYearNotFound", "There is no such accounting year."));
        }
        if !self.knows_voucher(year, voucher) {
            return Err(Fault::bad("InvalidVoucherNumber", "There is no such voucher."));
        }
        let of_voucher = |document: &&Document| (text(document, "accountingYear"), integer(document, "voucherNumber")) == (Some(year), Some(voucher));
        let there = self.agreement.table(ATTACHED.table).values().find(of_voucher).and_then(|document| integer(document, "number"));
        let number = match there {
            Some(_) if integer(&row, "onConflict") != Some(APPEND) => {
                return Err(Fault::bad("DocumentAlreadyAttachedToVoucher", "The voucher has a document already."));
            }
            Some(number) => number,
            None => self.agreement.free_number(ATTACHED.table),
        };
        let pages = self.agreement.row(ATTACHED.table, number).and_then(|document| integer(document, "pageCount")).unwrap_or(0) + 1;
        let mut document = document_of(&ATTACHED, &row);
        put(&mut document, "number", number);
        put(&mut document, "pageCount", pages);
        put(&mut document, "_file", STANDARD.encode(file));
        self.agreement.table_mut(ATTACHED.table).insert(Key::Number(number), document);
        Ok(Reply::json(StatusCode::CREATED, &json!({ "number": number })))
    }

    /// Drafted or posted.
    fn knows_voucher(&self, year: &str, voucher: u64) -> bool {
        let drafted = self
            .agreement
            .table("journalEntries")
            .values()
            .any(|entry| (text(entry, "voucher.accountingYear.year"), integer(entry, "voucher.voucherNumber")) == (Some(year), Some(voucher)));
        let in_year = |day| self.agreement.year_of(day).is_some_and(|of| of.name == year);
        drafted || self.agreement.ledger.entries.iter().any(|entry| entry.voucher == voucher && in_year(entry.date))
    }
}
