/// A candidate of a decision whose answer was scored, as a [`Guard`](super::Guard) needs it.
#[derive(Clone, Copy, Debug)]
pub(in crate::profile) struct Judged {
    pub(in crate::profile) arm: u32,
    /// What was predicted of its quality.
    pub(in crate::profile) predicted: f64,
    /// With which probability the router would have chosen it.
    pub(in crate::profile) routed: f64,
    /// With which probability it was chosen.
    pub(in crate::profile) chosen: f64,
    /// What the call probably costs there.
    pub(in crate::profile) cost: f64,
}
