//! The address of a request: path segments with their keys, and the query options.

use super::fault::Fault;
use percent_encoding::percent_decode_str;

/// Longest query that is parsed at all.
const LONGEST_QUERY: usize = 64 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub name: String,
    /// What stood in parentheses, without them.
    pub key: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    pub filter: Option<String>,
    pub select: Option<String>,
    pub expand: Option<String>,
    pub orderby: Option<String>,
    pub top: Option<usize>,
    pub skip: Option<usize>,
    pub count: bool,
    pub skip_token: Option<String>,
    /// `$schemaversion=2.1`: the newer filter language.
    pub schema_21: bool,
    pub company: Option<String>,
    /// The query as it came, pair by pair, for next links.
    pub pairs: Vec<String>,
}

/// Splits and decodes a path. `None`: it is not a path of ours.
pub fn segments(path: &str) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let part = percent_decode_str(part).decode_utf8().ok()?;
        segments.push(match part.split_once('(') {
            Some((name, rest)) => Segment { name: name.to_string(), key: Some(rest.strip_suffix(')')?.to_string()) },
            None => Segment { name: part.to_string(), key: None },
        });
    }
    Some(segments)
}

pub fn options(query: &str) -> Result<Options, Fault> {
    if query.len() > LONGEST_QUERY {
        return Err(Fault::bad_request("The query string is too long."));
    }
    let mut options = Options::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name)?, decoded(value)?);
        options.pairs.push(pair.to_string());
        options.take(&name, value)?;
    }
    Ok(options)
}

impl Options {
    /// One option by name; also the options inside the parentheses of `$expand`.
    pub fn take(&mut self, name: &str, value: String) -> Result<(), Fault> {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "$filter" => self.filter = Some(value),
            "$select" => self.select = Some(value),
            "$expand" => self.expand = Some(value),
            "$orderby" => self.orderby = Some(value),
            "$top" => self.top = Some(whole(&name, &value)?),
            "$skip" => self.skip = Some(whole(&name, &value)?),
            "$count" => self.count = truth(&name, &value)?,
            "$skiptoken" => self.skip_token = Some(value),
            "$schemaversion" => self.schema_21 = value == "2.1",
            "$format" | "$metadata" => {}
            "company" => self.company = Some(value),
            other if other.starts_with('$') => return Err(Fault::bad_request(format!("The query parameter '{other}' is not supported."))),
            _ => {}
        }
        Ok(())
    }
}

/// A plus sign in a query is a blank.
fn decoded(text: &str) -> Result<String, Fault> {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().map(|text| text.into_owned()).map_err(|_| Fault::bad_request("The query string is not valid UTF-8."))
}

fn whole(name: &str, value: &str) -> Result<usize, Fault> {
    let wrong = || {
        Fault::bad_request(format!(
            "Invalid value '{value}' for {name} query option found. The {name} query option requires a non-negative integer value."
        ))
    };
    value.trim().parse::<u32>().map(|n| n as usize).map_err(|_| wrong())
}

fn truth(name: &str, value: &str) -> Result<bool, Fault> {
    match value.trim() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Fault::bad_request(format!("Invalid value '{value}' for {name} query option found. Valid values are 'true' and 'false'."))),
    }
}
