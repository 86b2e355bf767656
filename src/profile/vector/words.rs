use super::{
    hashed::{Hashed, letter},
    shape::Shape,
};

/// So much of a text's head is read, and of its tail.
const HEAD: usize = 3_000;
const TAIL: usize = 1_000;
const NUMBER: u64 = 0xD161_7000;
const SIGN: u64 = 0x5157_0000_0000;
const IDEOGRAM: u64 = 0x0100_0000_01B3;

/// Reads a text once: its tokens into the one, its counts into the other.
pub(super) fn words(text: &str, hashed: &mut Hashed, shape: &mut Shape) {
    let (head, tail) = ends(text);
    let mut reading = Reading {
        hashed,
        shape,
        word: 0,
        letters: 0,
        digits: 0,
        start: true,
        before: '\n',
    };
    reading.shape.lines = 1;
    for part in [head, tail] {
        for character in part.chars() {
            reading.read(character);
        }
        reading.read('\n');
    }
}

struct Reading<'a> {
    hashed: &'a mut Hashed,
    shape: &'a mut Shape,
    word: u64,
    letters: u32,
    digits: u32,
    /// Whether nothing but one letter stands on this line yet.
    start: bool,
    before: char,
}

impl Reading<'_> {
    fn read(&mut self, character: char) {
        self.shape.characters += 1;
        let alphabetic = character.is_alphabetic();
        let ideogram = is_ideogram(character);
        if self.letters > 0 && (!alphabetic || ideogram) {
            self.shape.words += 1;
            self.shape.letters += self.letters;
            self.hashed.token(self.word);
            (self.word, self.letters) = (0, 0);
        }
        let digit = character.is_ascii_digit();
        if self.digits > 0 && !digit {
            self.shape.numbers += 1;
            // How long a number is says more than which.
            self.hashed.token(NUMBER + u64::from(self.digits.min(3)));
            self.digits = 0;
        }
        if alphabetic {
            self.letter(character, ideogram);
        } else if digit {
            self.digits += 1;
            self.shape.digits += 1;
        } else if !character.is_whitespace() && !character.is_control() {
            self.sign(character);
        }
        if character == '\n' {
            self.shape.lines += 1;
            self.start = true;
        } else if !character.is_whitespace() && character != '(' {
            let opened = self.start && matches!(self.before, ' ' | '(');
            self.start = self.before == '\n' || opened;
        }
        self.before = character;
    }

    fn letter(&mut self, character: char, ideogram: bool) {
        self.shape.upper += u32::from(character.is_uppercase());
        self.shape.foreign += u32::from(!character.is_ascii());
        if ideogram {
            self.shape.words += 1;
            self.shape.letters += 2;
            let token = u64::from(u32::from(character)).wrapping_mul(IDEOGRAM);
            self.hashed.token(token);
        } else if character.is_ascii() {
            self.word = letter(self.word, character.to_ascii_lowercase());
            self.letters += 1;
        } else {
            self.word = character.to_lowercase().fold(self.word, letter);
            self.letters += 1;
        }
    }

    fn sign(&mut self, character: char) {
        let shape = &mut *self.shape;
        shape.punctuation += 1;
        match character {
            '?' | '？' => shape.questions += 1,
            '{' | '}' | ';' | '=' | '<' | '>' | '_' | '[' | ']' | '#' | '`' => shape.code += 1,
            '+' | '*' | '/' | '^' | '\\' | '$' | '%' => shape.formula += 1,
            _ => {}
        }
        let lettered = self.start && self.before.is_ascii_alphabetic();
        if lettered && matches!(character, '.' | ')' | ':') {
            shape.choices += 1;
        }
        self.hashed.token(SIGN + u64::from(u32::from(character)));
    }
}

/// Characters that are words of their own, in scripts without spaces.
fn is_ideogram(character: char) -> bool {
    matches!(character, '\u{2E80}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..)
}

fn ends(text: &str) -> (&str, &str) {
    if text.len() <= HEAD + TAIL {
        return (text, "");
    }
    let mut head = HEAD;
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    let mut tail = text.len() - TAIL;
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    (&text[..head], &text[tail..])
}
