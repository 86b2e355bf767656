"""Google's own package over grpcio, unmodified: an answer, a stream, a refusal, a call that is left."""
import sys

import grpc
from google.ai import generativelanguage_v1beta as glm
from google.ai.generativelanguage_v1beta.services.generative_service.transports import (
    GenerativeServiceGrpcTransport,
)
from google.api_core import exceptions

KEY = [("x-goog-api-key", "sk-team-a")]


def client(address):
    transport = GenerativeServiceGrpcTransport(channel=grpc.insecure_channel(address))
    return glm.GenerativeServiceClient(transport=transport)


def ask(text, **config):
    return glm.GenerateContentRequest(
        model="models/auto",
        contents=[glm.Content(role="user", parts=[glm.Part(text=text)])],
        generation_config=glm.GenerationConfig(**config),
    )


def text(answer):
    return "".join(part.text for part in answer.candidates[0].content.parts if not part.thought)


def say(what):
    """Told, and waited for until the other side is set up for what comes next."""
    print(what, flush=True)
    sys.stdin.readline()


rich, poor = map(client, sys.argv[1:])

answer = rich.generate_content(ask("Why?", max_output_tokens=12), metadata=KEY)
assert answer.candidates[0].finish_reason == glm.Candidate.FinishReason.MAX_TOKENS, answer
assert answer.usage_metadata.candidates_token_count == 12, answer.usage_metadata
say("answer ok")

stream = rich.stream_generate_content(ask("Why?", max_output_tokens=12), metadata=KEY)
chunks = list(stream)
assert len(chunks) > 2 and "".join(map(text, chunks)) == text(answer), chunks
say("stream ok")

count = rich.count_tokens(
    glm.CountTokensRequest(model="models/auto", contents=ask("Why?").contents), metadata=KEY
)
assert count.total_tokens > 0
say("count ok")

try:
    rich.generate_content(ask("Why?"), metadata=[])
    raise AssertionError("let in without a key")
except exceptions.Unauthenticated as error:
    assert error.message, error
try:
    poor.generate_content(ask("Why?", max_output_tokens=12), metadata=KEY, retry=None)
    raise AssertionError("spent more than there is")
except exceptions.ResourceExhausted as error:
    assert "budget `all`" in error.message, error
say("refusals ok")

try:
    rich.generate_content(ask("Hold!"), metadata=KEY, timeout=0.3, retry=None)
    raise AssertionError("later than its deadline")
except exceptions.DeadlineExceeded:
    pass
say("deadline ok")

stream = rich.stream_generate_content(ask("Hold!"), metadata=KEY)
next(iter(stream))
stream.cancel()
say("cancel ok")
