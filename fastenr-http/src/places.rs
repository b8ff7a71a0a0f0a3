//! What only so many may have at a time, so that one caller leaves some to the others: streams, and files under way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderValue, StatusCode, header};
use uuid::Uuid;

use crate::Problem;

/// Places for one thing.
pub(crate) struct Places {
    what: &'static str,
    of_one: usize,
    of_all: usize,
    taken: Arc<Mutex<TakenPlaces>>,
}

#[derive(Default)]
struct TakenPlaces {
    all: usize,
    keys: HashMap<Uuid, usize>,
}

/// One place, until this is dropped.
pub(crate) struct Place {
    taken: Arc<Mutex<TakenPlaces>>,
    key: Uuid,
}

impl Places {
    /// `of_one` at most for each key, `of_all` for all of them together.
    pub(crate) fn new(what: &'static str, of_one: usize, of_all: usize) -> Self {
        Self { what, of_one, of_all, taken: Arc::default() }
    }

    /// `key` is the caller's, or the user where there is none.
    ///
    /// # Errors
    /// 429 `too_many_at_once` where the key has as many as it may, 503 `busy` where all together have.
    pub(crate) fn take(&self, key: Uuid) -> Result<Place, Problem> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.keys.get(&key).copied().unwrap_or(0);
        let full = |status, code, whose: &str, most| {
            let detail = format!("{whose} at most {most} {} at a time; close one, or try again later", self.what);
            Problem::new(status, code, Some(detail)).header(header::RETRY_AFTER, HeaderValue::from_static("10"))
        };
        if own >= self.of_one {
            return Err(full(StatusCode::TOO_MANY_REQUESTS, "too_many_at_once", "a key has", self.of_one));
        }
        if taken.all >= self.of_all {
            return Err(full(StatusCode::SERVICE_UNAVAILABLE, "busy", "the server has", self.of_all));
        }
        taken.all += 1;
        *taken.keys.entry(key).or_default() += 1;
        Ok(Place { taken: Arc::clone(&self.taken), key })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        if let Some(own) = taken.keys.get_mut(&self.key) {
            *own -= 1;
            if *own == 0 {
                taken.keys.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_own_and_all_have_theirs() {
        let places = Places::new("streams", 2, 3);
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = places.take(one).ok().unwrap();
        let _second = places.take(one).ok().unwrap();
        assert_eq!(places.take(one).err().unwrap().status(), 429);
        let _third = places.take(two).ok().unwrap();
        assert_eq!(places.take(two).err().unwrap().status(), 503);
        drop(first);
        assert!(places.take(two).is_ok());
        assert!(places.take(one).is_ok(), "the one before was given back");
    }
}
