//! The colours of the style, held to what people need to read them, in both themes (WCAG 2.2, 1.4.3 and 1.4.11).

use std::collections::BTreeMap;

use crate::assets::assets;

/// Texts and what they stand on: 4.5 to 1 at least.
const TEXTS: [(&str, &str); 27] = [
    ("ink", "bg"),
    ("ink", "panel"),
    ("ink", "raised"),
    ("ink", "soft"),
    ("ink", "accent-soft"),
    ("ink", "healthy-soft"),
    ("ink", "moderate-soft"),
    ("ink", "concern-soft"),
    ("ink", "critical-soft"),
    ("quiet", "bg"),
    ("quiet", "panel"),
    ("quiet", "raised"),
    ("quiet", "soft"),
    ("quiet", "accent-soft"),
    ("accent", "bg"),
    ("accent", "panel"),
    ("accent", "soft"),
    ("accent", "accent-soft"),
    ("on-accent", "accent-fill"),
    ("healthy", "panel"),
    ("healthy", "healthy-soft"),
    ("concern", "panel"),
    ("concern", "concern-soft"),
    ("concern", "bg"),
    ("critical", "panel"),
    ("critical", "critical-soft"),
    ("critical", "bg"),
];

/// Shapes and edges of controls: 3 to 1 at least.
const SHAPES: [(&str, &str); 6] = [
    ("edge", "panel"),
    ("edge", "bg"),
    ("moderate", "panel"),
    ("accent-fill", "panel"),
    ("accent", "panel"),
    ("healthy", "soft"),
];

/// The two colours of each token: light, dark.
fn tokens() -> BTreeMap<&'static str, [f64; 2]> {
    let line = |line: &'static str| {
        let (name, value) = line.trim().strip_prefix("--")?.split_once(':')?;
        let pair = value.trim().strip_prefix("light-dark(")?.split_once(')')?.0;
        let (light, dark) = pair.split_once(',')?;
        Some((name, [luminance(light.trim())?, luminance(dark.trim())?]))
    };
    assets().style.content.lines().filter_map(line).collect()
}

fn luminance(color: &str) -> Option<f64> {
    let part = |at: usize| {
        let byte = u8::from_str_radix(color.get(at..at + 2)?, 16).ok()?;
        let share = f64::from(byte) / 255.0;
        Some(if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) })
    };
    Some(0.2126 * part(1)? + 0.7152 * part(3)? + 0.0722 * part(5)?)
}

#[test]
fn every_text_and_shape_can_be_seen() {
    let tokens = tokens();
    for (pairs, least) in [(&TEXTS[..], 4.5), (&SHAPES[..], 3.0)] {
        for (front, back) in pairs {
            let (Some(front_of), Some(back_of)) = (tokens.get(front), tokens.get(back)) else {
                panic!("there is no {front} or no {back}: {:?}", tokens.keys())
            };
            for (theme, (one, other)) in ["light", "dark"].iter().zip(front_of.iter().zip(back_of)) {
                let ratio = (one.max(*other) + 0.05) / (one.min(*other) + 0.05);
                assert!(ratio >= least, "{front} on {back} is {ratio:.2} to 1 in {theme}, {least} needed");
            }
        }
    }
}
