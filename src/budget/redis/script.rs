use redis::Script;

/// A script and what Redis knows it by.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) source: &'static str,
    pub(super) hash: String,
}

impl Program {
    fn new(source: &'static str) -> Self {
        let hash = Script::new(source).get_hash().to_owned();
        Self { source, hash }
    }
}

/// All that a ledger runs on the server.
#[derive(Debug)]
pub(super) struct Programs {
    pub(super) reserve: Program,
    pub(super) settle: Program,
    pub(super) refund: Program,
    pub(super) mark: Program,
    pub(super) snapshot: Program,
}

impl Programs {
    pub(super) fn new() -> Self {
        Self {
            reserve: Program::new(concat!(
                include_str!("lua/amounts.lua"),
                include_str!("lua/book.lua"),
                include_str!("lua/reserve.lua")
            )),
            settle: Program::new(concat!(
                include_str!("lua/amounts.lua"),
                include_str!("lua/book.lua"),
                include_str!("lua/settle.lua")
            )),
            refund: Program::new(concat!(
                include_str!("lua/amounts.lua"),
                include_str!("lua/book.lua"),
                include_str!("lua/refund.lua")
            )),
            mark: Program::new(concat!(
                include_str!("lua/amounts.lua"),
                include_str!("lua/book.lua"),
                include_str!("lua/mark.lua")
            )),
            snapshot: Program::new(concat!(
                include_str!("lua/amounts.lua"),
                include_str!("lua/book.lua"),
                include_str!("lua/snapshot.lua")
            )),
        }
    }
}
