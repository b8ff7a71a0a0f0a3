//! Files, gzip, fingerprints.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn gzip_is_found_by_its_first_bytes() {
    let text = "a;b\n1;é\n".to_owned();
    let members = [gzip(b"a;b\n1"), gzip(";é\n".as_bytes())].concat();
    for bytes in [gzip(text.as_bytes()), members, text.clone().into_bytes()] {
        for name in ["x.csv.gz", "x.csv", "-"] {
            assert_eq!(read_as(name, &bytes, Options::default()).unwrap().texts(), [["1", "é"]]);
        }
    }
    assert!(fault(gzip(&gzip(b"a\n"))).contains("compressed twice"));
    assert!(fault(gzip(b"")).starts_with("source_empty"));
}

#[test]
fn broken_gzip_is_an_error() {
    let text: String = (0..10_000).map(|row| format!("{row},{}\n", row * 7919 % 10_007)).collect();
    let whole = gzip(format!("a,b\n{text}").as_bytes());
    for length in [10, 11, 1000, whole.len() - 1] {
        assert_eq!(fault(&whole[..length]), "gzip: input: the gzip stream breaks off");
    }
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 0x55;
    assert_eq!(fault(&damaged), "gzip: input: the gzip stream is damaged");
    let mut checksum = whole.clone();
    checksum[whole.len() - 6] ^= 1;
    assert_eq!(fault(&checksum), "gzip: input: the gzip stream is damaged");
}

#[test]
fn the_fingerprint_is_of_the_bytes_as_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    fs::write(&path, "a\n1\n").unwrap();
    let expected = "309b0e45a73d3fc5325e2b6ed0a01ef8b9cde6b05a5633c1f893f970d52bfddc";
    let before = Source::open(&path).unwrap();
    let after = Source::open(&path).unwrap();
    after.survey(&Options::default(), &mut |_, _| Ok(())).unwrap();
    let spooled = Source::spool("x.csv", &b"a\n1\n"[..]).unwrap();
    assert_eq!(before.sha256().unwrap(), expected);
    assert_eq!(before.sha256().unwrap(), after.sha256().unwrap());
    assert_eq!(before.sha256().unwrap(), spooled.sha256().unwrap());
    assert_eq!((after.name(), after.bytes(), after.progress()), (path.to_str().unwrap(), 4, 4));
}

#[test]
fn what_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Source::open(folder.path()).unwrap_err().code, "source_directory");
    let error = Source::open(&folder.path().join("none.csv")).unwrap_err();
    assert!(error.kind == crate::Kind::Io && error.message.contains("none.csv"));
}

#[test]
fn a_file_that_changes_between_the_passes_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    fs::write(&path, "a\n1\n").unwrap();
    let source = Source::open(&path).unwrap();
    let survey = source.survey(&Options::default(), &mut |_, _| Ok(())).unwrap();
    fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"2\n").unwrap();
    assert_eq!(source.records(&survey).err().map(|error| error.code), Some("source_changed"));
}

#[test]
fn passes_do_not_disturb_each_other() {
    let rows: String = (0..100_000).map(|row| format!("{row},x\n")).collect();
    let source = Source::spool("input", format!("a,b\n{rows}").as_bytes()).unwrap();
    let survey = source.survey(&Options::default(), &mut |_, _| Ok(())).unwrap();
    let (mut one, mut two) = (source.records(&survey).unwrap(), source.records(&survey).unwrap());
    while let Some(record) = one.next().unwrap() {
        let number = (record.number - 1).to_string();
        assert_eq!(record.cell(0), Cell::Text(&number));
        assert_eq!(two.next().unwrap().unwrap().cell(0), Cell::Text(&number));
    }
    assert!(two.next().unwrap().is_none());
}
