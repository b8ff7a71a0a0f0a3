//! Text for people outside tables: aligned columns, bars, sparklines.

use fastenr_core::model::number::PERCENT;

use super::one_line;

/// Aligned columns, each as wide as its widest cell.
pub(crate) fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| one_line(cell)).collect()).collect();
    let most = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| {
        // A row with one cell is a remark, which does not widen its column.
        let cells = rows.iter().filter(|row| row.len() > 1).filter_map(|row| row.get(at));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..most).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).filter(|(_, width)| **width > 0 || row.len() == 1);
        let text: String = cells.map(|(cell, width)| format!("  {cell:width$}")).collect();
        text.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// `A`, then the rest: the first letter in upper case.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `████······ 40.5 %`, of a share in basis points.
pub(crate) fn bar(share: u16) -> String {
    let full = usize::from(share / 1_000).min(10);
    format!("{}{} {}", "█".repeat(full), "·".repeat(10 - full), percent(share))
}

/// `40.5 %`, of a share in basis points.
pub(crate) fn percent(share: u16) -> String {
    format!("{} %", PERCENT.text(i64::from(share)))
}

/// A sparkline, scaled from the lowest to the highest number; empty for a single number, flat at the bottom for zeros.
pub(crate) fn sparkline(numbers: &[i64]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let (Some(least), Some(most)) = (numbers.iter().min(), numbers.iter().max()) else { return String::new() };
    if numbers.len() < 2 {
        return String::new();
    }
    let block = |number: &i64| match most - least {
        0 if *number == 0 => BLOCKS[0],
        0 => BLOCKS[3],
        range => BLOCKS[usize::try_from((number - least) * 7 / range).unwrap_or(0).min(7)],
    };
    numbers.iter().map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparklines() {
        assert_eq!(sparkline(&[0, 50, 100]), "▁▄█");
        assert_eq!(sparkline(&[-100, 100]), "▁█");
        assert_eq!(sparkline(&[5, 5]), "▄▄");
        assert_eq!(sparkline(&[0, 0, 0]), "▁▁▁", "nothing at all is flat");
        assert_eq!(sparkline(&[5]), "");
    }

    #[test]
    fn capitals() {
        assert_eq!(capital("an AUC"), "An AUC");
        assert_eq!(capital(""), "");
    }

    #[test]
    fn bars() {
        assert_eq!(bar(0), "·········· 0 %");
        assert_eq!(bar(4_050), "████······ 40.5 %");
        assert_eq!(bar(9_999), "█████████· 99.99 %");
        assert_eq!(bar(10_000), "██████████ 100 %");
    }

    #[test]
    fn columns_are_even() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let rows = [row(&["é", "", "x"]), row(&["abc", "", ""]), row(&["and a long remark"])];
        assert_eq!(columns(&rows), ["  é    x", "  abc", "  and a long remark"]);
    }
}
