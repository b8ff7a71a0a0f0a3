//! Numbers: digits in groups, no value is a dash and never a zero.

use fastenr_core::model::number;
use fastenr_core::money::Cents;

/// Digits in groups of three: `1,234,567`.
pub fn grouped(count: u64) -> String {
    number::grouped(count)
}

/// `1 account`, `1,240 accounts`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    number::counted(count, one, many)
}

/// Whole units where there are no cents: `3,144,354`, `1,200.50`.
pub fn money(cents: i64) -> String {
    let (sign, amount) = (if cents < 0 { "−" } else { "" }, cents.unsigned_abs());
    match amount % 100 {
        0 => format!("{sign}{}", grouped(amount / 100)),
        part => format!("{sign}{}.{part:02}", grouped(amount / 100)),
    }
}

/// Three or so digits and a unit: `3.1 M`.
pub fn money_short(cents: i64) -> String {
    Cents(cents).short()
}

/// Hundredths of a percent, to the percent: `92 %`.
pub fn percent(hundredths: i64) -> String {
    format!("{} %", (hundredths + 50).div_euclid(100))
}

/// With its sign: `+8`, `−14`, `±0`.
pub fn signed(change: i64) -> String {
    match change {
        0 => "±0".to_owned(),
        up if up > 0 => format!("+{up}"),
        down => format!("−{}", down.unsigned_abs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        for (cents, text) in [(0, "0"), (314_435_400, "3,144,354"), (120_050, "1,200.50"), (-5, "−0.05")] {
            assert_eq!(money(cents), text);
        }
        assert_eq!(money_short(314_435_400), "3.1 M");
    }

    #[test]
    fn changes_and_shares() {
        assert_eq!((signed(-14), signed(8), signed(0)), ("−14".to_owned(), "+8".to_owned(), "±0".to_owned()));
        assert_eq!((percent(9_249), percent(9_250), percent(0)), ("92 %".into(), "93 %".into(), "0 %".into()));
    }
}
