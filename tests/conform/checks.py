"""Runs a client's checks one after the other and tells each: `ok - name` or `not ok - name`.

The first line is the plan, so that a client that dies cannot hide the checks it did not reach.
"""
import json
import os
import traceback

# What the running sandbox told when it was ready.
sandbox = json.loads(os.environ.get("SANDBOX", "{}"))
_checks = []


def check(function):
    """Marks a check; its docstring is its name."""
    _checks.append(function)
    return function


def run():
    print(f"1..{len(_checks)}", flush=True)
    for function in _checks:
        try:
            function()
            print(f"ok - {function.__doc__}", flush=True)
        except Exception:
            print(f"not ok - {function.__doc__}", flush=True)
            told = traceback.format_exc(chain=False).splitlines()
            print("\n".join(f"  # {line}" for line in told), flush=True)


def expect(kind, call, *args, **kwargs):
    """The exception of that kind that the call ends with."""
    try:
        answer = call(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}, got {answer}")
