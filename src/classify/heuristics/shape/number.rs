use super::Shape;

/// The numbers read last.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// How many follow each other, divided by a comma and a space.
    run: usize,
    end: Option<usize>,
    /// Whether the first of them stands behind a bracket.
    bracketed: bool,
}

impl Shape {
    /// Whether a number ends right before `start`, or with one byte between.
    #[inline]
    pub(super) fn is_after_number(&self, start: usize) -> bool {
        self.numbers_read.end.is_some_and(|end| start - end <= 1)
    }

    /// Notes the number at `start..end`.
    pub(super) fn number(&mut self, bytes: &[u8], start: usize, end: usize) {
        self.numbers += 1;
        let last = &mut self.numbers_read;
        let follows = last
            .end
            .is_some_and(|number| &bytes[number..start] == b", ");
        last.run = if follows { last.run + 1 } else { 1 };
        self.longest_run = self.longest_run.max(last.run);
        if last.run == 1 {
            last.bracketed = start > 0 && bytes[start - 1] == b'(' && end - start >= 2;
        } else if last.run == 2
            && last.bracketed
            && bytes.get(end) == Some(&b')')
            && end - start >= 2
        {
            self.coordinates += 1;
        }
        last.end = Some(end);
    }
}

/// Whether a word behind a number is a unit of measure.
pub(super) fn is_unit(word: &str) -> bool {
    matches!(
        word,
        "kg" | "g"
            | "mg"
            | "km"
            | "m"
            | "cm"
            | "mm"
            | "nm"
            | "µm"
            | "s"
            | "ms"
            | "ns"
            | "mol"
            | "M"
            | "mM"
            | "K"
            | "J"
            | "kJ"
            | "eV"
            | "MeV"
            | "W"
            | "kW"
            | "V"
            | "mV"
            | "A"
            | "mA"
            | "Hz"
            | "kHz"
            | "MHz"
            | "GHz"
            | "N"
            | "Pa"
            | "kPa"
            | "MPa"
            | "bar"
            | "atm"
            | "ml"
            | "mL"
            | "L"
            | "T"
            | "°C"
            | "C"
            | "F"
            | "rad"
            | "mmHg"
            | "mmol"
            | "kcal"
            | "Ω"
            | "ohm"
            | "ohms"
            | "light-years"
            | "mg/dL"
    )
}
