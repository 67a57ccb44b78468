"""Lowering and graph building on code that nobody wrote for them: the standard library."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from collint.ir.cfg import build
from collint.ir.statements import Span
from collint.syntax.lower import lower
from collint.syntax.positions import Positions
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
def test_positions_are_those_of_libcst(module: str) -> None:
    path = _path(module)
    assert path is not None
    tree = cst.parse_module(path.read_text(encoding="utf-8"))
    positions = Positions(tree, 0)
    for node, place in MetadataWrapper(tree, unsafe_skip_copy=True).resolve(PositionProvider).items():
        expected = Span(place.start.line, place.start.column, place.end.line, place.end.column)
        assert expected == positions.span(node)
