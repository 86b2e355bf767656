use anyhow::{Context, Result};
use tower_genai::{
    catalog::Catalog,
    context,
    query::{Api, Classification, Query, Shares, Wish},
    select::{Call, Selector},
};

use super::search::Prices;

/// What a call of each known task costs in the built-in catalog, where so much of the best quality is to be kept.
pub(crate) fn prices(quality: f64) -> Result<Prices> {
    let body = r#"{"model": "auto", "messages": [{"role": "user", "content": "Why?"}]}"#;
    let selector = Selector::new(Catalog::builtin());
    let wish = Wish::new().with_quality(quality);
    let mut prices = [0.0; Shares::LEN];
    for (price, task) in prices.iter_mut().zip(Shares::tasks()) {
        let query = Query::read(Api::OpenAiChat, body.as_bytes());
        let query = query.map_err(|refusal| anyhow::anyhow!("{}", refusal.message()))?;
        let query = query.classified(Classification::new(task.clone()));
        let context = context::Context::new();
        let plan = selector.plan(&Call::new(&query, &context).wish(Some(&wish)));
        let plan = plan.ok().context("no model qualifies")?;
        let decision = plan.decision().context("no decision")?;
        let first = decision.routed().next().context("no route")?;
        let guess = first.guess.context("no price")?;
        *price = guess.to_string().parse()?;
    }
    Ok(prices)
}
