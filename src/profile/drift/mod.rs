//! Whether what is observed of a candidate is still what is predicted of it, by sequential tests.
