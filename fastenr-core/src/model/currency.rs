//! Currencies.

use super::newtype::value_traits;
use crate::error::Invalid;

/// The codes of ISO 4217 in use as of January 2026, sorted. Left out: metals, testing codes and funds, but for CLF,
/// in which Chilean contracts are written.
const CODES: &[u8] = b"AEDAFNALLAMDAOAARSAUDAWGAZNBAMBBDBDTBHDBIFBMDBNDBOBBRLBSDBTNBWPBYNBZDCADCDFCHFCLFCLPCNYCOPCRCCUPCVECZK\
DJFDKKDOPDZDEGPERNETBEURFJDFKPGBPGELGHSGIPGMDGNFGTQGYDHKDHNLHTGHUFIDRILSINRIQDIRRISKJMDJODJPYKESKGSKHRKMFKPWKRWKWDKYDKZT\
LAKLBPLKRLRDLSLLYDMADMDLMGAMKDMMKMNTMOPMRUMURMVRMWKMXNMYRMZNNADNGNNIONOKNPRNZDOMRPABPENPGKPHPPKRPLNPYGQARRONRSDRUBRWF\
SARSBDSCRSDGSEKSGDSHPSLESOSSRDSSPSTNSVCSYPSZLTHBTJSTMTTNDTOPTRYTTDTWDTZSUAHUGXUSDUYUUZSVEDVESVNDVUVWSTXAFXCDXCGXOFXPF\
YERZARZMWZWG";

/// Three letters of ISO 4217, e.g. `EUR`. An organization has one, and all of its money is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(&'static str);

impl Currency {
    pub const USD: Self = Self("USD");
    pub const EUR: Self = Self("EUR");

    /// Any case. Code `currency`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim().as_bytes();
        let (codes, _) = CODES.as_chunks::<3>();
        codes
            .iter()
            .find(|code| code.eq_ignore_ascii_case(text))
            .and_then(|code| std::str::from_utf8(code).ok())
            .map(Self)
            .ok_or(Invalid::new("currency", "a currency is a code of ISO 4217 in use today, such as EUR or USD"))
    }

    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

value_traits!(Currency);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_whole() {
        let (codes, rest) = CODES.as_chunks::<3>();
        assert!(rest.is_empty() && codes.is_sorted() && codes.iter().flatten().all(u8::is_ascii_uppercase));
        assert!(codes.windows(2).all(|two| two[0] != two[1]));
    }

    #[test]
    fn currencies() {
        for (text, code) in [("EUR", "EUR"), (" usd ", "USD"), ("Jpy", "JPY"), ("ZWG", "ZWG"), ("xof", "XOF")] {
            assert_eq!(Currency::parse(text).unwrap().as_str(), code);
        }
        for text in ["", "€", "EU", "EURO", "XXX", "XAU", "DEM", "HRK", "UREUR"] {
            assert_eq!(Currency::parse(text).unwrap_err().code, "currency", "{text}");
        }
        assert_eq!(Currency::parse("EUR"), Ok(Currency::EUR));
    }
}
