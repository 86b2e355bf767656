//! Callers of three vendors over providers of three dialects, seen from outside: what passes, what is translated, what is
//! kept for later turns, what is left out, and in whose words errors come.

mod bound;
mod classes;
mod classes_table;
mod counts;
mod errors;
mod kept;
mod native;
mod support;
mod variants;
