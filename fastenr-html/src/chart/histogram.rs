//! How many fall in each range: upright bars, each a link to the list behind it.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::format::grouped;

/// One range.
#[derive(Debug, Clone)]
pub struct HistogramBar {
    pub from: u64,
    pub to: u64,
    pub count: u64,
    /// The class of its colour.
    pub class: &'static str,
    pub href: String,
}

impl HistogramBar {
    fn number(&self) -> String {
        grouped(self.count)
    }
}

const HEIGHT: u64 = 100;

#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = "<ol class=\"histogram\" aria-label=\"{{ what }}\">{% for bar in bars %}<li><a href=\"{{ bar.href }}\">\
              <b>{{ bar.number() }}</b><span class=\"hide\"> accounts from </span><svg viewBox=\"0 0 10 100\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
              <rect class=\"fill {{ bar.class }}\" y=\"{{ self.top(bar) }}\" width=\"10\" height=\"{{ self.tall(bar) }}\"/></svg>\
              <span>{{ bar.from }}</span><span class=\"hide\"> to {{ bar.to }}</span></a></li>{% endfor %}</ol>"
)]
pub struct Histogram {
    /// What it is of, such as `Accounts by health score`.
    pub what: &'static str,
    pub bars: Vec<HistogramBar>,
}

impl Histogram {
    fn tall(&self, bar: &HistogramBar) -> u64 {
        let most = self.bars.iter().map(|bar| bar.count).max().unwrap_or(0).max(1);
        let tall = bar.count.saturating_mul(HEIGHT) / most;
        // What is not nothing is seen.
        if bar.count > 0 { tall.max(2) } else { 1 }
    }

    fn top(&self, bar: &HistogramBar) -> u64 {
        HEIGHT - self.tall(bar)
    }
}

impl HtmlSafe for Histogram {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_tall_as_their_numbers_and_lead_somewhere() {
        let bar = |from, count| HistogramBar {
            from,
            to: from + 9,
            count,
            class: "concern",
            href: format!("/dashboard/accounts?health_min={from}&health_max=<"),
        };
        let text = Histogram { what: "By <score>", bars: vec![bar(0, 0), bar(10, 4), bar(20, 1_000)] }.to_string();
        assert!(text.contains("aria-label=\"By &#60;score&#62;\""), "{text}");
        assert!(text.contains("href=\"/dashboard/accounts?health_min=10&#38;health_max=&#60;\""), "{text}");
        assert!(
            text.contains("<b>1,000</b>") && text.contains("<span>20</span><span class=\"hide\"> to 29</span>"),
            "{text}"
        );
        let heights: Vec<&str> = text.split(" height=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert_eq!(heights, ["1", "2", "100"]);
        assert!(Histogram { what: "x", bars: Vec::new() }.to_string().starts_with("<ol"));
    }
}
