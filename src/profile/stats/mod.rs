//! What was observed of each candidate on each task besides quality: time, throughput, errors, refusals, length.
