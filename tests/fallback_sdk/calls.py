"""OpenAI's own package against a gateway of whose five providers four fail in every call.

Arguments: the gateway's base URL, and that of a provider like the one that is well, which says what the answers are.
"""

import asyncio
import sys

from openai import AsyncOpenAI

GATEWAY, TWIN = sys.argv[1:3]
CALLS, AT_ONCE, PROMPTS = 1_000, 32, 20


def ask(number):
    return {"model": "m4", "messages": [{"role": "user", "content": f"Question {number}"}]}


async def main():
    twin = AsyncOpenAI(base_url=TWIN, api_key="sk-any", max_retries=0)
    expected = {}
    for number in range(PROMPTS):
        answer = await twin.chat.completions.create(**ask(number))
        expected[number] = answer.choices[0].message.content
    assert len(set(expected.values())) == PROMPTS, expected
    await twin.close()

    gateway = AsyncOpenAI(base_url=GATEWAY, api_key="sk-team", max_retries=0)
    room = asyncio.Semaphore(AT_ONCE)
    whole = {False: 0, True: 0}
    ids = set()

    async def call(nth):
        number, stream = nth % PROMPTS, (nth // PROMPTS) % 2 == 0
        async with room:
            raw = await gateway.chat.completions.with_raw_response.create(
                **{**ask(number), "model": "auto"}, stream=stream
            )
            headers, parsed = raw.headers, raw.parse()
            assert headers["x-genai-attempts"] == "5", headers
            assert headers["x-genai-model"] == "m4", headers
            assert headers["x-request-id"] == headers["x-genai-decision"], headers
            assert "x-should-retry" not in headers, headers
            ids.add(headers["x-request-id"])
            if stream:
                roles, text, finish = 0, "", None
                async for piece in parsed:
                    assert piece.model == "m4", piece
                    assert finish is None, "more after the finish"
                    [choice] = piece.choices
                    roles += choice.delta.role == "assistant"
                    text += choice.delta.content or ""
                    finish = choice.finish_reason
                assert roles == 1, "the beginning of one answer alone"
            else:
                assert parsed.model == "m4", parsed
                [choice] = parsed.choices
                text, finish = choice.message.content, choice.finish_reason
                assert float(headers["x-genai-cost"]) > 0, headers
            assert (text, finish) == (expected[number], "stop"), (text, finish, expected[number])
            whole[stream] += 1

    await asyncio.gather(*[call(nth) for nth in range(CALLS)])
    await gateway.close()
    assert len(ids) == CALLS, "a decision each"
    print(f"whole {whole[False]} {whole[True]}", flush=True)


asyncio.run(main())
