/// What is known of an image in the prompt before anybody has looked at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImageIn {
    size: Option<(u32, u32)>,
    low_detail: bool,
}

impl ImageIn {
    /// An image of a width and a height in pixels, where they are known, and whether a low detail is enough.
    pub const fn new(size: Option<(u32, u32)>, low_detail: bool) -> Self {
        Self { size, low_detail }
    }

    /// Width and height in pixels, where the request itself has the image in a format that is known: PNG, JPEG, GIF,
    /// WebP.
    pub const fn size(&self) -> Option<(u32, u32)> {
        self.size
    }

    /// Whether the request asks for a low detail.
    pub const fn is_low_detail(&self) -> bool {
        self.low_detail
    }
}
