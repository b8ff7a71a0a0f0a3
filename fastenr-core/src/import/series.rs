//! Files that follow one another: the same name but for its digits, as `usage-2026-03-01.csv` and `usage-2026-03-02.csv`.

/// The file before another is looked for on so many days.
pub const DAYS: i64 = 60;

/// What the body of a request is called: requests are of any size, and none follows another.
pub const BODY: &str = "the body";

/// What a file has in common with those before and after it: its name without folder, digits and `.gz`, in lower case. None for what
/// is no file of a series. Standard input is one.
pub fn series(name: &str) -> Option<String> {
    if name == BODY {
        return None;
    }
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name).to_lowercase();
    let file = file.strip_suffix(".gz").unwrap_or(&file);
    let series: String = file.chars().filter(|letter| !letter.is_numeric()).collect();
    (!series.is_empty()).then_some(series)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_follow_one_another() {
        for (one, other) in [
            ("usage-2026-03-01.csv", "usage-2026-03-02.csv"),
            ("/data/2026/03/usage.csv", "usage.csv"),
            ("C:\\feeds\\Usage1.CSV", "usage.csv"),
            ("usage_1.jsonl.gz", "usage_2.jsonl"),
            ("stdin", "stdin"),
        ] {
            assert!(series(one).is_some() && series(one) == series(other), "{one} {other}");
        }
        assert_ne!(series("usage.csv"), series("tickets.csv"));
        assert_eq!(series(BODY), None);
    }
}
