use std::sync::Arc;

use tokio::sync::Semaphore;

/// Holds something back until a test lets it through, so that no test needs a sleep.
///
/// A new gate is closed. Clones are the same gate; those who wait pass in the order of their arrival.
///
/// ```
/// use tower_genai::sim::{Gate, Pace};
///
/// let gate = Gate::new();
/// let pace = Pace::Gated(gate.clone());
/// gate.open(2); // two events may pass, now or later
/// gate.open_all(); // from here on everything may
/// # let _ = pace;
/// ```
#[derive(Clone, Debug)]
pub struct Gate {
    permits: Arc<Semaphore>,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(0)),
        }
    }

    /// Lets `n` more through, now or when they come.
    pub fn open(&self, n: usize) {
        let room = Semaphore::MAX_PERMITS.saturating_sub(self.permits.available_permits());
        self.permits.add_permits(n.min(room));
    }

    /// Lets everything through from now on. A gate cannot be closed again.
    pub fn open_all(&self) {
        self.permits.close();
    }

    pub(crate) async fn pass(&self) {
        // An error means that the semaphore was closed, which is how the gate stands open.
        if let Ok(permit) = self.permits.acquire().await {
            permit.forget();
        }
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}
