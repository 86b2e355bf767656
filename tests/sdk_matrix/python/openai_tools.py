"""Checks of OpenAI's package that have tools in them."""

import json

import openai

from matrix import ECHO, TOOL_NAMES, arrived, equal, fails
from openai_cell import TOOLS, text_of, user


def tools(c):
    ask = {"model": c.model, "messages": [user("Tell me both")], "tools": TOOLS}
    whole = c.chat.create(**ask)
    c.tell(whole.usage)
    options = {"include_usage": True}
    with c.chat.stream(stream_options=options, **ask) as events:
        for _ in events:
            pass
        streamed = events.get_final_completion()
    c.tell(streamed.usage)
    for answer in [whole, streamed]:
        [choice] = answer.choices
        equal(choice.finish_reason, "tool_calls")
        calls = choice.message.tool_calls
        equal([call.function.name for call in calls], TOOL_NAMES)
        weather, zone = [json.loads(call.function.arguments) for call in calls]
        assert type(weather["city"]) is str and type(weather["days"]) is int, weather
        assert type(zone["zone"]) is str, zone
        assert all(call.id and call.type == "function" for call in calls), calls
        equal(len({call.id for call in calls}), 2)
    equal(
        [call.function.arguments for call in whole.choices[0].message.tool_calls],
        [call.function.arguments for call in streamed.choices[0].message.tool_calls],
    )
    # The name and the id come once, the arguments in pieces of which each says whose it is.
    names, indexes = [], set()
    for chunk in c.chat.create(stream=True, **ask):
        for call in chunk.choices[0].delta.tool_calls or [] if chunk.choices else []:
            indexes.add(call.index)
            if call.function.name:
                names.append(call.function.name)
                assert call.id and call.type == "function", call
    equal((names, indexes), (TOOL_NAMES, {0, 1}))


def tool_results(c):
    ask = {"model": c.model, "tools": TOOLS}
    turns = [user("Tell me both")]
    first = c.chat.create(messages=turns, **ask).choices[0].message
    turns.append(first.model_dump(exclude_none=True))
    # In another order than they were called in.
    for call, text in zip(reversed(first.tool_calls), [f"noon {ECHO}", "rain"]):
        turns.append({"role": "tool", "tool_call_id": call.id, "content": text})
    echo = arrived(text_of(c, c.chat.create(messages=turns, **ask)), tool_results=2, tools=TOOL_NAMES)
    results = [said["text"] for said in echo["messages"] if said["role"] == "tool"]
    assert any("rain" in text for text in results) and any("noon" in text for text in results), results
    # The conversation goes on.
    turns += [{"role": "assistant", "content": "Noon, and rain."}, user("And both of tomorrow")]
    equal(len(c.chat.create(messages=turns, **ask).choices[0].message.tool_calls), 2)


def tool_choice(c):
    def arrives(**more):
        return arrived(text_of(c, c.ask(ECHO, tools=TOOLS, **more)))["tool_choice"]

    named = {"type": "function", "function": {"name": "get_time"}}
    equal(arrives(), "auto")
    equal(arrives(tool_choice="required"), "required")
    equal(arrives(tool_choice="none"), "none")
    equal(arrives(tool_choice=named), {"name": "get_time"})
    [call] = c.ask("Hi", tools=TOOLS, tool_choice=named).choices[0].message.tool_calls
    equal(call.function.name, "get_time")


def one_tool_at_a_time(c):
    more = {"tools": TOOLS, "parallel_tool_calls": False}
    if c.dialect == "gemini":
        error = fails(openai.BadRequestError, c.ask, "both", **more)
        equal(error.param, "parallel_tool_calls")
        return
    arrived(text_of(c, c.ask(ECHO, **more)), parallel=False)
    equal(len(c.ask("both", **more).choices[0].message.tool_calls), 1)


def thinking_with_tools(c):
    """The signatures that the provider wants back are no matter of this API's, and yet the turn goes on."""
    for streamed in [False, True]:
        ask = {"model": c.model, "tools": TOOLS, "reasoning_effort": "high"}
        turns = [user("Tell me both")]
        for round_ in range(3):
            if streamed:
                with c.chat.stream(messages=turns, **ask) as events:
                    for _ in events:
                        pass
                    message = events.get_final_completion().choices[0].message
            else:
                message = c.chat.create(messages=turns, **ask).choices[0].message
            if not message.tool_calls:
                break
            calls = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": call.function.model_dump(include={"name", "arguments"}),
                }
                for call in message.tool_calls
            ]
            turns.append({"role": "assistant", "content": message.content, "tool_calls": calls})
            turns += [{"role": "tool", "tool_call_id": call["id"], "content": "fine"} for call in calls]
        equal(round_, 1)
        assert message.content, message
        turns[-1]["content"] = ECHO
        echo = arrived(text_of(c, c.chat.create(messages=turns, **ask)), tool_results=2, effort="high")
        equal(len(echo["messages"]), 4)
