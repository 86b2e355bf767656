/// How far what was said is from what was right, by tenths of confidence.
#[derive(Debug, Default)]
pub(crate) struct Calibration {
    /// Said, right, count.
    tenths: [[f32; 3]; 10],
}

impl Calibration {
    pub(crate) fn add(&mut self, said: f32, right: bool) {
        let above = (1..10_u8).filter(|tenth| said * 10.0 >= f32::from(*tenth));
        let [sum, rights, count] = &mut self.tenths[above.count()];
        *sum += said;
        *rights += f32::from(u8::from(right));
        *count += 1.0;
    }

    /// The expected calibration error.
    pub(crate) fn error(&self) -> f32 {
        let count: f32 = self.tenths.iter().map(|[_, _, count]| count).sum();
        let off: f32 = self
            .tenths
            .iter()
            .map(|[said, right, _]| (said - right).abs())
            .sum();
        off / count
    }
}
