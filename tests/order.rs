//! A stack in the wrong order does not compile, and the compiler says what to do.

#[test]
fn the_wrong_order_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/order/select_alone.rs");
    cases.compile_fail("tests/order/dispatch_alone.rs");
    cases.compile_fail("tests/order/select_outside.rs");
    cases.compile_fail("tests/order/body_changed.rs");
    cases.compile_fail("tests/order/cache_outside.rs");
    cases.compile_fail("tests/order/idempotency_outside.rs");
    cases.compile_fail("tests/order/fallback_alone.rs");
    cases.compile_fail("tests/order/fallback_outside.rs");
    cases.compile_fail("tests/order/fallback_inside.rs");
    cases.compile_fail("tests/order/own_parts.rs");
}
