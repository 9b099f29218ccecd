//! Form encoding as Stripe reads it: `a[b][c]=v`, `a[0][b]=v`, `a[]=v`.

use super::error::{ApiError, Result};
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

/// More pairs than any real request has; a bound against hostile bodies.
const MAX_PAIRS: usize = 5_000;
const MAX_DEPTH: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    Text(String),
    Tree(BTreeMap<Key, Form>),
}

/// Numbers come first and in their own order, so that `a[10]` follows `a[2]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Index(usize),
    Name(String),
}

impl Key {
    pub fn name(&self) -> String {
        match self {
            Key::Index(n) => n.to_string(),
            Key::Name(name) => name.clone(),
        }
    }
}

impl Form {
    pub fn empty() -> Self {
        Form::Tree(BTreeMap::new())
    }
}

/// Reads one encoded text into `into`; a later value of the same name wins.
pub fn read(text: &str, into: &mut BTreeMap<Key, Form>) -> Result<()> {
    for (n, pair) in text.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        if n >= MAX_PAIRS {
            return Err(ApiError::invalid(None, "The request has too many parameters.", None));
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name)?, decode(value)?);
        let path = path(&name)?;
        put(into, &path, value, &name)?;
    }
    Ok(())
}

fn decode(text: &str) -> Result<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| ApiError::invalid(None, "Invalid UTF-8 in a parameter.", None))
}

fn path(name: &str) -> Result<Vec<&str>> {
    let bad = || ApiError::invalid(Some("parameter_unknown"), format!("Received unknown parameter: {name}"), Some(name));
    let Some((head, mut rest)) = name.split_once('[') else { return Ok(vec![name]) };
    let mut path = vec![head];
    loop {
        let (part, after) = rest.split_once(']').ok_or_else(bad)?;
        path.push(part);
        if path.len() > MAX_DEPTH {
            return Err(bad());
        }
        match after.strip_prefix('[') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(path),
            None => return Err(bad()),
        }
    }
}

fn put(tree: &mut BTreeMap<Key, Form>, path: &[&str], value: String, name: &str) -> Result<()> {
    let Some((first, rest)) = path.split_first() else { return Ok(()) };
    let key = match first.parse::<usize>() {
        Ok(index) => Key::Index(index),
        Err(_) if first.is_empty() => Key::Index(next_index(tree)),
        Err(_) => Key::Name((*first).to_owned()),
    };
    if rest.is_empty() {
        tree.insert(key, Form::Text(value));
        return Ok(());
    }
    match tree.entry(key).or_insert_with(Form::empty) {
        Form::Tree(inner) => put(inner, rest, value, name),
        Form::Text(_) => Err(ApiError::invalid(None, format!("Invalid object: {name} is given as a value too."), Some(name))),
    }
}

fn next_index(tree: &BTreeMap<Key, Form>) -> usize {
    let last = tree.keys().rev().find_map(|key| if let Key::Index(n) = key { Some(*n) } else { None });
    last.map_or(0, |n| n.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Result<String> {
        let mut into = BTreeMap::new();
        read(text, &mut into)?;
        Ok(shown(&Form::Tree(into)))
    }

    fn shown(form: &Form) -> String {
        match form {
            Form::Text(text) => text.clone(),
            Form::Tree(tree) => {
                let inner: Vec<String> = tree.iter().map(|(key, value)| format!("{key:?}={}", shown(value))).collect();
                format!("{{{}}}", inner.join(","))
            }
        }
    }

    #[test]
    fn brackets_nest_and_indexes_keep_numeric_order() {
        assert_eq!(tree("a%5Bb%5D[c]=1+2").unwrap(), r#"{Name("a")={Name("b")={Name("c")=1 2}}}"#);
        assert_eq!(tree("x[10]=b&x[2]=a").unwrap(), r#"{Name("x")={Index(2)=a,Index(10)=b}}"#);
        assert_eq!(tree("x[]=a&x[]=b").unwrap(), r#"{Name("x")={Index(0)=a,Index(1)=b}}"#);
    }

    #[test]
    fn broken_names_are_refused() {
        for text in ["a[b=1", "a[b]c=1", "a=1&a[b]=2", "a=%FF", "a[b][c][d][e][f][g][h][i]=1"] {
            assert!(tree(text).is_err(), "{text}");
        }
    }
}
