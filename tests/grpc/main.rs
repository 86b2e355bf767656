//! gRPC on both sides, with clients and servers that others have written.

mod callers;
mod descriptors;
mod inference;
mod own;
mod providers;
mod python;
mod secrets;
mod service;

pub(crate) use googleapis_tonic_google_ai_generativelanguage_v1beta::google::ai::generativelanguage::v1beta as google;
