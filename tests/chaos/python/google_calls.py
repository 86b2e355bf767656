"""Google's package, as it is out of the box: callers side by side in one loop."""

import asyncio

from google import genai
from google.genai import types

from calls import CALLERS, URL, Call, answer


def text_of(candidate):
    parts = candidate.content.parts if candidate.content else None
    return "".join(part.text or "" for part in parts or [])


def usage_of(got):
    return [got.usage_metadata.prompt_token_count, got.usage_metadata.candidates_token_count]


async def whole(models, ask):
    got = await models.generate_content(**ask)
    [candidate] = got.candidates
    return answer(got.model_version, text_of(candidate), candidate.finish_reason.value, 1, usage_of(got))


async def streamed(models, ask):
    versions, text, finishes, last = set(), "", [], None
    async for chunk in await models.generate_content_stream(**ask):
        assert not finishes, f"after the finish: {chunk}"
        versions.add(chunk.model_version)
        for candidate in chunk.candidates or []:
            text += text_of(candidate)
            if candidate.finish_reason:
                finishes.append(candidate.finish_reason.value)
        last = chunk
    assert len(versions) == 1, versions
    return answer(versions.pop(), text, ",".join(finishes), len(finishes), usage_of(last))


async def calls(caller):
    client = genai.Client(api_key=caller["key"], http_options=types.HttpOptions(base_url=URL))
    async with client.aio as aio:
        for call in caller["calls"]:
            config = {"system_instruction": call["system"]}
            ask = {"model": "auto", "contents": call["user"], "config": config}
            with Call(call) as told:
                told.answer = await (streamed if call["stream"] else whole)(aio.models, ask)


async def main():
    await asyncio.gather(*[calls(caller) for caller in CALLERS])


asyncio.run(main())
