"""Anthropic's package, as it is out of the box: a thread for each caller."""

import threading

from anthropic import Anthropic

from calls import CALLERS, URL, Call, answer


def whole(client, ask):
    got = client.messages.create(**ask)
    [block] = got.content
    usage = [got.usage.input_tokens, got.usage.output_tokens]
    return answer(got.model, block.text, got.stop_reason, 1, usage)


def streamed(client, ask):
    model, text, reasons, stops, usage = None, "", [], 0, [0, 0]
    for event in client.messages.create(**ask, stream=True):
        assert not stops, f"after the end: {event}"
        if event.type == "message_start":
            assert model is None, "two answers in one"
            model, usage[0] = event.message.model, event.message.usage.input_tokens
        elif event.type == "content_block_delta":
            text += event.delta.text
        elif event.type == "message_delta":
            reasons.append(event.delta.stop_reason)
            usage = [max(usage[0], event.usage.input_tokens or 0), event.usage.output_tokens]
        elif event.type == "message_stop":
            stops += 1
    return answer(model, text, ",".join(reasons), stops, usage)


def calls(caller):
    with Anthropic(base_url=URL, api_key=caller["key"]) as client:
        for call in caller["calls"]:
            messages = [{"role": "user", "content": call["user"]}]
            ask = {"model": "auto", "max_tokens": 600, "system": call["system"], "messages": messages}
            with Call(call) as told:
                told.answer = (streamed if call["stream"] else whole)(client, ask)


threads = [threading.Thread(target=calls, args=[caller]) for caller in CALLERS]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
