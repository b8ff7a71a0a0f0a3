//! What holds for the repository as a whole.

#![expect(clippy::expect_used, reason = "a broken assumption should stop the test where it stands")]

mod dependencies;
mod words;
