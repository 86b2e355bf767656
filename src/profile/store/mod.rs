//! Where experience is kept beyond the process.
