//! Middleware that also asks another model for a share of the calls, outside the caller's path, and compares.
