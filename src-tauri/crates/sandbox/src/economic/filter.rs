//! `filter=name$like:kop$and:(balance$gt:0$or:barred$eq:true)`, with the escapes as they work and as they do not.
//!
//! docs: "Filtering" in github.com/e-conomic/slate; what differs on a live agreement: docs/legacy-api-verification.md
//! of github.com/Pogoe/EConomic.NET.

use super::facts::{Filtering, Kind, Property, Shape};
use super::fault::{Fault, QueryProblem};
use super::value::{Document, at, date, decimal, parse as parse_decimal};
use http::StatusCode;
use rust_decimal::Decimal;
use serde_json::Value;
use std::cmp::Ordering;

const DEEPEST: usize = 50;
const MOST_PREDICATES: usize = 1_000;
/// Values that `$in:` takes.
const MOST_VALUES: usize = 200;

#[derive(Clone, Debug)]
pub enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    One(Predicate),
}

#[derive(Clone, Debug)]
pub struct Predicate {
    path: &'static str,
    kind: Kind,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Null(bool),
    Compare(Operator, Literal),
    Like(Vec<Glob>),
    In(bool, Vec<Literal>),
    /// `$[` and `$]` are published escapes that match nothing.
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Eq,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
    Like,
    In,
    Nin,
}

#[derive(Clone, Debug)]
enum Literal {
    Text(String),
    Number(Decimal),
    Flag(bool),
}

#[derive(Clone, Debug, PartialEq)]
enum Glob {
    Any,
    One(char),
    Class(Vec<(char, char)>, bool),
}

/// What one character of a value is: itself, or made harmless by a `$`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Bare(char),
    Escaped(char),
}

const OPERATORS: [(&str, Operator); 9] = [
    ("eq:", Operator::Eq),
    ("ne:", Operator::Ne),
    ("gte:", Operator::Gte),
    ("gt:", Operator::Gt),
    ("lte:", Operator::Lte),
    ("lt:", Operator::Lt),
    ("like:", Operator::Like),
    ("in:", Operator::In),
    ("nin:", Operator::Nin),
];

impl Filter {
    /// Reads a filter over the properties of a shape.
    pub fn parse(text: &str, shape: &'static Shape) -> Result<Self, Fault> {
        let mut reader = Reader { rest: text, shape, predicates: 0 };
        let filter = reader.any(0)?;
        if reader.rest.is_empty() { Ok(filter) } else { Err(refusal(shape, "Unexpected ')'.")) }
    }

    pub fn holds(&self, document: &Document) -> bool {
        match self {
            Self::All(all) => all.iter().all(|filter| filter.holds(document)),
            Self::Any(any) => any.iter().any(|filter| filter.holds(document)),
            Self::One(predicate) => predicate.holds(document),
        }
    }
}

fn refusal(shape: &Shape, text: impl Into<String>) -> Fault {
    let mut fault =
        Fault::bad("", "Could not parse query string filter.").hint("Filtering on collections can be done using the querystring parameter 'filter'.");
    fault.query = Some(Box::new(QueryProblem { text: text.into(), allowed: Some(shape.filterable()) }));
    fault
}

struct Reader<'t> {
    rest: &'t str,
    shape: &'static Shape,
    predicates: usize,
}

impl Reader<'_> {
    fn any(&mut self, depth: usize) -> Result<Filter, Fault> {
        let mut any = vec![self.all(depth)?];
        while self.take("$or:") {
            any.push(self.all(depth)?);
        }
        Ok(if any.len() == 1 { any.remove(0) } else { Filter::Any(any) })
    }

    fn all(&mut self, depth: usize) -> Result<Filter, Fault> {
        let mut all = vec![self.one(depth)?];
        while self.take("$and:") {
            all.push(self.one(depth)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Filter::All(all) })
    }

    fn one(&mut self, depth: usize) -> Result<Filter, Fault> {
        if self.take("(") {
            if depth >= DEEPEST {
                return Err(self.refused("The filter is nested too deeply."));
            }
            let inner = self.any(depth + 1)?;
            return if self.take(")") { Ok(inner) } else { Err(self.refused("A ')' is missing.")) };
        }
        self.predicates += 1;
        if self.predicates > MOST_PREDICATES {
            return Err(self.refused("The filter has too many predicates."));
        }
        let (name, rest) = self.rest.split_once('$').ok_or_else(|| self.refused("A predicate needs an operator."))?;
        let name = name.trim();
        let property = self.property(name)?;
        let (text, operator) = OPERATORS
            .into_iter()
            .find(|(text, _)| rest.starts_with(text))
            .ok_or_else(|| self.refused(format!("Unknown operator after '{name}'.")))?;
        self.rest = rest.get(text.len()..).unwrap_or_default();
        let value = self.value()?;
        Ok(Filter::One(Predicate { path: property.path, kind: property.kind, test: self.test(property, operator, &value)? }))
    }

    fn property(&self, name: &str) -> Result<&'static Property, Fault> {
        match self.shape.property(name).map(|property| (property, property.filter)) {
            None | Some((_, Filtering::Refused)) => Err(self.refused(format!("Filtering is not allowed on property '{name}'."))),
            Some((_, Filtering::Crashes)) => Err(Fault::crashed()),
            Some((property, _)) => Ok(property),
        }
    }

    /// Up to the next connective or the bracket that closes a group.
    fn value(&mut self) -> Result<Vec<Mark>, Fault> {
        let mut value = Vec::new();
        loop {
            if self.rest.is_empty() || self.rest.starts_with(')') || self.rest.starts_with("$and:") || self.rest.starts_with("$or:") {
                return Ok(value);
            }
            let mut characters = self.rest.chars();
            let Some(first) = characters.next() else { return Ok(value) };
            let mark = match first {
                '$' if self.rest.starts_with("$null:") => {
                    value.extend("$null:".chars().map(Mark::Bare));
                    self.rest = self.rest.get("$null:".len()..).unwrap_or_default();
                    continue;
                }
                '$' => match characters.next() {
                    Some(escaped @ ('$' | '(' | ')' | '*' | ',' | '[' | ']')) => Mark::Escaped(escaped),
                    _ => return Err(self.refused("A '$' in a value is written '$$'.")),
                },
                other => Mark::Bare(other),
            };
            value.push(mark);
            self.rest = characters.as_str();
        }
    }

    fn test(&self, property: &Property, operator: Operator, value: &[Mark]) -> Result<Test, Fault> {
        let null = value.iter().copied().eq("$null:".chars().map(Mark::Bare));
        let differs = operator == Operator::Ne || null;
        if property.filter == Filtering::CrashesOnDifference && differs {
            return Err(Fault::crashed());
        }
        if null {
            return match operator {
                Operator::Eq => Ok(Test::Null(true)),
                Operator::Ne => Ok(Test::Null(false)),
                _ => Err(self.refused("$null: goes with $eq: and $ne: only.")),
            };
        }
        let broken = value.iter().any(|mark| matches!(mark, Mark::Escaped('[' | ']')));
        match operator {
            Operator::In | Operator::Nin => self.list(property, operator, value),
            Operator::Like if property.kind != Kind::Text => Err(self.refused("$like: is for texts only.")),
            _ if broken => Ok(Test::Nothing),
            Operator::Like => self.glob(value),
            _ => Ok(Test::Compare(operator, self.literal(property, &plain(value))?)),
        }
    }

    fn list(&self, property: &Property, operator: Operator, value: &[Mark]) -> Result<Test, Fault> {
        let [Mark::Bare('['), inner @ .., Mark::Bare(']')] = value else { return Err(self.refused("$in: and $nin: take a list in brackets.")) };
        let values: Vec<&[Mark]> = inner.split(|mark| *mark == Mark::Bare(',')).collect();
        if values.len() > MOST_VALUES {
            return Err(self.refused(format!("$in: and $nin: take at most {MOST_VALUES} values.")));
        }
        let literals = values.iter().map(|value| self.literal(property, plain(value).trim())).collect::<Result<_, _>>()?;
        Ok(Test::In(operator == Operator::In, literals))
    }

    fn literal(&self, property: &Property, text: &str) -> Result<Literal, Fault> {
        let literal = match property.kind {
            Kind::Integer | Kind::Number => parse_decimal(text).map(Literal::Number),
            Kind::Flag => text.parse().ok().map(Literal::Flag),
            Kind::Date => date(text).map(|date| Literal::Text(date.to_string())),
            _ => Some(Literal::Text(text.to_lowercase())),
        };
        literal.ok_or_else(|| self.refused(format!("'{text}' is not a value of property '{}'.", property.path)))
    }

    /// `*` is any text; without one the value may stand anywhere. `[..]` is a class of characters.
    fn glob(&self, value: &[Mark]) -> Result<Test, Fault> {
        let mut globs = Vec::new();
        let mut marks = value.iter().copied();
        while let Some(mark) = marks.next() {
            globs.push(match mark {
                Mark::Bare('*') => Glob::Any,
                Mark::Bare('[') => {
                    let class: Vec<char> = marks.by_ref().map(|(Mark::Bare(c) | Mark::Escaped(c))| c).take_while(|c| *c != ']').collect();
                    class_of(&class)
                }
                Mark::Bare(c) | Mark::Escaped(c) => Glob::One(fold(c)),
            });
        }
        if !globs.contains(&Glob::Any) {
            globs.insert(0, Glob::Any);
            globs.push(Glob::Any);
        }
        Ok(Test::Like(globs))
    }

    fn take(&mut self, word: &str) -> bool {
        let taken = self.rest.strip_prefix(word);
        self.rest = taken.unwrap_or(self.rest);
        taken.is_some()
    }

    fn refused(&self, text: impl Into<String>) -> Fault {
        refusal(self.shape, text)
    }
}

fn plain(value: &[Mark]) -> String {
    value.iter().map(|(Mark::Bare(c) | Mark::Escaped(c))| c).collect()
}

fn fold(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn class_of(inside: &[char]) -> Glob {
    let (inside, negated) = match inside {
        ['^', rest @ ..] => (rest, true),
        all => (all, false),
    };
    let mut ranges = Vec::new();
    let mut rest = inside;
    loop {
        rest = match rest {
            [from, '-', to, after @ ..] => {
                ranges.push((fold(*from), fold(*to)));
                after
            }
            [one, after @ ..] => {
                ranges.push((fold(*one), fold(*one)));
                after
            }
            [] => return Glob::Class(ranges, negated),
        };
    }
}

impl Predicate {
    fn holds(&self, document: &Document) -> bool {
        // An absent flag is false.
        let absent = Value::Bool(false);
        let value = at(document, self.path).or((self.kind == Kind::Flag).then_some(&absent));
        match &self.test {
            Test::Null(null) => value.is_none() == *null,
            Test::Nothing => false,
            Test::Compare(Operator::Ne, literal) => value.is_none_or(|value| order(value, literal) != Some(Ordering::Equal)),
            Test::Compare(operator, literal) => value.and_then(|value| order(value, literal)).is_some_and(|order| fits(*operator, order)),
            Test::Like(globs) => value.and_then(Value::as_str).is_some_and(|text| like(globs, text)),
            Test::In(wanted, literals) => {
                let found = value.is_some_and(|value| literals.iter().any(|literal| order(value, literal) == Some(Ordering::Equal)));
                found == *wanted
            }
        }
    }
}

fn fits(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Eq => order.is_eq(),
        Operator::Gt => order.is_gt(),
        Operator::Gte => order.is_ge(),
        Operator::Lt => order.is_lt(),
        Operator::Lte => order.is_le(),
        Operator::Ne | Operator::Like | Operator::In | Operator::Nin => false,
    }
}

fn order(value: &Value, literal: &Literal) -> Option<Ordering> {
    match (value, literal) {
        (Value::String(text), Literal::Text(literal)) => Some(text.to_lowercase().cmp(literal)),
        (Value::Bool(flag), Literal::Flag(literal)) => Some(flag.cmp(literal)),
        (value, Literal::Number(literal)) => decimal(value).map(|value| value.cmp(literal)),
        _ => None,
    }
}

/// Goes back to the last `*` only, so that the cost is bounded by the product of both lengths.
fn like(globs: &[Glob], text: &str) -> bool {
    let text: Vec<char> = text.chars().map(fold).collect();
    let (mut glob, mut at) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(character) = text.get(at) {
        match globs.get(glob) {
            Some(Glob::Any) => {
                star = Some((glob, at));
                glob += 1;
                continue;
            }
            Some(one) if fits_one(one, *character) => {
                glob += 1;
                at += 1;
                continue;
            }
            _ => {}
        }
        let Some((starred, from)) = star else { return false };
        glob = starred + 1;
        at = from + 1;
        star = Some((starred, at));
    }
    globs.iter().skip(glob).all(|glob| *glob == Glob::Any)
}

fn fits_one(glob: &Glob, character: char) -> bool {
    match glob {
        Glob::Any => true,
        Glob::One(one) => *one == character,
        Glob::Class(ranges, negated) => ranges.iter().any(|(from, to)| (*from..=*to).contains(&character)) != *negated,
    }
}

/// `sort=-name,age,~number`: down, up, and by text.
#[derive(Clone, Debug)]
pub struct Sort(Vec<(&'static str, bool, bool)>);

impl Sort {
    pub fn parse(text: &str, shape: &'static Shape) -> Result<Self, Fault> {
        let refused = |what: &str| {
            let mut fault =
                Fault::bad("", "Could not parse query string sort parameter.").hint("Sort by names of sortable properties: sort=-name,city.");
            fault.query = Some(Box::new(QueryProblem { text: format!("Sorting is not allowed on property '{what}'."), allowed: None }));
            fault
        };
        let mut keys = Vec::new();
        for part in text.split(',').map(str::trim) {
            let (down, part) = part.strip_prefix('-').map_or((false, part), |part| (true, part));
            let (by_text, name) = part.strip_prefix('~').map_or((false, part), |part| (true, part));
            let property = shape.property(name).filter(|property| property.sorts).ok_or_else(|| refused(name))?;
            keys.push((property.path, down, by_text));
        }
        Ok(Self(keys))
    }

    pub fn compare(&self, left: &Document, right: &Document) -> Ordering {
        let mut all = self.0.iter().map(|(path, down, by_text)| {
            let order = rank(at(left, path), at(right, path), *by_text);
            if *down { order.reverse() } else { order }
        });
        all.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

fn rank(left: Option<&Value>, right: Option<&Value>, by_text: bool) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => match (decimal(left), decimal(right)) {
            (Some(left), Some(right)) if !by_text => left.cmp(&right),
            _ => written(left).cmp(&written(right)),
        },
        (left, right) => left.is_some().cmp(&right.is_some()),
    }
}

fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_lowercase)
}

/// The services name no alternatives, and call it by a word.
pub fn as_service(mut fault: Fault) -> Fault {
    if fault.status == StatusCode::BAD_REQUEST {
        if let Some(query) = &mut fault.query {
            query.allowed = None;
        }
        fault.code = "BadFilterRequest";
    }
    fault
}
