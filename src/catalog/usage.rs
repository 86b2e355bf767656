use std::cmp::Reverse;

use super::Unit;

/// How much of each unit a call uses, or can use at most.
///
/// The buckets are disjoint: a token counts in exactly one. Dialects translate what providers report, some of which
/// count cached tokens in the prompt and some beside it. A dialect counts tokens of images and audio apart only
/// where the price does ([`Price::states`](super::Price::states)); elsewhere they are `input` and `output`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt that no cache served or kept.
    pub input: u64,
    /// Tokens that the provider's cache served.
    pub cache_read: u64,
    /// Tokens written to the provider's cache for five minutes.
    pub cache_write_5m: u64,
    /// Tokens written to the provider's cache for thirty minutes.
    pub cache_write_30m: u64,
    /// Tokens written to the provider's cache for an hour.
    pub cache_write_1h: u64,
    /// Tokens written to the provider's cache, for how long it does not say: they cost what the dearest write does.
    pub cache_write: u64,
    /// Tokens of the visible answer.
    pub output: u64,
    /// Tokens of thinking.
    pub reasoning: u64,
    /// Tokens of audio in the prompt.
    pub audio_input: u64,
    /// Tokens of audio in the answer.
    pub audio_output: u64,
    /// Tokens of images in the prompt.
    pub image_input: u64,
    /// Tokens of images in the answer.
    pub image_output: u64,
    /// Everything else: images, seconds of video, tool calls. Units may repeat; counts add.
    pub extra: Vec<(Unit, u64)>,
}

impl Usage {
    /// A prompt and an answer of text, in tokens.
    pub fn text(input: u64, output: u64) -> Self {
        Self {
            input,
            output,
            ..Self::default()
        }
    }

    /// All tokens of the prompt, cached or not: what decides whether the price for long prompts applies.
    pub fn prompt(&self) -> u64 {
        [self.text_prompt(), self.audio_input, self.image_input]
            .into_iter()
            .fold(0, u64::saturating_add)
    }

    /// All tokens of the answer, thinking included.
    pub fn answer(&self) -> u64 {
        [
            self.output,
            self.reasoning,
            self.audio_output,
            self.image_output,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }

    /// Whether it is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.counts().all(|(_, count)| count == 0)
    }

    /// Adds another usage bucket by bucket, at most `u64::MAX` each.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.input, other.input),
            (&mut self.cache_read, other.cache_read),
            (&mut self.cache_write_5m, other.cache_write_5m),
            (&mut self.cache_write_30m, other.cache_write_30m),
            (&mut self.cache_write_1h, other.cache_write_1h),
            (&mut self.cache_write, other.cache_write),
            (&mut self.output, other.output),
            (&mut self.reasoning, other.reasoning),
            (&mut self.audio_input, other.audio_input),
            (&mut self.audio_output, other.audio_output),
            (&mut self.image_input, other.image_input),
            (&mut self.image_output, other.image_output),
        ] {
            *mine = mine.saturating_add(theirs);
        }
        for (unit, count) in &other.extra {
            match self.extra.iter_mut().find(|(mine, _)| mine == unit) {
                Some((_, mine)) => *mine = mine.saturating_add(*count),
                None => self.extra.push((unit.clone(), *count)),
            }
        }
    }

    /// Whether this is no more than `most`, so that [`Price::bound`](super::Price::bound) of `most` holds for it.
    ///
    /// Prompt tokens of text may lie in other buckets than foreseen (a cache decides), and so may tokens of the
    /// answer and of thinking; the other buckets are compared one by one. A unit of which details were left open
    /// covers any that has them.
    pub fn within(&self, most: &Self) -> bool {
        let buckets = [
            (self.text_prompt(), most.text_prompt()),
            (
                self.output.saturating_add(self.reasoning),
                most.output.saturating_add(most.reasoning),
            ),
            (self.audio_input, most.audio_input),
            (self.audio_output, most.audio_output),
            (self.image_input, most.image_input),
            (self.image_output, most.image_output),
        ];
        buckets.into_iter().all(|(used, most)| used <= most) && self.extra_within(most)
    }

    /// Takes each extra out of one that covers it, the exact one first. May say no where a cleverer assignment
    /// exists, never yes where none does.
    fn extra_within(&self, most: &Self) -> bool {
        let mut left = most.extra.clone();
        left.sort_by_key(|(unit, _)| Reverse(unit.details()));
        self.extra.iter().all(|(unit, count)| {
            let mut open = *count;
            for pass in [true, false] {
                for (cover, available) in &mut left {
                    if (pass && cover == unit) || (!pass && cover.covers(unit)) {
                        let taken = open.min(*available);
                        *available -= taken;
                        open -= taken;
                    }
                }
            }
            open == 0
        })
    }

    /// Tokens of the prompt other than audio and images.
    pub(super) fn text_prompt(&self) -> u64 {
        [
            self.input,
            self.cache_read,
            self.cache_write_5m,
            self.cache_write_30m,
            self.cache_write_1h,
            self.cache_write,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }

    pub(super) fn writes_cache(&self) -> bool {
        (self.cache_write_5m | self.cache_write_30m | self.cache_write_1h | self.cache_write) != 0
    }

    /// Every bucket with its count, zeros included.
    pub(super) fn counts(&self) -> impl Iterator<Item = (&Unit, u64)> {
        [
            (&Unit::Input, self.input),
            (&Unit::CacheRead, self.cache_read),
            (&Unit::CacheWrite5m, self.cache_write_5m),
            (&Unit::CacheWrite30m, self.cache_write_30m),
            (&Unit::CacheWrite1h, self.cache_write_1h),
            (&Unit::CacheWrite, self.cache_write),
            (&Unit::Output, self.output),
            (&Unit::Reasoning, self.reasoning),
            (&Unit::AudioInput, self.audio_input),
            (&Unit::AudioOutput, self.audio_output),
            (&Unit::ImageInput, self.image_input),
            (&Unit::ImageOutput, self.image_output),
        ]
        .into_iter()
        .chain(self.extra.iter().map(|(unit, count)| (unit, *count)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(size: Option<&str>, count: u64) -> (Unit, u64) {
        let unit = Unit::Image {
            size: size.map(Into::into),
            quality: None,
        };
        (unit, count)
    }

    fn extra(extra: Vec<(Unit, u64)>) -> Usage {
        Usage {
            extra,
            ..Usage::default()
        }
    }

    #[test]
    fn a_cache_may_move_tokens_of_the_prompt() {
        let most = Usage::text(100, 50);
        let used = Usage {
            cache_read: 60,
            cache_write_1h: 30,
            reasoning: 45,
            ..Usage::text(10, 5)
        };
        assert!(used.within(&most));
        assert!(!Usage::text(101, 0).within(&most));
        let more = Usage {
            image_input: 1,
            ..Usage::default()
        };
        assert!(!more.within(&most), "images are a bucket of their own");
    }

    #[test]
    fn open_details_cover_any() {
        let any = extra(vec![images(None, 2)]);
        let small = extra(vec![images(Some("s"), 1), images(Some("l"), 1)]);
        assert!(small.within(&any));
        assert!(!any.within(&small));
        assert!(!extra(vec![images(Some("s"), 3)]).within(&any));
        // Two different ones do not both fit into what is for one of each.
        let one_each = extra(vec![images(None, 1), images(Some("m"), 1)]);
        assert!(!small.within(&one_each));
        assert!(extra(vec![images(Some("m"), 1), images(Some("s"), 1)]).within(&one_each));
        let call = extra(vec![(Unit::ToolCall("web_search".into()), 1)]);
        assert!(!call.within(&any));
    }

    #[test]
    fn sums_saturate() {
        let mut sum = Usage::text(u64::MAX, 1);
        sum.add(&extra(vec![images(None, 1)]));
        sum.add(&Usage {
            extra: vec![images(None, u64::MAX)],
            ..Usage::text(1, 1)
        });
        assert_eq!((sum.input, sum.output), (u64::MAX, 2));
        assert_eq!(sum.extra, [images(None, u64::MAX)]);
        assert!(Usage::default().is_empty() && !sum.is_empty());
    }
}
