//! Reading: lists with their options and pages, single entities, expansions.

use super::address::Options;
use super::facts::{Entity, Navigation, facts};
use super::fault::Fault;
use super::filter::{self, Expr};
use super::record::Record;
use super::store::sort_key_of;
use super::value::{Kind, Value, write_json_text};
use super::views::{self, Conditions};
use super::work::Work;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::cmp::Ordering;
use std::fmt::Write;

/// Deepest `$expand` inside `$expand`.
const DEEPEST_EXPAND: usize = 6;

/// What a list is asked for, apart from its options.
pub struct Page<'a> {
    /// Absolute address of the list, without its query.
    pub url: &'a str,
    /// Absolute root of the API, for contexts and media links.
    pub root: &'a str,
    /// `Prefer: odata.maxpagesize`.
    pub preferred: Option<usize>,
    /// Rows per page that the server never exceeds.
    pub server: usize,
}

/// A collection as JSON. `rows` stand in for a table where a set has none.
pub fn list(
    work: &Work<'_>,
    entity: &'static Entity,
    conditions: &Conditions,
    options: &Options,
    page: &Page<'_>,
    rows: Option<Vec<Record>>,
) -> Result<String, Fault> {
    let shape = Shape::read(entity, options, 0)?;
    let query = Query::read(entity, options)?;
    query.needs_parent(entity, conditions)?;
    let made = rows.or_else(|| views::made(work, entity, conditions));
    let selected = Selected { work, entity, conditions, query: &query, made: made.as_deref() };
    let total = options.count.then(|| selected.rows(None).count());
    let (rows, next) = selected.page(options, page);

    let mut out = String::from("{\"@odata.context\":");
    write_json_text(&mut out, &format!("{}/$metadata#{}", page.root, context(work, entity)));
    if let Some(total) = total {
        let _ = write!(out, ",\"@odata.count\":{total}");
    }
    out.push_str(",\"value\":[");
    for (at, row) in rows.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        shape.write(&mut out, work, row, page.root, None)?;
    }
    out.push(']');
    if let Some(token) = next {
        out.push_str(",\"@odata.nextLink\":");
        write_json_text(&mut out, &next_link(options, page, &token));
    }
    out.push('}');
    Ok(out)
}

/// `/$count` of a collection.
pub fn count(work: &Work<'_>, entity: &'static Entity, conditions: &Conditions, options: &Options) -> Result<usize, Fault> {
    let query = Query::read(entity, options)?;
    query.needs_parent(entity, conditions)?;
    let made = views::made(work, entity, conditions);
    Ok(Selected { work, entity, conditions, query: &query, made: made.as_deref() }.rows(None).count())
}

/// One entity as JSON.
pub fn entity(work: &Work<'_>, entity: &'static Entity, row: &Record, options: &Options, root: &str) -> Result<String, Fault> {
    let mut out = String::new();
    let context = format!("{root}/$metadata#{}/$entity", context(work, entity));
    Shape::read(entity, options, 0)?.write(&mut out, work, row, root, Some(&context))?;
    Ok(out)
}

fn context(work: &Work<'_>, entity: &Entity) -> String {
    match entity.set {
        "companies" | "subscriptions" => entity.set.to_string(),
        set => format!("companies({})/{set}", work.company.id),
    }
}

/// Keeps the query verbatim, but for what the token replaces.
fn next_link(options: &Options, page: &Page<'_>, token: &Token) -> String {
    let replaced = |pair: &&String| {
        let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase().replace("%24", "$");
        !matches!(name.as_str(), "$top" | "$skip" | "$skiptoken" | "aid")
    };
    let mut pairs: Vec<String> = options.pairs.iter().filter(replaced).cloned().collect();
    if let Some(left) = token.left {
        pairs.push(format!("$top={left}"));
    }
    pairs.push("aid=FIN".into());
    pairs.push(format!("$skiptoken={}", utf8_percent_encode(&token.after, NON_ALPHANUMERIC)));
    format!("{}?{}", page.url, pairs.join("&"))
}

struct Token {
    after: String,
    left: Option<usize>,
}

/// The parsed part of the options that chooses and orders rows.
struct Query {
    filter: Option<Expr>,
    order: Vec<(&'static str, bool)>,
}

impl Query {
    fn read(entity: &'static Entity, options: &Options) -> Result<Self, Fault> {
        let filter = options.filter.as_deref().map(|text| filter::parse(text, entity, options.schema_21)).transpose()?;
        let mut order = Vec::new();
        for part in options.orderby.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, direction) = part.split_once(' ').unwrap_or((part, "asc"));
            let property = entity.property(name).ok_or_else(|| Fault::property(name, entity.name))?;
            match direction.trim() {
                "asc" => order.push((property.name, false)),
                "desc" => order.push((property.name, true)),
                other => return Err(Fault::bad_request(format!("Syntax error in $orderby at '{other}'."))),
            }
        }
        Ok(Self { filter, order })
    }

    /// Lines are only reached through their parent or an id.
    fn needs_parent(&self, entity: &Entity, conditions: &Conditions) -> Result<(), Fault> {
        const PARENTS: &[&str] = &["id", "documentId", "journalId", "parentId", "contactId", "relatedId", "journalDisplayName"];
        if !entity.needs_parent || !conditions.is_empty() || self.filter.as_ref().is_some_and(|filter| filter.keys(PARENTS).is_some()) {
            return Ok(());
        }
        Err(Fault::dialog(match entity.set {
            "salesCreditMemoLines" => "You must specify an id or a Document Id to get the lines.",
            "customerPayments" | "journalLines" => "You must specify a journal batch ID or a journal ID to get a journal line.",
            "dimensionSetLines" => "You must get to the parent first to get to the dimension set line.",
            "attachments" | "pdfDocument" => "You must specify a parentId in the request body.",
            _ => "You must specify an Id or a Document Id to get the lines.",
        }))
    }
}

/// The rows of a set that a query chooses.
struct Selected<'q, 'w> {
    work: &'q Work<'w>,
    entity: &'static Entity,
    conditions: &'q Conditions,
    query: &'q Query,
    made: Option<&'q [Record]>,
}

impl<'q> Selected<'q, '_> {
    /// One page, and where the next one starts.
    fn page(&'q self, options: &'q Options, page: &Page<'_>) -> (Vec<&'q Record>, Option<Token>) {
        let size = page.preferred.map_or(page.server, |preferred| preferred.clamp(1, page.server));
        let take = options.top.map_or(size, |top| top.min(size));
        let skip = options.skip.unwrap_or(0);
        let token = options.skip_token.as_deref();
        let sorted = self.sorted();
        let mut rows: Vec<&Record>;
        let offset = token.and_then(|token| token.strip_prefix('~')).and_then(|n| n.parse::<usize>().ok()).unwrap_or(0);
        match &sorted {
            Some(all) => rows = all.iter().skip(offset).skip(skip).take(take + 1).copied().collect(),
            None => rows = self.rows(token).skip(skip).take(take + 1).collect(),
        }
        let more = rows.len() > take;
        rows.truncate(take);
        let left = options.top.map(|top| top - take.min(top));
        if !more || left == Some(0) {
            return (rows, None);
        }
        let after = match (&sorted, rows.last()) {
            (Some(_), _) => format!("~{}", offset + skip + take),
            (None, Some(last)) => sort_key_of(self.entity.table, last),
            (None, None) => return (rows, None),
        };
        (rows, Some(Token { after, left }))
    }

    fn sorted(&'q self) -> Option<Vec<&'q Record>> {
        if self.query.order.is_empty() {
            return None;
        }
        let mut rows: Vec<&Record> = self.rows(None).collect();
        rows.sort_by(|left, right| {
            for (name, down) in &self.query.order {
                let order = self.value(left, name).cmp(&self.value(right, name));
                let order = if *down { order.reverse() } else { order };
                if order != Ordering::Equal {
                    return order;
                }
            }
            Ordering::Equal
        });
        Some(rows)
    }

    /// The chosen rows in key order, behind a token; through an index where one fits.
    fn rows(&'q self, after: Option<&'q str>) -> Box<dyn Iterator<Item = &'q Record> + 'q> {
        let by_template = self.query.filter.as_ref().is_some_and(|filter| filter.mentions("templateDisplayName"));
        let passes = move |row: &&Record| {
            views::shows(self.work, self.entity, row, by_template)
                && views::within(row, self.conditions)
                && self.query.filter.as_ref().is_none_or(|filter| filter.passes(&|name| Some(self.value(row, name))))
        };
        let store = &self.work.company.store;
        let table = self.entity.table;
        if let Some(made) = self.made {
            return Box::new(made.iter().filter(passes).filter(move |row| after.is_none_or(|after| sort_key_of(table, row).as_str() > after)));
        }
        if let Some(keys) = self.keys() {
            let mut found: std::collections::BTreeMap<String, &Record> = std::collections::BTreeMap::new();
            for value in &keys.1 {
                found.extend(store.matching(table, keys.0, value).map(|row| (sort_key_of(table, row), row)));
            }
            let rows = found.into_iter().filter(move |(key, _)| after.is_none_or(|after| key.as_str() > after)).map(|(_, row)| row);
            return Box::new(rows.filter(passes));
        }
        Box::new(store.after(table, after).filter(passes))
    }

    /// An indexed property whose values are known from the path or the filter.
    fn keys(&self) -> Option<(&'static str, Vec<Value>)> {
        let indexed = facts().layout(self.entity.table).1;
        let from_path = self.conditions.iter().find(|(name, _)| indexed.contains(name));
        if let Some((name, value)) = from_path {
            return Some((name, vec![value.clone()]));
        }
        let (property, values) = self.query.filter.as_ref()?.keys(indexed)?;
        // A blank also stands for a value that was never set, which no index holds under it.
        (!values.iter().any(Value::is_blank)).then_some((property, values))
    }

    fn value(&self, row: &Record, name: &str) -> Value {
        match self.entity.property(name) {
            Some(property) => views::value(self.work, self.entity, row, property),
            None => Value::Text(String::new()),
        }
    }
}

/// Which properties and navigations of an entity are written.
struct Shape {
    entity: &'static Entity,
    select: Option<Vec<String>>,
    expand: Vec<Expand>,
}

struct Expand {
    navigation: &'static Navigation,
    shape: Shape,
    options: Options,
}

impl Shape {
    fn read(entity: &'static Entity, options: &Options, depth: usize) -> Result<Self, Fault> {
        if depth > DEEPEST_EXPAND {
            return Err(Fault::bad_request("The $expand is nested too deeply."));
        }
        let mut select: Option<Vec<String>> = None;
        for name in options.select.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty() && *name != "*") {
            if entity.property(name).is_none() && entity.navigation(name).is_none() {
                return Err(Fault::property(name, entity.name));
            }
            select.get_or_insert_default().push(name.to_string());
        }
        let mut expand = Vec::new();
        for part in split_outside(options.expand.as_deref().unwrap_or_default(), ',') {
            expand.push(Self::read_expand(entity, part.trim(), depth)?);
        }
        Ok(Self { entity, select, expand })
    }

    fn read_expand(entity: &'static Entity, part: &str, depth: usize) -> Result<Expand, Fault> {
        let (name, inner) = match part.split_once('(') {
            Some((name, rest)) => (name.trim(), rest.strip_suffix(')').ok_or_else(|| Fault::bad_request("Syntax error in $expand."))?),
            None => (part, ""),
        };
        let navigation = entity.navigation(name).ok_or_else(|| Fault::property(name, entity.name))?;
        let target = facts().entity(navigation.set).ok_or_else(|| Fault::property(name, entity.name))?;
        let mut options = Options::default();
        for option in split_outside(inner, ';') {
            let (name, value) = option.split_once('=').ok_or_else(|| Fault::bad_request("Syntax error in $expand."))?;
            options.take(name.trim(), value.to_string())?;
        }
        let shape = Self::read(target, &options, depth + 1)?;
        // A wrong inner filter is refused even when no row would need it.
        Query::read(target, &options)?;
        Ok(Expand { navigation, shape, options })
    }

    fn write(&self, out: &mut String, work: &Work<'_>, row: &Record, root: &str, context: Option<&str>) -> Result<(), Fault> {
        out.push('{');
        if let Some(context) = context {
            out.push_str("\"@odata.context\":");
            write_json_text(out, context);
            out.push(',');
        }
        out.push_str("\"@odata.etag\":");
        write_json_text(out, &row.etag());
        for property in &self.entity.properties {
            if self.select.as_ref().is_some_and(|select| !select.iter().any(|name| name == property.name)) {
                continue;
            }
            out.push(',');
            if property.kind == Kind::Stream {
                let link = format!("{root}/companies({})/{}({})/{}", work.company.id, self.entity.set, row.id, property.name);
                write_json_text(out, &format!("{}@odata.mediaReadLink", property.name));
                out.push(':');
                write_json_text(out, &link);
            } else {
                let _ = write!(out, "\"{}\":", property.name);
                views::value(work, self.entity, row, property).write_json(out);
            }
        }
        for expand in &self.expand {
            let _ = write!(out, ",\"{}\":", expand.navigation.name);
            expand.write(out, work, row, root)?;
        }
        out.push('}');
        Ok(())
    }
}

impl Expand {
    fn write(&self, out: &mut String, work: &Work<'_>, parent: &Record, root: &str) -> Result<(), Fault> {
        let conditions = views::conditions(parent, self.navigation);
        let query = Query::read(self.shape.entity, &self.options)?;
        let made = views::made(work, self.shape.entity, &conditions);
        let selected = Selected { work, entity: self.shape.entity, conditions: &conditions, query: &query, made: made.as_deref() };
        if !self.navigation.many {
            return match single(work, self.shape.entity, &conditions, made.as_deref()) {
                Some(row) => self.shape.write(out, work, row, root, None),
                None => {
                    out.push_str("null");
                    Ok(())
                }
            };
        }
        let page = Page { url: "", root, preferred: None, server: usize::MAX - 1 };
        let (rows, _) = selected.page(&self.options, &page);
        out.push('[');
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            self.shape.write(out, work, row, root, None)?;
        }
        out.push(']');
        Ok(())
    }
}

/// The one row that a to-one navigation leads to.
pub fn single<'r>(work: &'r Work<'_>, entity: &Entity, conditions: &Conditions, made: Option<&'r [Record]>) -> Option<&'r Record> {
    if let Some(made) = made {
        return made.iter().find(|row| views::within(row, conditions));
    }
    match conditions.iter().find(|(name, _)| *name == "id") {
        Some((_, Value::Guid(id))) => work.get(entity.table, *id),
        _ => work.company.store.all(entity.table).find(|row| views::within(row, conditions)),
    }
}

/// Splits at a separator that stands outside parentheses and quotes.
fn split_outside(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut depth, mut quoted, mut start) = (Vec::new(), 0usize, false, 0);
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            c if c == separator && depth == 0 && !quoted => {
                parts.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}
