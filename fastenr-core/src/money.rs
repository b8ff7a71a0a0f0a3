//! Money: exact, in cents.
