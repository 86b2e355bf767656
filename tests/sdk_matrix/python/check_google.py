"""Google's package over each provider."""

import asyncio
from typing import Literal

from google.genai import errors as google
from google.genai import types
from pydantic import BaseModel

import matrix
from google_cell import client, parts_of, prepare, text, text_of
from google_tools import one_tool_at_a_time, thinking_with_tools, tool_choice, tool_results, tools
from matrix import ECHO, HUGE, PNG, STOPS, SYSTEM, NotOffered, arrived, equal, fails


class Person(BaseModel):
    name: str
    age: int
    size: Literal["small", "large"]


def names(error, field):
    """Whether an error says that this field is at fault."""
    equal((error.code, error.status), (400, "INVALID_ARGUMENT"))
    details = error.details["error"]["details"]
    fields = [one["field"] for detail in details for one in detail.get("fieldViolations", [])]
    equal(fields, [field])


def create(c):
    config = {"temperature": 0.5, "max_output_tokens": 900, "stop_sequences": STOPS}
    answer = c.ask(f"Hi {ECHO}", system_instruction=SYSTEM, **config)
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
    equal(answer.candidates[0].content.role, "model")
    equal(answer.model_version, c.model)
    assert answer.response_id and answer.function_calls is None, answer
    equal(answer.text, text(answer))


def conversation(c):
    turns = [
        types.UserContent(parts=[types.Part(text="One"), types.Part(text="and two")]),
        types.ModelContent(parts=[types.Part(text="Three")]),
        types.UserContent(parts=[types.Part(text=f"Four ünd 🚀 {ECHO}")]),
    ]
    echo = arrived(text_of(c, c.ask(turns, system_instruction=[SYSTEM, "Be kind."])), images=0)
    assert SYSTEM in echo["system"] and "Be kind." in echo["system"], echo["system"]
    equal([said["role"] for said in echo["messages"]], ["user", "assistant", "user"])
    texts = [said["text"] for said in echo["messages"]]
    assert "One" in texts[0] and "and two" in texts[0], texts
    equal(texts[1:], ["Three", f"Four ünd 🚀 {ECHO}"])
    chat = c.client.chats.create(model=c.model)
    first = text_of(c, chat.send_message("Hi"))
    echo = arrived(text_of(c, chat.send_message(ECHO)))
    equal([said["text"] for said in echo["messages"]], ["Hi", first, ECHO])


def citations(c):
    whole, chunks = c.ask("Hi [[sim: citations]]"), c.streamed("Hi [[sim: citations]]")
    equal(text_of(c, chunks), text_of(c, whole))
    for answer in [[whole], chunks]:
        [grounding] = [one for chunk in answer if (one := chunk.candidates[0].grounding_metadata)]
        [source] = grounding.grounding_chunks
        assert source.web.uri.startswith("https://") and source.web.title, source
        [support] = grounding.grounding_supports
        equal(support.grounding_chunk_indices, [0])
        assert support.segment.end_index > (support.segment.start_index or 0), support


def sampling(c):
    config = {"seed": 7, "top_p": 0.75}
    if c.dialect != "anthropic":
        config |= {"temperature": 1.5, "presence_penalty": 0.25, "frequency_penalty": 0.5}
    # Anthropic has no seed; without it the answer is as good.
    wanted = {name: value for name, value in config.items() if name != "seed" or c.dialect != "anthropic"}
    arrived(text_of(c, c.ask(ECHO, **config)), sampling=wanted)
    if c.dialect != "openai":
        arrived(text_of(c, c.ask(ECHO, top_k=40)), sampling={"top_k": 40})


def choices(c):
    if c.dialect == "anthropic":
        error = fails(google.ClientError, c.ask, "Hi", candidate_count=2)
        names(error, "generationConfig.candidateCount")
        return
    answer = c.ask("Hi", candidate_count=2)
    texts = ["".join(part.text for part in one.content.parts) for one in answer.candidates]
    equal(sorted(one.index or 0 for one in answer.candidates), [0, 1])
    assert all(texts), answer
    c.tell(answer.usage_metadata)
    streamed = ["", ""]
    for chunk in c.streamed("Hi", candidate_count=2):
        for one in chunk.candidates or []:
            for part in one.content.parts or [] if one.content else []:
                streamed[one.index or 0] += part.text or ""
    equal(streamed, texts)


def what_cannot_be_said(c):
    if c.dialect == "openai":
        error = fails(google.ClientError, c.ask, "Hi", top_k=40)
        names(error, "generationConfig.topK")
    elif c.dialect == "anthropic":
        error = fails(google.ClientError, c.ask, "Hi", presence_penalty=0.5)
        names(error, "generationConfig.presencePenalty")
    else:
        text_of(c, c.ask("Hi", top_k=40, presence_penalty=0.5))


def stream(c):
    whole = text_of(c, c.ask("Hello you"))
    chunks = c.streamed("Hello you")
    equal(text_of(c, chunks), whole)
    assert len(chunks) > 3, f"{len(chunks)} chunks"
    equal({chunk.response_id for chunk in chunks}, {chunks[0].response_id})
    equal({chunk.model_version for chunk in chunks}, {c.model})
    roles = {chunk.candidates[0].content.role for chunk in chunks if chunk.candidates[0].content}
    equal(roles, {"model"})
    reasons = [chunk.candidates[0].finish_reason for chunk in chunks]
    equal(reasons, [None] * (len(reasons) - 1) + [types.FinishReason.STOP])
    arrived(text_of(c, c.streamed(ECHO)), stream=True, model=c.model)


def ends(c):
    for answer in [c.ask("Hi [[sim: length=5]]"), c.streamed("Hi [[sim: length=5]]")[-1]]:
        equal(answer.candidates[0].finish_reason, types.FinishReason.MAX_TOKENS)
        c.tell(answer.usage_metadata)
    answer = c.ask("Hi", max_output_tokens=6)
    equal(answer.candidates[0].finish_reason, types.FinishReason.MAX_TOKENS)
    equal(answer.usage_metadata.candidates_token_count, 6)
    c.tell(answer.usage_metadata)
    stopped = text_of(c, c.ask("Hi [[sim: stop]]", stop_sequences=["END"]))
    assert stopped and "END" not in stopped, stopped


def refusal(c):
    for answer in [c.ask("Hi [[sim: refusal]]"), c.streamed("Hi [[sim: refusal]]")[-1]]:
        equal(answer.candidates[0].finish_reason, types.FinishReason.SAFETY)


def structured(c):
    config = {"response_mime_type": "application/json"}
    answer = c.ask("Who", response_schema=Person, **config)
    equal(type(answer.parsed), Person)
    c.tell(answer.usage_metadata)
    streamed = text_of(c, c.streamed("Who", response_schema=Person, **config))
    equal(Person.model_validate_json(streamed), answer.parsed)
    keys = {"format": "schema", "schema_keys": ["age", "name", "size"]}
    arrived(text_of(c, c.ask(ECHO, response_schema=Person, **config)), **keys)
    schema = Person.model_json_schema() | {"additionalProperties": False}
    arrived(text_of(c, c.ask(ECHO, response_json_schema=schema, **config)), **keys)


def json_object(c):
    config = {"response_mime_type": "application/json"}
    if c.dialect == "anthropic":
        error = fails(google.ClientError, c.ask, "As JSON", **config)
        names(error, "generationConfig.responseMimeType")
        return
    arrived(text_of(c, c.ask(f"As JSON {ECHO}", **config)), format="json")
    assert text_of(c, c.ask("As JSON", **config)).startswith("{")


def thinking(c):
    level = {"thinking_config": types.ThinkingConfig(thinking_level="LOW", include_thoughts=True)}
    arrived(text_of(c, c.ask(ECHO, **level)), effort="low")
    budget = {"thinking_config": types.ThinkingConfig(thinking_budget=1_024, include_thoughts=True)}
    echo = arrived(text_of(c, c.ask(ECHO, **budget)))
    if c.dialect == "gemini":
        equal((echo["thinking_budget"], echo["effort"]), (1_024, None))
    else:
        equal(echo["effort"], "low")
    for config in [level, budget]:
        whole, chunks = c.ask("Hi", **config), c.streamed("Hi", **config)
        equal(text_of(c, whole), text_of(c, chunks))
        assert text(whole, thought=True), whole
        equal(text(chunks, thought=True), text(whole, thought=True))
        assert whole.usage_metadata.thoughts_token_count > 0, whole.usage_metadata
        # Thoughts come first.
        kinds = [bool(part.thought) for part in parts_of(chunks) if part.text]
        equal(kinds, sorted(kinds, reverse=True))
    hidden = c.ask("Hi", thinking_config=types.ThinkingConfig(thinking_level="LOW"))
    assert not text(hidden, thought=True), hidden


def vision(c):
    image = types.Part.from_bytes(data=PNG, mime_type="image/png")
    arrived(text_of(c, c.ask([f"What is it {ECHO}", image])), images=1, files=0)
    said = text_of(c, c.ask(["What is it", image]))
    assert said.startswith("I see 1 images."), said


def errors(c):
    def failing(kind, sim, status, word):
        error = fails(kind, c.ask, f"Hi [[sim: {sim}]]")
        equal((error.code, error.status), (status, word))
        equal(error.details["error"]["code"], status)
        assert error.message, error.details
        equal(fails(kind, c.streamed, f"Hi [[sim: {sim}]]").details, error.details)
        return error

    error = failing(google.ClientError, "status=400;message=That is bad", 400, "INVALID_ARGUMENT")
    assert "That is bad" in error.message, error.message
    error = failing(google.ClientError, "status=429;retry_after=7", 429, "RESOURCE_EXHAUSTED")
    infos = [
        one for one in error.details["error"]["details"] if one["@type"].endswith("google.rpc.RetryInfo")
    ]
    equal([info["retryDelay"] for info in infos], ["7s"])
    failing(google.ServerError, "status=500", 500, "INTERNAL")
    failing(google.ServerError, "status=503", 503, "UNAVAILABLE")
    if c.dialect == "gemini":
        # A status that Google has not: its body is passed on as it came.
        equal(fails(google.ServerError, c.ask, "Hi [[sim: status=529]]").code, 503)
    else:
        failing(google.ServerError, "status=529", 503, "UNAVAILABLE")
    error = fails(google.ClientError, c.ask, "Hi [[sim: status=413]]")
    equal(error.code, 413)


def errors_of_the_gateway(c):
    ask = {"model": c.model, "contents": "Hi"}
    wrong = client(c, "sk-wrong")
    error = fails(google.ClientError, wrong.models.generate_content, **ask)
    equal((error.code, error.status), (401, "UNAUTHENTICATED"))
    error = fails(google.ClientError, c.ask, "Hi", model="no-such-model")
    equal((error.code, error.status), (404, "NOT_FOUND"))
    assert "no-such-model" in error.message, error.message
    error = fails(google.ClientError, c.ask, HUGE)
    equal(error.code, 413)
    error = fails(google.ClientError, c.ask, "Hi", temperature=7)
    equal((error.code, error.status), (400, "INVALID_ARGUMENT"))
    assert "temperature" in error.message, error.message


def no_retries_beside_the_gateways(c):
    # The package tries again only where it is told to, and then whatever the answer says.
    raise NotOffered


def errors_within_a_stream(c):
    for sim in ["error=4", "cut=6"]:
        ask = {"model": c.frail, "contents": f"Hi [[sim: {sim}]]"}
        chunks = []
        try:
            for chunk in c.frail_client.models.generate_content_stream(**ask):
                chunks.append(chunk)
        except google.APIError as error:
            assert error.message, error.details
        else:
            # The package knows no errors in streams: it hands over an answer without anything in it.
            last = chunks.pop()
            assert not last.candidates and not last.usage_metadata, last
        assert text(chunks), chunks
        assert not any(chunk.candidates[0].finish_reason for chunk in chunks), "a clean end"


def leaving(c):
    chunks = c.frail_client.models.generate_content_stream(model=c.frail, contents="Hi")
    said = ""
    while len(said) < 20:
        said += next(chunks).text or ""
    chunks.close()
    c.frail_client.close()
    c.left()


def asynchronous(c):
    async def all_of_it():
        ask = {"model": c.model, "contents": "Hello you"}
        async with client(c, c.key).aio as aio:
            answers = await asyncio.gather(*(aio.models.generate_content(**ask) for _ in range(8)))
            [whole] = {text_of(c, answer) for answer in answers}
            streamed = [chunk async for chunk in await aio.models.generate_content_stream(**ask)]
            equal(text_of(c, streamed), whole)
        async with client(c, c.frail_key).aio as aio:
            chunks = await aio.models.generate_content_stream(model=c.frail, contents="Hi")
            for _ in range(4):
                await anext(chunks)
            await chunks.aclose()
        c.left()

    asyncio.run(all_of_it())


def counting_tokens(c):
    contents = "How many tokens are these, all in all and one by one"
    counted = c.client.models.count_tokens(model=c.model, contents=contents).total_tokens
    usage = c.ask(contents).usage_metadata
    c.tell(usage)
    if c.dialect == "openai":
        # That API counts nothing, so the gateway estimates.
        assert usage.prompt_token_count / 3 < counted < usage.prompt_token_count * 3, (counted, usage)
    else:
        equal(counted, usage.prompt_token_count)
    unknown = {"model": "no-such-model", "contents": contents}
    equal(fails(google.ClientError, c.client.models.count_tokens, **unknown).code, 404)


def models(c):
    # By pages, of which the package asks for one after the other.
    listed = {model.name: model for model in c.client.models.list(config={"page_size": 5})}
    wanted = {f"models/{name}" for name in [c.model, c.frail, "auto"]}
    assert wanted <= set(listed), list(listed)
    one = c.client.models.get(model=c.model)
    equal((one.name, one.input_token_limit, one.output_token_limit), (f"models/{c.model}", 200_000, 32_000))
    equal(listed[one.name], one)
    error = fails(google.ClientError, c.client.models.get, model="no-such-model")
    equal((error.code, error.status), (404, "NOT_FOUND"))


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
