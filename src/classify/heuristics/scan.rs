use super::{
    index::{INDEX, LONGEST},
    rule::{Kind, Place, Rule},
    script,
    shape::Shape,
};

/// Bytes from the beginning and from the end within which words count fully: orders stand there, material between.
const HEAD: usize = 480;
const TAIL: usize = 240;

/// What a word counts less by where it stands.
const FAR: f32 = 0.35;
const FENCED: f32 = 0.25;
const QUOTED: f32 = 0.45;
const MATERIAL: f32 = 0.25;
const NOT_OWNED: f32 = 0.12;
const LATER_SENTENCE: f32 = 0.6;

/// Orders that, with a person's name after them, are for an assistant.
const ORDERS: &[&str] = &[
    "tell", "ask", "call", "text", "message", "email", "mail", "invite", "remind", "ping", "ring",
    "sag", "sage", "frag", "frage", "ruf", "schreib", "dile", "llama", "pregunta", "chiama",
    "liga", "avisa",
];

/// "If" at the beginning of a sentence.
const IFS: &[&str] = &[
    "if", "suppose", "wenn", "falls", "si", "se", "если", "unless",
];

/// One reading of a prompt: how often each rule hit, and what the text looks like.
///
/// Each character is visited once for words and once for shapes; a word costs a fixed number of lookups.
#[derive(Debug)]
pub(super) struct Scan {
    /// Weighted hits by rule.
    pub(super) hits: Vec<f32>,
    pub(super) shape: Shape,
    /// Characters visited and lookups made, for the test of linear time.
    pub(super) steps: u64,
}

impl Scan {
    pub(super) fn new() -> Self {
        Self {
            hits: vec![0.0; INDEX.rules.len()],
            shape: Shape::default(),
            steps: 0,
        }
    }

    /// Reads the asker's own text.
    pub(super) fn user(&mut self, text: &str) {
        self.shape.lines(text);
        self.shape.bytes(text.as_bytes());
        self.steps += 2 * text.len() as u64;
        Words::new(self, text, 1.0, true).read();
    }

    /// Reads text that says less of what is asked now; each word counts `weight`.
    pub(super) fn background(&mut self, text: &str, weight: f32) {
        Words::new(self, text, weight, false).read();
    }
}

/// The state of reading words.
struct Words<'a> {
    scan: &'a mut Scan,
    text: &'a str,
    weight: f32,
    /// Whether shapes of words are noted.
    shapes: bool,
    /// The word being read, in lower case.
    word: String,
    start: Option<usize>,
    /// Up to three last words with spaces between, and where each begins.
    gram: String,
    begins: [usize; 3],
    /// Which of them a known phrase begins with.
    phrases: [bool; 3],
    count: usize,
    /// Words of the sentence, and of the clause, so far that are no fillers.
    in_sentence: usize,
    in_clause: usize,
    sentences: usize,
    words: usize,
    since_possessive: usize,
    fenced: bool,
    quoted: bool,
    /// An order to rework a text was read, and its material begins after this sentence, or has begun.
    transform: bool,
    material: bool,
    /// Whether the first and the last sentence ended with a question mark.
    first_asks: bool,
    last_asks: bool,
    /// The word before was an order that a person may follow: "tell", "ask".
    addresses: bool,
}

impl<'a> Words<'a> {
    fn new(scan: &'a mut Scan, text: &'a str, weight: f32, shapes: bool) -> Self {
        Self {
            scan,
            text,
            weight,
            shapes,
            word: String::with_capacity(LONGEST + 8),
            start: None,
            gram: String::with_capacity(3 * LONGEST + 24),
            begins: [0; 3],
            phrases: [false; 3],
            count: 0,
            in_sentence: 0,
            in_clause: 0,
            sentences: 0,
            words: 0,
            since_possessive: usize::MAX / 2,
            fenced: false,
            quoted: false,
            transform: false,
            material: false,
            first_asks: false,
            last_asks: false,
            addresses: false,
        }
    }

    fn read(mut self) {
        let text = self.text;
        let mut previous = '\n';
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            self.scan.steps += 1;
            let letter_next = chars.peek().is_some_and(|(_, next)| next.is_alphanumeric());
            if script::unspaced(c) {
                self.end_word(at);
                self.unspaced(at, c);
            } else if c.is_alphanumeric()
                || c == '_'
                || (matches!(c, '\'' | '’' | '-') && self.start.is_some() && letter_next)
                || (matches!(c, '+' | '#') && matches!(&*self.word, "c" | "f" | "c+"))
            {
                self.start.get_or_insert(at);
                if self.shapes && !c.is_ascii() {
                    self.scan.shape.sign(c);
                }
                if self.word.len() <= LONGEST {
                    match c {
                        '’' => self.word.push('\''),
                        _ if c.is_ascii() => self.word.push(c.to_ascii_lowercase()),
                        _ => self.word.extend(c.to_lowercase()),
                    }
                }
            } else {
                self.end_word(at);
                self.punctuation(at, c, previous, letter_next);
            }
            previous = c;
        }
        self.end_word(text.len());
        if self.shapes {
            self.scan.shape.words = self.words;
            let shape = &mut self.scan.shape;
            shape.sentences = self.sentences + usize::from(self.in_sentence > 0);
            shape.story_then_question = shape.sentences >= 3 && self.last_asks && !self.first_asks;
            shape.material = self.material;
        }
    }

    fn punctuation(&mut self, at: usize, c: char, previous: char, letter_next: bool) {
        if self.shapes && !c.is_ascii() {
            self.scan.shape.sign(c);
        }
        match c {
            ' ' | '\t' | '\r' => return,
            '`' if previous != '`' && self.text[at..].starts_with("```") => {
                self.fenced = !self.fenced;
            }
            '"' => self.quoted = !self.quoted,
            '“' | '„' | '«' | '「' | '『' => self.quoted = true,
            '”' | '»' | '」' | '』' => self.quoted = false,
            _ => {}
        }
        self.count = 0;
        self.gram.clear();
        if matches!(c, ',' | '(' | '>' | '-' | '、' | '，') {
            self.in_clause = 0;
        }
        // A full stop within a number or a name ends nothing.
        let ends = match c {
            '.' => !letter_next,
            '?' | '!' | ':' | ';' | '\n' | '…' | '。' | '？' | '！' | '：' | '¿' | '¡' | '—' => {
                true
            }
            _ => false,
        };
        if ends {
            if c == '\n' {
                self.quoted = false;
            }
            if self.transform && matches!(c, ':' | '\n' | '：') {
                self.material = true;
            }
            // An order, a colon, and what it is about.
            if matches!(c, ':' | '：')
                && self.sentences == 0
                && self.in_sentence >= 2
                && self.text.len() - at > 24
            {
                self.scan.shape.colon += usize::from(self.shapes);
            }
            if self.in_sentence > 0 {
                self.sentences += 1;
                self.last_asks = matches!(c, '?' | '？');
                if self.sentences == 1 {
                    self.first_asks = self.last_asks;
                }
            }
            self.in_sentence = 0;
            self.in_clause = 0;
        }
    }

    fn place(&self, at: usize) -> f32 {
        let mut factor = self.weight;
        if at >= HEAD && self.text.len() - at > TAIL {
            factor *= FAR;
        }
        if self.fenced {
            factor *= FENCED;
        }
        if self.quoted {
            factor *= QUOTED;
        }
        if self.material || (self.quoted && self.transform) {
            factor *= MATERIAL;
        }
        factor
    }

    fn unspaced(&mut self, at: usize, c: char) {
        let factor = self.place(at);
        let mut transforms = false;
        for id in INDEX.unspaced(c, &self.text[at..]) {
            self.scan.steps += 1;
            self.scan.hits[usize::from(id)] += factor;
            transforms |= INDEX.rule(id).kind == Kind::General;
        }
        self.transform |= transforms;
        self.in_sentence += 1;
        if self.shapes {
            self.scan.shape.unspaced += 1;
        }
    }

    fn end_word(&mut self, end: usize) {
        let Some(start) = self.start.take() else {
            return;
        };
        if self.shapes {
            self.scan.shape.word(self.text, start, end);
        }
        self.words += 1;
        self.since_possessive += 1;
        if self.word.len() > LONGEST {
            self.word.clear();
            self.count = 0;
            self.gram.clear();
            self.in_sentence += 1;
            return;
        }
        let word = std::mem::take(&mut self.word);
        let (whole, begins) = INDEX.word(&word);
        self.push_gram(&word, begins);
        let capital = self.text.as_bytes()[start].is_ascii_uppercase() && word.len() > 1;
        if self.addresses && capital && self.shapes {
            self.scan.shape.told += 1;
        }
        let factor = self.place(start);
        let filler = INDEX.is(whole, Kind::Filler);
        if !self.look_up(&word, whole, factor) {
            self.parts(&word, factor);
        }
        for back in 1..self.count {
            let first = self.count - 1 - back;
            if !self.phrases[first] {
                continue;
            }
            let from = self.begins[first];
            self.scan.steps += 1;
            for id in INDEX.whole(&self.gram[from..]) {
                self.hit(*id, back, factor);
            }
        }
        if self.shapes && self.in_sentence == 0 && IFS.contains(&&*word) {
            self.scan.shape.ifs += 1;
        }
        self.addresses = self.in_sentence == 0 && ORDERS.contains(&&*word);
        if !filler {
            self.in_sentence += 1;
            self.in_clause += 1;
        }
        if matches!(
            &*word,
            "and" | "then" | "und" | "et" | "y" | "e" | "и" | "dann" | "puis" | "luego"
        ) {
            self.in_clause = 0;
        }
        self.word = word;
        self.word.clear();
    }

    /// Counts a word by the rules that know it whole, and by its beginnings.
    fn look_up(&mut self, word: &str, whole: &[u16], factor: f32) -> bool {
        self.scan.steps += 2;
        let mut found = false;
        for id in whole {
            self.hit(*id, 0, factor);
            found = true;
        }
        for id in INDEX.stems(word) {
            self.scan.steps += 1;
            self.hit(id, 0, factor);
            found = true;
        }
        found
    }

    /// Looks up what an apostrophe or hyphen divides: "l'intégrale", "peux-tu".
    fn parts(&mut self, word: &str, factor: f32) {
        if let Some((_, rest)) = word.split_once('\'') {
            self.look_up(rest, INDEX.whole(rest), factor);
        } else if word.contains('-') {
            for part in word.split('-').take(4) {
                self.look_up(part, INDEX.whole(part), factor);
            }
        }
    }

    fn hit(&mut self, id: u16, back: usize, factor: f32) {
        let rule: &'static Rule = INDEX.rule(id);
        if rule.kind == Kind::Possessive {
            self.since_possessive = 0;
            self.scan.hits[usize::from(id)] += factor;
            return;
        }
        let leads = self.in_sentence <= 1 + back;
        let sentence = if self.sentences == 0 {
            1.0
        } else {
            LATER_SENTENCE
        };
        let factor = factor
            * match rule.place {
                Place::Anywhere => 1.0,
                Place::Lead if leads => sentence,
                Place::Clause if leads => 1.0,
                Place::Clause if self.in_clause <= back => 0.7,
                Place::Transform if leads => {
                    self.transform = true;
                    // What it works on has not been read yet: this is no material.
                    if self.material { 1.0 } else { sentence }
                }
                Place::Opening if self.words <= 4 => 1.0,
                Place::Owned if self.since_possessive <= 3 => 1.0,
                Place::Owned => NOT_OWNED,
                Place::Lead | Place::Clause | Place::Transform | Place::Opening => return,
            };
        self.scan.hits[usize::from(id)] += factor;
    }

    fn push_gram(&mut self, word: &str, begins: bool) {
        if self.count == 3 {
            let cut = self.begins[1];
            self.gram.drain(..cut);
            self.begins = [0, self.begins[2] - cut, 0];
            self.phrases = [self.phrases[1], self.phrases[2], false];
            self.count = 2;
        }
        if self.count > 0 {
            self.gram.push(' ');
        }
        self.begins[self.count] = self.gram.len();
        self.phrases[self.count] = begins;
        self.gram.push_str(word);
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> u64 {
        let mut scan = Scan::new();
        scan.user(text);
        scan.steps
    }

    #[test]
    fn work_grows_with_the_text_and_no_faster() {
        let long = "x".repeat(1 << 14);
        for unit in [
            "a ", "a-", "l'a", "```", "\"", "\\frac", "1, ", "谁", "write ", "H2O ", "my mail ",
            "\n", "| ", ":", "-> ", &long,
        ] {
            let small = unit.repeat(500.min(1 + (1 << 16) / unit.len()));
            let ratio = steps(&small.repeat(8)) as f64 / steps(&small) as f64;
            assert!(
                ratio < 8.1,
                "eight times the text took {ratio} times the steps"
            );
            assert!(steps(&small) < 12 * small.len() as u64);
        }
    }
}
