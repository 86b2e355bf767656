use crate::query::ImageIn;

/// How many tokens a model's provider counts for an image in the prompt.
///
/// The formulas are those that the providers document, at the highest detail that they go to by themselves; where the
/// size of an image is not known, at the largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageTokens {
    /// At most so many, whatever its size.
    Most(u64),
    /// OpenAI's tiles: a base, and so many for each tile of 512 pixels once the image fits into 2048 by 2048 with its
    /// shorter side at most 768. A low detail costs the base alone.
    Tiles {
        /// For any image.
        base: u64,
        /// For each tile.
        tile: u64,
    },
    /// OpenAI's patches of 32 pixels, up to the ten thousand of the detail `original`, times the dearest factor; or
    /// tiles where that is more, since which of its newer models count how is not documented for each.
    Patches,
    /// Anthropic's: an area of 750 pixels a token, or patches of 28 pixels, whichever is more.
    Area,
    /// Gemini's: 258 for each tile, or a fixed number by the resolution that is asked for, whichever is more.
    GeminiTiles,
}

// developers.openai.com/api/docs/guides/images-vision, "Calculating costs".
const LONG_SIDE: u64 = 2_048;
const SHORT_SIDE: u64 = 768;
const TILE: u64 = 512;
/// 768 by 2048.
const MOST_TILES: u64 = 8;
const PATCH: u64 = 32;
const MOST_PATCHES: u64 = 10_000;
/// The dearest factor by which patches are multiplied, that of the nano models: 2.46, in hundredths.
const FACTOR: u64 = 246;
// platform.claude.com/docs/en/build-with-claude/vision: an image of more is scaled down. 4784 since Opus 4.7.
const MOST_OF_AREA: u64 = 5_000;
// ai.google.dev/gemini-api/docs/tokens (tiles of 256 to 768 pixels, by two thirds of the shorter side) and
// ai.google.dev/gemini-api/docs/media-resolution (at most 2240).
const GEMINI_TILE: u64 = 258;
const GEMINI_LEAST: u64 = 2_240;
/// Longer than any picture that an API takes, tiled.
const GEMINI_MOST: u64 = 16_384;

impl ImageTokens {
    /// GPT-4o's, and the dearest of all that count alike but those of [`MINI_TILES`](Self::MINI_TILES).
    pub const TILES: Self = Self::Tiles {
        base: 85,
        tile: 170,
    };

    /// GPT-4o mini's, of which an image's price is that of GPT-4o at a thirtieth of its rate.
    pub const MINI_TILES: Self = Self::Tiles {
        base: 2_833,
        tile: 5_667,
    };

    /// By their names in a catalog file.
    pub(super) const NAMED: [(&'static str, Self); 5] = [
        ("openai-tiles", Self::TILES),
        ("openai-mini-tiles", Self::MINI_TILES),
        ("openai-patches", Self::Patches),
        ("anthropic", Self::Area),
        ("gemini", Self::GeminiTiles),
    ];

    /// The most tokens that an image counts.
    pub fn most(self, image: &ImageIn) -> u64 {
        let size = image
            .size()
            .map(|(width, height)| (u64::from(width.max(1)), u64::from(height.max(1))));
        match (self, size) {
            (Self::Most(most), _) => most,
            (Self::Tiles { base, .. }, _) if image.is_low_detail() => base,
            (Self::Tiles { base, tile }, size) => {
                base.saturating_add(tile.saturating_mul(size.map_or(MOST_TILES, tiles)))
            }
            (Self::Patches, size) => {
                let patches = size.map_or(MOST_PATCHES, |(width, height)| {
                    width.div_ceil(PATCH) * height.div_ceil(PATCH)
                });
                let patches = (patches.min(MOST_PATCHES) * FACTOR).div_ceil(100);
                patches.max(Self::TILES.most(&ImageIn::new(image.size(), false)))
            }
            (Self::Area, Some((width, height))) => {
                let area = (width * height).div_ceil(750);
                let patches = width.div_ceil(28) * height.div_ceil(28);
                area.max(patches).min(MOST_OF_AREA)
            }
            (Self::Area, None) => MOST_OF_AREA,
            (Self::GeminiTiles, Some((width, height))) => {
                let side = (width.min(height) * 2 / 3).clamp(256, 768);
                let tiles = width.div_ceil(side) * height.div_ceil(side);
                (tiles * GEMINI_TILE).clamp(GEMINI_LEAST, GEMINI_MOST)
            }
            (Self::GeminiTiles, None) => GEMINI_MOST,
        }
    }

    /// Whether these tokens fill the context as text does, so that no prompt has more than fit. GPT-4o mini's are
    /// counted for the bill alone.
    pub(crate) fn fill_the_context(self) -> bool {
        self != Self::MINI_TILES && !matches!(self, Self::Most(_))
    }
}

/// Tiles once the image is scaled down, each side rounded up.
fn tiles((width, height): (u64, u64)) -> u64 {
    let (mut short, mut long) = (width.min(height), width.max(height));
    if long > LONG_SIDE {
        short = (short * LONG_SIDE).div_ceil(long);
        long = LONG_SIDE;
    }
    if short > SHORT_SIDE {
        long = (long * SHORT_SIDE).div_ceil(short);
        short = SHORT_SIDE;
    }
    short.div_ceil(TILE).max(1) * long.div_ceil(TILE).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn image(width: u32, height: u32) -> ImageIn {
        ImageIn::new(Some((width, height)), false)
    }

    #[test]
    fn documented_examples_come_out() {
        // OpenAI's own: 1024 by 1024 is four tiles, 2048 by 4096 six, and a low detail none.
        assert_eq!(ImageTokens::TILES.most(&image(1_024, 1_024)), 765);
        assert_eq!(ImageTokens::TILES.most(&image(2_048, 4_096)), 1_105);
        let low = ImageIn::new(Some((4_096, 8_192)), true);
        assert_eq!(ImageTokens::TILES.most(&low), 85);
        // Anthropic's own: about 1590 for 1092 by 1092.
        assert!(ImageTokens::Area.most(&image(1_092, 1_092)) >= 1_590);
        assert_eq!(
            ImageTokens::MINI_TILES.most(&ImageIn::new(None, false)),
            48_169
        );
    }

    proptest! {
        #[test]
        fn no_size_is_above_an_unknown_one(width: u32, height: u32, low: bool) {
            for formula in [
                ImageTokens::TILES,
                ImageTokens::MINI_TILES,
                ImageTokens::Patches,
                ImageTokens::Area,
                ImageTokens::GeminiTiles,
                ImageTokens::Most(7),
            ] {
                let known = formula.most(&ImageIn::new(Some((width, height)), low));
                prop_assert!(known <= formula.most(&ImageIn::new(None, false)));
                prop_assert!(known > 0);
            }
        }
    }
}
