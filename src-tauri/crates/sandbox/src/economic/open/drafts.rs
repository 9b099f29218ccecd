//! `q2capi`: draft invoices as headers and lines. Its own number is not the one that booking wants.

use super::Visit;
use super::columns::{COMPUTED, DRAFT, LINE, document_of, row_of, same_version};
use crate::economic::body::take;
use crate::economic::call::Reply;
use crate::economic::facts::{Write, shape};
use crate::economic::fault::{Fault, Problem, Step};
use crate::economic::keys::Key;
use crate::economic::value::{Document, integer, put};
use http::{Method, StatusCode};
use serde_json::{Value, json};

const MOST_LINES: usize = 500;

impl Visit<'_> {
    pub fn drafts(&mut self, rest: &[&str]) -> Result<Reply, Fault> {
        match (self.call.method.clone(), rest) {
            (Method::GET, ["lines", rest @ ..]) => self.made(shape(LINE.facts), self.all_lines(None), rest, "number"),
            (Method::GET, [number, "lines", rest @ ..]) => {
                let key = self.draft_key(number)?;
                self.made(shape(LINE.facts), self.all_lines(Some(&key)), rest, "number")
            }
            (Method::GET, rest) => self.table(&DRAFT, rest),
            (Method::POST, []) => self.create_draft(),
            (Method::PUT, [number]) => self.replace_draft(number),
            (Method::DELETE, [number]) => {
                let key = self.draft_key(number)?;
                self.agreement.table_mut("draftInvoices").remove(&key);
                Ok(Reply::empty())
            }
            (Method::POST, [number, "lines"]) => {
                let line = self.call.object()?;
                self.add_lines(number, vec![line], false)
            }
            (Method::POST, [number, "lines", "bulk"]) => {
                let body = self.call.object()?;
                let lines = body.get("lines").and_then(Value::as_array).ok_or_else(|| Fault::one(Problem::missing("lines")))?;
                let lines: Vec<Document> = lines.iter().filter_map(Value::as_object).cloned().collect();
                if lines.is_empty() || lines.len() > MOST_LINES {
                    return Err(Fault::bad("ValidationFailed", "Send 1 to 500 lines."));
                }
                self.add_lines(number, lines, true)
            }
            (Method::DELETE, [number, "lines", line]) => self.delete_line(number, line),
            _ => Err(Fault::method()),
        }
    }

    fn draft_key(&self, number: &str) -> Result<Key, Fault> {
        let number = self.number(number)?;
        let found = self.agreement.table("draftInvoices").iter().find(|(_, draft)| integer(draft, "_number") == Some(number));
        found.map(|(key, _)| key.clone()).ok_or_else(Fault::not_found)
    }

    fn all_lines(&self, of: Option<&Key>) -> Vec<Document> {
        let drafts = self.agreement.table("draftInvoices").iter().filter(|(key, _)| of.is_none_or(|of| of == *key));
        drafts.flat_map(|(_, draft)| lines_of(draft)).collect()
    }

    fn create_draft(&mut self) -> Result<Reply, Fault> {
        let row = self.taken(&DRAFT, Write::Create)?;
        let draft = self.priced(document_of_row(&row), Write::Create)?;
        let number = self.agreement.keep_draft("draftInvoices", draft, self.call.now);
        let made = self.agreement.row("draftInvoices", number).and_then(|draft| integer(draft, "_number"));
        Ok(Reply::json(StatusCode::CREATED, &json!({ "number": made })))
    }

    fn replace_draft(&mut self, number: &str) -> Result<Reply, Fault> {
        let key = self.draft_key(number)?;
        let row = self.taken(&DRAFT, Write::Update)?;
        let known = self.agreement.table("draftInvoices").get(&key).cloned().unwrap_or_default();
        if !same_version(&known, &row) {
            return Err(Fault::conflict());
        }
        let mut document = document_of_row(&row);
        for kept in ["lines", "draftInvoiceNumber", "_number", "soap", "_attachment"] {
            if let Some(value) = known.get(kept) {
                document.insert(kept.into(), value.clone());
            }
        }
        let draft = self.priced(document, Write::Update)?;
        self.put_back(key, draft);
        Ok(Reply::empty())
    }

    fn put_back(&mut self, key: Key, mut draft: Document) {
        let now = self.call.now;
        self.agreement.touch(&mut draft, now);
        self.agreement.table_mut("draftInvoices").insert(key, draft);
    }

    fn priced(&self, mut draft: Document, write: Write) -> Result<Document, Fault> {
        // The nested shape holds limits that the flat one does not state.
        let kept: Document = draft
            .iter()
            .filter(|(name, _)| name.starts_with('_') || matches!(name.as_str(), "draftInvoiceNumber" | "soap" | "layout"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let sent = draft.remove("lines");
        let mut taken = take(shape("draftInvoices"), write, &draft).map_err(|fault| in_words(&fault))?;
        taken.extend(kept);
        taken.extend(sent.map(|lines| ("lines".to_owned(), lines)));
        self.agreement.price(&mut taken, None).map_err(|fault| in_words(&fault))?;
        Ok(taken)
    }

    fn add_lines(&mut self, number: &str, rows: Vec<Document>, bulk: bool) -> Result<Reply, Fault> {
        let key = self.draft_key(number)?;
        let mut draft = self.agreement.table("draftInvoices").get(&key).cloned().unwrap_or_default();
        let mut lines = draft.get("lines").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut next = lines.iter().filter_map(|line| line["lineNumber"].as_u64()).max().unwrap_or(0);
        let mut made = Vec::new();
        for row in &rows {
            let row: Document = row.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone())).collect();
            let mut line = document_of(&LINE, &take(shape(LINE.facts), Write::Create, &row)?);
            next += 1;
            put(&mut line, "lineNumber", next);
            put(&mut line, "sortKey", next);
            lines.push(Value::Object(line));
            made.push(next);
        }
        draft.insert("lines".into(), lines.into());
        self.agreement.price(&mut draft, None).map_err(|fault| in_words(&fault))?;
        self.put_back(key, draft);
        let answer = if bulk { json!({ "numbers": made }) } else { json!({ "number": made.first() }) };
        Ok(Reply::json(StatusCode::CREATED, &answer))
    }

    fn delete_line(&mut self, number: &str, line: &str) -> Result<Reply, Fault> {
        let (key, line) = (self.draft_key(number)?, self.number(line)?);
        let mut draft = self.agreement.table("draftInvoices").get(&key).cloned().unwrap_or_default();
        let mut lines = draft.get("lines").and_then(Value::as_array).cloned().unwrap_or_default();
        let before = lines.len();
        lines.retain(|known| known["lineNumber"].as_u64() != Some(line));
        if lines.len() == before {
            return Err(Fault::not_found());
        }
        draft.insert("lines".into(), lines.into());
        self.agreement.price(&mut draft, None)?;
        self.put_back(key, draft);
        Ok(Reply::empty())
    }
}

fn document_of_row(row: &Document) -> Document {
    let sent: Document =
        row.iter().filter(|(name, _)| !COMPUTED.contains(&name.as_str())).map(|(name, value)| (name.clone(), value.clone())).collect();
    document_of(&DRAFT, &sent)
}

fn lines_of(draft: &Document) -> Vec<Document> {
    let lines = draft.get("lines").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    let row = |line: &Document| {
        let mut row = row_of(&LINE, line);
        put(&mut row, "documentId", integer(draft, "_number").unwrap_or(0));
        put(&mut row, "draftInvoiceNumber", integer(draft, "draftInvoiceNumber").unwrap_or(0));
        row
    };
    lines.map(row).collect()
}

/// The service names the column, not the nested place.
fn in_words(fault: &Fault) -> Fault {
    let Some(problem) = fault.problems.first() else { return fault.clone() };
    let place =
        problem.path.iter().filter_map(|step| if let Step::Name(name) = step { Some(name.as_str()) } else { None }).collect::<Vec<_>>().join(".");
    let column = DRAFT.columns.iter().find(|(_, path)| path.starts_with(place.as_str())).map_or(place.as_str(), |(column, _)| column);
    let told = Problem { path: vec![Step::Name(column.to_owned())], code: "ValidationFailed", ..problem.clone() };
    Fault { problems: vec![told], ..Fault::bad("ValidationFailed", problem.message.clone()) }
}
