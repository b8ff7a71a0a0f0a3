//! Plain types built by parsing constructors; every rule of a value stands here, once.
