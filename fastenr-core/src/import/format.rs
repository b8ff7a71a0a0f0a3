//! How the cells of a column are written: dates, numbers, percentages.
