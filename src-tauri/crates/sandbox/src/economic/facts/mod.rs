//! The resources of both APIs, read once from the two files beside this one.

use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static FACTS: LazyLock<Facts> = LazyLock::new(|| {
    let mut facts = Facts::default();
    facts.read(include_str!("legacy.facts"));
    facts.read(include_str!("open.facts"));
    facts
});

static NOTHING: LazyLock<Shape> = LazyLock::new(Shape::default);

/// The shape of a resource of the REST API, or of an entity of a service (`service/Entity`).
pub fn shape(name: &str) -> &'static Shape {
    let name = match name {
        "sentOrders" | "archivedOrders" => "draftOrders",
        "sentQuotes" | "archivedQuotes" => "draftQuotes",
        name => name,
    };
    FACTS.shapes.get(name).unwrap_or(&NOTHING)
}

#[cfg(test)]
pub fn all() -> impl Iterator<Item = (&'static String, &'static Shape)> {
    FACTS.shapes.iter()
}

#[derive(Debug, Default)]
struct Facts {
    shapes: BTreeMap<String, Shape>,
}

#[derive(Debug, Default)]
pub struct Shape {
    pub path: &'static str,
    pub key: &'static str,
    pub properties: Vec<Property>,
    by_path: BTreeMap<&'static str, usize>,
    /// Properties by the object or list (`lines[]`) that holds them.
    inside: BTreeMap<&'static str, Vec<usize>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Date,
    Instant,
    Integer,
    Number,
    Flag,
    Object,
    List,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filtering {
    Refused,
    Allowed,
    /// The service itself fails.
    Crashes,
    /// The service fails on `$ne:` and on `$null:`.
    CrashesOnDifference,
}

#[derive(Debug)]
pub struct Property {
    /// With `[]` behind lists.
    pub path: &'static str,
    pub name: &'static str,
    pub kind: Kind,
    shown: &'static str,
    required: &'static str,
    read_only: &'static str,
    pub least: Option<Decimal>,
    pub most: Option<Decimal>,
    pub length: Option<(usize, usize)>,
    pub decimals: Option<u32>,
    pub values: Vec<&'static str>,
    pub filter: Filtering,
    pub sorts: bool,
}

/// Which write a body belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    Create,
    Update,
}

impl Write {
    fn letter(self) -> char {
        match self {
            Self::Create => 'C',
            Self::Update => 'U',
        }
    }
}

impl Shape {
    pub fn property(&self, path: &str) -> Option<&Property> {
        self.by_path.get(path).and_then(|at| self.properties.get(*at))
    }

    /// What an object (`""` is the whole document) or the items of a list hold.
    pub fn inside(&self, holder: &str) -> impl Iterator<Item = &Property> {
        self.inside.get(holder).into_iter().flatten().filter_map(|at| self.properties.get(*at))
    }

    pub fn filterable(&self) -> Vec<&'static str> {
        self.properties.iter().filter(|property| property.filter != Filtering::Refused).map(|property| property.path).collect()
    }
}

impl Property {
    /// Whether a body may say it. Facts of the services name no writes: there everything not read-only is taken.
    pub fn takes(&self, write: Write) -> bool {
        (self.shown.is_empty() || self.shown.contains(write.letter())) && !self.read_only.contains(write.letter())
    }

    pub fn requires(&self, write: Write) -> bool {
        self.required.contains(write.letter())
    }

    pub fn shown_in(&self, view: char) -> bool {
        self.shown.is_empty() || self.shown.contains(view)
    }
}

impl Facts {
    fn read(&mut self, text: &'static str) {
        let (mut service, mut name) = ("", String::new());
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let words: Vec<&'static str> = line.split(' ').collect();
            match *words.as_slice() {
                ["service", of] => service = of,
                ["entity", entity] => {
                    name = format!("{service}/{entity}");
                    self.shapes.insert(name.clone(), Shape::default());
                }
                ["resource", resource, path, ref rest @ ..] => {
                    name = resource.to_owned();
                    let key = rest.first().and_then(|word| word.strip_prefix("key=")).unwrap_or_default();
                    self.shapes.insert(name.clone(), Shape { path, key, ..Shape::default() });
                }
                ["p", path, kind, ref rest @ ..] => {
                    if let Some(shape) = self.shapes.get_mut(&name) {
                        shape.add(property(path, kind, rest));
                    }
                }
                _ => {}
            }
        }
    }
}

impl Shape {
    fn add(&mut self, property: Property) {
        let at = self.properties.len();
        let holder = property.path.rsplit_once('.').map_or("", |(holder, _)| holder);
        self.by_path.insert(property.path, at);
        self.inside.entry(holder).or_default().push(at);
        self.properties.push(property);
    }
}

fn property(path: &'static str, kind: &str, words: &[&'static str]) -> Property {
    let name = path.rsplit_once('.').map_or(path, |(_, name)| name);
    let mut property = Property {
        path,
        name,
        kind: match kind {
            "d" => Kind::Date,
            "t" => Kind::Instant,
            "i" => Kind::Integer,
            "n" => Kind::Number,
            "b" => Kind::Flag,
            "o" => Kind::Object,
            "a" => Kind::List,
            _ => Kind::Text,
        },
        shown: "",
        required: "",
        read_only: "",
        least: None,
        most: None,
        length: None,
        decimals: None,
        values: Vec::new(),
        filter: Filtering::Refused,
        sorts: false,
    };
    for word in words {
        match word.split_once('=') {
            Some(("in", letters)) => property.shown = letters,
            Some(("req", letters)) => property.required = letters,
            Some(("ro", letters)) => property.read_only = letters,
            Some(("min", least)) => property.least = least.parse().ok(),
            Some(("max", most)) => property.most = most.parse().ok(),
            Some(("dec", decimals)) => property.decimals = decimals.parse().ok(),
            Some(("len", length)) => property.length = length.split_once("..").and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?))),
            Some(("enum", values)) => property.values = values.split('|').collect(),
            _ => match *word {
                "f" if property.filter == Filtering::Refused => property.filter = Filtering::Allowed,
                "f500" => property.filter = Filtering::Crashes,
                "f500ne" => property.filter = Filtering::CrashesOnDifference,
                "s" => property.sorts = true,
                _ => {}
            },
        }
    }
    property
}
