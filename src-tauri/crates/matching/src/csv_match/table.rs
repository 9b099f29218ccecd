//! One CSV file, row by row: cells by the names of their columns, bad rows by line and column.

use std::io::Read;

use money::{Currency, Money};

use super::{BadRow, CsvError};
use crate::lookup::{ByKey, hash};
use crate::payments::prepare::LARGEST;
use crate::row::{Row, RowId};
use crate::rules::Rates;

/// A cell that does not say what its column needs.
pub(super) struct Bad(pub &'static str, pub String);

/// One file as it was read.
#[derive(Default)]
pub(super) struct Table {
    file: &'static str,
    /// The column of the ids.
    id: &'static str,
    pub rows: Vec<Row>,
    pub rates: Rates,
    pub bad: Vec<BadRow>,
    /// By the hash of its id: where each row stands, and in which line it begins.
    at: ByKey<(usize, u64)>,
}

impl Table {
    /// Keeps a row whose id stands in that column; the first of two with one id.
    pub fn keep(&mut self, line: &Line, id: &'static str, row: Row) -> Result<(), Bad> {
        self.id = id;
        if let Some(first) = self.line_of(&row.id) {
            return Err(Bad(id, format!("“{}” is the id of line {first} already", row.id)));
        }
        self.at.insert(hash(row.id.as_str()), (self.rows.len(), line.number()));
        self.rows.push(row);
        Ok(())
    }

    fn line_of(&self, id: &RowId) -> Option<u64> {
        let (at, line) = self.at.get(&hash(id.as_str()))?;
        self.rows.get(*at).filter(|row| &row.id == id).map(|_| *line)
    }

    /// Ids are unique within a side.
    pub fn leave_out_those_in(&mut self, other: &Table) {
        for row in self.rows.extract_if(.., |row| other.line_of(&row.id).is_some()) {
            let problem = format!("“{}” is the id of a row of the {} file as well", row.id, other.file);
            let line = self.at.get(&hash(row.id.as_str())).map_or(0, |(_, line)| *line);
            self.bad.push(BadRow { file: self.file, line, column: self.id, problem, kept: false });
        }
    }

    /// Says that a row was read without one of its columns.
    pub fn without(&mut self, line: &Line, Bad(column, problem): Bad) {
        self.bad.push(BadRow { file: self.file, line: line.number(), column, problem, kept: true });
    }
}

/// One row of a file, by the names of its columns.
pub(super) struct Line<'a> {
    record: &'a csv::StringRecord,
    /// The line in which it ends.
    end: u64,
    names: &'a [&'static str],
    at: &'a [usize],
}

impl<'a> Line<'a> {
    /// Does it have all cells, and none that took in another row because its quote was never closed?
    fn whole(&self) -> Result<(), Bad> {
        if let Some((column, _)) = self.names.iter().zip(self.at).find(|(_, at)| **at >= self.record.len()) {
            return Err(Bad(column, "the row ends before it: a cell or the end of a quote is missing".into()));
        }
        let swallowed = |cell: &str| cell.lines().skip(1).any(|line| line.matches(',').count() * 3 > self.names.len());
        let several_lines = self.record.as_byte_record().as_slice().contains(&b'\n');
        match self.names.iter().filter(|_| several_lines).find(|name| swallowed(self.get(name))) {
            Some(column) => Err(Bad(column, "its quote is not closed before the next row, which was lost with it".into())),
            None => Ok(()),
        }
    }

    pub fn get(&self, name: &'static str) -> &'a str {
        let column = self.names.iter().position(|n| *n == name).map(|i| self.at[i]);
        column.and_then(|c| self.record.get(c)).unwrap_or_default().trim()
    }

    pub fn some(&self, name: &'static str) -> Option<String> {
        Some(self.get(name)).filter(|v| !v.is_empty()).map(str::to_owned)
    }

    pub fn needed(&self, name: &'static str) -> Result<&'a str, Bad> {
        match self.get(name) {
            "" => Err(Bad(name, "it is empty".into())),
            value => Ok(value),
        }
    }

    pub fn parsed<T: std::str::FromStr>(&self, name: &'static str, what: &str) -> Result<T, Bad> {
        let value = self.needed(name)?;
        value.parse().map_err(|_| Bad(name, format!("“{value}” is not {what}")))
    }

    pub fn currency(&self, name: &'static str) -> Result<Currency, Bad> {
        let value = self.needed(name)?;
        Currency::parse(value).map_err(|_| Bad(name, format!("“{value}” is not a currency of ISO 4217")))
    }

    /// An amount in minor units that arithmetic bears.
    pub fn money(&self, name: &'static str, currency: Currency) -> Result<Money, Bad> {
        let minor: i64 = self.parsed(name, "a whole number of minor units")?;
        if !(-LARGEST..=LARGEST).contains(&minor) {
            return Err(Bad(name, format!("“{minor}” is more than can be matched")));
        }
        Ok(Money::new(minor, currency))
    }

    /// The line in which it begins.
    fn number(&self) -> u64 {
        begins(self.end, self.record.as_byte_record())
    }
}

/// The line in which a row begins: those that it has stand within its cells.
fn begins(end: u64, record: &csv::ByteRecord) -> u64 {
    end - record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Reads a file whose columns have these names. What `take` calls bad is left out.
pub(super) fn table<R: Read>(
    file: &'static str,
    reader: R,
    names: &[&'static str],
    mut take: impl FnMut(&Line, &mut Table) -> Result<(), Bad>,
) -> Result<Table, CsvError> {
    let mut table = Table { file, ..Table::default() };
    let failed = |source: csv::Error| match source.kind() {
        csv::ErrorKind::Utf8 { .. } => CsvError::Encoding { file },
        _ => CsvError::Read { file, source },
    };
    // Rows are counted by their line feeds: the carriage return before one is trimmed with the last cell, and the last row
    // may lack both.
    let mut reader = csv::ReaderBuilder::new().flexible(true).terminator(csv::Terminator::Any(b'\n')).from_reader(reader.chain(&b"\n"[..]));
    let header = reader.headers().map_err(failed)?.clone();
    if header.iter().all(|name| name.trim().is_empty()) {
        return Err(CsvError::Empty { file });
    }
    let find = |name: &'static str| header.iter().enumerate().filter(move |(_, h)| h.trim().trim_start_matches('\u{feff}') == name).map(|(at, _)| at);
    let some = |wanted: fn(usize) -> bool| names.iter().copied().filter(|n| wanted(find(n).count())).collect::<Vec<_>>();
    let (missing, twice) = (some(|count| count == 0), some(|count| count > 1));
    if !missing.is_empty() {
        return Err(CsvError::Columns { file, columns: missing });
    }
    if !twice.is_empty() {
        return Err(CsvError::Twice { file, columns: twice });
    }
    let at: Vec<usize> = names.iter().flat_map(|n| find(n)).collect();
    let mut bytes = csv::ByteRecord::new();
    while reader.read_byte_record(&mut bytes).map_err(failed)? {
        // A row ends with a line feed; if it took that in, a quote is open still and the file is over.
        let end = reader.position().line() - u64::from(!bytes.as_slice().ends_with(b"\n"));
        bytes = match csv::StringRecord::from_byte_record(bytes) {
            Ok(record) => {
                let line = Line { record: &record, end, names, at: &at };
                let blank = record.len() == 1 && record.as_slice().trim().is_empty();
                if let Err(Bad(column, problem)) = if blank { Ok(()) } else { line.whole().and_then(|()| take(&line, &mut table)) } {
                    table.bad.push(BadRow { file, line: line.number(), column, problem, kept: false });
                }
                record.into_byte_record()
            }
            Err(error) => {
                let bytes = error.into_byte_record();
                let problem = "the row is not UTF-8".into();
                table.bad.push(BadRow { file, line: begins(end, &bytes), column: names[0], problem, kept: false });
                bytes
            }
        };
    }
    Ok(table)
}
