//! Whether routing wins over always asking one candidate, by what was logged.
