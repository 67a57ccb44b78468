"""Lowering and graph building on code that nobody wrote for them: the standard library."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

from collint.ir.cfg import build
from collint.syntax.lower import lower
from tests.ir.support import broken_rules
from tests.syntax.slices import call_places, cuts

_NAMES = """
    abc argparse ast asyncio.base_events asyncio.futures asyncio.locks asyncio.queues asyncio.runners
    asyncio.streams asyncio.taskgroups asyncio.tasks asyncio.timeouts bisect calendar cmd codeop collections
    concurrent.futures.process configparser contextlib contextvars copy csv dataclasses email.message enum
    fileinput functools heapq inspect json.decoder logging.handlers multiprocessing.pool operator pathlib pprint
    queue random selectors shelve socketserver statistics subprocess tempfile textwrap threading typing
    unittest.case unittest.mock uuid weakref zipfile
    """
MODULES = _NAMES.split()


def _path(module: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:  # not every release has every module
        return None
    return Path(spec.origin) if spec is not None and spec.origin and spec.origin.endswith(".py") else None


@pytest.mark.parametrize("module", MODULES)
def test_every_function_of_the_standard_library_is_lowered(module: str) -> None:
    path = _path(module)
    if path is None:
        pytest.skip("not a Python file in this release")
    for cut in cuts(path):
        result = lower(cut.source)
        assert result.problem is None, cut.source.qualname
        assert cut.source.qualname in result.functions
        found = frozenset().union(*map(call_places, result.functions.values()))
        assert cut.calls <= found, cut.source.qualname
        assert found <= cut.calls | cut.decorators, cut.source.qualname
        for function in result.functions.values():
            assert broken_rules(build(function)) == [], function.qualname


@pytest.mark.parametrize("module", ["argparse", "asyncio.streams", "contextlib", "dataclasses", "unittest.mock"])
def test_what_stands_at_the_place_of_a_call_is_a_call(module: str) -> None:
    path = _path(module)
    assert path is not None
    lines = path.read_text(encoding="utf-8").split("\n")
    for cut in cuts(path):
        places = frozenset().union(*map(call_places, lower(cut.source).functions.values()))
        for line, column, end_line, end_column in places - cut.decorators:
            found = [*lines[line - 1 : end_line - 1], lines[end_line - 1][:end_column]]
            found[0] = found[0][column:]
            tree = ast.parse("({}\n)".format("\n".join(found)), mode="eval")
            assert isinstance(tree.body, (ast.Call, ast.JoinedStr)), (cut.source.qualname, line)
