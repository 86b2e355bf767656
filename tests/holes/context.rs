//! What was taken of a call's context stays with it.

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};
use tower_genai::{
    Body,
    budget::{Budget, BudgetLayer, Window},
    classify::ClassifyLayer,
    context::{Context, DataLabel, Tenant},
    dispatch::DispatchLayer,
    query::QueryBody,
    select::{LabelRule, SelectLayer, Selector},
    stack::Stack,
};

use crate::support::{ANSWER, CALL, PRICED, budget, call, catalog, spent, text, whole};

/// A call under a budget, which a handler makes with another context, perhaps in a task of its own: its status, what
/// the budget of the stack inside has spent, and how often the provider was asked.
async fn replaced(outer: &Budget, with: Context, apart: bool) -> (StatusCode, u64, usize) {
    let fake = whole(200, ANSWER);
    let team = Budget::new("team").limit("10".parse().unwrap(), Window::Day);
    let stack = Stack::client_with(fake.clone(), catalog("", PRICED))
        .budget(team.clone())
        .boxed();
    let handler = service_fn(move |mut request: Request<Full<Bytes>>| {
        request.extensions_mut().insert(with.clone());
        let call = stack.clone().oneshot(request);
        async move {
            if apart {
                tokio::spawn(call).await.unwrap()
            } else {
                call.await
            }
        }
    });
    let service = BudgetLayer::new(outer.clone()).layer(handler);
    let response = service.oneshot(call(CALL)).await.unwrap();
    let status = response.status();
    text(response.map(Body::new)).await;
    (status, spent(&team), fake.called())
}

fn replacements() -> impl Iterator<Item = (Context, bool)> {
    let tenant = Tenant::new("t").unwrap();
    let contexts = [Context::new(), Context::new().with_tenant(tenant)];
    let twice = |context: Context| [(context.clone(), false), (context, true)];
    contexts.into_iter().flat_map(twice)
}

#[tokio::test]
async fn a_context_that_is_put_in_place_of_another_does_not_lead_past_its_budget() {
    for (context, apart) in replacements() {
        let outer = budget("0.000001");
        let refused = replaced(&outer, context, apart).await;
        assert_eq!(refused, (StatusCode::TOO_MANY_REQUESTS, 0, 0), "{apart}");
        assert_eq!(spent(&outer), 0);
    }
}

#[tokio::test]
async fn budgets_around_and_inside_of_a_replaced_context_are_both_charged() {
    for (context, apart) in replacements() {
        let outer = budget("10");
        let answered = replaced(&outer, context, apart).await;
        assert_eq!(answered, (StatusCode::OK, 3_000_000, 1), "{apart}");
        assert_eq!(spent(&outer), 3_000_000);
    }
}

#[tokio::test]
async fn a_label_that_a_handler_carries_reaches_a_request_whose_context_was_taken_before() {
    for (labelled, derived, status, called) in [
        (true, true, StatusCode::BAD_REQUEST, 0),
        (true, false, StatusCode::BAD_REQUEST, 0),
        (false, true, StatusCode::OK, 1),
    ] {
        let fake = whole(200, ANSWER);
        let personal = DataLabel::new("personal").unwrap();
        let rule = LabelRule::new(personal.clone(), ["device"]);
        let stack = Stack::client_with(fake.clone(), catalog("", PRICED))
            .labels([rule])
            .boxed();
        let handler = service_fn(move |request: Request<Full<Bytes>>| {
            let (stack, personal) = (stack.clone(), personal.clone());
            async move {
                let mut context = Context::new();
                if derived {
                    context = Context::of(request.extensions());
                }
                if labelled {
                    context = context.with_label(personal);
                }
                context.carry(stack.oneshot(request)).await
            }
        });
        let service = BudgetLayer::new(budget("1")).layer(handler);
        let response = service.oneshot(call(CALL)).await.unwrap();
        assert_eq!((response.status(), fake.called()), (status, called));
    }
}

/// A layer between the one that reads a call and the one that decides on it may be the first to know its label.
#[tokio::test]
async fn a_carried_label_counts_where_the_context_that_was_taken_is_empty() {
    for (labelled, status, called) in [
        (true, StatusCode::BAD_REQUEST, 0),
        (false, StatusCode::OK, 1),
    ] {
        let fake = whole(200, ANSWER);
        let personal = DataLabel::new("personal").unwrap();
        let rule = LabelRule::new(personal.clone(), ["device"]);
        let decide = ServiceBuilder::new()
            .layer(SelectLayer::new(
                Selector::new(catalog("", PRICED)).labels([rule]),
            ))
            .layer(DispatchLayer::new())
            .service(fake.clone());
        let handler = service_fn(move |request: Request<QueryBody>| {
            let mut context = Context::of(request.extensions());
            if labelled {
                context = context.with_label(personal.clone());
            }
            context.carry(decide.clone().oneshot(request))
        });
        let service = ClassifyLayer::new().layer(handler);
        let response = service.oneshot(call(CALL)).await.unwrap();
        assert_eq!((response.status(), fake.called()), (status, called));
    }
}
