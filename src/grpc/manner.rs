/// How calls are served.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// How many bytes a message may have.
    pub(super) most: usize,
    /// An answer that breaks off within does so here, instead of ending in a status: what a provider's failure looks like.
    pub(super) breaks: bool,
}
