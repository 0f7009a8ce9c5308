//! Tables in a terminal: aligned by display width, one column gives way when there is no room.

use std::fmt;

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

use super::{paint, shortened};

/// Between two columns.
const GAP: &str = "  ";

/// The column that gives way is never narrower.
const NARROWEST: usize = 12;

/// A table that is built row by row and shown by `Display`.
#[derive(Debug)]
pub(crate) struct Table {
    heads: Vec<Head>,
    rows: Vec<Vec<Cell>>,
    width: Option<usize>,
}

#[derive(Debug)]
struct Head {
    name: &'static str,
    right: bool,
    gives_way: bool,
}

/// One cell: a text and its colour.
#[derive(Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// A cell without a colour.
    pub(crate) fn plain(text: impl fmt::Display) -> Self {
        Self::painted(paint::PLAIN, text)
    }

    /// A cell in a colour.
    pub(crate) fn painted(style: Style, text: impl fmt::Display) -> Self {
        let text = shortened(&text.to_string(), usize::MAX);
        Self { text, style }
    }
}

impl Table {
    /// A table with these heads. One that starts with `>` is aligned to the right, the one that
    /// starts with `~` gives way.
    pub(crate) fn new(heads: &[&'static str]) -> Self {
        Self {
            heads: heads.iter().map(|head| Head::of(head)).collect(),
            rows: Vec::new(),
            width: terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)),
        }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.heads.iter().map(|head| head.name.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.text.width());
            }
        }
        self.give_way(&mut widths);
        widths
    }

    /// Narrows the column that gives way until the table fits.
    fn give_way(&self, widths: &mut [usize]) {
        let Some(room) = self.width else { return };
        let total = widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1);
        let over = total.saturating_sub(room);
        let place = self.heads.iter().position(|head| head.gives_way);
        if let Some(width) = place.and_then(|place| widths.get_mut(place)) {
            *width = width.saturating_sub(over).max(NARROWEST.min(*width));
        }
    }
}

impl Head {
    fn of(text: &'static str) -> Self {
        let name = text.trim_start_matches(['>', '~']);
        Self {
            name,
            right: text.starts_with('>'),
            gives_way: text.starts_with('~'),
        }
    }

    /// Writes a cell of this column; the last column is not filled up.
    fn write(
        &self,
        f: &mut fmt::Formatter<'_>,
        cell: (&str, Style),
        width: usize,
        is_last: bool,
    ) -> fmt::Result {
        let (text, style) = cell;
        let text = shortened(text, width);
        let pad = " ".repeat(width.saturating_sub(text.width()));
        match (self.right, is_last) {
            (true, _) => write!(f, "{pad}{style}{text}{style:#}"),
            (false, true) => write!(f, "{style}{text}{style:#}"),
            (false, false) => write!(f, "{style}{text}{style:#}{pad}"),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for (place, (head, width)) in self.heads.iter().zip(&widths).enumerate() {
            f.write_str(if place == 0 { "" } else { GAP })?;
            let is_last = place + 1 == self.heads.len();
            head.write(f, (head.name, paint::QUIET), *width, is_last)?;
        }
        for row in &self.rows {
            f.write_str("\n")?;
            for (place, ((head, cell), width)) in
                self.heads.iter().zip(row).zip(&widths).enumerate()
            {
                f.write_str(if place == 0 { "" } else { GAP })?;
                let is_last = place + 1 == self.heads.len();
                head.write(f, (&cell.text, cell.style), *width, is_last)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(width: Option<usize>) -> String {
        let mut table = Table::new(&["NAME", "~WHAT IT SAYS", ">COUNT"]);
        table.width = width;
        table.row(vec![
            Cell::plain("first"),
            Cell::plain("a sentence that is rather long"),
            Cell::plain(7),
        ]);
        table.row(vec![
            Cell::plain("日本"),
            Cell::plain("short"),
            Cell::plain(1234),
        ]);
        anstream::adapter::strip_str(&table.to_string()).to_string()
    }

    #[test]
    fn columns_are_aligned_by_display_width() {
        let expected = "\
NAME   WHAT IT SAYS                    COUNT
first  a sentence that is rather long      7
日本   short                            1234";
        assert_eq!(table(None), expected);
    }

    #[test]
    fn one_column_gives_way_when_there_is_no_room() {
        let expected = "\
NAME   WHAT IT SAYS         COUNT
first  a sentence that is…      7
日本   short                 1234";
        assert_eq!(table(Some(33)), expected);
    }
}
