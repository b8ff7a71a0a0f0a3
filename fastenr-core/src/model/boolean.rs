//! Yes and no.

use crate::error::Invalid;

/// `true` `yes` `y` `t` `on` `1`, or `false` `no` `n` `f` `off` `0`, in any case. Code `bool`.
pub fn parse_bool(text: &str) -> Result<bool, Invalid> {
    let text = text.trim();
    let is = |words: [&str; 6]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is(["true", "yes", "y", "t", "on", "1"]) {
        Ok(true)
    } else if is(["false", "no", "n", "f", "off", "0"]) {
        Ok(false)
    } else {
        Err(Invalid::new("bool", "yes or no is written true, yes, y, t, on, 1 or false, no, n, f, off, 0"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no() {
        for text in ["true", "TRUE", "Yes", "y", "T", "on", " 1 "] {
            assert_eq!(parse_bool(text), Ok(true), "{text}");
        }
        for text in ["false", "False", "NO", "n", "f", "Off", "0"] {
            assert_eq!(parse_bool(text), Ok(false), "{text}");
        }
        for text in ["", "2", "ja", "truee", "-"] {
            assert_eq!(parse_bool(text).unwrap_err().code, "bool", "{text}");
        }
    }
}
