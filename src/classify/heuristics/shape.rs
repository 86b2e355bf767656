use memchr::memmem;

/// What a text looks like, apart from its words. Counts, all linear in the text.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) fences: usize,
    pub(super) traces: usize,
    pub(super) code_lines: usize,
    pub(super) code_pairs: usize,
    pub(super) backticks: usize,
    pub(super) identifiers: usize,
    pub(super) source_files: usize,
    pub(super) latex: usize,
    pub(super) math_signs: usize,
    pub(super) arithmetic: usize,
    pub(super) percents: usize,
    pub(super) numbers: usize,
    pub(super) longest_run: usize,
    pub(super) coordinates: usize,
    pub(super) formulas: usize,
    pub(super) units: usize,
    pub(super) addresses: usize,
    pub(super) questions: usize,
    pub(super) items: usize,
    pub(super) names: usize,
    pub(super) table_rows: usize,
    pub(super) words: usize,
    pub(super) sentences: usize,
    /// Characters of scripts without spaces.
    pub(super) unspaced: usize,
    /// Sentences that begin with a condition.
    pub(super) ifs: usize,
    /// Orders to a person named.
    pub(super) told: usize,
    /// Colons after a first clause, with text to follow.
    pub(super) colon: usize,
    pub(super) material: bool,
    /// Statements first, and a question at the end.
    pub(super) story_then_question: bool,
    run: usize,
    number_end: Option<usize>,
    bracketed: bool,
}

/// Beginnings of lines of a stack trace or a compiler's message.
const TRACES: &[&str] = &[
    "Traceback (most",
    "File \"",
    "at ",
    "error[",
    "error:",
    "Error:",
    "Exception in",
    "Caused by:",
    "panic:",
    "thread '",
    "TypeError:",
    "ValueError:",
    "KeyError:",
    "SyntaxError:",
    "ReferenceError:",
    "NullPointerException",
    "java.lang.",
    "goroutine ",
    "fatal:",
    "npm ERR!",
    "Uncaught ",
    "Segmentation fault",
    "undefined reference",
    "--> ",
    "warning:",
];

/// Beginnings of lines of programs, queries and commands.
const CODE: &[&str] = &[
    "def ",
    "fn ",
    "pub fn",
    "func ",
    "function ",
    "class ",
    "import ",
    "from ",
    "#include",
    "#!/",
    "public ",
    "private ",
    "const ",
    "let ",
    "var ",
    "return ",
    "return;",
    "if (",
    "if(",
    "for (",
    "for(",
    "while (",
    "while(",
    "} else",
    "else {",
    "elif ",
    "try:",
    "try {",
    "except ",
    "catch ",
    "SELECT ",
    "INSERT INTO",
    "UPDATE ",
    "CREATE TABLE",
    "FROM ",
    "WHERE ",
    "GROUP BY",
    "ALTER TABLE",
    "JOIN ",
    "<div",
    "<html",
    "<script",
    "</",
    "<?php",
    "$ ",
    "npm ",
    "pip ",
    "cargo ",
    "git ",
    "docker ",
    "kubectl ",
    "sudo ",
    "curl ",
    "RUN ",
    "COPY ",
    "CMD ",
    "use ",
    "using ",
    "struct ",
    "impl ",
    "enum ",
    "async ",
    "await ",
    "export ",
    "package ",
    "@",
    "print(",
    "println!",
    "console.log",
    "int main",
    "void ",
    "apiVersion:",
    "- name:",
    "steps:",
    "jobs:",
    "//",
    "/*",
    "+++",
    "@@ ",
    "uses:",
    "- uses:",
    "echo ",
    "WORKDIR ",
];

const SOURCE_ENDINGS: &[&str] = &[
    "py", "rs", "js", "ts", "tsx", "jsx", "go", "java", "cpp", "cc", "hpp", "cs", "rb", "php",
    "sql", "sh", "yml", "yaml", "toml", "json", "html", "css", "vue", "kt", "swift", "ipynb", "tf",
    "lua", "scss", "gradle", "ps1", "lock", "env", "c", "h", "mjs",
];

const UNITS: &[&str] = &[
    "kg",
    "g",
    "mg",
    "km",
    "m",
    "cm",
    "mm",
    "nm",
    "µm",
    "s",
    "ms",
    "ns",
    "mol",
    "M",
    "mM",
    "K",
    "J",
    "kJ",
    "eV",
    "MeV",
    "W",
    "kW",
    "V",
    "mV",
    "A",
    "mA",
    "Hz",
    "kHz",
    "MHz",
    "GHz",
    "N",
    "Pa",
    "kPa",
    "MPa",
    "bar",
    "atm",
    "ml",
    "mL",
    "L",
    "T",
    "°C",
    "C",
    "F",
    "rad",
    "mmHg",
    "mmol",
    "kcal",
    "Ω",
    "ohm",
    "ohms",
    "light-years",
    "mg/dL",
];

const ELEMENTS: &[&str] = &[
    "H", "He", "Li", "B", "C", "N", "O", "F", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "K", "Ca",
    "Ti", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Br", "Ag", "Sn", "I", "Ba", "Pt", "Au", "Hg",
    "Pb", "U",
];

/// What follows the backslash in formulas; a backslash alone is as well a path or an escape.
const LATEX: &[&str] = &[
    "frac",
    "int",
    "sum",
    "sqrt",
    "begin",
    "left",
    "right",
    "cdot",
    "alpha",
    "beta",
    "gamma",
    "delta",
    "theta",
    "lambda",
    "mu",
    "pi",
    "sigma",
    "phi",
    "psi",
    "omega",
    "lim",
    "math",
    "operatorname",
    "text",
    "le",
    "ge",
    "in",
    "infty",
    "times",
    "neq",
    "ne",
    "ket",
    "dots",
    "ldots",
    "sin",
    "cos",
    "log",
    "ln",
    "partial",
    "nabla",
    "pm",
    "circ",
    "angle",
    "overline",
    "vec",
    "hat",
    "binom",
    "equiv",
    "approx",
    "to",
    "forall",
    "exists",
    "subset",
    "prod",
    "quad",
];

impl Shape {
    /// Notes what lines begin and end with.
    pub(super) fn lines(&mut self, text: &str) {
        for line in text.lines() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let call = line.contains('(') || line.contains(".js:") || line.contains(".py");
            if TRACES.iter().any(|start| line.starts_with(start))
                && (!line.starts_with("at ") || call)
            {
                self.traces += 1;
            }
            let last = line.as_bytes()[line.len() - 1];
            let prose = line.ends_with(['.', '?', '!', '。', '？']);
            let body = matches!(last, b'{' | b'}' | b';') && line.len() > 1
                || line.ends_with("):")
                || line == "}";
            let opens =
                !prose && CODE.iter().any(|start| line.starts_with(start)) && looks_technical(line);
            if body || opens {
                self.code_lines += 1;
            }
            let mut start = line.chars();
            let item = match (start.next(), start.next()) {
                (Some('-' | '*' | '•'), Some(' ')) => true,
                (Some(c), Some('.' | ')')) => c.is_alphanumeric(),
                (Some('('), Some(c)) => c.is_alphanumeric() && start.next() == Some(')'),
                _ => false,
            };
            self.items += usize::from(item);
            let cells = memchr::memchr_iter(b'|', line.as_bytes()).count();
            let fields = memchr::memchr_iter(b',', line.as_bytes()).count();
            let spaced = memmem::find_iter(line.as_bytes(), b", ").count();
            self.table_rows += usize::from(cells >= 3 || (fields >= 2 && spaced == 0));
        }
    }

    /// Notes signs and pairs of signs.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.fences = memmem::find_iter(bytes, b"```").count();
        self.addresses = memmem::find_iter(bytes, b"://").count();
        self.backticks = memchr::memchr_iter(b'`', bytes)
            .count()
            .saturating_sub(3 * self.fences)
            / 2;
        let mut dollars = 0;
        // The last byte that is no space, and the one before it.
        let (mut before, mut last, mut previous) = (b' ', b' ', b' ');
        for (at, &byte) in bytes.iter().enumerate() {
            match (previous, byte) {
                (b'=' | b'-' | b'/', b'>')
                | (b'=' | b'!' | b'+', b'=')
                | (b':', b':')
                | (b'&', b'&')
                | (b'|', b'|')
                | (b'<', b'/')
                | (b'(', b')')
                | (b'[', b']')
                | (b'{', b'}')
                | (b')', b';') => self.code_pairs += 1,
                (b'\\', b'a'..=b'z' | b'(' | b'[') if is_latex(&bytes[at..]) => self.latex += 1,
                _ => {}
            }
            match byte {
                b'$' => dollars += 1,
                b'?' => self.questions += 1,
                b'%' if last.is_ascii_digit() => self.percents += 1,
                b'+' | b'*' | b'/' | b'^' | b'=' | b'<' | b'>' => {
                    let single = last.is_ascii_alphabetic() && !before.is_ascii_alphabetic();
                    self.arithmetic += usize::from(last.is_ascii_digit() || last == b')' || single);
                }
                b'0'..=b'9' | b'a'..=b'z' | b'('
                    if matches!(last, b'-') && before.is_ascii_digit() && previous == b' ' =>
                {
                    self.arithmetic += 1;
                }
                _ => {}
            }
            if !byte.is_ascii_whitespace() {
                before = if previous.is_ascii_whitespace() {
                    b' '
                } else {
                    last
                };
                last = byte;
            }
            previous = byte;
        }
        // A price has a dollar sign as well, but no backslash.
        if self.latex > 0 {
            self.latex += dollars / 2;
        }
    }

    /// Notes the shape of the word at `start..end`.
    pub(super) fn word(&mut self, text: &str, start: usize, end: usize) {
        let word = &text[start..end];
        let bytes = text.as_bytes();
        let first = bytes[start];
        let after_number = self.number_end.is_some_and(|number| start - number <= 1);
        if first.is_ascii_digit() {
            self.number(bytes, start, end);
            let digits = word.bytes().take_while(u8::is_ascii_digit).count();
            self.units += usize::from(digits < word.len() && UNITS.contains(&&word[digits..]));
            return;
        }
        if after_number && UNITS.contains(&word) {
            self.units += 1;
        }
        if start > 0
            && bytes[start - 1] == b'.'
            && start > 1
            && bytes[start - 2].is_ascii_alphanumeric()
        {
            self.source_files += usize::from(SOURCE_ENDINGS.contains(&word));
        }
        self.identifiers += usize::from(is_identifier(word, bytes.get(end).copied()));
        self.formulas += usize::from(is_formula(word));
        let inside = start > 1
            && bytes[start - 1] == b' '
            && !matches!(bytes[start - 2], b'.' | b'?' | b'!' | b':');
        self.names += usize::from(inside && first.is_ascii_uppercase() && end - start > 1);
    }

    fn number(&mut self, bytes: &[u8], start: usize, end: usize) {
        self.numbers += 1;
        let follows = self
            .number_end
            .is_some_and(|number| &bytes[number..start] == b", ");
        self.run = if follows { self.run + 1 } else { 1 };
        self.longest_run = self.longest_run.max(self.run);
        if self.run == 1 {
            self.bracketed = start > 0 && bytes[start - 1] == b'(' && end - start >= 2;
        } else if self.run == 2
            && self.bracketed
            && bytes.get(end) == Some(&b')')
            && end - start >= 2
        {
            self.coordinates += 1;
        }
        self.number_end = Some(end);
    }

    /// Counts the characters of mathematics beyond ASCII.
    pub(super) fn sign(&mut self, c: char) {
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

/// Whether a line has signs or letters as programs have them, so that prose beginning with "from" is none.
fn looks_technical(line: &str) -> bool {
    line.bytes().any(|byte| {
        matches!(
            byte,
            b'(' | b'{' | b'<' | b'=' | b'_' | b';' | b'/' | b'*' | b'`' | b'$' | b'@'
        )
    }) || line.as_bytes()[0].is_ascii_uppercase()
        && line.bytes().take(4).all(|byte| byte.is_ascii_uppercase())
        || line.split(' ').count() <= 3
            && line.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte == b' ' || byte == b'.' || byte == b':'
            })
            && line.starts_with("import")
}

/// Whether what follows a backslash is a command of LaTeX.
fn is_latex(rest: &[u8]) -> bool {
    matches!(rest[0], b'(' | b'[')
        || LATEX.iter().any(|name| {
            rest.starts_with(name.as_bytes())
                && !rest
                    .get(name.len())
                    .is_some_and(|next| next.is_ascii_alphabetic() && *name != "math")
        })
}

/// `snake_case`, `camelCase`, or a word with an opening bracket right after it.
fn is_identifier(word: &str, next: Option<u8>) -> bool {
    let bytes = word.as_bytes();
    let inner = &bytes[1..];
    let snake = inner.contains(&b'_') && bytes[0] != b'_';
    let camel = bytes.is_ascii()
        && bytes.windows(3).any(|w| {
            w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase() && w[2].is_ascii_lowercase()
        });
    let call = next == Some(b'(') && bytes.len() > 1 && bytes.is_ascii();
    snake || camel || call
}

/// A formula of chemistry: symbols of two elements or more, no two alike in a row, and a small number.
fn is_formula(word: &str) -> bool {
    let bytes = word.as_bytes();
    if bytes.len() > 12 || !bytes[0].is_ascii_uppercase() || !word.is_ascii() {
        return false;
    }
    let (mut at, mut symbols, mut digits) = (0, 0, 0);
    let mut last: &str = "";
    while at < bytes.len() {
        if bytes[at].is_ascii_digit() {
            digits += 1;
            at += 1;
            if bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            if bytes.get(at).is_some_and(u8::is_ascii_digit) {
                return false;
            }
            continue;
        }
        let two = word.get(at..at + 2).filter(|two| ELEMENTS.contains(two));
        let Some(symbol) = two.or_else(|| word.get(at..=at).filter(|one| ELEMENTS.contains(one)))
        else {
            return false;
        };
        if symbol == last && !bytes[at - 1].is_ascii_digit() {
            return false;
        }
        last = symbol;
        symbols += 1;
        at += symbol.len();
    }
    symbols >= 2 && digits >= 1
}
