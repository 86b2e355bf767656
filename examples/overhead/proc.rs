//! What Linux says of this thread and this process; nothing elsewhere.

use std::{fs, thread, time::Duration};

/// The CPU time of this thread.
pub(crate) fn cpu() -> Option<Duration> {
    // The count is brought up to date when the thread gives way.
    thread::yield_now();
    let said = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos = said.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos)).filter(|time| !time.is_zero())
}

/// Resident memory of this process now, in MB.
pub(crate) fn resident() -> Option<f64> {
    megabytes("VmRSS:")
}

/// The most that it has been, in MB.
pub(crate) fn peak() -> Option<f64> {
    megabytes("VmHWM:")
}

fn megabytes(name: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024.0 / 1e6)
}
