//! Answers that break off after their beginning was passed on, and that another candidate goes on with.

mod others;
mod resuming;
mod standby;

use self::others::{Asked, Asking};
pub(super) use self::{
    others::Others,
    resuming::{Resume, Resumed},
    standby::Standby,
};
