//! What a database's driver says is for logs: nobody else is told it.

use std::sync::LazyLock;

use regex::Regex;

static TEXTS: LazyLock<Regex> = LazyLock::new(|| {
    let texts = [
        r"duplicate key value",
        r"(UNIQUE|FOREIGN KEY|CHECK|NOT NULL) constraint",
        r"violates [a-z -]*constraint",
        r"constraint failed",
        r"\(code: \d+\)",
        r"error (returned from|communicating with|occurred while|with configuration)",
        r"sqlx",
        r"failed to lookup address",
        r"password authentication failed",
        r"no pg_hba\.conf entry",
        r"database .* does not exist",
        r"pool timed out",
        r"unable to open database file",
        r"file is not a database",
        r"database disk image",
        r"disk I/O error",
        r"attempt to write a readonly database",
        r#"(relation|column) "[a-z_]+" (of relation|does not exist|violates)"#,
        r"no such (table|column):",
        r"SQLSTATE",
        r"UnsupportedCertVersion",
    ];
    Regex::new(&texts.join("|")).expect("an expression")
});

/// The piece of a text that comes from a driver.
pub fn driver_text(text: &str) -> Option<&str> {
    TEXTS.find(text).map(|found| found.as_str())
}
