//! Columns whose headers end like a field's name: `property_name`, `GICS Sector`. A draft of a mapping file has them; an
//! import says so and takes nothing by a guess.

use super::{Slot, ValueSource};
use crate::import::source::Survey;
use crate::model::noun::{Field, Meaning, Noun, fold_header};

/// The field that each column may be, of those that are neither `chosen` nor left out; `has_data` by column.
pub(crate) fn guesses(
    noun: &'static Noun,
    survey: &Survey,
    chosen: &[(Slot, ValueSource, String)],
    free: &[usize],
    has_data: impl Fn(usize) -> bool,
) -> Vec<(usize, usize)> {
    let mut guessed: Vec<(usize, usize)> = Vec::new();
    for (bit, field) in noun.fields.iter().enumerate().filter(|(_, field)| field.writable()) {
        let is_list =
            matches!(field.meaning, Meaning::Custom | Meaning::Tags | Meaning::Attendees | Meaning::Milestones);
        if is_list || chosen.iter().any(|(slot, ..)| *slot == Slot::Field(bit)) {
            continue;
        }
        let open =
            free.iter().filter(|column| has_data(**column) && !guessed.iter().any(|(_, known)| known == *column));
        let best = open
            .filter_map(|column| {
                ends(field, &survey.header[*column]).map(|length| (length, std::cmp::Reverse(*column)))
            })
            .max();
        if let Some((_, std::cmp::Reverse(column))) = best {
            guessed.push((bit, column));
        }
    }
    guessed
}

/// How long a name of the field the header ends with.
fn ends(field: &Field, header: &str) -> Option<usize> {
    let header = fold_header(header);
    let names = std::iter::once(fold_header(field.name)).chain(field.aliases.iter().map(|alias| (*alias).to_owned()));
    names.filter(|name| name.len() > 3 && header.ends_with(name.as_str())).map(|name| name.len()).max()
}

/// The columns of a person's first and last name, where the noun has a name and no column is it.
pub(super) fn name_parts(noun: &'static Noun, headers: &[String]) -> Option<(usize, usize)> {
    noun.field("name").filter(|(_, field)| matches!(field.meaning, Meaning::Title | Meaning::UserName))?;
    // What other systems put before their names of fields.
    const BEFORE: [&str; 6] = ["", "contact", "property", "properties", "person", "user"];
    let find = |names: &[&str]| {
        let is = |header: &String| {
            let header = fold_header(header);
            BEFORE.iter().any(|before| header.strip_prefix(before).is_some_and(|rest| names.contains(&rest)))
        };
        headers.iter().position(is)
    };
    let first = find(&[
        "firstname",
        "givenname",
        "forename",
        "vorname",
        "prénom",
        "prenom",
        "nombre",
        "nombres",
        "nome",
        "primeironome",
        "voornaam",
        "förnamn",
        "fornavn",
        "etunimi",
        "imię",
        "imie",
        "jméno",
        "křestníjméno",
        "meno",
        "keresztnév",
        "utónév",
        "prenume",
        "ime",
        "ad",
        "имя",
        "имʼя",
        "όνομα",
    ])?;
    let last = find(&[
        "lastname",
        "surname",
        "familyname",
        "nachname",
        "familienname",
        "nom",
        "nomdefamille",
        "apellido",
        "apellidos",
        "cognome",
        "sobrenome",
        "apelido",
        "achternaam",
        "efternamn",
        "efternavn",
        "etternavn",
        "sukunimi",
        "nazwisko",
        "příjmení",
        "priezvisko",
        "vezetéknév",
        "nume",
        "numedefamilie",
        "prezime",
        "priimek",
        "soyad",
        "soyadı",
        "фамилия",
        "прізвище",
        "επώνυμο",
    ])?;
    (first != last).then_some((first, last))
}
