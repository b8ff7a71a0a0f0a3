//! A column of any texts as dates: what it settles on reads each cell or says why not, and reads its own ISO form alike.
#![no_main]

use fastenr_core::import::format::{DateProfile, DateReading};
use fastenr_core::model::TimeZone;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let mut profile = DateProfile::default();
    for (cell, row) in input.split('\n').zip(1..) {
        profile.see(cell, row);
    }
    for format in [None, Some("dmy"), Some("mdy"), Some("ymd"), Some("iso"), Some("excel"), Some("epoch-ms")] {
        let Ok(reading) = profile.settle(format.map(|format| format.parse().unwrap())) else { continue };
        for cell in input.split('\n') {
            if let Ok(date) = reading.parse_date(cell, TimeZone::UTC) {
                assert_eq!(DateReading::ISO.parse_date(&date.to_string(), TimeZone::UTC), Ok(date));
            }
        }
    }
});
