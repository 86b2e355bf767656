/// Whether one or two letters are the symbol of an element that formulas are made of.
fn is_element(symbol: &str) -> bool {
    matches!(
        symbol,
        "H" | "He"
            | "Li"
            | "B"
            | "C"
            | "N"
            | "O"
            | "F"
            | "Na"
            | "Mg"
            | "Al"
            | "Si"
            | "P"
            | "S"
            | "Cl"
            | "K"
            | "Ca"
            | "Ti"
            | "Cr"
            | "Mn"
            | "Fe"
            | "Co"
            | "Ni"
            | "Cu"
            | "Zn"
            | "Br"
            | "Ag"
            | "Sn"
            | "I"
            | "Ba"
            | "Pt"
            | "Au"
            | "Hg"
            | "Pb"
            | "U"
    )
}

/// A formula of chemistry: symbols of two elements or more, no two alike in a row, and a small number.
pub(super) fn is_formula(word: &str) -> bool {
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
        let two = word.get(at..at + 2).filter(|two| is_element(two));
        let Some(symbol) = two.or_else(|| word.get(at..=at).filter(|one| is_element(one))) else {
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
