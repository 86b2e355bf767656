use super::super::{
    super::Hours,
    NoteKind, amount,
    draft::{Draft, once},
    json::Node,
};

/// A span of the week: hours in UTC, and days from Monday, 1.
pub(super) fn window(node: Node<'_, '_>) -> Option<Hours> {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let (members, repeated) = once(node.members()?);
    let known = |key: &str| key == "hours_utc" || key == "weekdays";
    if !repeated.is_empty() || !members.iter().all(|(key, _)| known(key)) {
        return None;
    }
    let of = |key: &str| members.iter().find(|(name, _)| name == key);
    let spans = match of("hours_utc") {
        Some((_, node)) => match node.items() {
            Some(items) => items
                .into_iter()
                .map(Node::text)
                .collect::<Option<Vec<_>>>()?,
            None => vec![node.text()?],
        },
        None => Vec::new(),
    };
    let days = match of("weekdays") {
        Some((_, node)) => node
            .items()?
            .into_iter()
            .map(|day| {
                let day = usize::try_from(day.whole()?).ok()?;
                DAYS.get(day.checked_sub(1)?).copied()
            })
            .collect::<Option<Vec<_>>>()?,
        None => Vec::new(),
    };
    let hours = Hours::new(spans.iter().map(String::as_str), days).ok()?;
    Some(hours.plain())
}

/// A factor in thousandths, such as 1100 for `1.1`.
fn per_mille(node: Node<'_, '_>) -> Option<u32> {
    let read = amount::read(&node.digits()?, 9).ok()?;
    let factor = u32::try_from(read.price.pico()).ok();
    factor.filter(|n| !read.rounded && (1..=100_000).contains(n))
}

/// What tokens cost in a region; of two factors the dearer.
pub(super) fn factor(draft: &mut Draft<'_>, region: &str, key: &str, node: Node<'_, '_>) {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !(1..=40).contains(&region.len()) || !region.bytes().all(plain) {
        return draft.note(key, NoteKind::Unknown, node);
    }
    let Some(factor) = draft.fact(key, node, per_mille(node)) else {
        return;
    };
    let regions = &mut draft.model.regions;
    let room = regions.len() < Draft::MOST_RATES;
    match regions.iter_mut().find(|(name, _)| **name == *region) {
        Some((_, known)) => *known = factor.max(*known),
        None if room => regions.push((region.into(), factor)),
        None => draft.note(key, NoteKind::Misshapen, node),
    }
}

/// What providers have of their own: a factor for a region, and one for a fast mode.
pub(super) fn specific(draft: &mut Draft<'_>, node: Node<'_, '_>) {
    for (key, node) in draft.members("provider_specific_entry", node) {
        let long = format!("provider_specific_entry.{key}");
        match key.as_str() {
            "us" | "eu" => factor(draft, &key, &long, node),
            "fast" => {
                if let Some(factor) = draft.fact(&long, node, per_mille(node)) {
                    draft.fast = Some(factor);
                }
            }
            _ => draft.note(&long, NoteKind::Unknown, node),
        }
    }
}
