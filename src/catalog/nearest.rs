/// The name most like `asked`, if one is so alike that a slip explains the difference.
///
/// Costs nothing worth counting for names of a length that cannot match; names above 64 bytes are not looked for,
/// since callers choose them.
pub(super) fn nearest<'a>(
    asked: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if asked.len() > 64 {
        return None;
    }
    let most = slips(asked);
    names
        .into_iter()
        .filter(|name| name.len().abs_diff(asked.len()) <= most && name.len() <= 72)
        .filter_map(|name| Some((distance(asked.as_bytes(), name.as_bytes(), most)?, name)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many slips a word of this length may have.
fn slips(word: &str) -> usize {
    match word.len() {
        0..=2 => 0,
        3..=4 => 1,
        5..=7 => 2,
        _ => 3,
    }
}

/// How many bytes to insert, delete, replace or swap with their neighbour, without regard to case; `None` above
/// `most`.
pub(super) fn distance(a: &[u8], b: &[u8], most: usize) -> Option<usize> {
    let same = |i: usize, j: usize| a[i].eq_ignore_ascii_case(&b[j]);
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for j in 0..b.len() {
            let mut cost = (last[j] + usize::from(!same(i, j)))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && same(i, j - 1) && same(i - 1, j) {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        if row.iter().all(|cost| *cost > most) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|cost| *cost <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_no_more() {
        let keys = ["quality", "price", "provider", "can", "id"];
        assert_eq!(nearest("qualty", keys), Some("quality"));
        assert_eq!(nearest("qaulity", keys), Some("quality"));
        assert_eq!(nearest("Price", keys), Some("price"));
        assert_eq!(nearest("cna", keys), Some("can"));
        assert_eq!(nearest("colour", keys), None);
        assert_eq!(nearest("ix", keys), None);
        assert_eq!(nearest("", keys), None);
        assert_eq!(nearest(&"q".repeat(1_000), keys), None);
    }

    #[test]
    fn counts_a_swap_once() {
        assert_eq!(distance(b"ab", b"ba", 3), Some(1));
        assert_eq!(distance(b"", b"abc", 3), Some(3));
        assert_eq!(distance(b"kitten", b"sitting", 3), Some(3));
        assert_eq!(distance(b"kitten", b"sitting", 2), None);
    }
}
