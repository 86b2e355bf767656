"""Anthropic's package over each provider."""

import asyncio
from typing import Literal

import anthropic
from anthropic import Anthropic, AsyncAnthropic
from pydantic import BaseModel

import matrix
from anthropic_cell import TOOLS, prepare, text_of, user
from anthropic_tools import one_tool_at_a_time, thinking_with_tools, tool_choice, tool_results, tools
from matrix import ECHO, HUGE, PNG_BASE64, STOPS, SYSTEM, arrived, equal, fails


class Person(BaseModel):
    name: str
    age: int
    size: Literal["small", "large"]


def create(c):
    more = {"system": SYSTEM, "stop_sequences": STOPS, "max_tokens": 900}
    # The newest version of the package has no word of its own for it.
    answer = c.ask(f"Hi {ECHO}", extra_body={"temperature": 0.5}, **more)
    arrived(
        text_of(c, answer),
        model=c.model,
        system=SYSTEM,
        messages=[{"role": "user", "text": f"Hi {ECHO}", "images": 0, "files": 0}],
        sampling={"temperature": 0.5},
        max_tokens=900,
        stop=STOPS,
        n=1,
        tools=[],
        effort=None,
        format="text",
        stream=False,
    )
    equal((answer.type, answer.role, answer.model), ("message", "assistant", c.model))
    equal([block.type for block in answer.content], ["text"])
    assert answer.id and answer.stop_sequence is None, answer
    assert answer._request_id.startswith("gen_"), answer._request_id


def conversation(c):
    cached = {"cache_control": {"type": "ephemeral"}}
    system = [{"type": "text", "text": SYSTEM}, {"type": "text", "text": "Be kind.", **cached}]
    turns = [
        user([{"type": "text", "text": "One"}, {"type": "text", "text": "and two", **cached}]),
        {"role": "assistant", "content": [{"type": "text", "text": "Three"}]},
        user(f"Four ünd 🚀 {ECHO}"),
    ]
    echo = arrived(text_of(c, c.ask("", messages=turns, system=system)), images=0)
    assert SYSTEM in echo["system"] and "Be kind." in echo["system"], echo["system"]
    equal([said["role"] for said in echo["messages"]], ["user", "assistant", "user"])
    texts = [said["text"] for said in echo["messages"]]
    assert "One" in texts[0] and "and two" in texts[0], texts
    equal(texts[1:], ["Three", f"Four ünd 🚀 {ECHO}"])


def citations(c):
    whole, (_, streamed) = c.ask("Hi [[sim: citations]]"), c.streamed("Hi [[sim: citations]]")
    equal(text_of(c, streamed), text_of(c, whole))
    for answer in [whole, streamed]:
        [cited] = [one for block in answer.content for one in block.citations or []]
        assert cited.url.startswith("https://") and cited.title, cited
        equal(cited.type, "web_search_result_location")


def sampling(c):
    arrived(text_of(c, c.ask(ECHO, extra_body={"top_p": 0.75})), sampling={"top_p": 0.75})
    if c.dialect != "openai":
        arrived(text_of(c, c.ask(ECHO, extra_body={"top_k": 40})), sampling={"top_k": 40})


def choices(c):
    raise matrix.NotOffered


def what_cannot_be_said(c):
    more = {"extra_body": {"top_k": 40}}
    if c.dialect == "openai":
        error = fails(anthropic.BadRequestError, c.ask, "Hi", **more)
        assert "top_k" in error.body["error"]["message"], error.body
        equal(error.body["error"]["type"], "invalid_request_error")
    else:
        text_of(c, c.ask("Hi", **more))


def stream(c):
    whole = text_of(c, c.ask("Hello you"))
    events = list(c.ask("Hello you", stream=True))
    kinds = [event.type for event in events if event.type != "ping"]
    deltas = kinds.count("content_block_delta")
    assert deltas > 2, kinds
    wanted = ["message_start", "content_block_start"] + ["content_block_delta"] * deltas
    equal(kinds, wanted + ["content_block_stop", "message_delta", "message_stop"])
    start = events[0].message
    equal((start.role, start.content, start.stop_reason, start.model), ("assistant", [], None, c.model))
    texts = [event.delta.text for event in events if event.type == "content_block_delta"]
    equal("".join(texts), whole)
    equal([event.delta.stop_reason for event in events if event.type == "message_delta"], ["end_turn"])
    events, final = c.streamed("Hello you")
    equal(text_of(c, final), whole)
    assert final.id and final.role == "assistant" and final.type == "message", final
    arrived(text_of(c, c.streamed(ECHO)[1]), stream=True, model=c.model)


def ends(c):
    answer = c.ask("Hi [[sim: length=5]]")
    equal(answer.stop_reason, "max_tokens")
    c.tell(answer.usage)
    answer = c.ask("Hi", max_tokens=6)
    equal((answer.stop_reason, answer.usage.output_tokens), ("max_tokens", 6))
    c.tell(answer.usage)
    stop = {"stop_sequences": ["END"]}
    stopped = [c.ask("Hi [[sim: stop]]", **stop), c.streamed("Hi [[sim: stop]]", **stop)[1]]
    for answer in stopped:
        # Which text was hit is told by Anthropic alone.
        known = ("stop_sequence", "END") if c.dialect == "anthropic" else ("end_turn", None)
        equal((answer.stop_reason, answer.stop_sequence), known)
        assert answer.content[0].text and "END" not in answer.content[0].text, answer
    equal(c.streamed("Hi [[sim: length=5]]")[1].stop_reason, "max_tokens")


def refusal(c):
    whole, (_, streamed) = c.ask("Hi [[sim: refusal]]"), c.streamed("Hi [[sim: refusal]]")
    equal([whole.stop_reason, streamed.stop_reason], ["refusal", "refusal"])
    equal([block.text for block in whole.content], [block.text for block in streamed.content])


def structured(c):
    ask = {"model": c.model, "max_tokens": 500, "messages": [user("Who")], "output_format": Person}
    parsed = c.client.messages.parse(**ask)
    equal(type(parsed.parsed_output), Person)
    c.tell(parsed.usage)
    with c.client.messages.stream(**ask) as events:
        equal(events.get_final_message().parsed_output, parsed.parsed_output)
    schema = Person.model_json_schema() | {"additionalProperties": False}
    text = text_of(c, c.ask(ECHO, output_config={"format": {"type": "json_schema", "schema": schema}}))
    arrived(text, format="schema", schema_keys=["age", "name", "size"])


def json_object(c):
    raise matrix.NotOffered


def thinking(c):
    effort = {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}
    arrived(text_of(c, c.ask(ECHO, **effort)), effort="low")
    budget = {"thinking": {"type": "enabled", "budget_tokens": 1_024}}
    echo = arrived(text_of(c, c.ask(ECHO, **budget)))
    if c.dialect == "anthropic":
        equal((echo["thinking_budget"], echo["effort"]), (1_024, None))
    else:
        equal(echo["effort"], "low")
    for more in [effort, budget]:
        whole = c.ask("Hi", **more)
        events, streamed = c.streamed("Hi", **more)
        text = text_of(c, whole)
        equal(text_of(c, streamed), text)
        for answer in [whole, streamed]:
            equal([block.type for block in answer.content], ["thinking", "text"])
            assert answer.content[0].thinking, answer
            # Others do not sign what they show, or not where Anthropic does; the member is there all the same.
            equal(type(answer.content[0].signature), str)
            assert answer.content[0].signature or c.dialect != "anthropic", answer
        equal(whole.content[0].thinking, streamed.content[0].thinking)
        deltas = [event.delta.type for event in events if event.type == "content_block_delta"]
        kinds = list(dict.fromkeys(deltas))
        equal([kind for kind in kinds if kind != "signature_delta"], ["thinking_delta", "text_delta"])
    assert all(block.type == "text" for block in c.ask("Hi").content)


def vision(c):
    source = {"type": "base64", "media_type": "image/png", "data": PNG_BASE64}
    content = [{"type": "text", "text": f"What is it {ECHO}"}, {"type": "image", "source": source}]
    arrived(text_of(c, c.ask(content)), images=1, files=0)
    content[0] = {"type": "text", "text": "What is it"}
    text = text_of(c, c.ask(content))
    assert text.startswith("I see 1 images."), text


def errors(c):
    def failing(kind, sim, status, word):
        error = fails(kind, c.ask, f"Hi [[sim: {sim}]]")
        equal((error.status_code, error.body["type"], error.body["error"]["type"]), (status, "error", word))
        assert error.body["error"]["message"], error.body
        assert error.request_id.startswith("gen_"), error.request_id
        # Where Anthropic itself has failed, these are its own words, with the name by which it knows the call.
        own = c.dialect == "anthropic" and error.body["request_id"].startswith("req_")
        assert own or error.body["request_id"] == error.request_id, error.body
        again = fails(kind, c.ask, f"Hi [[sim: {sim}]]", stream=True)
        equal(again.body["error"], error.body["error"])
        return error

    bad = failing(anthropic.BadRequestError, "status=400;message=That is bad", 400, "invalid_request_error")
    assert "That is bad" in bad.message, bad.body
    limited = failing(anthropic.RateLimitError, "status=429;retry_after=7", 429, "rate_limit_error")
    equal(limited.response.headers["retry-after"], "7")
    failing(anthropic.InternalServerError, "status=500", 500, "api_error")
    failing(anthropic._exceptions.OverloadedError, "status=529", 529, "overloaded_error")
    failing(anthropic._exceptions.RequestTooLargeError, "status=413", 413, "request_too_large")


def errors_of_the_gateway(c):
    def told(error):
        equal(error.body["request_id"], error.request_id)
        return error.status_code, error.body["error"]["type"]

    wrong = Anthropic(base_url=c.url, api_key="sk-wrong", max_retries=0)
    ask = {"model": c.model, "max_tokens": 9, "messages": [user("Hi")]}
    error = fails(anthropic.AuthenticationError, wrong.messages.create, **ask)
    equal(told(error), (401, "authentication_error"))
    error = fails(anthropic.NotFoundError, c.ask, "Hi", model="no-such-model")
    equal(told(error), (404, "not_found_error"))
    assert "no-such-model" in error.body["error"]["message"], error.body
    error = fails(anthropic._exceptions.RequestTooLargeError, c.ask, HUGE)
    equal(told(error), (413, "request_too_large"))
    error = fails(anthropic.BadRequestError, c.ask, "Hi", messages="Hi")
    equal(told(error), (400, "invalid_request_error"))
    assert "messages" in error.body["error"]["message"], error.body
    error = fails(anthropic.BadRequestError, c.ask, "Hi", max_tokens=0)
    assert "max_tokens" in error.body["error"]["message"], error.body


def no_retries_beside_the_gateways(c):
    """The gateway tries again by itself where it is told to, and the package does not do it once more."""
    count = []
    with anthropic.DefaultHttpxClient(event_hooks={"request": [count.append]}) as http:
        client = Anthropic(base_url=c.retrying_url, api_key=c.key, max_retries=2, http_client=http)
        ask = {"model": c.model, "max_tokens": 9, "messages": [user("Hi [[sim: status=500]]")]}
        error = fails(anthropic.InternalServerError, client.messages.create, **ask)
    equal(len(count), 1)
    equal(error.response.headers["x-should-retry"], "false")


def errors_within_a_stream(c):
    for sim in ["error=4", "cut=6"]:
        ask = {"model": c.frail, "max_tokens": 9_000, "messages": [user(f"Hi [[sim: {sim}]]")]}
        events = c.frail_client.messages.create(stream=True, **ask)
        text = ""
        try:
            for event in events:
                assert event.type not in ["message_delta", "message_stop"], "a clean end"
                if event.type == "content_block_delta":
                    text += event.delta.text
        except anthropic.APIStatusError as error:
            equal(error.body["type"], "error")
            assert text and error.body["error"]["message"], (text, error.body)
        else:
            raise AssertionError(f"no error after {text!r}")


def leaving(c):
    ask = {"model": c.frail, "max_tokens": 9_000, "messages": [user("Hi")]}
    events = c.frail_client.messages.create(stream=True, **ask)
    text = ""
    while len(text) < 20:
        event = next(events)
        if event.type == "content_block_delta":
            text += event.delta.text
    events.close()
    c.left()


def asynchronous(c):
    async def all_of_it():
        ask = {"model": c.model, "max_tokens": 2_000, "messages": [user("Hello you")]}
        async with AsyncAnthropic(base_url=c.url, api_key=c.key, max_retries=0) as client:
            answers = await asyncio.gather(*(client.messages.create(**ask) for _ in range(8)))
            [text] = {text_of(c, answer) for answer in answers}
            async with client.messages.stream(**ask) as events:
                equal("".join([piece async for piece in events.text_stream]), text)
        async with AsyncAnthropic(base_url=c.url, api_key=c.frail_key, max_retries=0) as client:
            events = await client.messages.create(**ask | {"model": c.frail}, stream=True)
            for _ in range(6):
                await anext(events)
            await events.close()
            c.left()

    asyncio.run(all_of_it())


def counting_tokens(c):
    turns = [user("How many tokens are these, all in all and one by one")]
    ask = {"model": c.model, "messages": turns, "system": SYSTEM, "tools": TOOLS}
    counted = c.client.messages.count_tokens(**ask).input_tokens
    usage = c.client.messages.create(max_tokens=500, **ask).usage
    c.tell(usage)
    billed = usage.input_tokens + (usage.cache_read_input_tokens or 0)
    if c.dialect == "openai":
        # That API counts nothing, so the gateway estimates.
        assert billed / 3 < counted < billed * 3, (counted, billed)
    else:
        equal(counted, billed)
    ask["model"] = "no-such-model"
    fails(anthropic.NotFoundError, c.client.messages.count_tokens, **ask)


def models(c):
    # By pages, of which the package asks for one after the other.
    listed = {model.id: model for model in c.client.models.list(limit=5)}
    assert c.model in listed and c.frail in listed and "auto" in listed, list(listed)
    one = c.client.models.retrieve(c.model)
    equal((one.id, one.type), (c.model, "model"))
    assert one.display_name and one.created_at, one
    equal(listed[c.model], one)
    error = fails(anthropic.NotFoundError, c.client.models.retrieve, "no-such-model")
    equal(error.body["error"]["type"], "not_found_error")


matrix.run(
    prepare,
    [
        (create, True),
        (conversation, False),
        (sampling, False),
        (choices, False),
        (what_cannot_be_said, False),
        (stream, True),
        (ends, False),
        (refusal, False),
        (citations, False),
        (tools, True),
        (tool_results, True),
        (tool_choice, False),
        (one_tool_at_a_time, False),
        (structured, True),
        (json_object, False),
        (thinking, False),
        (thinking_with_tools, True),
        (vision, True),
        (errors, True),
        (errors_of_the_gateway, True),
        (no_retries_beside_the_gateways, False),
        (errors_within_a_stream, True),
        (leaving, True),
        (asynchronous, False),
        (counting_tokens, True),
        (models, True),
    ],
)
