//! The progress bar of an import.

use fastenr_core::import::request::Progress;
use indicatif::ProgressBar;

use crate::printer;

/// Moves the bar; each stage has its own bar, so that the rate is that of the stage.
pub(crate) fn show(bar: &ProgressBar, progress: Progress) {
    let (stage, style, at, of): (_, fn() -> _, _, _) = match progress {
        Progress::Surveying { read, total } => ("reading", printer::measured_bytes, read, Some(total)),
        Progress::Staging { rows, total } => ("checking", printer::measured, rows, Some(total)),
        Progress::Applying { rows } => ("writing", printer::counting, rows, None),
        Progress::Begun { .. } => return,
    };
    if bar.message() != stage {
        bar.reset();
        bar.set_style(style());
        bar.set_message(stage);
    }
    if let Some(of) = of {
        bar.set_length(of);
    }
    bar.set_position(at);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_stages() {
        let bar = ProgressBar::hidden();
        show(&bar, Progress::Surveying { read: 10, total: 100 });
        assert_eq!((bar.message().as_str(), bar.position(), bar.length()), ("reading", 10, Some(100)));
        show(&bar, Progress::Staging { rows: 5, total: 7 });
        assert_eq!((bar.message().as_str(), bar.position(), bar.length()), ("checking", 5, Some(7)));
        show(&bar, Progress::Applying { rows: 7 });
        assert_eq!((bar.message().as_str(), bar.position()), ("writing", 7));
    }
}
