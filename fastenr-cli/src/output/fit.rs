//! Fitting a list to a terminal: long texts are cut, then columns are left out from the right. Numbers, ids, dates and fixed
//! values are never cut, and no cell is broken into two lines.

use fastenr_core::model::noun::{Field, Meaning};
use unicode_width::UnicodeWidthStr;

/// Stands for what was cut, and as a header for columns that were left out.
pub(super) const CUT: &str = "…";

/// Between two columns.
const GAP: usize = 2;

/// A text is never cut to less than this.
const SHORTEST: usize = 12;

/// What is known of a column: widths in cells of the terminal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// Of its widest cell, the header included.
    pub content: usize,
    pub header: usize,
    /// Whether its cells may be cut.
    pub cuts: bool,
}

impl Column {
    fn least(&self) -> usize {
        if self.cuts { self.content.min(self.header.max(SHORTEST)) } else { self.content }
    }
}

/// Whether values of the field may be cut: texts may, what is copied or compared may not.
pub(super) fn cuts(field: &Field) -> bool {
    let is_fixed = field.meaning.is_number()
        || matches!(
            field.meaning,
            Meaning::Score
                | Meaning::Id
                | Meaning::ExternalId
                | Meaning::Account
                | Meaning::MoneyText
                | Meaning::Date
                | Meaning::Instant
                | Meaning::Choice(_)
                | Meaning::Boolean
        );
    !is_fixed && !field.name.ends_with("_id")
}

/// The widths of the columns that are shown, from the left; fewer than there are where they don't fit in `width`.
pub(super) fn fit(columns: &[Column], width: usize) -> Vec<usize> {
    let needed = |widths: &[usize]| {
        let mark = if widths.len() < columns.len() { GAP + CUT.width() } else { 0 };
        widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1) + mark
    };
    let mut widths: Vec<usize> = columns.iter().map(Column::least).collect();
    while widths.len() > 1 && needed(&widths) > width {
        widths.pop();
    }
    if needed(&widths) > width {
        // The first column alone does not fit.
        return vec![width.saturating_sub(needed(&[0])).max(1); widths.len()];
    }
    // What is left goes to the narrowest columns that are cut, a cell at a time.
    for _ in needed(&widths)..width {
        let cut = widths.iter_mut().zip(columns).filter(|(width, column)| **width < column.content);
        match cut.min_by_key(|(width, _)| **width) {
            Some((width, _)) => *width += 1,
            None => break,
        }
    }
    widths
}

/// The text in no more than so many cells.
pub(super) fn cut(text: String, width: usize) -> String {
    if text.width() <= width {
        return text;
    }
    let room = width.saturating_sub(CUT.width());
    let mut short = String::new();
    for letter in text.chars() {
        short.push(letter);
        // Of the whole: some letters change the width of the one before.
        if short.width() > room {
            short.pop();
            break;
        }
    }
    short.truncate(short.trim_end().len());
    short.push_str(CUT);
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn column(content: usize, header: usize, cuts: bool) -> Column {
        Column { content: content.max(header), header, cuts }
    }

    #[test]
    fn texts_are_cut_before_columns_go() {
        // name, status, health, risk, ARR, owner, renewal
        let columns = [
            column(40, 4, true),
            column(10, 6, false),
            column(6, 6, false),
            column(4, 4, false),
            column(12, 3, false),
            column(24, 5, true),
            column(10, 7, false),
        ];
        assert_eq!(fit(&columns, 200), [40, 10, 6, 4, 12, 24, 10]);
        assert_eq!(fit(&columns, 120), [40, 10, 6, 4, 12, 24, 10]);
        assert_eq!(fit(&columns, 80), [13, 10, 6, 4, 12, 13, 10]);
        assert_eq!(fit(&columns, 60), [17, 10, 6, 4, 12]);
        assert_eq!(fit(&columns, 30), [15, 10]);
        assert_eq!(fit(&[column(40, 4, false), column(5, 5, false)], 20), [17]);
    }

    #[test]
    fn what_is_cut() {
        for (text, width, short) in [
            ("Acme", 4, "Acme"),
            ("Acme Incorporated", 8, "Acme In…"),
            ("Acme Incorporated", 6, "Acme…"),
            ("日本語の会社", 7, "日本語…"),
            ("日本語の会社", 6, "日本…"),
        ] {
            assert_eq!(cut(text.to_owned(), width), short);
        }
    }

    proptest! {
        #[test]
        fn it_fits(columns in prop::collection::vec((0..60_usize, 1..15_usize, any::<bool>()), 1..12), width in 20..250_usize) {
            let columns: Vec<Column> = columns.into_iter().map(|(content, header, cuts)| column(content, header, cuts)).collect();
            let widths = fit(&columns, width);
            let mark = if widths.len() < columns.len() { 3 } else { 0 };
            prop_assert!(!widths.is_empty());
            prop_assert!(widths.iter().sum::<usize>() + 2 * (widths.len() - 1) + mark <= width);
            for (width, column) in widths.iter().zip(&columns) {
                prop_assert!(*width <= column.content);
                prop_assert!(*width == column.content || column.cuts || widths.len() == 1);
            }
        }

        #[test]
        fn no_cell_is_wider(text in ".{0,40}", width in 1..30_usize) {
            prop_assert!(cut(text, width).width() <= width);
        }
    }
}
