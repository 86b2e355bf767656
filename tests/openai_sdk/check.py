"""What an app does with OpenAI's package, against gateways whose addresses are the arguments.

The first gateway's `auto` answers at once, the second's one event at a time, the third's slowly and at length; the
fourth's budget is all but spent. Lines on standard output: `open N` asks for N events, `left` says that a stream was
left, all others tell what was checked.
"""

import asyncio
import json
import sys

import openai
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

QUICK, STEPPED, SLOW, POOR = sys.argv[1:5]
KEY = "sk-team"
HELLO = [{"role": "user", "content": "Hello you"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
            "required": ["city", "days"],
            "additionalProperties": False,
        },
        "strict": True,
    },
}


class Person(BaseModel):
    name: str
    age: int


def said(what):
    print(what, flush=True)


class Requests:
    """Counts the requests that a client really sends."""

    def __init__(self):
        self.count = 0

    def one(self, _request):
        self.count += 1

    async def one_async(self, request):
        self.one(request)


class Sync:
    """The package's client, with what differs from the asynchronous one put away."""

    name = "sync"

    def __init__(self, url, key=KEY, **more):
        self.requests = Requests()
        http = openai.DefaultHttpxClient(event_hooks={"request": [self.requests.one]})
        self.client = OpenAI(base_url=url, api_key=key, http_client=http, **more)
        self.chat = self.client.chat.completions

    async def call(self, function, *args, **named):
        return function(*args, **named)

    async def each(self, stream):
        for item in stream:
            yield item

    async def first(self, stream, count):
        return [next(stream) for _ in range(count)]

    async def leave(self, stream):
        stream.close()

    async def parsed_stream(self, **named):
        with self.chat.stream(**named) as stream:
            events = [event.type for event in stream]
            return events, stream.get_final_completion()

    async def close(self):
        self.client.close()


class Async:
    name = "async"

    def __init__(self, url, key=KEY, **more):
        self.requests = Requests()
        http = openai.DefaultAsyncHttpxClient(event_hooks={"request": [self.requests.one_async]})
        self.client = AsyncOpenAI(base_url=url, api_key=key, http_client=http, **more)
        self.chat = self.client.chat.completions

    async def call(self, function, *args, **named):
        return await function(*args, **named)

    async def each(self, stream):
        async for item in stream:
            yield item

    async def first(self, stream, count):
        return [await anext(stream) for _ in range(count)]

    async def leave(self, stream):
        await stream.close()

    async def parsed_stream(self, **named):
        async with self.chat.stream(**named) as stream:
            events = [event.type async for event in stream]
            return events, await stream.get_final_completion()

    async def close(self):
        await self.client.close()


async def fails(kind, awaitable):
    try:
        await awaitable
    except openai.APIError as error:
        assert type(error) is kind, f"{type(error)} instead of {kind}: {error}"
        return error
    raise AssertionError(f"no {kind}")


async def create(to, model):
    answer = await to.call(to.chat.create, model=model, messages=HELLO)
    assert answer.object == "chat.completion", answer
    assert answer.model == "glm-5", answer.model
    choice = answer.choices[0]
    assert choice.finish_reason == "stop" and choice.message.role == "assistant", choice
    assert choice.message.content and choice.message.tool_calls is None, choice
    usage = answer.usage
    assert usage.completion_tokens == 24, usage
    assert usage.total_tokens == usage.prompt_tokens + 24, usage
    assert answer._request_id.startswith("gen_"), answer._request_id

    raw = await to.call(to.chat.with_raw_response.create, model=model, messages=HELLO)
    headers, parsed = raw.headers, raw.parse()
    assert headers["x-genai-decision"] == headers["x-request-id"] == parsed._request_id
    assert headers["x-request-id"] != answer._request_id
    assert headers["x-genai-model"] == "glm-5" and headers["x-genai-provider"] == "quick"
    assert headers["x-genai-attempts"] == "1"
    assert float(headers["x-genai-cost"]) > 0 and float(headers["x-genai-budget-left"]) > 99
    assert headers["content-type"] == "application/json"
    assert "openai-processing-ms" in headers and "x-ratelimit-remaining-requests" in headers
    assert parsed.choices[0].message.content == choice.message.content

    limited = await to.call(to.chat.create, model=model, messages=HELLO, max_completion_tokens=5, n=2)
    assert [c.index for c in limited.choices] == [0, 1], limited
    assert [c.finish_reason for c in limited.choices] == ["length"] * 2, limited


async def stream(to, model, whole):
    """One piece at a time: from the first content on the provider writes no event before the one before it was read here."""
    said("open 2")
    pieces = await to.call(to.chat.create, model=model, messages=HELLO, stream=True)
    assert pieces.response.headers["content-type"].startswith("text/event-stream")
    assert pieces.response.headers["x-genai-decision"] == pieces.response.headers["x-request-id"]
    [opening, piece] = await to.first(pieces, 2)
    assert opening.object == "chat.completion.chunk" and opening.model == "step-1", opening
    assert opening.choices[0].delta.role == "assistant", opening
    text = ""
    for left in reversed(range(12)):
        assert piece.usage is None and piece.id == opening.id, piece
        assert piece.choices[0].delta.content and piece.choices[0].finish_reason is None, piece
        text += piece.choices[0].delta.content
        if left:
            said("open 1")
            [piece] = await to.first(pieces, 1)
    # The end, the usage that the gateway asks for and keeps, and the end marker.
    said("open 3")
    rest = [piece async for piece in to.each(pieces)]
    assert len(rest) == 1, f"no usage that was not asked for: {rest}"
    assert rest[0].choices[0].finish_reason == "stop" and rest[0].usage is None, rest

    said("open 16")
    options = {"include_usage": True}
    pieces = await to.call(to.chat.create, model=model, messages=HELLO, stream=True, stream_options=options)
    *pieces, last = [piece async for piece in to.each(pieces)]
    assert last.choices == [] and last.usage.completion_tokens == 12, last
    assert all(piece.usage is None and piece.choices for piece in pieces)
    again = "".join(piece.choices[0].delta.content or "" for piece in pieces)
    assert again == text, (again, text)
    whole.setdefault("text", text)
    assert whole["text"] == text, "who asks makes no difference"


async def tools(to, model):
    ask = {"model": model, "messages": HELLO, "tools": [WEATHER]}
    answer = await to.call(to.chat.create, tool_choice="auto", **ask)
    choice = answer.choices[0]
    assert choice.finish_reason == "tool_calls" and choice.message.content is None, choice
    [call] = choice.message.tool_calls
    arguments = json.loads(call.function.arguments)
    assert call.type == "function" and call.function.name == "get_weather" and call.id, call
    assert type(arguments["city"]) is str and type(arguments["days"]) is int, arguments

    name, text, call_id = "", "", None
    pieces = await to.call(to.chat.create, stream=True, **ask)
    async for piece in to.each(pieces):
        for part in piece.choices[0].delta.tool_calls or []:
            assert part.index == 0, part
            call_id = call_id or part.id
            name += part.function.name or ""
            text += part.function.arguments or ""
    assert (name, json.loads(text)) == ("get_weather", arguments), (name, text)
    assert call_id

    result = {"role": "tool", "tool_call_id": call.id, "content": "rain"}
    turns = HELLO + [choice.message.model_dump(exclude_none=True), result]
    final = await to.call(to.chat.create, model=model, messages=turns, tools=[WEATHER])
    assert final.choices[0].finish_reason == "stop" and final.choices[0].message.content, final


async def structured(to, model):
    parsed = await to.call(to.chat.parse, model=model, messages=HELLO, response_format=Person)
    person = parsed.choices[0].message.parsed
    assert type(person) is Person and type(person.age) is int, parsed

    events, final = await to.parsed_stream(model=model, messages=HELLO, response_format=Person)
    assert final.choices[0].message.parsed == person, final
    assert "content.delta" in events and events.count("content.done") == 1, events


async def errors(to, model):
    def ask(**more):
        return to.call(to.chat.create, **{"model": model, "messages": HELLO, **more})

    before = to.requests.count
    error = await fails(openai.BadRequestError, ask(n=0))
    assert error.status_code == 400 and error.param == "n", error.body
    assert error.type == "invalid_request_error" and error.body["message"], error.body
    error = await fails(openai.BadRequestError, ask(messages="Hello"))
    assert error.param == "messages", error.body
    assert error.response.headers["x-request-id"] == error.request_id
    assert to.requests.count == before + 2, "not tried again"

    for sim, kind, status in [
        ("status=400;code=bad_thing", openai.BadRequestError, 400),
        ("status=429", openai.RateLimitError, 429),
        ("status=500", openai.InternalServerError, 500),
        ("status=503", openai.InternalServerError, 503),
    ]:
        error = await fails(kind, ask(metadata={"sim": sim}))
        assert error.status_code == status and error.body["message"], error.body
        assert error.request_id.startswith("gen_"), error.request_id
        if status == 429:
            assert error.code == "rate_limit_exceeded", error.body


async def names(kind):
    to = kind(QUICK, max_retries=2)
    unknown = to.call(to.chat.create, model="glm-6", messages=HELLO)
    error = await fails(openai.NotFoundError, unknown)
    assert (error.status_code, error.code, error.param) == (404, "model_not_found", "model")
    assert "glm-6" in error.message, error.message
    error = await fails(openai.NotFoundError, to.call(to.client.embeddings.create, model="x", input="y"))
    assert error.code == "unknown_url", error.body

    listed = await to.call(to.client.models.list)
    ids = [model.id for model in listed.data]
    assert "auto" in ids and "glm-5" in ids and "house-glm-5" in ids, ids
    one = await to.call(to.client.models.retrieve, "quick/glm-5")
    assert (one.id, one.owned_by, one.object) == ("glm-5", "quick", "model"), one
    error = await fails(openai.NotFoundError, to.call(to.client.models.retrieve, "../secret"))
    assert error.code == "model_not_found", error.body
    assert to.requests.count == 5, to.requests.count
    await to.close()

    to = kind(QUICK, key="sk-wrong", max_retries=2)
    for call in [
        to.call(to.chat.create, model="auto", messages=HELLO),
        to.call(to.client.models.list),
    ]:
        error = await fails(openai.AuthenticationError, call)
        assert (error.status_code, error.code) == (401, "invalid_api_key"), error.body
        assert error.type == "invalid_request_error" and "sk-wrong" not in str(error), error
    assert to.requests.count == 2, to.requests.count
    await to.close()


async def spent(kind, models):
    """Calls until the money is gone; from then on one request a call, which says that there is no quota."""
    to = kind(POOR, max_retries=2)
    ask = {"messages": HELLO, "max_completion_tokens": 24}
    for _ in range(20):
        try:
            await to.call(to.chat.create, model="auto", **ask)
        except openai.RateLimitError:
            break
    else:
        raise AssertionError("the budget has no end")
    for model in models:
        for streamed in [False, True]:
            before = to.requests.count
            call = to.call(to.chat.create, model=model, stream=streamed, **ask)
            error = await fails(openai.RateLimitError, call)
            assert error.code == error.type == "insufficient_quota", error.body
            assert error.response.headers["x-should-retry"] == "false"
            assert to.requests.count == before + 1, "tried again"
    await to.close()


async def once(kind):
    """A call with a key is made once: its answer comes again, and another call's key is another call's."""
    to = kind(QUICK, max_retries=0)
    named = {"model": "auto", "messages": HELLO, "extra_headers": {"Idempotency-Key": f"{kind.name}-whole"}}
    answers = []
    for replayed in [None, "true"]:
        raw = await to.call(to.chat.with_raw_response.create, **named)
        assert raw.headers.get("idempotency-replayed") == replayed, raw.headers
        answers.append(raw.parse())
    assert answers[0] == answers[1] and answers[0]._request_id == answers[1]._request_id
    other = {**named, "messages": [{"role": "user", "content": "Something else"}]}
    error = await fails(openai.UnprocessableEntityError, to.call(to.chat.create, **other))
    assert error.code == "idempotency_key_reused", error.body

    named["extra_headers"] = {"Idempotency-Key": f"{kind.name}-stream"}
    streams = []
    for _ in range(2):
        pieces = await to.call(to.chat.create, stream=True, **named)
        streams.append([piece async for piece in to.each(pieces)])
    assert streams[0] == streams[1] and len(streams[0]) > 20, len(streams[0])
    assert to.requests.count == 5, to.requests.count
    await to.close()


async def waits():
    """Of two who ask at the same time one is told to come back, does so by itself, and gets the other's answer."""
    to = Async(STEPPED, max_retries=20)
    named = {"model": "auto", "messages": HELLO, "extra_headers": {"Idempotency-Key": "waits"}}
    asked = [asyncio.create_task(to.chat.create(**named)) for _ in range(2)]
    while to.requests.count < 4:
        await asyncio.sleep(0.01)
    said("open 1")
    first, second = await asyncio.gather(*asked)
    assert first == second and first._request_id == second._request_id
    await to.close()


async def leave(to, model):
    pieces = await to.call(to.chat.create, model=model, messages=HELLO, stream=True)
    got = await to.first(pieces, 3)
    assert got[2].choices[0].delta.content, got
    await to.leave(pieces)
    said("left")


async def main():
    whole = {}
    for kind in [Sync, Async]:
        for model in ["auto", "glm-5", "house-glm-5"]:
            to = kind(QUICK, max_retries=0)
            for check in [create, tools, structured, errors]:
                await check(to, model)
                said(f"{kind.name} {model} {check.__name__}")
            await to.close()
        for model in ["auto", "step-1", "house-step-1"]:
            to = kind(STEPPED, max_retries=0)
            await stream(to, model, whole)
            await to.close()
            said(f"{kind.name} {model} stream")
        for model in ["auto", "slow-1", "house-slow-1"]:
            to = kind(SLOW, max_retries=0)
            await leave(to, model)
            await to.close()
            said(f"{kind.name} {model} leave")
        await names(kind)
        said(f"{kind.name} names and keys")
        await once(kind)
        said(f"{kind.name} once")
        await spent(kind, ["auto", "glm-5", "house-glm-5"])
        said(f"{kind.name} spent")
    await waits()
    said("async waits")


asyncio.run(main())
