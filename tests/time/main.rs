//! Who waits how long, who is tried by chance, and how many calls may be sent to dearer models for their words.

mod chance;
mod experience;
mod logged;
mod pace;
mod rig;
mod upgrades;
