//! Users: a function of their number alone, so that the owners of every accounts file are in the users' file.

use std::io::Write;

use anyhow::Result;

use super::random::at;
use super::spelling::ascii;

#[rustfmt::skip]
const GIVEN: &[&str] = &[
    "Anna", "Jürgen", "Chloé", "Mateo", "Freja", "Liam", "Aïcha", "Søren", "Zoë", "Raúl", "Ingrid", "Noah", "Élodie",
    "Kwame", "Beatriz", "Oskar", "Priya", "Håkon", "Mia", "Tomás", "Lena", "Yusuf", "Giulia", "Per", "Nadia", "Hugo",
    "Maren", "Diego", "Sanne", "Amir", "Tove",
];

#[rustfmt::skip]
const FAMILY: &[&str] = &[
    "Müller", "Okafor", "Lindström", "García", "Weiß", "Dubois", "Novak", "Haddad", "Sørensen", "Rossi", "Nguyen",
    "Peña", "Bakker", "O'Neill", "Kowalski", "Schäfer", "Iyer", "Van der Berg", "Castaño", "Eriksen", "Moreau",
    "Fischer", "Mbeki", "Åberg", "Conti", "Nilsson", "Silva",
];

/// Full name of the user with this number, from 0; unique.
pub(crate) fn name(user: u64) -> String {
    // The numbers of names have no common divisor, so a walk through both lists meets every pair once.
    let pairs = (GIVEN.len() * FAMILY.len()) as u64;
    let (given, family) = (at(GIVEN, user), at(FAMILY, user));
    match user / pairs {
        0 => format!("{given} {family}"),
        again => format!("{given} {family} {}", again + 1),
    }
}

/// E-mail address of the user with this number; unique, ASCII.
pub(crate) fn email(user: u64) -> String {
    let mut address = ascii(&name(user), '.');
    address.push_str("@example.com");
    address
}

/// The users' file.
pub(crate) fn users(rows: u64, out: &mut dyn Write) -> Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["external_id", "email", "name", "role"])?;
    for user in 0..rows {
        let role = if user == 0 { "admin" } else { "write" };
        csv.write_record([format!("U-{:05}", user + 1).as_str(), &email(user), &name(user), role])?;
    }
    csv.flush()?;
    Ok(())
}
