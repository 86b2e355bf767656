use std::{borrow::Cow, fmt};

/// What a price is for one of.
///
/// Details that are `None` stand for any: in a rate, "whatever the size"; in a usage, "the size is not known", and
/// then the dearest that fits counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// A token of the prompt that no cache served or kept.
    Input,
    /// A token of the prompt that the provider's cache served.
    CacheRead,
    /// A token written to the provider's cache for five minutes.
    CacheWrite5m,
    /// A token written to the provider's cache for thirty minutes.
    CacheWrite30m,
    /// A token written to the provider's cache for an hour.
    CacheWrite1h,
    /// A token written to the provider's cache, for how long is not said: in a usage only, and then at the dearest.
    CacheWrite,
    /// A token of the visible answer.
    Output,
    /// A token of thinking.
    Reasoning,
    /// A token of audio in the prompt.
    AudioInput,
    /// A token of audio in the answer.
    AudioOutput,
    /// A token of an image in the prompt.
    ImageInput,
    /// A token of an image in the answer.
    ImageOutput,
    /// A token of video in the answer.
    VideoOutput,
    /// An image made.
    Image {
        /// Its size, such as `1024x1536`.
        size: Option<Box<str>>,
        /// Its quality, such as `high`.
        quality: Option<Box<str>>,
    },
    /// The first megapixel of an image made.
    MegapixelFirst,
    /// A further megapixel of an image made.
    Megapixel,
    /// A megapixel of an image given in.
    MegapixelInput,
    /// A second of video made.
    VideoSecond {
        /// Its class of resolution, such as `1080p`.
        resolution: Option<Box<str>>,
        /// Whether it has sound.
        audio: Option<bool>,
    },
    /// A second of audio, heard or spoken.
    AudioSecond,
    /// A character of text to speak.
    Character,
    /// A page read.
    Page,
    /// A call of the model. A price that has this rate charges it once per attempt without being told.
    Request,
    /// One of the units that a provider counts in itself, such as Kling's.
    Credit,
    /// A call of a tool on the provider's side, such as `web_search`.
    ToolCall(Cow<'static, str>),
}

impl Unit {
    /// The word in a catalog. Details (size, tool, …) have keys of their own.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::CacheRead => "cache_read",
            Self::CacheWrite5m => "cache_write_5m",
            Self::CacheWrite30m => "cache_write_30m",
            Self::CacheWrite1h => "cache_write_1h",
            Self::CacheWrite => "cache_write",
            Self::Output => "output",
            Self::Reasoning => "reasoning",
            Self::AudioInput => "audio_input",
            Self::AudioOutput => "audio_output",
            Self::ImageInput => "image_input",
            Self::ImageOutput => "image_output",
            Self::VideoOutput => "video_output",
            Self::Image { .. } => "image",
            Self::MegapixelFirst => "megapixel_first",
            Self::Megapixel => "megapixel",
            Self::MegapixelInput => "megapixel_input",
            Self::VideoSecond { .. } => "video_second",
            Self::AudioSecond => "audio_second",
            Self::Character => "character",
            Self::Page => "page",
            Self::Request => "request",
            Self::Credit => "credit",
            Self::ToolCall(_) => "tool_call",
        }
    }

    /// Whether it is a token, or a character: lists give these per million.
    pub const fn is_token(&self) -> bool {
        matches!(
            self,
            Self::Input
                | Self::CacheRead
                | Self::CacheWrite5m
                | Self::CacheWrite30m
                | Self::CacheWrite1h
                | Self::CacheWrite
                | Self::Output
                | Self::Reasoning
                | Self::AudioInput
                | Self::AudioOutput
                | Self::ImageInput
                | Self::ImageOutput
                | Self::VideoOutput
                | Self::Character
        )
    }

    /// Whether everything that `other` may be is also this: the same, with fewer details.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Image { size, quality },
                Self::Image {
                    size: other_size,
                    quality: other_quality,
                },
            ) => covers(size, other_size) && covers(quality, other_quality),
            (
                Self::VideoSecond { resolution, audio },
                Self::VideoSecond {
                    resolution: other_resolution,
                    audio: other_audio,
                },
            ) => covers(resolution, other_resolution) && covers(audio, other_audio),
            _ => self == other,
        }
    }

    /// How many details are given.
    pub(super) fn details(&self) -> u8 {
        match self {
            Self::Image { size, quality } => u8::from(size.is_some()) + u8::from(quality.is_some()),
            Self::VideoSecond { resolution, audio } => {
                u8::from(resolution.is_some()) + u8::from(audio.is_some())
            }
            _ => 0,
        }
    }

    /// How many details this and `rate` agree on, or `None` when `rate` is for something else. A detail that either
    /// leaves open agrees without counting.
    pub(super) fn agrees(&self, rate: &Self) -> Option<u8> {
        match (self, rate) {
            (
                Self::Image { size, quality },
                Self::Image {
                    size: rate_size,
                    quality: rate_quality,
                },
            ) => Some(agrees(size, rate_size)? + agrees(quality, rate_quality)?),
            (
                Self::VideoSecond { resolution, audio },
                Self::VideoSecond {
                    resolution: rate_resolution,
                    audio: rate_audio,
                },
            ) => Some(agrees(resolution, rate_resolution)? + agrees(audio, rate_audio)?),
            _ => (self == rate).then_some(0),
        }
    }
}

fn covers<T: PartialEq>(wide: &Option<T>, narrow: &Option<T>) -> bool {
    wide.is_none() || wide == narrow
}

fn agrees<T: PartialEq>(asked: &Option<T>, rate: &Option<T>) -> Option<u8> {
    match (asked, rate) {
        (Some(asked), Some(rate)) => (asked == rate).then_some(1),
        _ => Some(0),
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        let open = |detail: &Option<Box<str>>| detail.as_deref().unwrap_or("any").to_owned();
        match self {
            Self::Image { size, quality } => write!(f, "({}, {})", open(size), open(quality)),
            Self::VideoSecond { resolution, audio } => {
                let sound = match audio {
                    Some(true) => "sound",
                    Some(false) => "silent",
                    None => "any",
                };
                write!(f, "({}, {sound})", open(resolution))
            }
            Self::ToolCall(tool) => write!(f, "({tool})"),
            _ => Ok(()),
        }
    }
}
