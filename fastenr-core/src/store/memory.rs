//! Results that were worked out, for as long as nothing is written: see [`Stamp`]. They are in the memory of the process and go with it.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::stamp::Stamp;
use super::{Scope, StoreResult, Tx};

/// Bytes of an organization's results and their keys, about.
const MOST: usize = 2 << 20;
/// A longer key is not worth its room: a filter of thousands of ids is not asked twice.
const LONGEST_KEY: usize = 4_000;
/// What an entry takes beside its key and its value.
const ENTRY: usize = 200;
/// Bytes of all organizations' results.
const MOST_IN_ALL: usize = 16 << 20;

/// Of all organizations of a database.
#[derive(Default)]
pub struct Memory(Mutex<Slots>);

#[derive(Default)]
struct Slots {
    of: HashMap<Uuid, Slot>,
    bytes: usize,
}

/// What is known of an organization at a stamp.
struct Slot {
    stamp: Arc<Stamp>,
    bytes: usize,
    found: HashMap<String, Arc<dyn Any + Send + Sync>>,
}

impl Slots {
    /// What is known at this stamp.
    fn at(&self, scope: &Scope, stamp: &Stamp) -> Option<&Slot> {
        self.of.get(&scope.organization).filter(|slot| *slot.stamp == *stamp)
    }

    /// Forgets what is known of an organization: it is at another stamp.
    fn begin(&mut self, scope: &Scope, stamp: &Arc<Stamp>) {
        let bytes = ENTRY + stamp.bytes();
        if let Some(old) = self.of.remove(&scope.organization) {
            self.bytes -= old.bytes;
        }
        if self.bytes + bytes > MOST_IN_ALL {
            *self = Self::default();
        }
        self.bytes += bytes;
        self.of.insert(scope.organization, Slot { stamp: Arc::clone(stamp), bytes, found: HashMap::new() });
    }
}

/// What is remembered under a key.
pub enum Recalled<T> {
    Known(T),
    /// To be worked out in the same transaction, and given to [`Memory::keep`].
    Unknown(Place),
}

/// Where a result goes that was not known.
pub struct Place {
    /// None: it is not to be remembered.
    at: Option<(Arc<Stamp>, Scope, String)>,
}

impl Memory {
    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stamp(&self, scope: &Scope) -> Option<Arc<Stamp>> {
        self.slots().of.get(&scope.organization).map(|slot| Arc::clone(&slot.stamp))
    }

    /// What is known under a key in the state that `tx` sees. Only a transaction of [`super::Db::read`] sees one state throughout: for
    /// another one nothing is remembered. The key says all that the result depends on beside the records of the organization: the
    /// filter, the day.
    pub async fn recall<T: Clone + Send + Sync + 'static>(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        key: String,
    ) -> StoreResult<Recalled<T>> {
        if key.len() > LONGEST_KEY || !tx.sees_one_state() {
            return Ok(Recalled::Unknown(Place { at: None }));
        }
        let stamp = match self.stamp(scope) {
            Some(stamp) if stamp.holds(tx, scope).await? => stamp,
            _ => match Stamp::of(tx, scope).await? {
                Some(stamp) => Arc::new(stamp),
                None => return Ok(Recalled::Unknown(Place { at: None })),
            },
        };
        let mut slots = self.slots();
        let known = match slots.at(scope, &stamp) {
            Some(slot) => slot.found.get(&key).and_then(|found| found.downcast_ref::<T>().cloned()),
            None => {
                slots.begin(scope, &stamp);
                None
            }
        };
        drop(slots);
        Ok(match known {
            Some(known) => Recalled::Known(known),
            None => Recalled::Unknown(Place { at: Some((stamp, *scope, key)) }),
        })
    }

    /// Forgets everything: for whoever has written past this library.
    pub fn clear(&self) {
        *self.slots() = Slots::default();
    }

    /// Remembers what was worked out; `bytes` is about what it takes.
    pub fn keep<T: Send + Sync + 'static>(&self, place: Place, value: T, bytes: usize) {
        let Some((stamp, scope, key)) = place.at else { return };
        let bytes = bytes + key.len() + ENTRY;
        let mut slots = self.slots();
        // Somebody may have written meanwhile, and others have gone on from there.
        let Some(slot) = slots.at(&scope, &stamp) else { return };
        if bytes > MOST || slot.found.contains_key(&key) {
            return;
        }
        if slot.bytes + bytes > MOST {
            slots.begin(&scope, &stamp);
        }
        if slots.bytes + bytes > MOST_IN_ALL {
            *slots = Slots::default();
            slots.begin(&scope, &stamp);
        }
        slots.bytes += bytes;
        if let Some(slot) = slots.of.get_mut(&scope.organization) {
            slot.bytes += bytes;
            slot.found.insert(key, Arc::new(value));
        }
    }
}
