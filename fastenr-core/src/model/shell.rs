//! Words of commands that people paste into a shell.

/// A text as a shell takes it for one word. A control character that is pasted into a terminal is a key that is pressed: it is
/// written in octal.
pub fn shell_word(text: &str) -> String {
    if text.chars().any(char::is_control) {
        let octal = |c: char| c.to_string().bytes().map(|byte| format!("\\{byte:03o}")).collect::<String>();
        let written = |c: char| if c.is_control() || matches!(c, '\\' | '\'') { octal(c) } else { c.to_string() };
        return format!("$'{}'", text.chars().map(written).collect::<String>());
    }
    let plain = |c: char| c.is_alphanumeric() || "_@%+=:,./-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_a_shell() {
        for (text, shell) in [
            ("", "''"),
            ("active,at_risk", "active,at_risk"),
            ("Égide=external_id", "Égide=external_id"),
            ("Jo Doe", "'Jo Doe'"),
            ("O'Neil; rm -rf ~", r"'O'\''Neil; rm -rf ~'"),
            ("a\u{1b}[201~'\nb", r"$'a\033[201~\047\012b'"),
            ("\u{85}", r"$'\302\205'"),
        ] {
            assert_eq!(shell_word(text), shell);
        }
    }
}
