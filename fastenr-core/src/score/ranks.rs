//! The ARR of a book as it is kept: the differences of ascending numbers, seven bits a byte. A million accounts take about 3 MB.

/// ARR in cents by size, ascending, as [`super::Book::arr`] has it.
pub type Ranks = [Vec<i64>; 6];

/// Of each size how many there are, then each number less the one before.
pub fn encode(ranks: &Ranks) -> Vec<u8> {
    let mut out = Vec::new();
    for list in ranks {
        put(&mut out, list.len() as u64);
        let mut before = 0;
        for number in list {
            put(&mut out, number.abs_diff(before));
            before = *number;
        }
    }
    out
}

/// None where it is not what [`encode`] makes.
pub fn decode(mut bytes: &[u8]) -> Option<Ranks> {
    let mut ranks = Ranks::default();
    for list in &mut ranks {
        let count = usize::try_from(take(&mut bytes)?).ok()?;
        // Each number has a byte at least.
        if count > bytes.len() {
            return None;
        }
        list.reserve_exact(count);
        let mut number = 0_i64;
        for _ in 0..count {
            number = number.checked_add_unsigned(take(&mut bytes)?)?;
            list.push(number);
        }
    }
    bytes.is_empty().then_some(ranks)
}

/// An account's own number is another one than when the list was made.
pub fn replace(ranks: &mut Ranks, old: Option<(usize, i64)>, new: Option<(usize, i64)>) {
    if old == new {
        return;
    }
    // Where the list does not have the old one, whatever made it did not know of it.
    if let Some((size, number)) = old
        && let Some(list) = ranks.get_mut(size)
        && let Ok(place) = list.binary_search(&number)
    {
        list.remove(place);
    }
    if let Some((size, number)) = new
        && let Some(list) = ranks.get_mut(size)
    {
        let place = list.partition_point(|other| *other < number);
        list.insert(place, number);
    }
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0_u64, 0_u32);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if shift > 63 || bits << shift >> shift != bits {
            return None;
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranks() -> impl Strategy<Value = Ranks> {
        let list = prop::collection::vec(prop_oneof![0_i64..300, 0..=999_999_999_999_i64], 0..40);
        prop::array::uniform6(list).prop_map(|mut ranks| {
            ranks.iter_mut().for_each(|list| list.sort_unstable());
            ranks
        })
    }

    proptest! {
        #[test]
        fn what_is_kept_is_read(ranks in ranks()) {
            prop_assert_eq!(decode(&encode(&ranks)), Some(ranks));
        }

        #[test]
        fn damage_is_no_ranks_or_other_ones(mut bytes in prop::collection::vec(any::<u8>(), 0..60), ranks in ranks()) {
            let _ = decode(&bytes);
            bytes.extend(encode(&ranks));
            let _ = decode(&bytes);
            let whole = encode(&ranks);
            prop_assert_eq!(decode(&whole[..whole.len() - 1]), None);
        }

        #[test]
        fn replacing_is_ranking_anew(mut ranks in ranks(), size in 0_usize..6, place in 0_usize..40, to in 0_usize..6, new in 0_i64..500) {
            let old = ranks[size].get(place).copied();
            let mut anew = ranks.clone();
            if old.is_some() {
                anew[size].remove(place);
            }
            anew[to].push(new);
            anew[to].sort_unstable();
            replace(&mut ranks, old.map(|old| (size, old)), Some((to, new)));
            prop_assert_eq!(ranks, anew);
        }
    }
}
