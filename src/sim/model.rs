use super::{
    Manner, Pace,
    price::{self, BadPrice, Rates},
};

/// A model that a simulated provider serves.
///
/// ```
/// use tower_genai::sim::Model;
///
/// let model = Model::new("glm-5")
///     .price("1.00", "3.20") // USD per million tokens, in and out
///     .cached_price("0.20")
///     .reasoning(64);
/// assert_eq!(model.name(), "glm-5");
/// ```
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) name: String,
    pub(crate) rates: Rates,
    pub(crate) bad_price: Option<BadPrice>,
    pub(crate) reasoning: u64,
    pub(crate) style: String,
    pub(crate) exact_output: Option<u64>,
    pub(crate) prompt_tokens: Option<u64>,
    pub(crate) cached_tokens: u64,
    pub(crate) cache_writes: u64,
    pub(crate) shows_reasoning: bool,
    pub(crate) sampling: bool,
    pub(crate) prefill: bool,
    pub(crate) echoes_prefix: bool,
    pub(crate) signatures: bool,
    pub(crate) call_ids: bool,
    pub(crate) family: Option<String>,
    pub(crate) manners: Vec<Manner>,
    pub(crate) context: Option<u64>,
    pub(crate) max_output: Option<u64>,
    pub(crate) answers_as: Option<String>,
    pub(crate) pace: Option<Pace>,
}

impl Model {
    /// A model of this name that costs nothing.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            rates: Rates::default(),
            bad_price: None,
            reasoning: 0,
            style: String::new(),
            exact_output: None,
            prompt_tokens: None,
            cached_tokens: 0,
            cache_writes: 0,
            shows_reasoning: false,
            sampling: true,
            prefill: true,
            echoes_prefix: false,
            signatures: true,
            call_ids: false,
            family: None,
            manners: Vec::new(),
            context: None,
            max_output: None,
            answers_as: None,
            pace: None,
        }
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The price of input and output in USD per million tokens, as decimal texts with at most six
    /// places. A text that is no such number fails the provider's start.
    pub fn price(mut self, input: &str, output: &str) -> Self {
        self.rates.input = self.read(input);
        self.rates.output = self.read(output);
        self
    }

    /// The price of cached input in USD per million tokens; without it cached input costs as much
    /// as fresh input.
    pub fn cached_price(mut self, cached: &str) -> Self {
        self.rates.cached = Some(self.read(cached));
        self
    }

    /// The price of input that is written to a cache (Anthropic), in USD per million tokens: for five
    /// minutes, and for an hour; without it such input costs as much as other input.
    pub fn cache_write_price(mut self, five_minutes: &str, hour: &str) -> Self {
        self.rates.written = Some(self.read(five_minutes));
        self.rates.written_hour = Some(self.read(hour));
        self
    }

    /// How many tokens of each prompt with a `cache_control` are written to the cache (Anthropic),
    /// as far as the prompt has so many that were not cached.
    pub fn cache_writes(mut self, tokens: u64) -> Self {
        self.cache_writes = tokens;
        self
    }

    /// How many tokens of each prompt were cached, as far as the prompt has so many.
    pub fn cached_tokens(mut self, tokens: u64) -> Self {
        self.cached_tokens = tokens;
        self
    }

    /// How many tokens of reasoning come before each answer. They count as output.
    ///
    /// Anthropic's models reason only when they are asked to; no model does when it is told not to.
    pub fn reasoning(mut self, tokens: u64) -> Self {
        self.reasoning = tokens;
        self
    }

    /// Whether the reasoning is shown as `reasoning_content`, as many OpenAI-compatible providers do;
    /// not else.
    pub fn shows_reasoning(mut self, shows: bool) -> Self {
        self.shows_reasoning = shows;
        self
    }

    /// Whether Anthropic's model takes `temperature`, `top_p` and `top_k`, which the newest refuse; it
    /// does else.
    pub fn sampling(mut self, takes: bool) -> Self {
        self.sampling = takes;
        self
    }

    /// Whether Anthropic's model goes on with an assistant's message at the end, which newer ones
    /// refuse; it does else.
    pub fn prefill(mut self, takes: bool) -> Self {
        self.prefill = takes;
        self
    }

    /// Whether what is gone on with is repeated in the answer, as Mistral does it; not else.
    ///
    /// A conversation that ends with an assistant's message is gone on with where it is the beginning of what this model
    /// answers without it: by Anthropic's and Google's models, and by an OpenAI-compatible one that is told to, by
    /// `prefix` in the message or by `continue_final_message` and `add_generation_prompt`.
    pub fn echoes_prefix(mut self, echoes: bool) -> Self {
        self.echoes_prefix = echoes;
        self
    }

    /// Whether Google's model refuses a turn's calls of functions that come back without their
    /// signature, as Gemini 3 does; it does else.
    pub fn signatures(mut self, required: bool) -> Self {
        self.signatures = required;
        self
    }

    /// Whether Google's model gives its calls of functions an `id`; not else.
    pub fn call_ids(mut self, given: bool) -> Self {
        self.call_ids = given;
        self
    }

    /// The models that take each other's signed thoughts; else those whose names are alike up to the
    /// first digit.
    pub fn family(mut self, family: impl Into<String>) -> Self {
        self.family = Some(family.into());
        self
    }

    /// Adds to how this model always answers.
    pub fn manner(mut self, manner: Manner) -> Self {
        self.manners.push(manner);
        self
    }

    /// Seeds the words and the length of the answers, which else depend on model and prompt alone.
    pub fn words(mut self, style: impl Into<String>) -> Self {
        self.style = style.into();
        self
    }

    /// Each choice in text has exactly so many tokens, reasoning included, unless the caller's
    /// limit is lower.
    pub fn exact_output(mut self, tokens: u64) -> Self {
        self.exact_output = Some(tokens);
        self
    }

    /// Every prompt counts as so many tokens, whatever it says.
    pub fn prompt_tokens(mut self, tokens: u64) -> Self {
        self.prompt_tokens = Some(tokens);
        self
    }

    /// Longer prompts are refused with `context_length_exceeded`.
    pub fn context(mut self, tokens: u64) -> Self {
        self.context = Some(tokens);
        self
    }

    /// The longest answer. A caller who asks for more is refused, as OpenAI does.
    pub fn max_output(mut self, tokens: u64) -> Self {
        self.max_output = Some(tokens);
        self
    }

    /// The name in the answers, such as a dated one.
    pub fn answers_as(mut self, name: impl Into<String>) -> Self {
        self.answers_as = Some(name.into());
        self
    }

    /// The pace of this model in place of its provider's.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = Some(pace);
        self
    }

    /// The name under which this model's thoughts are signed.
    pub(crate) fn signs_as(&self) -> &str {
        let name = self.name.as_str();
        let alike = name.split(|c: char| c.is_ascii_digit()).next();
        let alike = alike.unwrap_or(name).trim_end_matches('-');
        self.family.as_deref().unwrap_or(alike)
    }

    fn read(&mut self, text: &str) -> u128 {
        price::parse(text).unwrap_or_else(|bad| {
            self.bad_price.get_or_insert(bad);
            0
        })
    }
}
