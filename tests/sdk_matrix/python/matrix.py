"""What the scripts of checks share: who is called, what is asked, and how is told what came of it.

Lines on standard output have fields between tabs: `ok`, `none` (not offered by this API) or `failed` with cell and
check; `used` with what a call is said to have used; `left` for a stream that was left.
"""

import base64
import json
import os
import struct
import sys
import threading
import traceback
import zlib

FOLDER = os.path.dirname(os.path.abspath(__file__))
SYSTEM = "Be brief."
ECHO = "[[sim: echo]]"
STOPS = ["END", "FIN"]

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
}
ZONE = {"type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]}
TOOLS = [("get_weather", "The weather in a city", WEATHER), ("get_time", "The time in a zone", ZONE)]
TOOL_NAMES = ["get_weather", "get_time"]

_lock = threading.Lock()


def png():
    """A picture of one red dot."""

    def chunk(kind, data):
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


PNG = png()
PNG_BASE64 = base64.b64encode(PNG).decode()
# More than the gateway takes.
HUGE = "x" * 1_500_000


class NotOffered(Exception):
    """The API has no such thing."""


def say(*fields):
    line = "\t".join(" ".join(str(field).split()) for field in fields)
    with _lock:
        print(line, flush=True)


class Cell:
    """A package over one provider."""

    def __init__(self, url, retrying_url, told):
        self.url, self.retrying_url = url, retrying_url
        self.dialect, self.name = told.split("=")
        self.model, self.frail = self.name, f"{self.name}-frail"
        self.key, self.frail_key = f"sk-{self.model}", f"sk-{self.frail}"

    def used(self, prompt, cached, completion, reasoning):
        """Tells what a call used, which must stand on the provider's bill."""
        say("used", self.name, prompt, cached, completion, "?" if reasoning is None else reasoning)

    def left(self):
        say("left", self.name)

    def by(self, **what):
        """What holds for the provider that answers."""
        return what[self.dialect]


def equal(got, wanted, what=""):
    assert got == wanted, f"{what} {got!r} instead of {wanted!r}"


def arrived(text, **wanted):
    """Holds what reached the provider against what was meant."""
    try:
        echo = json.loads(text)
    except (TypeError, ValueError):
        raise AssertionError(f"no echo: {text!r}") from None
    for name, value in wanted.items():
        equal(echo[name], value, name)
    return echo


def fails(kind, call, *args, **named):
    """The error of just this class that a call raises."""
    try:
        answer = call(*args, **named)
    except Exception as error:
        assert type(error) is kind, f"{type(error).__name__} instead of {kind.__name__}: {error}"
        return error
    raise AssertionError(f"no {kind.__name__} but {str(answer)[:300]}")


def run(prepare, checks):
    """Makes all checks over each provider. `--short` leaves those that are marked so."""
    args = [arg for arg in sys.argv[1:] if arg != "--short"]
    short = len(args) + 1 < len(sys.argv)
    urls, cells = args[:2], args[2:]
    chosen = [check for check, in_short in checks if in_short or not short]

    def column(told):
        cell = Cell(*urls, told)
        prepare(cell)
        for check in chosen:
            name = check.__name__.replace("_", " ")
            try:
                check(cell)
                say("ok", cell.name, name)
            except NotOffered:
                say("none", cell.name, name)
            except Exception as error:
                last = traceback.extract_tb(error.__traceback__)
                own = [frame for frame in last if os.path.dirname(frame.filename) == FOLDER]
                own = [frame for frame in own if not frame.filename.endswith("matrix.py")] or last
                where = f"{os.path.basename(own[-1].filename)}:{own[-1].lineno}"
                say("failed", cell.name, name, f"{where}: {type(error).__name__}: {error}"[:1500])

    columns = [threading.Thread(target=column, args=[told]) for told in cells]
    for thread in columns:
        thread.start()
    for thread in columns:
        thread.join()
