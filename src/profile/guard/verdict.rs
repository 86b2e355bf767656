/// What a [`Guard`](super::Guard) holds to be better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::profile) enum Verdict {
    /// Routing, as far as is known.
    Routing,
    /// Always asking this one.
    Constant(u32),
}
