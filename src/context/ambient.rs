use std::{
    fmt,
    pin::Pin,
    task::{self, Poll},
};

use pin_project_lite::pin_project;
use tokio::task::futures::TaskLocalFuture;

use super::Context;

tokio::task_local! {
    static AMBIENT: Context;
}

/// The context of the inbound request that the current task is working for; `None` outside of one.
///
/// It is there while the future or the body that carries it is polled, on whatever thread. A spawned task starts
/// without: see [`InContext`].
pub fn ambient() -> Option<Context> {
    AMBIENT
        .try_with(Clone::clone)
        .ok()
        .filter(|context| !context.is_empty())
}

/// Takes the ambient context along to where it would get lost, such as a spawned task.
///
/// ```
/// use tower_genai::context::{Context, InContext, Tenant, ambient};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let context = Context::new().with_tenant(Tenant::new("acme")?);
/// context
///     .carry(async {
///         assert!(tokio::spawn(async { ambient() }).await.unwrap().is_none());
///         let kept = tokio::spawn(async { ambient() }.in_context()).await.unwrap();
///         assert_eq!(kept.unwrap().tenant().unwrap().as_str(), "acme");
///     })
///     .await;
/// # Ok(())
/// # }
/// ```
pub trait InContext: Future + Sized {
    /// This future in the context that is ambient now, at the call of this method and not at the first poll.
    fn in_context(self) -> Carried<Self> {
        ambient().unwrap_or_default().carry(self)
    }
}

impl<F: Future> InContext for F {}

impl Context {
    /// `future` with this as its ambient context, whenever it is polled and when it is dropped.
    pub fn carry<F: Future>(self, future: F) -> Carried<F> {
        Carried {
            inner: AMBIENT.scope(self, future),
        }
    }

    /// Runs `work` with this as its ambient context: for `poll` functions. The one before comes back even if it panics.
    pub fn sync_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        AMBIENT.sync_scope(self.clone(), work)
    }
}

pin_project! {
    /// A future with its own ambient [`Context`].
    pub struct Carried<F> {
        #[pin]
        inner: TaskLocalFuture<Context, F>,
    }
}

impl<F: Future> Future for Carried<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        self.project().inner.poll(cx)
    }
}

impl<F> fmt::Debug for Carried<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Tenant;

    fn of(name: &str) -> Context {
        Context::new().with_tenant(Tenant::new(name).unwrap())
    }

    fn here() -> Option<String> {
        ambient()?.tenant().map(ToString::to_string)
    }

    #[tokio::test]
    async fn each_future_sees_its_own() {
        let seen = |name: &'static str| {
            of(name).carry(async move {
                for _ in 0..10 {
                    assert_eq!(here().as_deref(), Some(name));
                    tokio::task::yield_now().await;
                }
            })
        };
        tokio::join!(seen("a"), of("c").carry(seen("b")), async {
            tokio::task::yield_now().await;
            assert_eq!(here(), None);
        });
        assert_eq!(here(), None);
    }

    #[tokio::test]
    async fn is_captured_at_the_call() {
        let carried = of("a").sync_scope(|| async { here() }.in_context());
        let seen = of("b").carry(carried).await;
        assert_eq!(seen.as_deref(), Some("a"));
        // Captured outside of any, there is none inside either.
        let none = async { here() }.in_context();
        assert_eq!(of("b").carry(none).await, None);
    }

    #[test]
    fn comes_back_after_a_panic() {
        of("a").sync_scope(|| {
            let inner = std::panic::catch_unwind(|| of("b").sync_scope(|| panic!("on purpose")));
            assert!(inner.is_err());
            assert_eq!(here().as_deref(), Some("a"));
        });
        assert_eq!(here(), None);
    }
}
