//! `$filter`: the part of OData that Business Central understands, and its refusals.
//!
//! docs: dev-itpro/webservices/use-filter-expressions-in-odata-uris.md and
//! odata-known-limitations.md (`or` over distinct fields, nested functions, lambdas).

use super::facts::{Entity, Property};
use super::fault::Fault;
use super::guid::Guid;
use super::value::{Kind, Value, fold_code, read_date, read_decimal, read_instant};

/// Deepest nesting of parentheses that is parsed.
const DEEPEST: usize = 40;

#[derive(Debug)]
pub enum Expr {
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Compare {
        operand: Operand,
        op: Op,
        value: Value,
    },
    Find {
        operand: Operand,
        how: Find,
        text: String,
    },
    /// A lambda: dropped without a word.
    Ignored,
}

#[derive(Clone, Debug)]
pub struct Operand {
    pub property: &'static str,
    variable: bool,
    case: Option<Case>,
    cut: Option<(usize, Option<usize>)>,
    blank: Value,
    code: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Clone, Copy, Debug)]
pub enum Find {
    StartsWith,
    EndsWith,
    Contains,
}

#[derive(Clone, Copy, Debug)]
enum Case {
    Lower,
    Upper,
}

pub fn parse(text: &str, entity: &'static Entity, schema_21: bool) -> Result<Expr, Fault> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, entity, schema_21 };
    let expr = parser.or(0)?;
    match parser.peek() {
        None => Ok(expr),
        Some(_) => Err(parser.syntax()),
    }
}

impl Expr {
    /// Whether a row passes. Page variables are blank while the server filters.
    pub fn passes(&self, value_of: &dyn Fn(&str) -> Option<Value>) -> bool {
        match self {
            Self::And(all) => all.iter().all(|expr| expr.passes(value_of)),
            Self::Or(any) => any.iter().any(|expr| expr.passes(value_of)),
            Self::Ignored => true,
            Self::Compare { operand, op, value } => op.holds(&operand.value(value_of), value),
            Self::Find { operand, how, text } => match (operand.value(value_of), how) {
                (Value::Text(have), Find::StartsWith) => have.starts_with(text.as_str()),
                (Value::Text(have), Find::EndsWith) => have.ends_with(text.as_str()),
                (Value::Text(have), Find::Contains) => have.contains(text.as_str()),
                _ => false,
            },
        }
    }

    /// Values that an indexed property must have for a row to pass, when that is known.
    pub fn keys(&self, indexed: &[&'static str]) -> Option<(&'static str, Vec<Value>)> {
        match self {
            Self::Compare { operand, op: Op::Eq, value } if operand.plain() && indexed.contains(&operand.property) => {
                Some((operand.property, vec![value.clone()]))
            }
            Self::And(all) => all.iter().find_map(|expr| expr.keys(indexed)),
            Self::Or(any) => {
                let mut keys: Option<(&'static str, Vec<Value>)> = None;
                for expr in any {
                    let (property, values) = expr.keys(indexed)?;
                    match &mut keys {
                        Some((known, all)) if *known == property => all.extend(values),
                        Some(_) => return None,
                        None => keys = Some((property, values)),
                    }
                }
                keys
            }
            _ => None,
        }
    }

    pub fn mentions(&self, property: &str) -> bool {
        match self {
            Self::And(all) | Self::Or(all) => all.iter().any(|expr| expr.mentions(property)),
            Self::Compare { operand, .. } | Self::Find { operand, .. } => operand.property == property,
            Self::Ignored => false,
        }
    }

    fn properties<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            Self::And(all) | Self::Or(all) => all.iter().for_each(|expr| expr.properties(found)),
            Self::Compare { operand, .. } | Self::Find { operand, .. } => found.push(operand.property),
            Self::Ignored => {}
        }
    }
}

impl Operand {
    fn plain(&self) -> bool {
        self.case.is_none() && self.cut.is_none() && !self.variable
    }

    fn value(&self, value_of: &dyn Fn(&str) -> Option<Value>) -> Value {
        let value = if self.variable { None } else { value_of(self.property) }.unwrap_or_else(|| self.blank.clone());
        let Value::Text(mut text) = value else { return value };
        match self.case {
            Some(Case::Lower) => text = text.to_lowercase(),
            Some(Case::Upper) => text = text.to_uppercase(),
            None => {}
        }
        if let Some((from, length)) = self.cut {
            text = text.chars().skip(from).take(length.unwrap_or(usize::MAX)).collect();
        }
        Value::Text(text)
    }
}

impl Op {
    fn holds(self, left: &Value, right: &Value) -> bool {
        match self {
            Self::Eq => left == right || left.is_blank() && right.is_blank(),
            Self::Ne => !(left == right || left.is_blank() && right.is_blank()),
            Self::Gt => left > right,
            Self::Ge => left >= right,
            Self::Lt => left < right,
            Self::Le => left <= right,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Comma,
    Text(String),
    /// A name, a number, a GUID, a date: anything without quotes.
    Word(String),
}

fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            ',' => tokens.push(Token::Comma),
            c if c.is_whitespace() => {}
            '\'' => {
                let mut quoted = String::new();
                loop {
                    match chars.next() {
                        Some('\'') if chars.peek() == Some(&'\'') => {
                            chars.next();
                            quoted.push('\'');
                        }
                        Some('\'') => break,
                        Some(c) => quoted.push(c),
                        None => return Err(Fault::bad_request("There is an unterminated string literal in the filter expression.")),
                    }
                }
                tokens.push(Token::Text(quoted));
            }
            c => {
                let mut word = String::from(c);
                while let Some(next) = chars.next_if(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | ',' | '\'')) {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    entity: &'static Entity,
    schema_21: bool,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn word_is(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(have)) if have == word)
    }

    fn expect(&mut self, token: Token) -> Result<(), Fault> {
        if self.next() == Some(token) { Ok(()) } else { Err(self.syntax()) }
    }

    fn syntax(&self) -> Fault {
        Fault::bad_request(format!("Syntax error at position {} in the filter expression.", self.at))
    }

    fn or(&mut self, depth: usize) -> Result<Expr, Fault> {
        if depth > DEEPEST {
            return Err(Fault::bad_request("The filter expression is nested too deeply."));
        }
        let mut any = vec![self.and(depth)?];
        while self.word_is("or") {
            self.at += 1;
            any.push(self.and(depth)?);
        }
        let mut properties = Vec::new();
        if any.len() > 1 {
            any.iter().for_each(|expr| expr.properties(&mut properties));
            properties.dedup();
            if properties.len() > 1 {
                return Err(Fault::not_implemented("The 'OR' operator is not supported on distinct fields on an OData filter."));
            }
        }
        Ok(one_or(any, Expr::Or))
    }

    fn and(&mut self, depth: usize) -> Result<Expr, Fault> {
        let mut all = vec![self.term(depth)?];
        while self.word_is("and") {
            self.at += 1;
            all.push(self.term(depth)?);
        }
        Ok(one_or(all, Expr::And))
    }

    fn term(&mut self, depth: usize) -> Result<Expr, Fault> {
        match self.peek() {
            Some(Token::Open) => {
                self.at += 1;
                let inner = self.or(depth + 1)?;
                self.expect(Token::Close)?;
                Ok(inner)
            }
            Some(Token::Word(word)) if word == "not" => Err(unsupported()),
            Some(Token::Word(word)) if word.ends_with("/any") || word.ends_with("/all") => self.lambda(),
            Some(Token::Word(word)) => match find_of(word) {
                Some(how) => self.find(how),
                None => self.comparison(),
            },
            _ => Err(self.syntax()),
        }
    }

    /// Skips a lambda with all that is inside its parentheses.
    fn lambda(&mut self) -> Result<Expr, Fault> {
        self.at += 1;
        self.expect(Token::Open)?;
        let mut open = 1usize;
        while open > 0 {
            match self.next() {
                Some(Token::Open) => open += 1,
                Some(Token::Close) => open -= 1,
                Some(_) => {}
                None => return Err(self.syntax()),
            }
        }
        Ok(Expr::Ignored)
    }

    fn find(&mut self, how: Find) -> Result<Expr, Fault> {
        self.at += 1;
        self.expect(Token::Open)?;
        let operand = self.operand(true)?;
        self.expect(Token::Comma)?;
        let Some(Token::Text(text)) = self.next() else { return Err(self.syntax()) };
        self.expect(Token::Close)?;
        // `startswith(…) eq true` means the same.
        if self.word_is("eq") {
            self.at += 1;
            if !self.word_is("true") {
                return Err(unsupported());
            }
            self.at += 1;
        }
        let text = if operand.code && operand.case.is_none() { text.to_uppercase() } else { text };
        Ok(Expr::Find { operand, how, text })
    }

    fn comparison(&mut self) -> Result<Expr, Fault> {
        let operand = self.operand(false)?;
        let op = match self.next() {
            Some(Token::Word(word)) => match word.as_str() {
                "eq" => Op::Eq,
                "ne" => Op::Ne,
                "gt" => Op::Gt,
                "ge" => Op::Ge,
                "lt" => Op::Lt,
                "le" => Op::Le,
                "in" if self.schema_21 => return self.listed(operand),
                "in" | "has" | "add" | "sub" | "mul" | "div" | "mod" => return Err(unsupported()),
                _ => return Err(self.syntax()),
            },
            _ => return Err(self.syntax()),
        };
        let value = self.literal(&operand)?;
        Ok(Expr::Compare { operand, op, value })
    }

    fn listed(&mut self, operand: Operand) -> Result<Expr, Fault> {
        self.expect(Token::Open)?;
        let mut any = Vec::new();
        loop {
            let value = self.literal(&operand)?;
            any.push(Expr::Compare { operand: operand.clone(), op: Op::Eq, value });
            match self.next() {
                Some(Token::Comma) => {}
                Some(Token::Close) => return Ok(one_or(any, Expr::Or)),
                _ => return Err(self.syntax()),
            }
        }
    }

    fn operand(&mut self, inside_function: bool) -> Result<Operand, Fault> {
        let Some(Token::Word(word)) = self.next() else { return Err(self.syntax()) };
        if self.peek() != Some(&Token::Open) {
            let property = self.entity.property(&word).ok_or_else(|| Fault::property(&word, self.entity.name))?;
            return Ok(operand_of(property));
        }
        if inside_function && !self.schema_21 {
            return Err(unsupported());
        }
        self.at += 1;
        let mut operand = self.operand(true)?;
        match word.as_str() {
            "tolower" => operand.case = Some(Case::Lower),
            "toupper" => operand.case = Some(Case::Upper),
            "substring" => {
                self.expect(Token::Comma)?;
                let from = self.whole()?;
                let length = if self.peek() == Some(&Token::Comma) {
                    self.at += 1;
                    Some(self.whole()?)
                } else {
                    None
                };
                operand.cut = Some((from, length));
            }
            _ => return Err(unsupported()),
        }
        self.expect(Token::Close)?;
        Ok(operand)
    }

    fn whole(&mut self) -> Result<usize, Fault> {
        match self.next() {
            Some(Token::Word(word)) => word.parse().map_err(|_| self.syntax()),
            _ => Err(self.syntax()),
        }
    }

    fn literal(&mut self, operand: &Operand) -> Result<Value, Fault> {
        let token = self.next().ok_or_else(|| self.syntax())?;
        let kind = self.entity.property(operand.property).map(|property| &property.kind);
        let value = match (&token, kind) {
            (Token::Word(word), _) if word == "null" => Some(operand.blank.clone()),
            (Token::Text(text), Some(Kind::Code(_))) if operand.case.is_none() => Some(Value::Text(fold_code(text))),
            (Token::Text(text), Some(Kind::Text(_) | Kind::Code(_))) => Some(Value::Text(text.clone())),
            (Token::Text(text), Some(Kind::Enum(of))) => return of.member(text),
            // `Microsoft.NAV.type'Member'` comes as a word and a text.
            (Token::Word(word), Some(Kind::Enum(of))) if word.starts_with("Microsoft.NAV.") => match self.next() {
                Some(Token::Text(text)) => return of.member(&text),
                _ => return Err(self.syntax()),
            },
            (Token::Word(word), Some(Kind::Guid)) => Guid::parse(&word.to_lowercase()).map(Value::Guid),
            (Token::Word(word), Some(Kind::Date)) => read_date(word).map(Value::Date),
            (Token::Word(word), Some(Kind::Instant)) => read_instant(word).map(Value::Instant),
            (Token::Word(word), Some(Kind::Decimal)) => read_decimal(word.trim_end_matches(['m', 'M'])).map(Value::Number),
            (Token::Word(word), Some(Kind::Int32 | Kind::Int64)) => word.parse().ok().map(Value::Whole),
            (Token::Word(word), Some(Kind::Bool)) => word.parse().ok().map(Value::Flag),
            _ => None,
        };
        value.ok_or_else(|| {
            let edm = kind.map(Kind::edm).unwrap_or_default();
            Fault::bad_request(format!(
                "A binary operator with incompatible types was detected. The value does not fit '{edm}' of property '{}'.",
                operand.property
            ))
        })
    }
}

fn one_or(mut exprs: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match (exprs.len(), exprs.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            exprs.push(last);
            many(exprs)
        }
        (_, None) => Expr::Ignored,
    }
}

fn operand_of(property: &'static Property) -> Operand {
    let code = matches!(property.kind, Kind::Code(_));
    Operand { property: property.name, variable: property.variable, case: None, cut: None, blank: property.kind.blank(), code }
}

fn find_of(word: &str) -> Option<Find> {
    match word {
        "startswith" => Some(Find::StartsWith),
        "endswith" => Some(Find::EndsWith),
        "contains" => Some(Find::Contains),
        _ => None,
    }
}

fn unsupported() -> Fault {
    Fault::not_implemented("The OData filter expression is not supported.")
}
