use tower_genai::{cache::CacheLayer, catalog::Catalog, dispatch::Secret, stack::Stack};

struct Mine;

fn main() {
    let stack = Stack::client_with((), Catalog::builtin());
    let stack = stack.credential(Secret::new("key"));
    let stack = stack.classifier(Mine);
    let stack = stack.policy(Mine);
    let stack = stack.observer(Mine);
    drop(stack.cache(CacheLayer::new().store(Mine)));
}
