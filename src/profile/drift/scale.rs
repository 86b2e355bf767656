/// Puts times and lengths on a scale from 0 to 1, the longer the lower, in eighths of octaves around what was usual at
/// first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scale {
    seen: u32,
    sum: f64,
    middle: Option<f64>,
}

/// So many make the middle of a scale.
const FIRST: u32 = 16;
/// So many octaves are between 0 and 1: from a sixteenth to sixteen times the middle.
const OCTAVES: f64 = 8.0;

impl Scale {
    /// Where a value lies; `None` for the first ones, which make the scale.
    pub(super) fn place(&mut self, value: f64) -> Option<f64> {
        let octave = value.max(1e-6).log2();
        let Some(middle) = self.middle else {
            self.seen += 1;
            self.sum += octave;
            if self.seen == FIRST {
                self.middle = Some(self.sum / f64::from(FIRST));
            }
            return None;
        };
        Some((0.5 - (octave - middle) / OCTAVES).clamp(0.0, 1.0))
    }

    /// The value at a place.
    pub(super) fn value(&self, place: f64) -> f64 {
        (0.5 - place)
            .mul_add(OCTAVES, self.middle.unwrap_or_default())
            .exp2()
    }
}
