"""Anthropic's package over one provider."""

from anthropic import Anthropic

import matrix
from matrix import equal

TOOLS = [{"name": name, "description": text, "input_schema": schema} for name, text, schema in matrix.TOOLS]


def user(content):
    return {"role": "user", "content": content}


def prepare(c):
    c.client = Anthropic(base_url=c.url, api_key=c.key, max_retries=0)
    c.frail_client = Anthropic(base_url=c.url, api_key=c.frail_key, max_retries=0)

    def asked(text, more):
        return {"model": c.model, "max_tokens": 2_000, "messages": [user(text)], **more}

    def ask(text, **more):
        return c.client.messages.create(**asked(text, more))

    def streamed(text, **more):
        with c.client.messages.stream(**asked(text, more)) as events:
            return list(events), events.get_final_message()

    def tell(usage):
        read, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
        details = getattr(usage, "output_tokens_details", None)
        reasoning = getattr(details, "thinking_tokens", None)
        c.used(usage.input_tokens + read + written, read, usage.output_tokens, reasoning)

    c.ask, c.streamed, c.tell = ask, streamed, tell


def text_of(c, answer):
    """The text of an answer that ended well."""
    equal(answer.stop_reason, "end_turn")
    c.tell(answer.usage)
    return "".join(block.text for block in answer.content if block.type == "text")
