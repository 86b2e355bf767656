use super::{super::Provider, Format};

/// A provider, and what the lists call it.
struct Vendor {
    name: &'static str,
    /// Where it serves, without subdomains.
    host: &'static str,
    litellm: &'static [&'static str],
    models_dev: &'static str,
    genai_prices: &'static str,
}

/// Those that sell under their own address. Resellers go by the list's own name for them.
const VENDORS: [Vendor; 20] = [
    vendor(
        "openai",
        "api.openai.com",
        &["openai", "text-completion-openai"],
        "openai",
        "openai",
    ),
    vendor(
        "anthropic",
        "api.anthropic.com",
        &["anthropic"],
        "anthropic",
        "anthropic",
    ),
    vendor(
        "google",
        "generativelanguage.googleapis.com",
        &["gemini"],
        "google",
        "google",
    ),
    vendor("zai", "api.z.ai", &["zai"], "zai", "zai"),
    vendor(
        "deepseek",
        "api.deepseek.com",
        &["deepseek"],
        "deepseek",
        "deepseek",
    ),
    vendor("xai", "api.x.ai", &["xai"], "xai", "x-ai"),
    vendor(
        "mistral",
        "api.mistral.ai",
        &["mistral", "codestral"],
        "mistral",
        "mistral",
    ),
    vendor(
        "moonshotai",
        "api.moonshot.ai",
        &["moonshot"],
        "moonshotai",
        "moonshotai",
    ),
    vendor(
        "minimax",
        "api.minimax.io",
        &["minimax"],
        "minimax",
        "minimax",
    ),
    vendor(
        "alibaba",
        "dashscope-intl.aliyuncs.com",
        &["dashscope"],
        "alibaba",
        "",
    ),
    vendor(
        "cohere",
        "api.cohere.com",
        &["cohere", "cohere_chat"],
        "cohere",
        "cohere",
    ),
    vendor("groq", "api.groq.com", &["groq"], "groq", "groq"),
    vendor(
        "cerebras",
        "api.cerebras.ai",
        &["cerebras"],
        "cerebras",
        "cerebras",
    ),
    vendor(
        "perplexity",
        "api.perplexity.ai",
        &["perplexity"],
        "perplexity",
        "perplexity",
    ),
    vendor(
        "together",
        "api.together.xyz",
        &["together_ai"],
        "togetherai",
        "together",
    ),
    vendor(
        "fireworks",
        "api.fireworks.ai",
        &["fireworks_ai"],
        "fireworks-ai",
        "fireworks",
    ),
    vendor(
        "openrouter",
        "openrouter.ai",
        &["openrouter"],
        "openrouter",
        "openrouter",
    ),
    vendor("bfl", "api.bfl.ai", &["black_forest_labs"], "", ""),
    vendor("ark", "ark.cn-beijing.volces.com", &["volcengine"], "", ""),
    vendor("voyage", "api.voyageai.com", &["voyage"], "", "voyageai"),
];

const fn vendor(
    name: &'static str,
    host: &'static str,
    litellm: &'static [&'static str],
    models_dev: &'static str,
    genai_prices: &'static str,
) -> Vendor {
    Vendor {
        name,
        host,
        litellm,
        models_dev,
        genai_prices,
    }
}

/// Our name for what a list calls a provider.
pub(super) fn ours(format: Format, listed: &str) -> Option<&'static str> {
    let is = |vendor: &&Vendor| match format {
        Format::LiteLlm => vendor.litellm.contains(&listed),
        Format::ModelsDev => vendor.models_dev == listed,
        Format::GenaiPrices => vendor.genai_prices == listed,
    };
    VENDORS
        .iter()
        .find(|vendor| !listed.is_empty() && is(vendor))
        .map(|vendor| vendor.name)
}

/// Our name for a provider of a catalog: that of whom its address belongs to, else its own.
pub(super) fn of(provider: &Provider) -> &str {
    let host = provider.base_url().host().unwrap_or("");
    VENDORS
        .iter()
        .find(|vendor| vendor.host.eq_ignore_ascii_case(host))
        .map_or_else(|| provider.name(), |vendor| vendor.name)
}
