//! How far it is, on standard error: one line that changes on a terminal, a few plain lines elsewhere.

use std::io::{self, IsTerminal, Write};

pub(crate) struct Progress {
    what: &'static str,
    done: usize,
    of: usize,
    terminal: bool,
}

impl Progress {
    pub(crate) fn new(what: &'static str, of: usize) -> Self {
        let terminal = io::stderr().is_terminal();
        Self {
            what,
            done: 0,
            of,
            terminal,
        }
    }

    pub(crate) fn step(&mut self) {
        self.done += 1;
        let Self {
            what,
            done,
            of,
            terminal,
        } = *self;
        // Nobody is there to be told when this fails.
        let _ = if terminal {
            write!(io::stderr(), "\r\x1b[2Kasking {what}: {done}/{of}")
        } else if done == of {
            writeln!(io::stderr(), "asked {what}: {done}/{of}")
        } else {
            Ok(())
        };
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.terminal {
            let _ = write!(io::stderr(), "\r\x1b[2K");
        }
    }
}
