//! How the date of a payment lies to the dates of a document.

use super::prepare::Doc;
use crate::level::Level;

/// How the dates lie: against the posting date, and against the due date.
pub(super) fn lag(day: i32, doc: &Doc) -> [Level; 2] {
    let (late, past_due) = (day - doc.day, day - doc.due);
    let due = match past_due {
        _ if doc.day == doc.due || doc.series => Level::DueFar,
        -4..=-2 => Level::DueEarly,
        -1..=1 => Level::DueNear,
        2..=4 => Level::DueAfter,
        _ => Level::DueFar,
    };
    if doc.series {
        return [series(late), due];
    }
    let once = match late {
        ..=-60 => Level::OnceEarly60,
        -59..=-6 => Level::OnceEarly,
        -5..=-1 => Level::OnceBefore,
        0 => Level::OnceSame,
        1..=3 => Level::Once3,
        4..=14 => Level::Once14,
        15..=28 => Level::Once28,
        29..=36 => Level::Once36,
        37..=60 => Level::Once60,
        61..=100 => Level::Once100,
        _ => Level::OnceLater,
    };
    [once, due]
}

pub(super) fn series(late: i32) -> Level {
    match late {
        ..=-56 => Level::SeriesEarly60,
        -55..=-33 => Level::SeriesEarly40,
        -32..=-27 => Level::SeriesEarlyMonth,
        -26..=-4 => Level::SeriesEarly,
        -3..=-1 => Level::SeriesBefore,
        0 => Level::SeriesSame,
        1 => Level::Series1,
        2 => Level::Series2,
        3..=7 => Level::Series7,
        8..=14 => Level::Series14,
        15..=24 => Level::Series24,
        25..=38 => Level::Series38,
        39..=55 => Level::Series55,
        56..=90 => Level::Series90,
        _ => Level::SeriesLater,
    }
}
