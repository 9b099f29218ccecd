//! `$batch` as `multipart/mixed`: each part an HTTP message, change sets one level deeper.
//!
//! docs: OASIS OData 4.0 part 1, 11.7 "Batch Requests"

use super::batch::{Answer, Part};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

/// The boundary of a content type, if it is one of several parts.
pub fn boundary(content_type: &str) -> Option<String> {
    if !content_type.to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    let value = content_type.split(';').map(str::trim).find_map(|part| part.strip_prefix("boundary="))?;
    Some(value.trim_matches('"').to_string()).filter(|value| !value.is_empty())
}

/// Every request in the envelope. `None`: it is not one.
pub fn read(boundary: &str, body: &[u8]) -> Option<Vec<Part>> {
    let text = std::str::from_utf8(body).ok()?;
    let mut parts = Vec::new();
    let mut change_sets = 0;
    for section in sections(text, boundary) {
        let (head, content) = split_head(section);
        match self::boundary(field(head, "content-type").unwrap_or_default()) {
            Some(inner) => {
                change_sets += 1;
                for section in sections(content, &inner) {
                    parts.push(message(section, Some(change_sets))?);
                }
            }
            None => parts.push(message(section, None)?),
        }
    }
    Some(parts)
}

fn sections<'t>(text: &'t str, boundary: &str) -> Vec<&'t str> {
    let mark = format!("--{boundary}");
    let mut sections = Vec::new();
    for section in text.split(mark.as_str()).skip(1) {
        if section.starts_with("--") {
            break;
        }
        sections.push(section.trim_start_matches("\r\n").trim_start_matches('\n'));
    }
    sections
}

/// One `application/http` part.
fn message(section: &str, change_set: Option<usize>) -> Option<Part> {
    let (head, content) = split_head(section);
    let id = field(head, "content-id").map(str::to_string);
    let (head, body) = split_head(content);
    let mut lines = head.lines();
    let mut words = lines.next()?.split_whitespace();
    let method = words.next()?.to_uppercase().parse().ok()?;
    let url = words.next()?.to_string();
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        headers.insert(name.trim().parse::<HeaderName>().ok()?, HeaderValue::from_str(value.trim()).ok()?);
    }
    Some(Part { id, method, url, headers, body: Bytes::copy_from_slice(body.trim_end().as_bytes()), change_set, group: None, depends: Vec::new() })
}

fn split_head(text: &str) -> (&str, &str) {
    let windows = text.split_once("\r\n\r\n");
    let plain = text.split_once("\n\n");
    match (windows, plain) {
        (Some(left), Some(right)) => {
            if left.0.len() <= right.0.len() {
                left
            } else {
                right
            }
        }
        (Some(found), None) | (None, Some(found)) => found,
        (None, None) => (text, ""),
    }
}

fn field<'t>(head: &'t str, name: &str) -> Option<&'t str> {
    head.lines().filter_map(|line| line.split_once(':')).find(|(known, _)| known.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

pub fn response(id: &str, answers: &[Answer]) -> Response<Bytes> {
    let outer = format!("batchresponse_{id}");
    let mut out = String::new();
    let mut open: Option<usize> = None;
    for answer in answers {
        let inner = |set: usize| format!("changesetresponse_{id}_{set}");
        if open != answer.change_set {
            close(&mut out, open.map(inner));
            if let Some(set) = answer.change_set {
                out.push_str(&format!("--{outer}\r\nContent-Type: multipart/mixed; boundary={}\r\n\r\n", inner(set)));
            }
            open = answer.change_set;
        }
        let mark = answer.change_set.map_or_else(|| outer.clone(), inner);
        write(&mut out, &mark, answer);
    }
    close(&mut out, open.map(|set| format!("changesetresponse_{id}_{set}")));
    out.push_str(&format!("--{outer}--\r\n"));
    let mut response = Response::new(Bytes::from(out));
    *response.status_mut() = StatusCode::OK;
    if let Ok(kind) = HeaderValue::try_from(format!("multipart/mixed; boundary={outer}")) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}

fn close(out: &mut String, boundary: Option<String>) {
    if let Some(boundary) = boundary {
        out.push_str(&format!("--{boundary}--\r\n"));
    }
}

fn write(out: &mut String, boundary: &str, answer: &Answer) {
    let status = answer.response.status();
    out.push_str(&format!("--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"));
    if let Some(id) = &answer.id {
        out.push_str(&format!("Content-ID: {id}\r\n"));
    }
    out.push_str(&format!("\r\nHTTP/1.1 {} {}\r\n", status.as_u16(), status.canonical_reason().unwrap_or_default()));
    for (name, value) in answer.response.headers() {
        out.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap_or_default()));
    }
    out.push_str("\r\n");
    out.push_str(&String::from_utf8_lossy(answer.response.body()));
    out.push_str("\r\n");
}
