"""OpenAI's package over one provider."""

from openai import OpenAI

import matrix
from matrix import equal

TOOLS = [
    {"type": "function", "function": {"name": name, "description": text, "parameters": schema}}
    for name, text, schema in matrix.TOOLS
]


def user(text):
    return {"role": "user", "content": text}


def prepare(c):
    c.client = OpenAI(base_url=f"{c.url}/v1", api_key=c.key, max_retries=0)
    c.chat = c.client.chat.completions
    c.frail_client = OpenAI(base_url=f"{c.url}/v1", api_key=c.frail_key, max_retries=0)

    def ask(text, **more):
        return c.chat.create(**{"model": c.model, "messages": [user(text)], **more})

    def tell(usage):
        prompt = usage.prompt_tokens_details
        completion = usage.completion_tokens_details
        equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens)
        cached = prompt.cached_tokens if prompt else 0
        reasoning = completion.reasoning_tokens if completion else None
        c.used(usage.prompt_tokens, cached or 0, usage.completion_tokens, reasoning)

    c.ask, c.tell = ask, tell


def text_of(c, answer):
    """The text of an answer that ended well."""
    [choice] = answer.choices
    equal(choice.finish_reason, "stop")
    equal(choice.message.role, "assistant")
    c.tell(answer.usage)
    return choice.message.content
