//! What holds customers' data is its owner's alone, whatever the umask.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};

use super::support::{book, shell, with_accounts};

pub(super) fn register(tests: &mut Tests) {
    tests.sqlite("cli/private/files", files);
    tests.plain("cli/private/the_folder_of_the_first_use", first_use);
}

fn mode(path: &Path) -> Result<u32> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o777)
}

/// Every file below a folder.
fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { all.extend(below(&path)?) } else { all.push(path) }
    }
    Ok(all)
}

async fn files(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    fastenr.write("bad.csv", "external_id,name,arr\nX-1,Good,5\nX-2,Bad,five\n");
    fastenr.write("book.csv", book(0, 100, 1));
    for umask in ["000", "022", "077"] {
        let run = |line: &str| shell(&fastenr, &format!("umask {umask}; {line}"));
        run("rm -f fastenr2.db* copy.db out.csv out.jsonl.gz plan.json bad.csv.rejected.csv");
        run("\"$FASTENR\" --database fastenr2.db db migrate").ok();
        run("\"$FASTENR\" db backup copy.db").ok();
        run("\"$FASTENR\" accounts export out.csv").ok();
        run("\"$FASTENR\" accounts export out.jsonl.gz").ok();
        run("\"$FASTENR\" accounts import bad.csv --on-error skip").code(3);
        run("\"$FASTENR\" accounts bulk-update --status active --set seats=5 --dry-run --plan plan.json");
        for name in ["fastenr2.db", "copy.db", "out.csv", "out.jsonl.gz", "bad.csv.rejected.csv"] {
            assert_eq!(mode(&fastenr.dir().join(name))?, 0o600, "{name} with umask {umask}");
        }
        let ours = ["csv", "gz"].map(|ending| format!("book.{ending}"));
        for path in below(fastenr.dir())? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_given = name == "bad.csv" || ours.contains(&name);
            ensure!(is_given || mode(&path)? & 0o077 == 0, "{name}: {:o} with umask {umask}", mode(&path)?);
        }
    }
    Ok(())
}

fn first_use() -> Result<()> {
    let fastenr = Fastenr::without_database();
    shell(&fastenr, "umask 000; \"$FASTENR\" accounts list").ok();
    let folder = fastenr.dir().join("home/.local/share/fastenr");
    let files = below(&folder)?;
    ensure!(!files.is_empty());
    assert_eq!(mode(&folder)?, 0o700, "{}", folder.display());
    for path in files {
        assert_eq!(mode(&path)?, 0o600, "{}", path.display());
    }
    Ok(())
}
