"""One file's text to its facts, by ``ast``: definitions, imports, assignments and calls.

Names are left as written, relative imports excepted; :mod:`collint.project.project` gives them a meaning. Expressions
are :mod:`collint.project.terms`, statements :mod:`collint.project.statements`.
"""

from __future__ import annotations

import ast
import sys
import warnings

from collint.project.bounds import overflows
from collint.project.facts import ModuleFacts
from collint.project.statements import Statements

_TRUSTING = sys.version_info < (3, 11)  # this Python's parser does not look how deep a tree is that it hands over


def index_module(source: str, path: str, module: str, is_package: bool) -> ModuleFacts:
    """What is defined, imported, assigned and called in ``source``.

    Never raises: a file that does not parse has no definitions and a ``problem``.
    """
    lines = source.count("\n") + (not source.endswith("\n"))
    try:
        tree = _parse(source)
        reader = Statements(source, module, is_package)
        reader.module_body(tree.body, lines)
    except SyntaxError as error:
        return _unread(path, module, is_package, lines, f"line {error.lineno or 1}: {error.msg}")
    except (RecursionError, MemoryError):
        return _unread(path, module, is_package, lines, "nests too deeply to be read")
    except ValueError as error:
        return _unread(path, module, is_package, lines, f"line {_line_of_null(source)}: {error}")
    return ModuleFacts(
        name=module,
        path=path,
        is_package=is_package,
        imports=reader.imports,
        stars=tuple(dict.fromkeys(reader.stars)),
        functions=tuple(sorted(reader.functions, key=lambda facts: facts.start_line)),
        classes=tuple(sorted(reader.classes, key=lambda facts: facts.start_line)),
        lines=lines,
    )


def _parse(source: str) -> ast.Module:
    if _TRUSTING and overflows(source):
        raise RecursionError
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes of the analysed code are not our user's concern
        return ast.parse(source.removeprefix("\ufeff"))


def _unread(path: str, module: str, is_package: bool, lines: int, problem: str) -> ModuleFacts:
    return ModuleFacts(module, path, is_package, lines=lines, problem=problem.replace("\n", " "))


def _line_of_null(source: str) -> int:
    return source.count("\n", 0, max(source.find("\0"), 0)) + 1
