//! Parts of a whole: one bar, divided.

use askama::Template;
use askama::filters::HtmlSafe;

const WIDTH: u64 = 1_000;

/// One part.
#[derive(Debug, Clone)]
pub struct StackPart {
    /// The class of its colour.
    pub class: &'static str,
    pub label: String,
    pub count: u64,
}

/// A bar of the parts that are not empty, in their order.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = "<svg class=\"stack\" viewBox=\"0 0 1000 12\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{{ self.sentence() }}\">\
              {% for (class, from, wide) in self.pieces() %}<rect class=\"fill {{ class }}\" x=\"{{ from }}\" width=\"{{ wide }}\" height=\"12\"/>{% endfor %}</svg>"
)]
pub struct Stack {
    /// What it is of, such as `Accounts by health band`.
    pub what: &'static str,
    pub parts: Vec<StackPart>,
}

impl Stack {
    /// The same as text, for screen readers.
    fn sentence(&self) -> String {
        let parts: Vec<String> = self.parts.iter().map(|part| format!("{} {}", part.count, part.label)).collect();
        format!("{}: {}.", self.what, parts.join(", "))
    }

    /// Class, beginning and width of each part that is not empty; together they are as wide as the whole.
    fn pieces(&self) -> Vec<(&'static str, u64, u64)> {
        let whole: u64 = self.parts.iter().map(|part| part.count).sum::<u64>().max(1);
        let mut before = 0;
        let place = |count: u64| count.saturating_mul(WIDTH) / whole;
        let mut pieces = Vec::new();
        for part in self.parts.iter().filter(|part| part.count > 0) {
            let from = place(before);
            before += part.count;
            pieces.push((part.class, from, place(before) - from));
        }
        pieces
    }
}

impl HtmlSafe for Stack {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fill_the_whole() {
        let part = |class, count| StackPart { class, label: format!("<{class}>"), count };
        let stack = Stack {
            what: "Accounts",
            parts: vec![part("healthy", 1), part("moderate", 0), part("concern", 1), part("critical", 1)],
        };
        let text = stack.to_string();
        assert!(text.contains("aria-label=\"Accounts: 1 &#60;healthy&#62;, 0 "), "{text}");
        assert!(text.contains("class=\"fill healthy\" x=\"0\" width=\"333\""), "{text}");
        assert!(text.contains("class=\"fill critical\" x=\"666\" width=\"334\""), "{text}");
        assert!(!text.contains("fill moderate"), "{text}");
        let none = Stack { what: "Accounts", parts: Vec::new() }.to_string();
        assert!(none.contains("<svg") && !none.contains("<rect"), "{none}");
    }
}
