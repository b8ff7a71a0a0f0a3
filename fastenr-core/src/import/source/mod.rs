//! A file as records.
