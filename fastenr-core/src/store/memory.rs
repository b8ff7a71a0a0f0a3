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
/// Organizations that have results at a time.
const MOST_ORGANIZATIONS: usize = 64;

/// Of all organizations of a database.
#[derive(Default)]
pub struct Memory(Mutex<HashMap<Uuid, Slot>>);

/// What is known of an organization at a stamp.
struct Slot {
    stamp: Arc<Stamp>,
    bytes: usize,
    found: HashMap<String, Arc<dyn Any + Send + Sync>>,
}

/// What is remembered under a key.
pub enum Recalled<T> {
    Known(T),
    /// To be worked out in the same transaction, and given to [`Place::keep`].
    Unknown(Place),
}

/// Where a result goes that was not known.
pub struct Place {
    /// None: it is not to be remembered.
    at: Option<(Arc<Stamp>, Uuid, String)>,
}

impl Memory {
    fn slots(&self) -> MutexGuard<'_, HashMap<Uuid, Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stamp(&self, scope: &Scope) -> Option<Arc<Stamp>> {
        self.slots().get(&scope.organization).map(|slot| Arc::clone(&slot.stamp))
    }

    /// What is known under a key in the state that `tx` sees; it comes from [`super::Db::read`], which sees one throughout. The key says
    /// all that the result depends on beside the records of the organization: the filter, the day.
    pub async fn recall<T: Clone + Send + Sync + 'static>(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        key: String,
    ) -> StoreResult<Recalled<T>> {
        if key.len() > LONGEST_KEY {
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
        let slot = slots.get(&scope.organization).filter(|slot| slot.stamp == stamp);
        let known = slot.and_then(|slot| slot.found.get(&key)?.downcast_ref::<T>().cloned());
        if slot.is_none() {
            if slots.len() >= MOST_ORGANIZATIONS {
                slots.clear();
            }
            slots.insert(scope.organization, Slot { stamp: Arc::clone(&stamp), bytes: 0, found: HashMap::new() });
        }
        drop(slots);
        Ok(match known {
            Some(known) => Recalled::Known(known),
            None => Recalled::Unknown(Place { at: Some((stamp, scope.organization, key)) }),
        })
    }

    /// Forgets everything: for whoever has written past this library.
    pub fn clear(&self) {
        self.slots().clear();
    }

    /// Remembers what was worked out; `bytes` is about what it takes.
    pub fn keep<T: Send + Sync + 'static>(&self, place: Place, value: T, bytes: usize) {
        let Some((stamp, organization, key)) = place.at else { return };
        let bytes = bytes + key.len() + ENTRY;
        let mut slots = self.slots();
        // Somebody may have written meanwhile, and others have gone on from there.
        let Some(slot) = slots.get_mut(&organization).filter(|slot| slot.stamp == stamp && bytes <= MOST) else {
            return;
        };
        if slot.bytes + bytes > MOST {
            slot.found.clear();
            slot.bytes = 0;
        }
        if slot.found.insert(key, Arc::new(value)).is_none() {
            slot.bytes += bytes;
        }
    }
}
