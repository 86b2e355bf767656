//! What travels with a call besides its bytes: the open budget scopes, the tenant, data labels.
//!
//! # Example
//!
//! ```
//! use tower_genai::context::{Context, DataLabel, Tenant};
//!
//! let context = Context::new()
//!     .with_tenant(Tenant::new("acme")?)
//!     .with_label(DataLabel::new("personal")?);
//! let mut request = http::Request::new(());
//! request.extensions_mut().insert(context);
//!
//! let context = Context::of(request.extensions());
//! assert_eq!(context.tenant().unwrap().as_str(), "acme");
//! # Ok::<(), tower_genai::context::InvalidName>(())
//! ```
//!
//! # The ambient form
//!
//! While an inbound request's handler and its streaming body run, the request's context is also *ambient*: kept beside
//! the task, so that a client inside the handler inherits scopes, tenant and labels without being handed them.
//! [`Context::of`] joins both forms. Layers read it once, when they are called.
//!
//! A task that the handler spawns has no ambient context. Spawn `future.in_context()` instead ([`InContext`]), or put
//! the [`Context`] extension into the outgoing request: a call whose scopes got lost is not limited by them.

mod ambient;
mod call;
mod clock;
mod data_label;
mod name;
mod tenant;

pub(crate) use self::name::checked;
pub use self::{
    ambient::{Carried, InContext, ambient},
    call::Context,
    clock::Clock,
    data_label::DataLabel,
    name::InvalidName,
    tenant::Tenant,
};
