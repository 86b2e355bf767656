"""Checks of Anthropic's package that have tools in them."""

import re

import anthropic

from anthropic_cell import TOOLS, text_of, user
from matrix import ECHO, TOOL_NAMES, arrived, equal, fails


def tools(c):
    whole = c.ask("Tell me both", tools=TOOLS)
    events, streamed = c.streamed("Tell me both", tools=TOOLS)
    for answer in [whole, streamed]:
        c.tell(answer.usage)
        equal(answer.stop_reason, "tool_use")
        equal([block.type for block in answer.content], ["tool_use", "tool_use"])
        equal([block.name for block in answer.content], TOOL_NAMES)
        weather, zone = [block.input for block in answer.content]
        assert type(weather["city"]) is str and type(weather["days"]) is int, weather
        assert type(zone["zone"]) is str, zone
        ids = {block.id for block in answer.content}
        assert len(ids) == 2 and all(re.fullmatch("[a-zA-Z0-9_-]+", one) for one in ids), ids
    equal([block.input for block in whole.content], [block.input for block in streamed.content])
    # One block is open at a time, and each begins empty.
    open_blocks = []
    for event in events:
        if event.type == "content_block_start":
            equal(open_blocks, [])
            open_blocks.append(event.index)
        elif event.type == "content_block_delta":
            equal(open_blocks, [event.index])
            equal(event.delta.type, "input_json_delta")
        elif event.type == "content_block_stop":
            equal(open_blocks.pop(), event.index)
    pieces = [event for event in c.ask("Tell me both", tools=TOOLS, stream=True)]
    starts = [event.content_block for event in pieces if event.type == "content_block_start"]
    equal([start.input for start in starts], [{}, {}])


def results_of(message, texts):
    """What the tools say, in another order than they were called in."""
    calls = [block for block in message.content if block.type == "tool_use"]
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": text} for call, text in zip(calls, texts)
    ]
    return user(results[::-1])


def tool_results(c):
    turns = [user("Tell me both")]
    first = c.ask("", messages=turns, tools=TOOLS)
    turns += [{"role": "assistant", "content": first.content}, results_of(first, ["rain", f"noon {ECHO}"])]
    turns[-1]["content"][0]["is_error"] = True
    turns[-1]["content"].append({"type": "text", "text": "And now"})
    echo = arrived(text_of(c, c.ask("", messages=turns, tools=TOOLS)), tool_results=2, tools=TOOL_NAMES)
    results = [said["text"] for said in echo["messages"] if said["role"] == "tool"]
    assert any("rain" in text for text in results) and any("noon" in text for text in results), results
    equal(echo["messages"][-1]["text"], "And now")
    turns += [{"role": "assistant", "content": "Noon, and rain."}, user("And both of tomorrow")]
    equal(len(c.ask("", messages=turns, tools=TOOLS).content), 2)


def tool_choice(c):
    def arrives(**choice):
        more = {"tool_choice": choice} if choice else {}
        return arrived(text_of(c, c.ask(ECHO, tools=TOOLS, **more)))["tool_choice"]

    named = {"type": "tool", "name": "get_time"}
    equal(arrives(), "auto")
    equal(arrives(type="any"), "required")
    equal(arrives(type="none"), "none")
    equal(arrives(**named), {"name": "get_time"})
    [call] = c.ask("Hi", tools=TOOLS, tool_choice=named).content
    equal(call.name, "get_time")


def one_tool_at_a_time(c):
    more = {"tools": TOOLS, "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}
    if c.dialect == "gemini":
        error = fails(anthropic.BadRequestError, c.ask, "both", **more)
        assert "disable_parallel_tool_use" in error.body["error"]["message"], error.body
        return
    arrived(text_of(c, c.ask(ECHO, **more)), parallel=False)
    equal(len(c.ask("both", **more).content), 1)


def thinking_with_tools(c):
    """What was thought goes back with the turn, whoever has thought it."""
    for streamed in [False, True]:
        ask = {"tools": TOOLS, "thinking": {"type": "enabled", "budget_tokens": 1_024}}
        turns = [user("Tell me both")]
        for round_ in range(3):
            answer = (
                c.streamed("", messages=turns, **ask)[1] if streamed else c.ask("", messages=turns, **ask)
            )
            if answer.stop_reason != "tool_use":
                break
            equal(answer.content[0].type, "thinking")
            turns.append({"role": "assistant", "content": answer.content})
            turns.append(results_of(answer, ["fine", "fine"]))
        equal((round_, answer.stop_reason), (1, "end_turn"))
        turns[-1]["content"][0]["content"] = ECHO
        echo = arrived(text_of(c, c.ask("", messages=turns, **ask)), tool_results=2)
        equal(len(echo["messages"]), 4)
        # The same turn is taken up again without what was thought, as by an app that does not keep it.
        if c.dialect != "anthropic":
            turns[1]["content"] = [block for block in turns[1]["content"] if block.type == "tool_use"]
            arrived(text_of(c, c.ask("", messages=turns, **ask)), tool_results=2)
