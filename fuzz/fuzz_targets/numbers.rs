//! A column of any texts as numbers: what it settles on reads each cell or says why not, and what it reads is plain.
#![no_main]

use fastenr_core::import::format::{NumberProfile, NumberReading};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let mut profile = NumberProfile::default();
    for (cell, row) in input.split('\n').zip(1..) {
        profile.see(cell, row);
    }
    for format in [None, Some("1234.56"), Some("1.234,56"), Some("1 234,56")] {
        let Ok(reading) = profile.settle(format.map(|format| format.parse().unwrap())) else { continue };
        for cell in input.split('\n') {
            if let Ok(plain) = reading.parse(cell) {
                assert!(NumberReading::PLAIN.parse(&plain).is_ok(), "{cell:?} is read as {plain:?}");
            }
        }
    }
});
