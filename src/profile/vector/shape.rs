use crate::query::Prompt;

/// Counts that say what kind of text it is, whatever its words.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    pub(super) characters: u32,
    pub(super) words: u32,
    pub(super) letters: u32,
    pub(super) digits: u32,
    pub(super) punctuation: u32,
    pub(super) upper: u32,
    pub(super) lines: u32,
    pub(super) questions: u32,
    pub(super) code: u32,
    pub(super) formula: u32,
    pub(super) foreign: u32,
    pub(super) numbers: u32,
    pub(super) choices: u32,
    distinct: f32,
    bytes: f32,
    system: f32,
    around: f32,
}

/// Mean and standard deviation over benchmark questions, requests to assistants and real prompts, in equal parts; of
/// what those do not vary in, a guess.
const SCALES: [(f32, f32); Shape::LEN] = [
    (4.853, 1.224),
    (3.200, 1.106),
    (4.364, 0.776),
    (0.010, 0.025),
    (0.032, 0.047),
    (0.032, 0.041),
    (1.685, 0.531),
    (0.253, 0.382),
    (0.018, 0.058),
    (0.017, 0.056),
    (0.000, 0.010),
    (0.483, 0.890),
    (0.415, 0.699),
    (0.792, 0.218),
    (0.000, 4.000),
    (0.693, 1.500),
];

impl Shape {
    pub(super) const LEN: usize = 16;

    /// With what is known before the words are read.
    pub(super) fn of(prompt: &Prompt) -> Self {
        let tools = prompt.tools().count() as f32;
        Self {
            bytes: (prompt.bytes() as f32).ln_1p(),
            system: (prompt.system().len() as f32).ln_1p(),
            around: (prompt.turns() as f32).ln_1p() + (tools + prompt.images() as f32).ln_1p(),
            ..Self::default()
        }
    }

    /// How many of the tokens differ.
    pub(super) fn distinct(&mut self, distinct: u32, tokens: u32) {
        self.distinct = share(distinct, tokens);
    }

    /// The numbers, of about the weight of a few words each.
    pub(super) fn finish(self) -> [f32; Self::LEN] {
        let log = |count: u32| (count as f32).ln_1p();
        let numbers = [
            self.bytes,
            log(self.words),
            share(self.letters, self.words),
            share(self.digits, self.characters),
            share(self.punctuation, self.characters),
            share(self.upper, self.letters),
            log(self.lines),
            log(self.questions),
            share(self.code, self.characters).sqrt(),
            share(self.formula, self.characters).sqrt(),
            share(self.foreign, self.letters),
            log(self.numbers),
            log(self.choices),
            self.distinct,
            self.system,
            self.around,
        ];
        let mut scaled = [0.0; Self::LEN];
        for (to, (number, (mean, deviation))) in scaled.iter_mut().zip(numbers.iter().zip(SCALES)) {
            *to = ((number - mean) / deviation).clamp(-4.0, 4.0) / 3.0;
        }
        scaled
    }
}

fn share(part: u32, whole: u32) -> f32 {
    part as f32 / whole.max(1) as f32
}
