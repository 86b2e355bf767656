use super::{Pace, Prefer, Wish};

/// What stands behind an alias's name in a request to say how it is to choose, as in `auto:fast`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Fast,
    Cheap,
    Best,
    Batch,
}

impl Manner {
    /// A name without its manner, and that; `None` where there is none that is known.
    pub(crate) fn of(name: &str) -> Option<(&str, Self)> {
        let (name, manner) = name.rsplit_once(':')?;
        let manner = match manner {
            "fast" => Self::Fast,
            "cheap" => Self::Cheap,
            "best" => Self::Best,
            "batch" => Self::Batch,
            _ => return None,
        };
        Some((name, manner))
    }

    /// A wish with this added where it says nothing of it by itself.
    pub(crate) fn added_to(self, wish: Wish) -> Wish {
        match self {
            Self::Fast => wish.or_prefer(Prefer::Latency),
            Self::Cheap => wish.or_prefer(Prefer::Cost),
            Self::Best => wish.or_prefer(Prefer::Quality),
            Self::Batch => wish.or_pace(Pace::Batch),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manner_is_the_last_part_and_no_other_word_is_one() {
        assert_eq!(Manner::of("auto:fast"), Some(("auto", Manner::Fast)));
        assert_eq!(Manner::of("a:b:batch"), Some(("a:b", Manner::Batch)));
        for none in [
            "auto",
            "fast",
            "qwen3:8b",
            "auto:",
            "auto:Fast",
            "auto:fast:",
        ] {
            assert_eq!(Manner::of(none), None, "{none}");
        }
    }

    #[test]
    fn what_a_wish_says_itself_stays() {
        let wish = Wish::new().with_prefer(Prefer::Quality);
        let wish = Manner::Batch.added_to(Manner::Fast.added_to(wish));
        assert_eq!(wish.prefer(), Some(Prefer::Quality));
        assert_eq!(wish.pace(), Some(Pace::Batch));
        let wish = Manner::Cheap.added_to(Wish::new().with_pace(Pace::Interactive));
        assert_eq!(wish.prefer(), Some(Prefer::Cost));
        let wish = Manner::Batch.added_to(wish);
        assert_eq!(wish.pace(), Some(Pace::Interactive));
    }
}
