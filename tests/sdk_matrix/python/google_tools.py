"""Checks of Google's package that have functions in them."""

from google.genai import types

from google_cell import OPEN_API_TOOLS, TOOLS, parts_of, text, text_of
from matrix import ECHO, TOOL_NAMES, NotOffered, arrived, equal


def tools(c):
    for declared in [TOOLS, OPEN_API_TOOLS]:
        whole, streamed = c.ask("Tell me both", tools=declared), c.streamed("Tell me both", tools=declared)
        for answer in [[whole], streamed]:
            c.tell(answer[-1].usage_metadata)
            equal(answer[-1].candidates[0].finish_reason, types.FinishReason.STOP)
            calls = [part.function_call for part in parts_of(answer) if part.function_call]
            equal([call.name for call in calls], TOOL_NAMES)
            weather, zone = [call.args for call in calls]
            assert type(weather["city"]) is str and type(weather["days"]) is int, weather
            assert type(zone["zone"]) is str, zone
            ids = [call.id for call in calls]
            assert ids == [None, None] or len(set(ids)) == 2, ids
        calls = [part.function_call for part in parts_of(streamed) if part.function_call]
        equal([call.args for call in whole.function_calls], [call.args for call in calls])


def results_of(c, content, texts):
    """What the functions say, in another order than they were called in where that matters to none."""
    calls = [part.function_call for part in content.parts if part.function_call]
    parts = [
        types.Part(
            function_response=types.FunctionResponse(id=call.id, name=call.name, response={"output": said})
        )
        for call, said in zip(calls, texts)
    ]
    return types.Content(role="user", parts=parts if c.dialect == "gemini" else parts[::-1])


def tool_results(c):
    turns = [types.UserContent("Tell me both")]
    first = c.ask(turns, tools=TOOLS).candidates[0].content
    turns += [first, results_of(c, first, ["rain", f"noon {ECHO}"])]
    echo = arrived(text_of(c, c.ask(turns, tools=TOOLS)), tool_results=2, tools=TOOL_NAMES)
    results = [said["text"] for said in echo["messages"] if said["role"] == "tool"]
    assert any("rain" in said for said in results) and any("noon" in said for said in results), results
    turns += [types.ModelContent("Noon, and rain."), types.UserContent("And both of tomorrow")]
    equal(len(c.ask(turns, tools=TOOLS).function_calls), 2)

    # The package calls functions by itself, and asks again with what they said.
    asked = []

    def get_weather(city: str, days: int) -> str:
        """The weather in a city"""
        asked.append((city, days))
        return f"rain {ECHO}"

    answer = c.ask("The weather", tools=[get_weather])
    arrived(text_of(c, answer), tool_results=1, tools=["get_weather"])
    equal(len(asked), 1)


def tool_choice(c):
    def config(mode, *names):
        calling = types.FunctionCallingConfig(mode=mode, allowed_function_names=list(names) or None)
        return {"tools": TOOLS, "tool_config": types.ToolConfig(function_calling_config=calling)}

    def arrives(**more):
        return arrived(text_of(c, c.ask(ECHO, **more)))["tool_choice"]

    equal(arrives(tools=TOOLS), "auto")
    equal(arrives(**config("ANY")), "required")
    equal(arrives(**config("NONE")), "none")
    equal(arrives(**config("ANY", "get_time")), {"name": "get_time"})
    [call] = c.ask("Hi", **config("ANY", "get_time")).function_calls
    equal(call.name, "get_time")


def one_tool_at_a_time(c):
    raise NotOffered


def thinking_with_tools(c):
    """Content goes back as it came, with its signatures."""
    config = {
        "tools": TOOLS,
        "thinking_config": types.ThinkingConfig(thinking_level="HIGH", include_thoughts=True),
    }
    for streamed in [False, True]:
        turns = [types.UserContent("Tell me both")]
        for round_ in range(3):
            answer = c.streamed(turns, **config) if streamed else c.ask(turns, **config)
            content = types.Content(role="model", parts=parts_of(answer))
            if not any(part.function_call for part in content.parts):
                break
            turns += [content, results_of(c, content, ["fine", "fine"])]
        equal(round_, 1)
        assert text(answer), answer
        turns[-1].parts[0].function_response.response = {"output": ECHO}
        echo = arrived(text_of(c, c.ask(turns, **config)), tool_results=2, effort="high")
        equal(len(echo["messages"]), 4)
