//! Upright bars with a label each, which may float: amounts of parts of a year, and what moved one amount to another.

use askama::Template;
use askama::filters::HtmlSafe;

const HEIGHT: u64 = 100;

/// One bar.
#[derive(Debug, Clone)]
pub struct Column {
    pub label: String,
    /// The number in words.
    pub text: String,
    /// Where it begins and ends; the same, where it has no height.
    pub from: u64,
    pub to: u64,
    /// The class of its colour.
    pub class: &'static str,
    /// What is behind it.
    pub href: Option<String>,
}

#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = "<ol class=\"histogram columns-chart\" aria-label=\"{{ what }}\">{% for bar in bars %}<li>\
              {% if let Some(href) = bar.href %}<a href=\"{{ href }}\">{% else %}<div>{% endif %}<b>{{ bar.text }}</b>\
              <svg viewBox=\"0 0 10 100\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"fill {{ bar.class }}\" y=\"{{ self.top(bar) }}\" \
              width=\"10\" height=\"{{ self.tall(bar) }}\"/></svg><span>{{ bar.label }}</span>{% if bar.href.is_some() %}</a>{% else %}</div>{% endif %}</li>{% endfor %}</ol>"
)]
pub struct Columns {
    /// What it is of, such as `ARR at the end of each month`.
    pub what: &'static str,
    pub bars: Vec<Column>,
}

impl Columns {
    fn place(&self, amount: u64) -> u64 {
        let most = self.bars.iter().map(|bar| bar.from.max(bar.to)).max().unwrap_or(0).max(1);
        let place = u128::from(amount) * u128::from(HEIGHT) / u128::from(most);
        u64::try_from(place).unwrap_or(HEIGHT)
    }

    fn tall(&self, bar: &Column) -> u64 {
        let tall = self.place(bar.from.max(bar.to)) - self.place(bar.from.min(bar.to));
        // What is not nothing is seen.
        if bar.from == bar.to { 1 } else { tall.max(2) }
    }

    fn top(&self, bar: &Column) -> u64 {
        (HEIGHT - self.place(bar.from.max(bar.to))).min(HEIGHT - self.tall(bar))
    }
}

impl HtmlSafe for Columns {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_float_between_their_ends() {
        let bar = |label: &str, from, to, href: Option<&str>| Column {
            label: label.to_owned(),
            text: format!("{}", to),
            from,
            to,
            class: "accent",
            href: href.map(str::to_owned),
        };
        let bars = vec![
            bar("Opening", 0, 50, Some("/x?a=<")),
            bar("New", 50, 200, None),
            bar("Churn", 200, 199, None),
            bar("None", 7, 7, None),
        ];
        let text = Columns { what: "ARR <x>", bars }.to_string();
        assert!(text.contains("aria-label=\"ARR &#60;x&#62;\"") && text.contains("href=\"/x?a=&#60;\""), "{text}");
        let ends = |name: &str| -> Vec<u64> {
            text.split(&format!(" {name}=\"")).skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok()).collect()
        };
        assert_eq!(ends("y"), [75, 0, 0, 97]);
        assert_eq!(ends("height"), [25, 75, 2, 1]);
        assert_eq!(text.matches("<a ").count(), 1);
        assert!(Columns { what: "x", bars: Vec::new() }.to_string().starts_with("<ol"));
    }
}
