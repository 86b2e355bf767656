use super::Shape;

/// The line being read.
#[derive(Debug, Default)]
pub(super) struct Line {
    start: usize,
    /// Signs between cells and between fields of a table, and how many of the latter have a space behind.
    pub(super) bars: usize,
    pub(super) commas: usize,
    pub(super) spaced: usize,
}

impl Shape {
    /// Notes what the line that ends at `end` begins and ends with.
    pub(super) fn end_line(&mut self, text: &str, end: usize) {
        let next = Line {
            start: end + 1,
            ..Line::default()
        };
        let Line {
            start,
            bars,
            commas,
            mut spaced,
        } = std::mem::replace(&mut self.line, next);
        let whole = text.get(start..end).unwrap_or_default();
        let line = trim(whole);
        let (Some(&first), Some(&last)) = (line.as_bytes().first(), line.as_bytes().last()) else {
            return;
        };
        if starts(line, traces(first)) && (first != b'a' || is_call(line)) {
            self.traces += 1;
        }
        let body = matches!(last, b'{' | b'}' | b';') && line.len() > 1
            || line.ends_with("):")
            || line == "}";
        if body || starts(line, code(first)) && !is_prose(line, last) && looks_technical(line) {
            self.code_lines += 1;
        }
        self.items += usize::from(is_item(line));
        // A space at the line's end is none between fields.
        if last == b',' && whole.trim_start()[line.len()..].starts_with(' ') {
            spaced = spaced.saturating_sub(1);
        }
        self.table_rows += usize::from(bars >= 3 || (commas >= 2 && spaced == 0));
    }
}

/// The line without spaces at either end, of whatever kind.
fn trim(line: &str) -> &str {
    let line = line.trim_ascii();
    let bytes = line.as_bytes();
    let rare = |byte: Option<&u8>| byte.is_some_and(|byte| !byte.is_ascii() || *byte == 0x0b);
    if rare(bytes.first()) || rare(bytes.last()) {
        line.trim()
    } else {
        line
    }
}

fn starts(line: &str, with: &[&str]) -> bool {
    with.iter().any(|start| line.starts_with(start))
}

/// Beginnings of lines of a stack trace or a compiler's message, by the first byte.
const fn traces(first: u8) -> &'static [&'static str] {
    match first {
        b'T' => &["Traceback (most", "TypeError:"],
        b'F' => &["File \""],
        b'a' => &["at "],
        b'e' => &["error[", "error:"],
        b'E' => &["Error:", "Exception in"],
        b'C' => &["Caused by:"],
        b'p' => &["panic:"],
        b't' => &["thread '"],
        b'V' => &["ValueError:"],
        b'K' => &["KeyError:"],
        b'S' => &["SyntaxError:", "Segmentation fault"],
        b'R' => &["ReferenceError:"],
        b'N' => &["NullPointerException"],
        b'j' => &["java.lang."],
        b'g' => &["goroutine "],
        b'f' => &["fatal:"],
        b'n' => &["npm ERR!"],
        b'U' => &["Uncaught "],
        b'u' => &["undefined reference"],
        b'-' => &["--> "],
        b'w' => &["warning:"],
        _ => &[],
    }
}

/// Whether a line that begins with "at" is one of a stack trace.
fn is_call(line: &str) -> bool {
    line.contains('(') || line.contains(".js:") || line.contains(".py")
}

/// Beginnings of lines of programs, queries and commands, by the first byte.
const fn code(first: u8) -> &'static [&'static str] {
    match first {
        b'd' => &["def ", "docker "],
        b'f' => &["fn ", "func ", "function ", "from ", "for (", "for("],
        b'p' => &[
            "pub fn", "public ", "private ", "pip ", "package ", "print(", "println!",
        ],
        b'c' => &[
            "class ",
            "const ",
            "catch ",
            "cargo ",
            "curl ",
            "console.log",
        ],
        b'i' => &["import ", "if (", "if(", "impl ", "int main"],
        b'#' => &["#include", "#!/"],
        b'l' => &["let "],
        b'v' => &["var ", "void "],
        b'r' => &["return ", "return;"],
        b'w' => &["while (", "while("],
        b'}' => &["} else"],
        b'e' => &["else {", "elif ", "except ", "enum ", "export ", "echo "],
        b't' => &["try:", "try {"],
        b'S' => &["SELECT "],
        b'I' => &["INSERT INTO"],
        b'U' => &["UPDATE "],
        b'C' => &["CREATE TABLE", "COPY ", "CMD "],
        b'F' => &["FROM "],
        b'W' => &["WHERE ", "WORKDIR "],
        b'G' => &["GROUP BY"],
        b'A' => &["ALTER TABLE"],
        b'J' => &["JOIN "],
        b'<' => &["<div", "<html", "<script", "</", "<?php"],
        b'$' => &["$ "],
        b'n' => &["npm "],
        b'g' => &["git "],
        b'k' => &["kubectl "],
        b's' => &["sudo ", "struct ", "steps:"],
        b'R' => &["RUN "],
        b'u' => &["use ", "using ", "uses:"],
        b'a' => &["async ", "await ", "apiVersion:"],
        b'@' => &["@", "@@ "],
        b'-' => &["- name:", "- uses:"],
        b'j' => &["jobs:"],
        b'/' => &["//", "/*"],
        b'+' => &["+++"],
        _ => &[],
    }
}

fn is_prose(line: &str, last: u8) -> bool {
    matches!(last, b'.' | b'?' | b'!') || !last.is_ascii() && line.ends_with(['。', '？'])
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

fn is_item(line: &str) -> bool {
    let mut start = line.chars();
    match (start.next(), start.next()) {
        (Some('-' | '*' | '•'), Some(' ')) => true,
        (Some(c), Some('.' | ')')) => c.is_alphanumeric(),
        (Some('('), Some(c)) => c.is_alphanumeric() && start.next() == Some(')'),
        _ => false,
    }
}
