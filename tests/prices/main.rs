//! Public price lists: every shape that they have, what becomes of them in a catalog, and that no bytes do harm.

mod example;
mod genai_prices;
mod hostile;
mod lists;
mod litellm;
mod models_dev;
mod oracle;
mod review;
mod round_trip;
mod support;
