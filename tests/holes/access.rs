//! What callers can reach and learn that they should not.

use http::StatusCode;
use tower::ServiceExt;
use tower_genai::{
    budget::{Budget, Window},
    catalog::Catalog,
    context::{DataLabel, Tenant},
    select::{Allowed, LabelRule},
    stack::{Caller, Stack, Tenants},
};

use crate::support::{ANSWER, CALL, PRICED, call, call_with, catalog, sent, tenants, text, whole};

/// A label that no rule knows may be one of theirs, misspelt.
#[tokio::test]
async fn data_of_an_unknown_label_goes_nowhere() {
    let rule = LabelRule::new(DataLabel::new("personal").unwrap(), ["device"]);
    let fake = whole(200, ANSWER);
    let may_wish = tenants(["t"], |caller| caller.wishes(true));
    let stack = Stack::server(fake.clone(), catalog("", PRICED), may_wish)
        .labels([rule])
        .boxed();
    for label in ["Personal", "personal ", "private", "personal"] {
        let mut request = call_with("t", CALL);
        let label = label.parse().unwrap();
        request.headers_mut().insert("x-genai-label", label);
        let response = stack.clone().oneshot(request).await.unwrap();
        assert!(response.status().is_client_error(), "{}", response.status());
    }
    assert_eq!(fake.called(), 0);
    let response = stack.oneshot(call_with("t", CALL)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "without a label it goes");
}

#[tokio::test]
async fn members_that_nobody_knows_do_not_lead_past_a_list_of_allowed_models() {
    let fake = whole(200, ANSWER);
    let only_m = tenants(["t"], |caller| caller.allowed(Allowed::new(["m"])));
    let stack = Stack::server(fake.clone(), catalog("", PRICED), only_m).boxed();
    for more in [
        r#""models":["openai/dear"],"#,
        r#""api_base":"https://evil.test","#,
        r#""route":"fallback","#,
    ] {
        let body = CALL.replacen('{', &format!("{{{more}"), 1);
        let response = stack.clone().oneshot(call_with("t", &body)).await.unwrap();
        assert!(response.status().is_client_error(), "{}", response.status());
    }
    assert!(sent(&fake).is_empty());
    let response = stack.oneshot(call_with("t", CALL)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_refusal_does_not_say_what_others_have_spent() {
    let org = Budget::new("org").limit("0.0007".parse().unwrap(), Window::Day);
    let two = tenants(["a", "b"], |caller| caller);
    // No more than the call can cost: what costs more would not be sent again.
    let answer = ANSWER.replace(r#""prompt_tokens":1000"#, r#""prompt_tokens":50"#);
    let answer = answer.replace(r#""completion_tokens":1000"#, r#""completion_tokens":200"#);
    let stack = Stack::server(whole(200, &answer), catalog("", PRICED), two)
        .budget(org)
        .boxed();
    let first = stack.clone().oneshot(call_with("a", CALL)).await.unwrap();
    assert_eq!(first.status(), StatusCode::OK);
    text(first).await;
    let refused = stack.oneshot(call_with("b", CALL)).await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let said = text(refused).await;
    assert!(
        !said.contains("0.003") && !said.contains("0.00205"),
        "{said}"
    );
}

#[tokio::test]
async fn a_caller_is_not_told_how_the_owner_s_keys_are_called() {
    let catalog = catalog(r#"api_key_env = "ACME_PROD_KEY_XYZ""#, PRICED);
    let fake = whole(200, ANSWER);
    let stack = Stack::server(fake.clone(), catalog, Tenants::single()).boxed();
    let response = stack.oneshot(call(CALL)).await.unwrap();
    assert!(response.status().is_server_error());
    assert_eq!(fake.called(), 0);
    let said = text(response).await;
    assert!(!said.contains("ACME_PROD"), "{said}");
}

#[tokio::test]
async fn a_slip_is_not_corrected_by_a_model_that_its_caller_may_not_use() {
    let names = r#"
        [[provider]]
        name = "acme"
        dialect = "openai"
        base_url = "http://acme.test/v1"
        [[model]]
        name = "secret-project-model"
        provider = "acme"
        price = { input = "1.00", output = "2.00" }
    "#;
    let slip = CALL.replacen("\"m\"", "\"secret-project-mode\"", 1);
    for (limited, told) in [(true, false), (false, true)] {
        let catalog = Catalog::from_toml(names).unwrap();
        let tenants = tenants(["t"], |caller| {
            if limited {
                caller.allowed(Allowed::new(["other/x"]))
            } else {
                caller
            }
        });
        let stack = Stack::server(whole(200, ANSWER), catalog, tenants).boxed();
        let response = stack.oneshot(call_with("t", &slip)).await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        let said = text(response).await;
        assert_eq!(said.contains("secret-project-model"), told, "{said}");
    }
}

#[tokio::test]
async fn an_empty_key_is_nobody_s_even_where_one_was_configured() {
    let nobody = Caller::new(Tenant::new("t").unwrap());
    let fake = whole(200, ANSWER);
    let stack = Stack::server(
        fake.clone(),
        catalog("", PRICED),
        Tenants::keys([("", nobody)]),
    );
    let stack = stack.boxed();
    for (name, value) in [
        ("x-api-key", ""),
        ("api-key", ""),
        ("authorization", "Bearer "),
    ] {
        let mut request = call(CALL);
        request.headers_mut().insert(name, value.parse().unwrap());
        let response = stack.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{name}");
    }
    assert_eq!(fake.called(), 0);
}
