//! People in texts: who is found, and who is somebody else.

use proptest::prelude::*;

use super::*;

fn jane() -> Identifiers {
    let mut jane = Identifiers::default();
    jane.add_address("Jane.Doe@Example.com");
    jane.add_address("jd@old.example");
    jane.add_name("Jane Doe");
    jane.add_name("Zoë Brün-Lee");
    jane.add_name("田中太郎");
    jane.add_phone("+49 30 123456");
    jane
}

fn pseudonym() -> Pseudonym {
    Pseudonym { code: "0123456789ab".into() }
}

fn replaced(text: &str) -> String {
    pseudonym().replace(text, &jane().hits(text))
}

#[test]
fn what_is_found() {
    let name = "person-0123456789ab";
    for (text, becomes) in [
        ("Met Jane Doe.", format!("Met {name}.")),
        ("JANE  DOE", name.to_owned()),
        ("Doe, Jane", name.to_owned()),
        ("cv_jane_doe.pdf", format!("cv_{name}.pdf")),
        ("Jane-Doe's", format!("{name}'s")),
        ("mail JANE.DOE@EXAMPLE.COM.", format!("mail {name}@erased.invalid.")),
        ("<jd@old.example>", format!("<{name}-2@erased.invalid>")),
        ("zoe\u{308} bru\u{308}n lee came", format!("{name} came")),
        ("Zoë BRÜN-LEE", name.to_owned()),
        ("田中太郎さん", format!("{name}さん")),
        ("call +49 (30) 123456", format!("call +{name}")),
    ] {
        assert_eq!(replaced(text), becomes, "{text}");
    }
}

#[test]
fn what_is_somebody_else() {
    for text in [
        "Jane",
        "Doe",
        "Mary-Jane Doeson",
        "xjane doe",
        "jane doé",
        "not.jane.doe@example.com",
        "jane.doe@example.community",
        "jane.doe@example.com.au",
        "Zoë Brün",
        "Brünhilde Lee",
        "49301234567",
        "",
    ] {
        assert_eq!(replaced(text), text);
    }
}

#[test]
fn identifiers() {
    let mut jane = jane();
    assert!(!jane.add_address("JD@old.example") && !jane.add_name(" jane  doe") && !jane.add_phone("12345"));
    assert!(!jane.add_name("jane@example.com"), "an address is no name");
    assert!(jane.has_address("JANE.DOE@example.com") && jane.has_name("JANE DOE") && !jane.has_name("Jane"));
    assert_eq!(jane.fragments(), None, "nothing in ASCII is in every text with 田中太郎");
    let mut jane = Identifiers::default();
    jane.add_address("jane.doe@example.com");
    jane.add_name("Zoë Brün");
    assert_eq!(jane.fragments().unwrap(), ["br", "example", "zo"]);
}

#[test]
fn pseudonyms() {
    let own = pseudonym();
    for place in [0, 1, 7] {
        assert_eq!(Pseudonym::of_address(&own.address(place)), Some(own.clone()));
        crate::model::Email::parse(&own.address(place)).unwrap();
    }
    assert_eq!(Pseudonym::of_address("jane@erased.invalid"), None);
    assert_eq!(Pseudonym::of_address("person-0123456789ab@example.com"), None);
}

proptest! {
    /// Whatever stands around it, nothing is left, and a second time changes nothing.
    #[test]
    fn nothing_is_left(before in "\\PC{0,12}", after in "\\PC{0,12}", which in 0..4_usize, upper in any::<bool>()) {
        let person = jane();
        let named = ["Jane Doe", "jane.doe@example.com", "Doe, Jane", "jd@old.example"][which];
        let named = if upper { named.to_uppercase() } else { named.to_owned() };
        let text = format!("{before} {named} {after}");
        let hits = person.hits(&text);
        prop_assert!(hits.iter().any(|hit| text[hit.start..hit.end].contains(&named)), "{text:?}: {hits:?}");
        let clean = pseudonym().replace(&text, &hits);
        prop_assert!(person.hits(&clean).is_empty(), "{clean:?}");
        let fragments = ["jane", "example", "old", "doe"];
        prop_assert!(fragments.iter().any(|fragment| text.to_ascii_lowercase().contains(fragment)));
    }
}
