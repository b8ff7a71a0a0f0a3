//! The same kind of book, as a German CRM exports it: everything an import has to cope with, at any size.

use std::io::Write;

use anyhow::Result;

use super::Book;
use super::account::{Account, Size, Stage, Status, account};
use super::people;
use super::random::{Random, at};
use super::spelling::{day_month_year, german_decimal, windows_1252};

pub(crate) const HEADER: &str = "Kontonummer;Firmenname;Internetseite;Branche;CSM;Status;Größe;Jahresumsatz;Währung;\
                          Vertragsbeginn;Vertragsende;Autom. Verlängerung;Prognose;Lizenzen;Schlagworte;Region;Notiz";

/// People who left, or were never users of fastenr.
const STRANGERS: &[&str] = &["Dana Ehemalig", "Kim Aushilfe", "Vertrieb Süd", "N. N."];
const STRANGE_STATUSES: &[&str] = &["Pausiert", "Interessent", "In Prüfung", "Zombie"];
/// Percent of the rows that each stranger and each strange status gets.
const SHARE: u64 = 2;

/// `unknown_owners` and `unknown_status`: how many of the strangers and strange statuses turn up.
pub(crate) fn crm(book: Book, unknown_owners: u64, unknown_status: u64, out: &mut dyn Write) -> Result<()> {
    let owners: Vec<String> = (0..book.owners).map(people::name).collect();
    let mut line = Vec::with_capacity(512);
    windows_1252(HEADER, &mut line);
    line.extend(b"\r\n");
    for row in 0..book.rows {
        let account = account(book, row);
        // A source of its own: the accounts are those of the plain file.
        let random = &mut Random::of_row(!book.seed, row);
        let stranger = stranger(random, STRANGERS, unknown_owners);
        let strange = self::stranger(random, STRANGE_STATUSES, unknown_status);
        let known = account.owner.and_then(|owner| owners.get(usize::try_from(owner).ok()?));
        let owner = stranger.or(known.map(String::as_str)).unwrap_or_default();
        let status = strange.unwrap_or_else(|| account.status.spelled(random));
        let text = record(&account, owner, status, random, row);
        windows_1252(&text, &mut line);
        line.extend(b"\r\n");
        out.write_all(&line)?;
        line.clear();
    }
    // Only where there was no row to carry the header out.
    out.write_all(&line)?;
    Ok(())
}

fn stranger(random: &mut Random, list: &[&'static str], count: u64) -> Option<&'static str> {
    let draw = random.below(100);
    (draw < count * SHARE).then(|| at(list, draw / SHARE))
}

fn record(account: &Account, owner: &str, status: &str, random: &mut Random, row: u64) -> String {
    let site = account.domain.as_ref().map_or_else(String::new, |domain| match row % 3 {
        0 => format!("https://www.{domain}/"),
        1 => format!("www.{domain}"),
        _ => domain.clone(),
    });
    let currency = random.weighted(&[(70, "EUR"), (30, "USD")]);
    let renews = account.auto_renew.map_or("", |renews| if renews { "ja" } else { "nein" });
    // Another system, other ids: next to the plain file these are more accounts, not the same.
    let id = format!("K-{:07}", row + 1);
    let fields = [
        id.as_str(),
        &account.name,
        &site,
        account.industry.unwrap_or_default(),
        owner,
        status,
        account.size.map_or("", Size::german),
        &account.arr.map_or_else(String::new, german_decimal),
        currency,
        &day_month_year(account.contract_start),
        &day_month_year(account.contract_end),
        renews,
        account.renewal_stage.map_or("", Stage::german),
        &account.seats.map_or_else(String::new, |seats| seats.to_string()),
        &account.tags.join(", "),
        account.region,
    ];
    let mut text = String::with_capacity(320);
    for field in fields {
        text.push_str(field);
        text.push(';');
    }
    // Only the note needs quotes; in some rows it goes on over two lines.
    text.push_str(match row % 20 {
        3 => "\"Rückruf; Angebot über 5.000 € schicken\"",
        11 => "\"Ansprechpartner wechselt.\r\nNeu: siehe \"\"Kontakte\"\"\"",
        17 => "Großkunde – Rabatt prüfen",
        _ => "",
    });
    text
}

impl Status {
    fn spelled(self, random: &mut Random) -> &'static str {
        random.pick(match self {
            Self::Active => &["Active", "active", "Aktiv"],
            Self::Churned => &["Churned", "CHURNED", "Gekündigt"],
            Self::AtRisk => &["At Risk", "at-risk", "Gefährdet"],
            Self::Onboarding => &["Onboarding", "On-Boarding", "Einführung"],
        })
    }
}

impl Size {
    const fn german(self) -> &'static str {
        match self {
            Self::Startup => "Start-up",
            Self::Small => "Klein",
            Self::Medium => "Mittel",
            Self::Large => "Groß",
            Self::Enterprise => "Konzern",
        }
    }
}

impl Stage {
    const fn german(self) -> &'static str {
        match self {
            Self::Committed => "Zugesagt",
            Self::Likely => "Wahrscheinlich",
            Self::Unknown => "Offen",
            Self::AtRisk => "Gefährdet",
            Self::WillChurn => "Kündigt",
        }
    }
}
