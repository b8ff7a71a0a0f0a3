//! What is generated is what the product takes, and the same every time.

use fastenr_core::model::{Domain, Email, RenewalStage, Size, Status, Tags};
use fastenr_core::money::Money;

use super::{Book, Feed, METRICS_HEADER, accounts, crm, metrics, users};
use fastenr_core::model::metric::METRIC;

fn book(rows: u64) -> Book {
    Book { rows, seed: 7, owners: 40, changed: 0 }
}

fn file(book: Book) -> Vec<u8> {
    let mut bytes = Vec::new();
    accounts(book, &mut bytes).unwrap();
    bytes
}

fn records(bytes: &[u8]) -> Vec<csv::StringRecord> {
    csv::Reader::from_reader(bytes).into_records().map(Result::unwrap).collect()
}

#[test]
fn the_same_arguments_give_the_same_bytes() {
    assert_eq!(file(book(500)), file(book(500)));
    assert_ne!(file(book(500)), file(Book { seed: 8, ..book(500) }));
    assert!(file(book(500)).starts_with(&file(book(100))));
}

#[test]
fn every_cell_is_one_that_fastenr_takes() {
    for record in records(&file(book(5_000))) {
        let good = |column: usize, parses: bool| assert!(record[column].is_empty() || parses, "{record:?}");
        good(2, Domain::parse(&record[2]).is_ok());
        good(4, Size::parse(&record[4]).is_ok());
        assert!(Status::parse(&record[5]).is_ok(), "{record:?}");
        good(6, Money::parse(&record[6]).is_ok());
        good(7, Email::parse(&record[7]).is_ok());
        good(11, RenewalStage::parse(&record[11]).is_ok());
        assert_eq!(Tags::parse(&record[13]).unwrap().to_string(), record[13], "tags are in their stored order");
        assert!(record[8].is_empty() || record[9].is_empty() || record[8] < record[9], "{record:?}");
    }
}

#[test]
fn statuses_have_their_shares() {
    let all = records(&file(book(20_000)));
    let share = |status: &str| all.iter().filter(|record| &record[5] == status).count() * 1_000 / all.len();
    assert!((75..85).contains(&share("at_risk")) && (45..55).contains(&share("churned")));
    assert!((65..75).contains(&share("onboarding")));
}

#[test]
fn a_later_edition_differs_in_the_rows_asked_for() {
    let changed = Book { changed: 30, ..book(10_000) };
    let (old, new) = (records(&file(book(10_000))), records(&file(changed)));
    let different = old.iter().zip(&new).filter(|(old, new)| old != new).count();
    assert!((2_850..3_150).contains(&different), "{different}");
}

#[test]
fn every_owner_is_in_the_users_file() {
    let mut bytes = Vec::new();
    users(40, &mut bytes).unwrap();
    let emails: std::collections::HashSet<_> = records(&bytes).iter().map(|user| user[1].to_owned()).collect();
    assert_eq!(emails.len(), 40);
    assert!(records(&file(book(2_000))).iter().all(|account| account[7].is_empty() || emails.contains(&account[7])));
}

#[test]
fn two_thousand_users_have_names_and_addresses_of_their_own() {
    let mut bytes = Vec::new();
    users(2_000, &mut bytes).unwrap();
    for column in [1, 2] {
        let all: std::collections::HashSet<_> = records(&bytes).iter().map(|user| user[column].to_owned()).collect();
        assert_eq!(all.len(), 2_000);
    }
}

#[test]
fn the_crm_file_is_regular_whatever_its_encoding() {
    let mut bytes = Vec::new();
    crm::crm(book(2_000), 2, 1, &mut bytes).unwrap();
    assert!(std::str::from_utf8(&bytes).is_err());
    assert!(!bytes.contains(&b'?'), "everything can be written in Windows-1252");
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(bytes.as_slice());
    let all: Vec<_> = reader.byte_records().map(Result::unwrap).collect();
    assert_eq!(all.len(), 2_000);
    let rows = |column: usize, value: &[u8]| all.iter().filter(|record| &record[column] == value).count();
    assert!(rows(4, b"Dana Ehemalig") > 20 && rows(4, b"Kim Aushilfe") > 20 && rows(4, b"N. N.") == 0);
    assert!(rows(5, b"Pausiert") > 20 && rows(5, b"Gef\xE4hrdet") > 20 && rows(5, b"Interessent") == 0);
}

#[test]
fn metrics_are_one_row_a_day_and_cells_that_fastenr_takes() {
    let feed = Feed { accounts: 60, crm: 0, days: 40, seed: 7 };
    let mut bytes = Vec::new();
    metrics(feed, &mut bytes).unwrap();
    let mut again = Vec::new();
    metrics(feed, &mut again).unwrap();
    assert!(bytes == again);
    let all = records(&bytes);
    assert_eq!(all.len(), 60 * 40);
    let days: std::collections::HashSet<_> = all.iter().map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    assert_eq!(days.len(), all.len(), "no day comes twice");
    assert_eq!(all[39][1], *"2026-06-15", "the last day is that of the book");
    let fields = METRICS_HEADER.map(|name| METRIC.field(name).unwrap().1);
    let mut filled = [0; METRICS_HEADER.len()];
    for row in &all {
        for (column, field) in fields.iter().enumerate().skip(1).filter(|(column, _)| !row[*column].is_empty()) {
            let value = field.parse(&row[column]).unwrap_or_else(|invalid| panic!("{row:?}: {invalid:?}"));
            assert_eq!(field.text(&value), row[column], "{} is written as an export writes it", field.name);
            filled[column] += 1;
        }
    }
    assert!(filled.iter().skip(1).all(|rows| *rows > 0), "{filled:?}");
    assert!(filled[4] * 3 < all.len() && filled[17] * 20 < all.len(), "{filled:?}");
}

#[test]
fn the_examples_are_what_the_generator_writes() {
    const AGAIN: &str = "run the commands of examples/README.md again";
    let mut bytes = Vec::new();
    users(8, &mut bytes).unwrap();
    assert!(bytes == include_bytes!("../../../examples/users.csv"), "{AGAIN}");
    let accounts = file(Book { rows: 300, seed: 11, owners: 8, changed: 0 });
    assert!(accounts == include_bytes!("../../../examples/accounts.csv"), "{AGAIN}");
    for (accounts, crm, seed, committed) in [
        (300, 0, 3, include_bytes!("../../../examples/metrics.csv").as_slice()),
        (0, 57, 4, include_bytes!("../../../examples/metrics_messy.csv")),
    ] {
        bytes.clear();
        metrics(Feed { accounts, crm, days: 8, seed }, &mut bytes).unwrap();
        assert!(bytes == committed, "{AGAIN}");
    }
    bytes.clear();
    crm::crm(Book { rows: 57, seed: 36, owners: 8, changed: 0 }, 0, 0, &mut bytes).unwrap();
    let messy: &[u8] = include_bytes!("../../../examples/accounts_messy.csv");
    let by_hand = messy.strip_prefix(bytes.as_slice()).expect(AGAIN);
    assert_eq!(by_hand.iter().filter(|byte| **byte == b'\n').count(), 3);
}
