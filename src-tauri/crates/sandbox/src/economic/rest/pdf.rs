//! PDFs, which are rendered a while after booking and come for `*/*` only, and files attached to drafts.
//!
//! 406 for `Accept: application/pdf` and 404 at first: github.com/dabster2000/intranetservices.

use super::Visit;
use crate::economic::call::Reply;
use crate::economic::fault::Fault;
use crate::economic::keys::Key;
use crate::economic::value::{put, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::json;

/// As published.
const LARGEST_FILE: usize = 9 * 1024 * 1024;

impl Visit<'_> {
    pub fn booked_pdf(&self, number: u64) -> Result<Reply, Fault> {
        self.agreement.row("bookedInvoices", number).ok_or_else(Fault::not_found)?;
        let booked = self.agreement.booked_at.get(&number).copied().unwrap_or_default();
        if self.call.now.signed_duration_since(booked) < self.rules.pdf_delay {
            return Err(Fault::not_found());
        }
        self.pdf(&format!("Faktura {number}"))
    }

    pub fn pdf(&self, title: &str) -> Result<Reply, Fault> {
        if self.call.header("accept").is_some_and(|accept| accept.eq_ignore_ascii_case("application/pdf")) {
            return Err(Fault::new(StatusCode::NOT_ACCEPTABLE, "", "Not acceptable.").hint("Ask with Accept: */*."));
        }
        let text = format!(
            "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n% {title}\ntrailer<</Root 1 0 R>>\n%%EOF\n"
        );
        Ok(Reply::bytes("application/pdf", Bytes::from(text)))
    }

    /// `multipart/form-data` with one PDF.
    pub fn attachment(&mut self, table: &'static str, number: u64, method: &Method) -> Result<Reply, Fault> {
        let key = Key::Number(number);
        let kept = self.agreement.table(table).get(&key).and_then(|row| text(row, "_attachment").map(str::to_owned));
        let path = format!("{}/{number}/attachment", super::view::table_path(table));
        match *method {
            Method::GET if self.call.segments.last().is_some_and(|last| last == "file") => {
                let file = kept.and_then(|kept| STANDARD.decode(kept).ok()).ok_or_else(Fault::not_found)?;
                Ok(Reply::bytes("application/pdf", Bytes::from(file)))
            }
            Method::GET => {
                let pages = u8::from(kept.is_some());
                Ok(Reply::ok(json!({ "file": self.link(&format!("{path}/file")), "pages": pages, "self": self.link(&path) })))
            }
            Method::POST => {
                let file = self.file()?;
                if let Some(row) = self.agreement.table_mut(table).get_mut(&key) {
                    put(row, "_attachment", STANDARD.encode(file));
                }
                Ok(Reply {
                    status: StatusCode::CREATED,
                    ..Reply::ok(json!({ "file": self.link(&format!("{path}/file")), "self": self.link(&path) }))
                })
            }
            Method::DELETE => {
                if let Some(row) = self.agreement.table_mut(table).get_mut(&key) {
                    row.remove("_attachment");
                }
                kept.map(|_| Reply::empty()).ok_or_else(Fault::not_found)
            }
            _ => Err(Fault::method()),
        }
    }

    /// The first part of a form.
    pub fn file(&self) -> Result<Bytes, Fault> {
        let kind = self.call.header("content-type").unwrap_or_default();
        let boundary = kind.split(';').find_map(|part| part.trim().strip_prefix("boundary=")).map(|boundary| boundary.trim_matches('"'));
        let (true, Some(boundary)) = (kind.to_ascii_lowercase().starts_with("multipart/form-data"), boundary) else {
            return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "", "Unsupported media type.").hint("Send multipart/form-data."));
        };
        let body = &self.call.body;
        let begin = find(body, b"\r\n\r\n", 0).map(|at| at + 4);
        let end = begin.and_then(|begin| find(body, format!("\r\n--{boundary}").as_bytes(), begin));
        let file = begin.zip(end).and_then(|(begin, end)| body.get(begin..end)).map(|_| body.slice(begin.unwrap_or(0)..end.unwrap_or(0)));
        let file = file.filter(|file| !file.is_empty()).ok_or_else(|| Fault::bad("E04300", "There is no file in the form."))?;
        if file.len() > LARGEST_FILE { Err(Fault::bad("E04300", "The file is larger than 9 MB.")) } else { Ok(file) }
    }
}

fn find(body: &[u8], what: &[u8], from: usize) -> Option<usize> {
    body.get(from..)?.windows(what.len().max(1)).position(|window| window == what).map(|at| at + from)
}
