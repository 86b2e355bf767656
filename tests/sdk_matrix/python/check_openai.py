"""OpenAI's package over each provider."""

import asyncio
import json
from typing import Literal

import openai
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

import matrix
from matrix import ECHO, HUGE, PNG_BASE64, STOPS, SYSTEM, NotOffered, arrived, equal, fails
from openai_cell import prepare, text_of, user
from openai_tools import one_tool_at_a_time, thinking_with_tools, tool_choice, tool_results, tools


class Person(BaseModel):
    name: str
    age: int
    size: Literal["small", "large"]


def create(c):
    messages = [{"role": "system", "content": SYSTEM}, user(f"Hi {ECHO}")]
    answer = c.ask("", messages=messages, temperature=0.5, max_completion_tokens=900, stop=STOPS)
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
    equal(answer.object, "chat.completion")
    equal(answer.model, c.model)
    assert answer.id and answer.created > 1_700_000_000, answer
    message = answer.choices[0].message
    assert message.tool_calls is None and message.refusal is None, message
    assert answer._request_id.startswith("gen_"), answer._request_id


def conversation(c):
    turns = [
        {"role": "developer", "content": SYSTEM},
        user([{"type": "text", "text": "One"}, {"type": "text", "text": "and two"}]),
        {"role": "assistant", "content": "Three"},
        user(f"Four ünd 🚀 {ECHO}"),
    ]
    echo = arrived(text_of(c, c.ask("", messages=turns)), system=SYSTEM, images=0)
    equal([said["role"] for said in echo["messages"]], ["user", "assistant", "user"])
    texts = [said["text"] for said in echo["messages"]]
    assert "One" in texts[0] and "and two" in texts[0], texts
    equal(texts[1:], ["Three", f"Four ünd 🚀 {ECHO}"])


def citations(c):
    whole = c.ask("Hi [[sim: citations]]")
    text = text_of(c, whole)
    [cited] = whole.choices[0].message.annotations
    equal(cited.type, "url_citation")
    place = cited.url_citation
    assert place.url.startswith("https://") and place.title, place
    assert text[place.start_index : place.end_index].strip(), place
    chunks = c.ask("Hi [[sim: citations]]", stream=True)
    deltas = [chunk.choices[0].delta for chunk in chunks]
    [streamed] = [one for delta in deltas for one in getattr(delta, "annotations", None) or []]
    equal(streamed["url_citation"]["url"], place.url)


def sampling(c):
    more = {"seed": 7, "top_p": 0.75}
    if c.dialect != "anthropic":
        more |= {"temperature": 1.5, "presence_penalty": 0.25, "frequency_penalty": 0.5}
    # Anthropic has no seed; without it the answer is as good.
    wanted = {name: value for name, value in more.items() if name != "seed" or c.dialect != "anthropic"}
    arrived(text_of(c, c.ask(ECHO, **more)), sampling=wanted)


def choices(c):
    if c.dialect == "anthropic":
        error = fails(openai.BadRequestError, c.ask, "Hi", n=2)
        equal(error.param, "n")
        return
    answer = c.ask("Hi", n=2)
    equal([choice.index for choice in answer.choices], [0, 1])
    assert all(choice.message.content for choice in answer.choices), answer
    c.tell(answer.usage)
    texts = ["", ""]
    for chunk in c.ask("Hi", n=2, stream=True):
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
    equal(texts, [choice.message.content for choice in answer.choices])


def what_cannot_be_said(c):
    ask = {"logit_bias": {"50256": -100}}
    if c.dialect == "openai":
        equal(text_of(c, c.ask("Hi", **ask)), text_of(c, c.ask("Hi")))
        return
    error = fails(openai.BadRequestError, c.ask, "Hi", **ask)
    equal((error.param, error.type), ("logit_bias", "invalid_request_error"))


def stream(c):
    whole = text_of(c, c.ask("Hello you"))
    for options in [None, {"include_usage": True}]:
        more = {"stream_options": options} if options else {}
        chunks = list(c.ask("Hello you", stream=True, **more))
        equal({chunk.id for chunk in chunks}, {chunks[0].id})
        equal({chunk.object for chunk in chunks}, {"chat.completion.chunk"})
        equal({chunk.model for chunk in chunks}, {c.model})
        if options:
            last = chunks.pop()
            equal(last.choices, [])
            c.tell(last.usage)
        assert all(chunk.usage is None for chunk in chunks), chunks
        deltas = [chunk.choices[0].delta for chunk in chunks]
        equal(deltas[0].role, "assistant")
        equal("".join(delta.content or "" for delta in deltas), whole)
        assert len(chunks) > 4, f"{len(chunks)} chunks"
        reasons = [chunk.choices[0].finish_reason for chunk in chunks]
        equal(reasons, [None] * (len(reasons) - 1) + ["stop"])
    echo = [chunk.choices[0].delta.content or "" for chunk in c.ask(ECHO, stream=True)]
    arrived("".join(echo), stream=True, model=c.model)


def ends(c):
    answer = c.ask("Hi [[sim: length=5]]")
    equal(answer.choices[0].finish_reason, "length")
    c.tell(answer.usage)
    answer = c.ask("Hi", max_completion_tokens=6)
    equal((answer.choices[0].finish_reason, answer.usage.completion_tokens), ("length", 6))
    c.tell(answer.usage)
    text = text_of(c, c.ask("Hi [[sim: stop]]", stop=["END"]))
    assert text and "END" not in text, text
    *_, last = [chunk for chunk in c.ask("Hi [[sim: length=5]]", stream=True) if chunk.choices]
    equal(last.choices[0].finish_reason, "length")


def refusal(c):
    [choice] = c.ask("Hi [[sim: refusal]]").choices
    assert choice.message.refusal or choice.finish_reason == "content_filter", choice
    with c.chat.stream(model=c.model, messages=[user("Hi [[sim: refusal]]")]) as events:
        for _ in events:
            pass
        try:
            [streamed] = events.get_final_completion().choices
        except openai.ContentFilterFinishReasonError:
            return
    equal(streamed.message.refusal, choice.message.refusal)


def structured(c):
    ask = {"model": c.model, "messages": [user("Who")], "response_format": Person}
    parsed = c.chat.parse(**ask)
    person = parsed.choices[0].message.parsed
    equal(type(person), Person)
    c.tell(parsed.usage)
    with c.chat.stream(**ask) as events:
        kinds = [event.type for event in events]
        equal(events.get_final_completion().choices[0].message.parsed, person)
    equal(kinds.count("content.done"), 1)
    schema = {"name": "Person", "schema": Person.model_json_schema() | {"additionalProperties": False}}
    form = {"type": "json_schema", "json_schema": schema | {"strict": True}}
    text = text_of(c, c.ask(ECHO, response_format=form))
    arrived(text, format="schema", schema_name="Person", schema_keys=["age", "name", "size"])


def json_object(c):
    ask = {"response_format": {"type": "json_object"}}
    if c.dialect == "anthropic":
        error = fails(openai.BadRequestError, c.ask, "As JSON", **ask)
        equal(error.param, "response_format")
        return
    assert type(json.loads(text_of(c, c.ask("As JSON", **ask)))) is dict
    arrived(text_of(c, c.ask(f"As JSON {ECHO}", **ask)), format="json")


def shown(c):
    """What asks for the reasoning to be shown. Servers of OpenAI's own format that show it always do."""
    return {} if c.dialect == "openai" else {"extra_body": {"include_reasoning": True}}


def thinking(c):
    arrived(text_of(c, c.ask(ECHO, reasoning_effort="low")), effort="low")
    whole = c.ask("Hi", reasoning_effort="low", **shown(c))
    thoughts = whole.choices[0].message.reasoning_content
    text_of(c, whole)
    assert thoughts and whole.usage.completion_tokens_details.reasoning_tokens > 0, whole
    text = whole.choices[0].message.content
    options = {"include_usage": True}
    chunks = list(c.ask("Hi", reasoning_effort="low", stream=True, stream_options=options, **shown(c)))
    c.tell(chunks.pop().usage)
    deltas = [chunk.choices[0].delta for chunk in chunks]
    equal("".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas), thoughts)
    equal("".join(delta.content or "" for delta in deltas), text)
    if c.dialect != "openai":
        unasked = c.ask("Hi", reasoning_effort="low").choices[0].message
        assert not getattr(unasked, "reasoning_content", None), unasked


def vision(c):
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG_BASE64}"}}
    ask = {"messages": [user([{"type": "text", "text": f"What is it {ECHO}"}, image])]}
    arrived(text_of(c, c.ask("", **ask)), images=1, files=0)
    ask["messages"][0]["content"][0]["text"] = "What is it"
    text = text_of(c, c.ask("", **ask))
    assert text.startswith("I see 1 images."), text


def errors(c):
    def failing(kind, sim, status):
        error = fails(kind, c.ask, f"Hi [[sim: {sim}]]")
        equal(error.status_code, status)
        assert error.body["message"] and error.request_id.startswith("gen_"), error.body
        equal(fails(kind, c.ask, f"Hi [[sim: {sim}]]", stream=True).body, error.body)
        return error

    error = failing(openai.BadRequestError, "status=400;message=That is bad", 400)
    assert "That is bad" in error.message and error.type == "invalid_request_error", error.body
    error = failing(openai.RateLimitError, "status=429;retry_after=7", 429)
    equal(error.response.headers["retry-after"], "7")
    equal(error.code, "rate_limit_exceeded")
    failing(openai.InternalServerError, "status=500", 500)
    failing(openai.InternalServerError, "status=503", 503)
    failing(openai.InternalServerError, "status=529", 503)
    failing(openai.APIStatusError, "status=413", 413)


def errors_of_the_gateway(c):
    wrong = c.client.with_options(api_key="sk-wrong").chat.completions
    error = fails(openai.AuthenticationError, wrong.create, model=c.model, messages=[user("Hi")])
    equal((error.status_code, error.code, error.type), (401, "invalid_api_key", "invalid_request_error"))
    error = fails(openai.NotFoundError, c.ask, "Hi", model="no-such-model")
    equal((error.status_code, error.code, error.param), (404, "model_not_found", "model"))
    error = fails(openai.APIStatusError, c.ask, HUGE)
    equal(error.status_code, 413)
    error = fails(openai.BadRequestError, c.ask, "Hi", messages="Hi")
    equal((error.param, error.type), ("messages", "invalid_request_error"))
    error = fails(openai.BadRequestError, c.ask, "Hi", n=0)
    equal(error.param, "n")


def no_retries_beside_the_gateways(c):
    """The gateway tries again by itself where it is told to, and the package does not do it once more."""
    count = []
    with openai.DefaultHttpxClient(event_hooks={"request": [count.append]}) as http:
        client = OpenAI(base_url=f"{c.retrying_url}/v1", api_key=c.key, max_retries=2, http_client=http)
        ask = {"model": c.model, "messages": [user("Hi [[sim: status=500]]")]}
        error = fails(openai.InternalServerError, client.chat.completions.create, **ask)
    equal(len(count), 1)
    equal(error.response.headers["x-should-retry"], "false")


def errors_within_a_stream(c):
    for sim in ["error=4", "cut=6"]:
        ask = {"model": c.frail, "messages": [user(f"Hi [[sim: {sim}]]")], "stream": True}
        chunks = c.frail_client.chat.completions.create(**ask)
        text = ""

        def read():
            nonlocal text
            for chunk in chunks:
                assert not chunk.choices or not chunk.choices[0].finish_reason, "a clean end"
                text += chunk.choices[0].delta.content or "" if chunk.choices else ""

        error = fails(openai.APIError, read)
        assert text and error.message, (text, error)


def leaving(c):
    ask = {"model": c.frail, "messages": [user("Hi")], "stream": True}
    chunks = c.frail_client.chat.completions.create(**ask)
    text = ""
    while len(text) < 20:
        text += next(chunks).choices[0].delta.content or ""
    chunks.close()
    c.left()


def asynchronous(c):
    async def all_of_it():
        async with AsyncOpenAI(base_url=f"{c.url}/v1", api_key=c.key, max_retries=0) as client:
            ask = {"model": c.model, "messages": [user("Hello you")]}
            chat = client.chat.completions
            answers = await asyncio.gather(*(chat.create(**ask) for _ in range(8)))
            [text] = {text_of(c, answer) for answer in answers}
            streamed = ""
            async for chunk in await chat.create(stream=True, **ask):
                streamed += chunk.choices[0].delta.content or ""
            equal(streamed, text)
        async with AsyncOpenAI(base_url=f"{c.url}/v1", api_key=c.frail_key, max_retries=0) as client:
            chunks = await client.chat.completions.create(**ask | {"model": c.frail}, stream=True)
            for _ in range(4):
                await anext(chunks)
            await chunks.close()
            c.left()

    asyncio.run(all_of_it())


def counting_tokens(c):
    raise NotOffered


def models(c):
    listed = {model.id: model for model in c.client.models.list()}
    assert c.model in listed and c.frail in listed and "auto" in listed, list(listed)
    one = c.client.models.retrieve(c.model)
    equal((one.id, one.object, one.owned_by), (c.model, "model", f"sim-{c.dialect}"))
    equal(listed[c.model], one)
    error = fails(openai.NotFoundError, c.client.models.retrieve, "no-such-model")
    equal(error.code, "model_not_found")


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
