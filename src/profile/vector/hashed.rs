/// Words, pairs of words, and the first and last three with their places, hashed into a few signed sums.
pub(super) struct Hashed {
    sums: [f32; Self::LEN],
    last: [u64; 3],
    tokens: u32,
    seen: [u64; 64],
    distinct: u32,
}

/// So many tokens are counted.
const TOKENS: u32 = 400;
/// So much of a system prompt is read.
const SYSTEM: usize = 512;
const PRIME: u64 = 0x0100_0000_01B3;

impl Hashed {
    pub(super) const LEN: usize = 256;

    pub(super) const fn new() -> Self {
        Self {
            sums: [0.0; Self::LEN],
            last: [0; 3],
            tokens: 0,
            seen: [0; 64],
            distinct: 0,
        }
    }

    /// The next token, hashed.
    pub(super) const fn token(&mut self, token: u64) {
        if self.tokens == TOKENS {
            return;
        }
        self.add(token, 1.0);
        if self.tokens > 0 {
            let before = self.last[(self.tokens as usize + 2) % 3].rotate_left(17);
            self.add(token.wrapping_mul(31).wrapping_add(before) ^ 0xB1, 1.0);
        }
        if self.tokens < 3 {
            self.add(token ^ placed(0xF00D, self.tokens), 1.0);
        }
        let bits = mix(token ^ 77);
        let (word, bit) = ((bits >> 6 & 63) as usize, bits & 63);
        if self.seen[word] >> bit & 1 == 0 {
            self.seen[word] |= 1 << bit;
            self.distinct += 1;
        }
        self.last[self.tokens as usize % 3] = token;
        self.tokens += 1;
    }

    /// What an app says to the model at every call tells apps apart: its words count half.
    pub(super) fn system(&mut self, system: &str) {
        let mut end = system.len().min(SYSTEM);
        while !system.is_char_boundary(end) {
            end -= 1;
        }
        for word in system[..end].split_ascii_whitespace() {
            let hash = word.bytes().fold(0x51, |hash: u64, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(PRIME)
            });
            self.add(hash, 0.5);
        }
    }

    /// How many tokens were counted.
    pub(super) const fn tokens(&self) -> u32 {
        self.tokens
    }

    /// How many of them differ, about.
    pub(super) const fn distinct(&self) -> u32 {
        self.distinct
    }

    /// The sums, flattened, of length 1 (or 0 where there are no words).
    pub(super) fn finish(mut self) -> [f32; Self::LEN] {
        for back in 0..self.tokens.min(3) {
            let token = self.last[(self.tokens - 1 - back) as usize % 3];
            self.add(token ^ placed(0xBEEF, back), 1.0);
        }
        for sum in &mut self.sums {
            *sum = sum.abs().ln_1p().copysign(*sum);
        }
        let length = self.sums.iter().map(|sum| sum * sum).sum::<f32>().sqrt();
        if length > 0.0 {
            for sum in &mut self.sums {
                *sum /= length;
            }
        }
        self.sums
    }

    const fn add(&mut self, feature: u64, weight: f32) {
        let hash = mix(feature);
        let sign = if hash >> 63 == 0 { weight } else { -weight };
        self.sums[(hash & 255) as usize] += sign;
    }
}

/// One more character of a word.
pub(super) const fn letter(word: u64, letter: char) -> u64 {
    (word ^ letter as u64)
        .wrapping_mul(PRIME)
        .wrapping_add(0x9E37)
}

const fn placed(end: u64, place: u32) -> u64 {
    (end << 20) ^ ((place as u64 + 1) << 44)
}

const fn mix(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    hash ^ (hash >> 29)
}
