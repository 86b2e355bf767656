use proptest::prelude::*;

use super::Shape;
use crate::classify::heuristics::scan::Scan;

fn shape(text: &str) -> Shape {
    let mut scan = Scan::new();
    scan.user(text);
    scan.shape
}

/// Pairs of signs, arithmetic and percentages, told by a state that each byte changes.
fn byte_by_byte(text: &str) -> [usize; 3] {
    let [mut pairs, mut arithmetic, mut percents] = [0; 3];
    // The last byte that is no space, and the one right before it, if that is none either.
    let (mut before, mut last, mut previous) = (b' ', b' ', b' ');
    for byte in text.bytes() {
        let pair = [previous, byte];
        pairs += usize::from(
            [
                b"=>", b"->", b"/>", b"==", b"!=", b"+=", b"::", b"&&", b"||", b"</", b"()", b"[]",
                b"{}", b");",
            ]
            .contains(&&pair),
        );
        match byte {
            b'%' => percents += usize::from(last.is_ascii_digit()),
            b'+' | b'*' | b'/' | b'^' | b'=' | b'<' | b'>' => {
                let single = last.is_ascii_alphabetic() && !before.is_ascii_alphabetic();
                arithmetic += usize::from(last.is_ascii_digit() || last == b')' || single);
            }
            b'0'..=b'9' | b'a'..=b'z' | b'(' => {
                let difference = last == b'-' && before.is_ascii_digit() && previous == b' ';
                arithmetic += usize::from(difference);
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
    [pairs, arithmetic, percents]
}

/// Rows of tables, told from whole lines.
fn line_by_line(text: &str) -> usize {
    let rows = text.lines().map(str::trim).filter(|line| {
        let fields = line.matches(',').count();
        line.matches('|').count() >= 3 || (fields >= 2 && !line.contains(", "))
    });
    rows.count()
}

/// What texts are made of: signs, and what tells apart how they count.
const PIECES: &[&str] = &[
    "a", "cd", "5", "19", " ", "  ", "\t", "\n", "\r\n", "\u{a0}", "-", "=", "+", "*", "/", "<",
    ">", "%", "!", ":", "&", "|", "(", ")", "[", "]", "{", "}", ";", "`", "```", "$", ",", ", ",
    ",x", ", \n", ",\t\n", "^", "#", "\"", "'", ".", "?", "é", "谁", "://", "5- ", "5-\t", "7- x",
    "c+", "| ",
];

proptest! {
    #[test]
    fn signs_are_what_a_slow_reader_sees(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60),
    ) {
        let text = pieces.concat();
        let shape = shape(&text);
        let [pairs, arithmetic, percents] = byte_by_byte(&text);
        prop_assert_eq!(shape.code_pairs, pairs);
        prop_assert_eq!(shape.arithmetic, arithmetic);
        prop_assert_eq!(shape.percents, percents);
        prop_assert_eq!(shape.table_rows, line_by_line(&text));
        let fences = text.matches("```").count();
        prop_assert_eq!(shape.fences, fences);
        prop_assert_eq!(shape.backticks, (text.matches('`').count() - 3 * fences) / 2);
        prop_assert_eq!(shape.questions, text.matches('?').count());
        prop_assert_eq!(shape.addresses, text.matches("://").count());
    }
}

#[test]
fn numbers_units_and_formulas_are_told() {
    assert_eq!(shape("a mass of 5 kg, 3.2kJ and 20 °C").units, 2);
    assert_eq!(shape("burn C6H12O6 and H2O, not HH2 or B12").formulas, 2);
    assert_eq!(shape("click (120, 340), not (1, 2)").coordinates, 1);
    assert_eq!(shape("1, 2, 3, 5, 8").longest_run, 5);
    assert_eq!(shape("\\frac{1}{2} \\mathbb{R} \\new C:\\temp").latex, 2);
    assert_eq!(shape("fn in main.rs, x.py and e.g. this").source_files, 2);
    assert_eq!(shape("snake_case camelCase call( _x X").identifiers, 3);
}
