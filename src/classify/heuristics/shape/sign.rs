use super::Shape;

impl Shape {
    /// Notes a sign of ASCII and what it makes with those before it.
    pub(in super::super) fn sign(&mut self, text: &str, at: usize, byte: u8) {
        let bytes = text.as_bytes();
        let previous = match at.checked_sub(1) {
            Some(before) => bytes[before],
            None => b' ',
        };
        let pair = match byte {
            b'\n' => {
                self.end_line(text, at);
                false
            }
            b',' => {
                self.line.commas += 1;
                self.line.spaced += usize::from(bytes.get(at + 1) == Some(&b' '));
                false
            }
            b'?' => {
                self.questions += 1;
                false
            }
            b'>' => {
                self.operator(bytes, at);
                matches!(previous, b'=' | b'-' | b'/')
            }
            b'=' => {
                self.operator(bytes, at);
                matches!(previous, b'=' | b'!' | b'+')
            }
            b'/' => {
                self.operator(bytes, at);
                self.addresses += usize::from(bytes[..at].ends_with(b":/"));
                previous == b'<'
            }
            b'+' | b'*' | b'^' | b'<' => {
                self.operator(bytes, at);
                false
            }
            b':' | b'&' => previous == byte,
            b'|' => {
                self.line.bars += 1;
                previous == b'|'
            }
            b')' => previous == b'(',
            b']' => previous == b'[',
            b'}' => previous == b'{',
            b';' => previous == b')',
            b'\\' => {
                self.latex += usize::from(is_latex(&bytes[at + 1..]));
                false
            }
            b'$' => {
                self.dollars += 1;
                false
            }
            b'%' => {
                let (_, last) = last_two(&bytes[..at]);
                self.percents += usize::from(last.is_ascii_digit());
                false
            }
            b'-' => {
                self.arithmetic += usize::from(is_difference(bytes, at));
                false
            }
            b'`' => {
                self.tick(previous);
                false
            }
            _ => false,
        };
        self.code_pairs += usize::from(pair);
    }

    /// Counts what stands right behind a number, a bracket or a single letter.
    fn operator(&mut self, bytes: &[u8], at: usize) {
        let (before, last) = last_two(&bytes[..at]);
        let single = last.is_ascii_alphabetic() && !before.is_ascii_alphabetic();
        self.arithmetic += usize::from(last.is_ascii_digit() || last == b')' || single);
    }

    fn tick(&mut self, previous: u8) {
        self.backticks += 1;
        self.ticks = if previous == b'`' { self.ticks + 1 } else { 1 };
        if self.ticks == 3 {
            self.fences += 1;
            self.ticks = 0;
        }
    }

    pub(super) fn finish_signs(&mut self) {
        self.backticks = self.backticks.saturating_sub(3 * self.fences) / 2;
        // A price has a dollar sign as well, but no backslash.
        if self.latex > 0 {
            self.latex += self.dollars / 2;
        }
    }

    /// Counts the characters of mathematics beyond ASCII.
    pub(in super::super) fn wide_sign(&mut self, c: char) {
        self.math_signs += usize::from(matches!(
            c,
            '∫' | '∑'
                | '∏'
                | '√'
                | '∂'
                | '∞'
                | '≤'
                | '≥'
                | '≠'
                | '±'
                | '∈'
                | '∉'
                | '∀'
                | '∃'
                | '⊂'
                | '⊆'
                | '∪'
                | '∩'
                | '∇'
                | '≡'
                | '≈'
                | '×'
                | '÷'
                | '²'
                | '³'
                | 'ⁿ'
                | 'π'
                | 'θ'
                | 'λ'
                | 'σ'
                | '₀'..='₉' | '⇒' | '⇔' | 'ℝ' | 'ℕ' | 'ℤ' | '−'
        ));
    }
}

/// The last byte that is no space and the one before it; where there is none, or a space, a space.
fn last_two(bytes: &[u8]) -> (u8, u8) {
    let text = bytes.trim_ascii_end();
    match *text {
        [.., before, last] if !before.is_ascii_whitespace() => (before, last),
        [.., last] => (b' ', last),
        [] => (b' ', b' '),
    }
}

/// Whether the minus at a place has a number right before it, a space behind it, and then what can be subtracted.
fn is_difference(bytes: &[u8], at: usize) -> bool {
    if !at
        .checked_sub(1)
        .is_some_and(|before| bytes[before].is_ascii_digit())
    {
        return false;
    }
    let behind = &bytes[at + 1..];
    let rest = behind.trim_ascii_start();
    let spaces = &behind[..behind.len() - rest.len()];
    spaces.ends_with(b" ") && matches!(rest.first(), Some(b'0'..=b'9' | b'a'..=b'z' | b'('))
}

/// Whether what follows a backslash is a command of LaTeX; a backslash alone is as well a path or an escape.
fn is_latex(rest: &[u8]) -> bool {
    match rest.first() {
        Some(b'(' | b'[') => true,
        Some(b'a'..=b'z') => {
            let longer = |byte: &u8| !byte.is_ascii_alphabetic();
            let end = rest.iter().position(longer).unwrap_or(rest.len());
            is_command(&rest[..end])
        }
        _ => false,
    }
}

/// Whether a name is that of a command of LaTeX; `\mathbb` and the like all are.
fn is_command(name: &[u8]) -> bool {
    name.starts_with(b"math")
        || matches!(
            name,
            b"frac"
                | b"int"
                | b"sum"
                | b"sqrt"
                | b"begin"
                | b"left"
                | b"right"
                | b"cdot"
                | b"alpha"
                | b"beta"
                | b"gamma"
                | b"delta"
                | b"theta"
                | b"lambda"
                | b"mu"
                | b"pi"
                | b"sigma"
                | b"phi"
                | b"psi"
                | b"omega"
                | b"lim"
                | b"operatorname"
                | b"text"
                | b"le"
                | b"ge"
                | b"in"
                | b"infty"
                | b"times"
                | b"neq"
                | b"ne"
                | b"ket"
                | b"dots"
                | b"ldots"
                | b"sin"
                | b"cos"
                | b"log"
                | b"ln"
                | b"partial"
                | b"nabla"
                | b"pm"
                | b"circ"
                | b"angle"
                | b"overline"
                | b"vec"
                | b"hat"
                | b"binom"
                | b"equiv"
                | b"approx"
                | b"to"
                | b"forall"
                | b"exists"
                | b"subset"
                | b"prod"
                | b"quad"
        )
}
