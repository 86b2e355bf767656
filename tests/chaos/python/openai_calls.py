"""OpenAI's package, as it is out of the box: callers side by side in one loop."""

import asyncio

from openai import AsyncOpenAI

from calls import CALLERS, URL, Call, answer


def usage_of(usage):
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, usage
    return [usage.prompt_tokens, usage.completion_tokens]


async def whole(client, ask):
    got = await client.chat.completions.create(**ask)
    [choice] = got.choices
    return answer(got.model, choice.message.content, choice.finish_reason, 1, usage_of(got.usage))


async def streamed(client, ask):
    more = {"stream": True, "stream_options": {"include_usage": True}}
    models, roles, text, finishes, usages = set(), 0, "", [], []
    async for chunk in await client.chat.completions.create(**ask, **more):
        models.add(chunk.model)
        if chunk.usage:
            usages.append(chunk.usage)
        for choice in chunk.choices:
            assert not finishes, f"after the finish: {chunk}"
            roles += choice.delta.role == "assistant"
            text += choice.delta.content or ""
            if choice.finish_reason:
                finishes.append(choice.finish_reason)
    assert (len(models), roles, len(usages)) == (1, 1, 1), (models, roles, usages)
    return answer(models.pop(), text, ",".join(finishes), len(finishes), usage_of(usages[0]))


async def calls(caller):
    async with AsyncOpenAI(base_url=f"{URL}/v1", api_key=caller["key"]) as client:
        for call in caller["calls"]:
            messages = [
                {"role": "system", "content": call["system"]},
                {"role": "user", "content": call["user"]},
            ]
            ask = {"model": "auto", "messages": messages}
            with Call(call) as told:
                told.answer = await (streamed if call["stream"] else whole)(client, ask)


async def main():
    await asyncio.gather(*[calls(caller) for caller in CALLERS])


asyncio.run(main())
