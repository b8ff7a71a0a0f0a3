//! A bar beside its number, which is said in text.

use askama::Template;
use askama::filters::HtmlSafe;

#[derive(Debug, Clone, Copy, Template)]
#[template(
    ext = "html",
    source = "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
              <rect class=\"track\" width=\"1000\" height=\"10\"/>\
              {% if self.is_seen() %}<rect class=\"fill {{ class }}\" width=\"{{ share }}\" height=\"10\"/>{% endif %}</svg>"
)]
pub struct ShareBar {
    /// Of 1,000.
    pub share: u64,
    pub class: &'static str,
}

impl ShareBar {
    /// What is not nothing is seen, however small it is beside the whole.
    pub fn of(part: u64, whole: u64, class: &'static str) -> Self {
        const LEAST: u128 = 8;
        let share = u128::from(part.min(whole)) * 1_000 / u128::from(whole.max(1));
        let share = if part == 0 { 0 } else { share.max(LEAST) };
        Self { share: u64::try_from(share).unwrap_or(1_000), class }
    }

    fn is_seen(&self) -> bool {
        self.share > 0
    }
}

impl HtmlSafe for ShareBar {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        for (part, whole, share) in [(0, 0, 0), (0, 9, 0), (1, 3, 333), (3, 3, 1_000), (1, 1_000_000, 8), (9, 3, 1_000)]
        {
            assert_eq!(ShareBar::of(part, whole, "x").share, share, "{part} of {whole}");
        }
        assert_eq!(ShareBar::of(u64::MAX, u64::MAX, "x").share, 1_000);
        let text = ShareBar::of(1, 2, "concern").to_string();
        assert!(text.contains("<rect class=\"fill concern\" width=\"500\""), "{text}");
        assert!(!ShareBar::of(0, 2, "concern").to_string().contains("fill"));
    }
}
