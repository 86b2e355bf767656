use super::{Bound, Keeping, Kept, restore};
use crate::{
    catalog::{Catalog, Source},
    chat::{Content, Delta, Finish, Message, Part, Request, Role, Signed, Thinking, ToolCall},
    context::Tenant,
};

const CATALOG: &str = r#"
    [[provider]]
    name = "p"
    dialect = "anthropic"
    base_url = "http://p.test"

    [[provider]]
    name = "q"
    dialect = "anthropic"
    base_url = "http://q.test"

    [[model]]
    name = "claude-1"
    provider = "p"

    [[model]]
    name = "claude-2"
    provider = "p"

    [[model]]
    name = "gemini-1"
    provider = "p"

    [[model]]
    name = "claude-3"
    provider = "q"
"#;

fn bound(model: &str) -> Bound {
    let catalog = Catalog::parse(&[Source::text("c.toml", CATALOG)]).unwrap();
    let snapshot = catalog.snapshot();
    Bound::to(snapshot.model(model).unwrap())
}

fn tenant(name: &str) -> Tenant {
    Tenant::new(name).unwrap()
}

/// An answer of `claude-1` that thinks and calls two tools; what the caller got in the signature's place, and the ids.
fn answer(kept: &Kept, tenant: Option<Tenant>) -> (String, Vec<String>) {
    let mut keeping = Keeping::new(kept.clone(), bound("claude-1"), tenant, "answer");
    let thinks = |text: &'static str| Delta::Thinking {
        choice: 0,
        text: text.into(),
    };
    let calls = |call, id: Option<&'static str>| Delta::ToolCall {
        choice: 0,
        call,
        id: id.map(Into::into),
        name: "look".into(),
    };
    let signed = |of, signature: &'static str| Delta::Signature {
        choice: 0,
        of,
        signature: signature.into(),
    };
    let (mut token, mut ids) = (String::new(), Vec::new());
    for delta in [
        thinks("First "),
        thinks("this."),
        signed(Signed::Thinking, "SIG"),
        calls(0, Some("toolu_1")),
        calls(1, None),
        signed(Signed::Call(1), "CALLSIG"),
        Delta::End {
            choice: 0,
            ended: Finish::ToolCalls.into(),
        },
    ] {
        match keeping.pass(delta) {
            Delta::Signature {
                of: Signed::Thinking,
                signature,
                ..
            } => token = signature.into_owned(),
            Delta::ToolCall { id, .. } => ids.push(id.unwrap().into_owned()),
            _ => {}
        }
    }
    (token, ids)
}

/// The turn as a caller sends it back that keeps only the calls.
fn turn<'a>(ids: &'a [String]) -> Request<'a> {
    let parts = ids.iter().map(|id| {
        let mut call = ToolCall::new("look", "{}");
        call.id = Some(id.as_str().into());
        Part::new(Content::ToolCall(call))
    });
    let mut request = Request::new();
    request
        .messages
        .push(Message::new(Role::Assistant, parts.collect()));
    request
}

fn thinking<'a>(request: &'a Request<'_>) -> Vec<&'a Thinking<'a>> {
    let parts = request.messages[0].parts.iter();
    parts
        .filter_map(|part| match &part.content {
            Content::Thinking(thinking) => Some(thinking),
            _ => None,
        })
        .collect()
}

fn signatures(request: &Request<'_>) -> Vec<Option<String>> {
    let parts = request.messages[0].parts.iter();
    parts
        .filter_map(|part| match &part.content {
            Content::ToolCall(call) => Some(call.signature.as_deref().map(ToOwned::to_owned)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_tool_turn_gets_back_what_its_model_wants() {
    let kept = Kept::default();
    let (_, ids) = answer(&kept, Some(tenant("t")));
    assert_eq!(ids[0], "toolu_1", "an id of the provider's stays");
    assert!(ids[1].starts_with("call_"), "a call without one gets one");
    let mut request = turn(&ids);
    // Another model of the same family can read it.
    let restored = restore(
        &mut request,
        &kept,
        &bound("claude-2"),
        Some(&tenant("t")),
        false,
    );
    assert_eq!(restored.left_out, None);
    assert_eq!(restored.bytes, 14, "what money is held for");
    let thoughts = thinking(&request);
    assert_eq!(thoughts.len(), 1);
    assert_eq!(thoughts[0].text, "First this.");
    assert_eq!(thoughts[0].signature.as_deref(), Some("SIG"));
    assert_eq!(signatures(&request), [None, Some("CALLSIG".to_owned())]);
    assert!(
        matches!(request.messages[0].parts[0].content, Content::Thinking(_)),
        "it comes before the calls"
    );
}

#[test]
fn nobody_else_gets_it() {
    let kept = Kept::default();
    let (_, ids) = answer(&kept, Some(tenant("t")));
    for (model, whose) in [
        ("claude-1", Some(tenant("other"))),
        ("claude-1", None),
        ("gemini-1", Some(tenant("t"))),
        ("claude-3", Some(tenant("t"))),
    ] {
        let mut request = turn(&ids);
        restore(&mut request, &kept, &bound(model), whose.as_ref(), false);
        assert!(thinking(&request).is_empty(), "{model} {whose:?}");
        assert_eq!(signatures(&request), [None, None], "{model} {whose:?}");
    }
}

#[test]
fn a_token_stands_for_the_words_that_were_signed() {
    let kept = Kept::default();
    let (token, _) = answer(&kept, None);
    assert_ne!(token, "SIG", "the provider's own goes to nobody");
    let asked = |text: &str| {
        let thought = Thinking::new(text.to_owned()).signed(token.clone());
        let mut request = Request::new();
        request.messages.push(Message::new(
            Role::Assistant,
            vec![Part::new(Content::Thinking(thought))],
        ));
        request
    };
    let mut request = asked("First, well, this.");
    assert_eq!(
        restore(&mut request, &kept, &bound("claude-1"), None, false).left_out,
        None
    );
    let thoughts = thinking(&request);
    assert_eq!(thoughts[0].text, "First this.", "as it was signed");
    assert_eq!(thoughts[0].signature.as_deref(), Some("SIG"));
    // At another model it is left out, and that is said.
    let mut request = asked("First this.");
    let restored = restore(&mut request, &kept, &bound("gemini-1"), None, false);
    assert!(restored.left_out.is_some());
    assert!(thinking(&request).is_empty());
}

#[test]
fn a_vendor_s_own_signature_is_for_that_vendor() {
    let kept = Kept::default();
    for (own, stays) in [(true, 1), (false, 0)] {
        let mut request = Request::new();
        let thought = Thinking::new("Hm.").signed("EqQBCgIYAhIM");
        request.messages.push(Message::new(
            Role::Assistant,
            vec![Part::new(Content::Thinking(thought))],
        ));
        let restored = restore(&mut request, &kept, &bound("claude-1"), None, own);
        assert_eq!(thinking(&request).len(), stays);
        assert_eq!(restored.left_out.is_some(), !own);
    }
}
