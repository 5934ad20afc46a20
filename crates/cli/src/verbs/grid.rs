//! Tables for people: a row is a line, whatever is in it.
//!
//! Ids and times are never broken. What does not fit is cut, and ends with `…`: ids to their first 8 characters, or as many more as tell those of one
//! table apart; texts to what is left of the line. Where that is not enough, columns without anything in them go first, and then those that are named as spare.
//! Where nobody looks at it, or everything is asked for, nothing is cut.

use comfy_table::{ContentArrangement, Table, presets};
use unicode_width::UnicodeWidthStr;
use uuid::Uuid;

use super::cut::{cut, one_line};
use super::screen::Screen;

/// The fewest characters of an id.
const SHORT_ID: usize = 8;
/// What is between two columns.
const GAP: usize = 2;
/// Texts are not cut below this for the sake of a spare column.
const READABLE: usize = 12;

/// What stands in a row.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    /// Shortened where it is looked at.
    Id(Option<Uuid>),
    /// Never cut.
    Word(String),
    /// Cut where it does not fit.
    Text(String),
}

/// A table, row by row.
#[derive(Debug)]
pub(super) struct Grid<'a> {
    screen: &'a Screen,
    header: &'a [&'static str],
    spare: &'a [&'static str],
    rows: Vec<Vec<Cell>>,
}

/// A column as it is written.
struct Column {
    name: &'static str,
    cells: Vec<String>,
    is_text: bool,
}

impl<'a> Grid<'a> {
    /// With these columns; those that are `spare` are left out, the first one first, where the line is too short.
    pub(super) fn new(screen: &'a Screen, header: &'a [&'static str], spare: &'a [&'static str]) -> Self {
        Self { screen, header, spare, rows: Vec::new() }
    }

    /// Adds a row, a cell for each column.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table as text.
    pub(super) fn text(self) -> String {
        let mut columns = self.columns();
        if let Some(width) = self.screen.width {
            fit(&mut columns, self.spare, width);
        }
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(columns.iter().map(|column| column.name));
        for row in 0..self.rows.len() {
            table.add_row(columns.iter().map(|column| column.cells[row].as_str()));
        }
        let gap = u16::try_from(GAP).unwrap_or_default();
        for column in table.column_iter_mut() {
            column.set_padding((0, gap));
        }
        table.trim_fmt()
    }

    fn columns(&self) -> Vec<Column> {
        let id = self.screen.width.map(|_| self.id_length());
        let column = |(at, name): (usize, &&'static str)| Column {
            name,
            cells: self.rows.iter().map(|row| written(&row[at], id)).collect(),
            is_text: self.rows.iter().any(|row| matches!(row[at], Cell::Text(_))),
        };
        self.header.iter().enumerate().map(column).collect()
    }

    /// As many characters as tell the ids of the table apart.
    fn id_length(&self) -> usize {
        let cells = self.rows.iter().flatten();
        let mut ids: Vec<String> = cells
            .filter_map(|cell| match cell {
                Cell::Id(Some(id)) => Some(id.to_string()),
                _ => None,
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let alike = ids
            .windows(2)
            .map(|pair| pair[0].bytes().zip(pair[1].bytes()).take_while(|(one, other)| one == other).count());
        SHORT_ID.max(alike.max().map_or(0, |alike| alike + 1))
    }
}

/// A word, or none.
pub(super) fn word(text: impl Into<String>) -> Cell {
    Cell::Word(text.into())
}

/// A text that may be cut.
pub(super) fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

/// An id.
pub(super) fn id(id: Uuid) -> Cell {
    Cell::Id(Some(id))
}

fn written(cell: &Cell, id_length: Option<usize>) -> String {
    match (cell, id_length) {
        (Cell::Id(None), _) => String::new(),
        (Cell::Id(Some(id)), None) => id.to_string(),
        (Cell::Id(Some(id)), Some(length)) => short_id(*id, length),
        (Cell::Word(text) | Cell::Text(text), _) => one_line(text),
    }
}

/// The first characters of an id.
fn short_id(id: Uuid, length: usize) -> String {
    let whole = id.to_string();
    if length + 1 >= whole.len() { whole } else { format!("{}…", &whole[..length]) }
}

/// Makes the columns fit.
fn fit(columns: &mut Vec<Column>, spare: &[&str], width: usize) {
    if total(columns.iter().map(Column::width)) > width {
        columns.retain(|column| column.cells.iter().any(|cell| !cell.is_empty()) || column.cells.is_empty());
    }
    for name in spare {
        if total(columns.iter().map(Column::least)) <= width {
            break;
        }
        columns.retain(|column| column.name != *name);
    }
    while let Some(over) =
        total(columns.iter().map(Column::width)).checked_sub(width).filter(|over| *over > 0)
    {
        let texts =
            columns.iter_mut().filter(|column| column.is_text && column.width() > column.name.width());
        let Some(widest) = texts.max_by_key(|column| column.width()) else { break };
        // By halves of what is too much, so that several long texts share the room.
        let to = widest.width() - over.div_ceil(2).min(widest.width() - widest.name.width());
        widest.cut(to);
    }
}

fn total(widths: impl Iterator<Item = usize>) -> usize {
    widths.map(|width| width + GAP).sum::<usize>().saturating_sub(GAP)
}

impl Column {
    fn width(&self) -> usize {
        self.cells.iter().map(|cell| cell.width()).max().unwrap_or(0).max(self.name.width())
    }

    /// What it can be cut to and still be read.
    fn least(&self) -> usize {
        if self.is_text { self.width().min(READABLE.max(self.name.width())) } else { self.width() }
    }

    fn cut(&mut self, width: usize) {
        for cell in &mut self.cells {
            *cell = cut(cell, width);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verbs::screen::now;

    fn table(width: Option<usize>, rows: &[(&str, &str)]) -> String {
        let screen = Screen { width, now: now() };
        let mut grid = Grid::new(&screen, &["ID", "STATE", "TEXT", "REASON"], &["STATE"]);
        for (of, said) in rows {
            grid.row([id(of.parse().unwrap()), word("running (paused)"), text(*said), text("")]);
        }
        grid.text()
    }

    const ONE: &str = "01940000-0000-7000-8000-000000000001";
    const TWO: &str = "01940001-0000-7000-8000-000000000001";
    const LIKE_ONE: &str = "01940000-0000-7000-8000-000000000002";

    #[test]
    fn nothing_is_cut_where_nobody_looks() {
        let long = "x".repeat(300);
        let shown = table(None, &[(ONE, &long)]);
        assert!(shown.contains(ONE) && shown.contains(&long) && shown.contains("REASON"), "{shown}");
    }

    #[test]
    fn a_row_is_a_line_that_fits_and_ids_are_shortened() {
        let long = format!("first\nsecond \u{1b}[31m{}", "ü".repeat(300));
        for width in [80, 160] {
            let shown = table(Some(width), &[(ONE, &long), (TWO, "short")]);
            assert_eq!(shown.lines().count(), 3, "{shown}");
            assert!(shown.lines().all(|line| line.width() <= width), "{shown}");
            assert!(shown.contains("01940000…  running (paused)  first second \u{fffd}[31m"), "{shown}");
            assert!(shown.contains("01940001…") && !shown.contains("REASON"), "{shown}");
        }
    }

    #[test]
    fn ids_that_begin_alike_are_told_apart() {
        let shown = table(Some(160), &[(ONE, "a"), (LIKE_ONE, "b")]);
        assert!(shown.contains(ONE) && shown.contains(LIKE_ONE), "{shown}");
        let other = "01940000-0001-7000-8000-000000000001";
        let shown = table(Some(160), &[(ONE, "a"), (other, "b")]);
        assert!(shown.contains("01940000-0000…") && shown.contains("01940000-0001…"), "{shown}");
    }

    #[test]
    fn a_spare_column_goes_before_a_text_is_unreadable() {
        let shown = table(Some(40), &[(ONE, &"long ".repeat(20))]);
        assert!(!shown.contains("STATE") && shown.contains("01940000…  long long long"), "{shown}");
        assert!(shown.lines().all(|line| line.width() <= 40), "{shown}");
    }
}
