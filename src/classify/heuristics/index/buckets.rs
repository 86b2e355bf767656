/// Items by the high bits of a hash, in one array: a lookup reads two numbers and what lies between.
///
/// Made once of a fixed table, so nothing a caller sends can make a bucket longer.
#[derive(Debug)]
pub(super) struct Buckets<T> {
    shift: u32,
    /// Where each bucket begins; one more for the end.
    starts: Box<[u16]>,
    items: Box<[T]>,
}

impl<T> Buckets<T> {
    /// Items of a bucket keep the order that they come in. At most 65,535 items.
    pub(super) fn new(bits: u32, items: impl IntoIterator<Item = (u64, T)>) -> Self {
        let shift = u64::BITS - bits;
        let mut items: Vec<(u64, T)> = items.into_iter().collect();
        items.sort_by_key(|(hash, _)| hash >> shift);
        items.truncate(u16::MAX.into());
        let mut starts = vec![0_u16; (1 << bits) + 1];
        for (hash, _) in &items {
            starts[(hash >> shift) as usize + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self {
            shift,
            starts: starts.into(),
            items: items.into_iter().map(|(_, item)| item).collect(),
        }
    }

    /// All items whose hash may be this one.
    pub(super) fn get(&self, hash: u64) -> &[T] {
        let bucket = (hash >> self.shift) as usize;
        match self.starts.get(bucket..bucket + 2) {
            Some(&[start, end]) => &self.items[usize::from(start)..usize::from(end)],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_in_its_bucket_and_in_order() {
        let hash = |n: u64| (n % 50) << 58;
        let buckets = Buckets::new(6, (0..500).map(|n| (hash(n), n)));
        for n in 0..50 {
            let expected: Vec<u64> = (0..10).map(|turn| n + 50 * turn).collect();
            assert_eq!(buckets.get(hash(n)), expected);
        }
        assert!(buckets.get(63 << 58).is_empty());
    }
}
