//! Currency signs and codes beside an amount.

use std::fmt;

use crate::model::Currency;

/// What stands beside an amount: a code of ISO 4217, or a sign that one or several currencies use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Code(Currency),
    Sign(Sign),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sign {
    text: &'static str,
    /// Codes, separated by spaces.
    currencies: &'static str,
}

const SIGNS: &[Sign] = &[
    Sign { text: "$", currencies: "USD CAD AUD NZD HKD SGD TWD MXN ARS CLP COP UYU" },
    Sign { text: "€", currencies: "EUR" },
    Sign { text: "£", currencies: "GBP EGP" },
    Sign { text: "¥", currencies: "JPY CNY" },
    Sign { text: "￥", currencies: "JPY CNY" },
    Sign { text: "US$", currencies: "USD" },
    Sign { text: "CA$", currencies: "CAD" },
    Sign { text: "C$", currencies: "CAD NIO" },
    Sign { text: "A$", currencies: "AUD" },
    Sign { text: "AU$", currencies: "AUD" },
    Sign { text: "NZ$", currencies: "NZD" },
    Sign { text: "HK$", currencies: "HKD" },
    Sign { text: "S$", currencies: "SGD" },
    Sign { text: "NT$", currencies: "TWD" },
    Sign { text: "MX$", currencies: "MXN" },
    Sign { text: "R$", currencies: "BRL" },
    Sign { text: "R", currencies: "ZAR" },
    Sign { text: "₹", currencies: "INR" },
    Sign { text: "Rs", currencies: "INR PKR LKR NPR" },
    Sign { text: "Rs.", currencies: "INR PKR LKR NPR" },
    Sign { text: "₩", currencies: "KRW" },
    Sign { text: "₪", currencies: "ILS" },
    Sign { text: "₺", currencies: "TRY" },
    Sign { text: "₽", currencies: "RUB" },
    Sign { text: "₴", currencies: "UAH" },
    Sign { text: "₦", currencies: "NGN" },
    Sign { text: "₱", currencies: "PHP" },
    Sign { text: "฿", currencies: "THB" },
    Sign { text: "₫", currencies: "VND" },
    Sign { text: "zł", currencies: "PLN" },
    Sign { text: "Kč", currencies: "CZK" },
    Sign { text: "Ft", currencies: "HUF" },
    Sign { text: "lei", currencies: "RON MDL" },
    Sign { text: "kr", currencies: "SEK NOK DKK ISK" },
    Sign { text: "kr.", currencies: "DKK SEK NOK ISK" },
    Sign { text: "Fr.", currencies: "CHF" },
    Sign { text: "SFr.", currencies: "CHF" },
];

/// What people write for the codes of currencies, in small letters. A mere dollar, crown or franc is several.
const NAMES: [(&str, &str); 26] = [
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("us dollar", "USD"),
    ("us dollars", "USD"),
    ("u.s. dollar", "USD"),
    ("american dollar", "USD"),
    ("pound sterling", "GBP"),
    ("british pound", "GBP"),
    ("british pounds", "GBP"),
    ("pounds sterling", "GBP"),
    ("sterling", "GBP"),
    ("swiss franc", "CHF"),
    ("swiss francs", "CHF"),
    ("schweizer franken", "CHF"),
    ("yen", "JPY"),
    ("japanese yen", "JPY"),
    ("canadian dollar", "CAD"),
    ("canadian dollars", "CAD"),
    ("australian dollar", "AUD"),
    ("australian dollars", "AUD"),
    ("indian rupee", "INR"),
    ("swedish krona", "SEK"),
    ("danish krone", "DKK"),
    ("norwegian krone", "NOK"),
    ("zloty", "PLN"),
    ("złoty", "PLN"),
];

impl Sign {
    pub const fn as_str(self) -> &'static str {
        self.text
    }

    /// The codes of the currencies that use it, the most likely first.
    pub fn currencies(self) -> impl Iterator<Item = &'static str> {
        self.currencies.split(' ')
    }
}

impl Mark {
    /// What `text` says, if it is a sign (exactly) or a code (in any case).
    pub fn parse(text: &str) -> Option<Self> {
        match SIGNS.iter().find(|sign| sign.text == text) {
            Some(sign) => Some(Self::Sign(*sign)),
            None => Currency::parse(text).ok().map(Self::Code),
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code(currency) => currency.as_str(),
            Self::Sign(sign) => sign.text,
        }
    }

    /// What a cell of a column of currencies says: a sign or a code, or a code and a name behind it, `EUR - Euro`.
    pub fn of_currency(text: &str) -> Option<Self> {
        let text = text.trim();
        let code = || {
            let (code, rest) = text.split_at_checked(3)?;
            let named = code.bytes().all(|b| b.is_ascii_uppercase()) && rest.starts_with([' ', '-', ':', '(']);
            named.then(|| Currency::parse(code).ok().map(Self::Code)).flatten()
        };
        // `€ EUR`, `USD $`.
        let both = || {
            let (one, other) = text.split_once(char::is_whitespace)?;
            let (one, other) = (Self::parse(one)?, Self::parse(other.trim())?);
            match (one, other) {
                (Self::Code(code), Self::Sign(_)) | (Self::Sign(_), Self::Code(code)) => Some(Self::Code(code)),
                _ => None,
            }
        };
        let name = || {
            let small = text.to_lowercase();
            let (_, code) = NAMES.iter().find(|(name, _)| *name == small)?;
            Currency::parse(code).ok().map(Self::Code)
        };
        Self::parse(text).or_else(code).or_else(both).or_else(name)
    }

    /// Whether an amount with this mark may be in `currency`.
    pub fn may_be(self, currency: Currency) -> bool {
        match self {
            Self::Code(code) => code == currency,
            Self::Sign(sign) => sign.currencies().any(|code| code == currency.as_str()),
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks() {
        let currency = |text| Currency::parse(text).unwrap();
        for (text, code, may_be) in [
            ("$", "USD", true),
            ("$", "CAD", true),
            ("$", "EUR", false),
            ("US$", "CAD", false),
            ("eur", "EUR", true),
            ("kr", "SEK", true),
        ] {
            assert_eq!(Mark::parse(text).unwrap().may_be(currency(code)), may_be, "{text} {code}");
        }
        for text in ["", "x", "$$", "dollars", "¤"] {
            assert_eq!(Mark::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_column_of_currencies() {
        for (text, mark) in [
            ("EUR", Some("EUR")),
            (" usd ", Some("USD")),
            ("€", Some("€")),
            ("EUR - Euro", Some("EUR")),
            ("USD (US Dollar)", Some("USD")),
            ("Euro", Some("EUR")),
            ("EURO", Some("EUR")),
            ("€ EUR", Some("EUR")),
            ("USD $", Some("USD")),
            ("US Dollars", Some("USD")),
            ("dollar", None),
            ("€ €", None),
            ("all accounts", None),
            ("", None),
            ("é", None),
        ] {
            assert_eq!(Mark::of_currency(text).map(Mark::as_str), mark, "{text}");
        }
    }

    #[test]
    fn every_sign_stands_for_currencies_and_stands_once() {
        for sign in SIGNS {
            assert!(sign.currencies.split(' ').all(|code| Currency::parse(code).is_ok()), "{}", sign.text);
            assert_eq!(SIGNS.iter().filter(|other| other.text == sign.text).count(), 1);
        }
    }
}
