"""Google's package over one provider."""

from google import genai
from google.genai import types

import matrix
from matrix import equal

TOOLS = [
    types.Tool(
        function_declarations=[
            types.FunctionDeclaration(name=name, description=text, parameters_json_schema=schema)
            for name, text, schema in matrix.TOOLS
        ]
    )
]


def open_api(schema):
    """A schema in the form that Google had first."""
    properties = {name: {"type": one["type"].upper()} for name, one in schema["properties"].items()}
    return types.Schema(type="OBJECT", properties=properties, required=schema["required"])


OPEN_API_TOOLS = [
    types.Tool(
        function_declarations=[
            types.FunctionDeclaration(name=name, description=text, parameters=open_api(schema))
            for name, text, schema in matrix.TOOLS
        ]
    )
]


def client(c, key):
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=c.url))


def prepare(c):
    c.client, c.frail_client = client(c, c.key), client(c, c.frail_key)

    def ask(contents, model=c.model, **config):
        return c.client.models.generate_content(model=model, contents=contents, config=config)

    def streamed(contents, model=c.model, **config):
        return list(c.client.models.generate_content_stream(model=model, contents=contents, config=config))

    def tell(usage):
        prompt, thoughts = usage.prompt_token_count, usage.thoughts_token_count or 0
        completion = (usage.candidates_token_count or 0) + thoughts
        equal(usage.total_token_count, prompt + completion)
        c.used(prompt, usage.cached_content_token_count or 0, completion, usage.thoughts_token_count)

    c.ask, c.streamed, c.tell = ask, streamed, tell


def parts_of(answers):
    """The parts of one answer, or of all chunks of one."""
    answers = answers if isinstance(answers, list) else [answers]
    contents = [answer.candidates[0].content for answer in answers if answer.candidates]
    return [part for content in contents if content for part in content.parts or []]


def text(answers, thought=False):
    return "".join(part.text for part in parts_of(answers) if part.text and bool(part.thought) is thought)


def text_of(c, answers):
    """The text of an answer that ended well."""
    last = answers[-1] if isinstance(answers, list) else answers
    equal(last.candidates[0].finish_reason, types.FinishReason.STOP)
    c.tell(last.usage_metadata)
    return text(answers)
