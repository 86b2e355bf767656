/// How many seeds there are: two to this.
const SEED_BITS: u32 = 11;

/// Items by their hashes, each with a place of its own, so that a lookup reads one seed and one item.
///
/// Items whose hashes begin alike share a seed, which is chosen so that none of them meets another item.
#[derive(Debug)]
pub(super) struct Perfect<T> {
    shift: u32,
    seeds: Box<[u16; 1 << SEED_BITS]>,
    places: Box<[T]>,
}

impl<T: Copy> Perfect<T> {
    /// The hashes are to differ; an item for which no place is found is left out.
    pub(super) fn new(items: &[T], hash: impl Fn(&T) -> u64, empty: T) -> Self {
        let room = (items.len() + items.len() / 4).next_power_of_two().max(2);
        let shift = u64::BITS - room.trailing_zeros();
        let mut places = vec![empty; room];
        let mut taken = vec![false; room];
        let mut seeds = Box::new([0; 1 << SEED_BITS]);
        let mut hashes: Vec<(u64, &T)> = items.iter().map(|item| (hash(item), item)).collect();
        hashes.sort_unstable_by_key(|(hash, _)| *hash);
        let alike = hashes.chunk_by(|(a, _), (b, _)| group(*a) == group(*b));
        // The largest while there is room.
        let mut alike: Vec<_> = alike.collect();
        alike.sort_by_key(|alike| std::cmp::Reverse(alike.len()));
        let mut chosen = Vec::new();
        for alike in alike {
            let seed = (0..=u16::MAX).find(|seed| {
                chosen.clear();
                alike.iter().all(|(hash, _)| {
                    let place = place(*hash, *seed, shift);
                    let free = !taken[place] && !chosen.contains(&place);
                    chosen.push(place);
                    free
                })
            });
            let Some(seed) = seed else {
                continue;
            };
            seeds[group(alike[0].0)] = seed;
            for ((_, item), place) in alike.iter().zip(&chosen) {
                taken[*place] = true;
                places[*place] = **item;
            }
        }
        Self {
            shift,
            seeds,
            places: places.into(),
        }
    }

    /// The only item that can have this hash.
    #[inline]
    pub(super) fn get(&self, hash: u64) -> Option<&T> {
        let seed = self.seeds[group(hash)];
        self.places.get(place(hash, seed, self.shift))
    }
}

#[inline]
const fn group(hash: u64) -> usize {
    (hash >> (u64::BITS - SEED_BITS)) as usize
}

#[inline]
const fn place(hash: u64, seed: u16, shift: u32) -> usize {
    let hash = hash ^ (seed as u64).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (hash.wrapping_mul(0xff51_afd7_ed55_8ccd) >> shift) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_has_a_place_of_its_own() {
        for count in [0, 1, 2, 1_000, 7_000] {
            let hash = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let items: Vec<_> = (1..=count).collect();
            let table = Perfect::new(&items, |n| hash(*n), 0);
            for n in items {
                assert_eq!(table.get(hash(n)), Some(&n));
            }
        }
    }
}
