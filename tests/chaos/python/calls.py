"""What the scripts share: who calls, and how is told what came of it.

On standard input is the plan: `url`, and `callers` with `key` and `calls`, each with `number`, `system`, `user` and
`stream`. For each call a line of JSON comes on standard output: `number`, `millis`, and `answer` or `error`.
"""

import json
import sys
import threading
import time

_lock = threading.Lock()

PLAN = json.load(sys.stdin)
URL = PLAN["url"]
CALLERS = PLAN["callers"]


def answer(model, text, finish, ends, usage):
    return {"model": model, "text": text, "finish": finish, "ends": ends, "usage": usage}


class Call:
    """Times a call, and tells what came of it: `with Call(ask) as call: call.answer = ...`."""

    def __init__(self, ask):
        self.number, self.answer = ask["number"], None

    def __enter__(self):
        self.begun = time.monotonic()
        return self

    def __exit__(self, kind, error, trace):
        told = {"number": self.number, "millis": (time.monotonic() - self.begun) * 1000}
        if isinstance(error, Exception):
            told["error"] = f"{kind.__name__}: {error}"[:1500]
        else:
            told["answer"] = self.answer
        with _lock:
            print(json.dumps(told), flush=True)
        return isinstance(error, Exception)
