"""Lowers texts as the pipeline lowers slices of files. Holds no assertions."""

from __future__ import annotations

from textwrap import dedent

from collint.ir.printer import render_ir
from collint.ir.statements import Function
from collint.syntax.lower import MODULE, Lowered, SourceSlice, lower


def lowered(source: str, qualname: str = "f", module: str = "pkg.sub.mod", package: bool = False) -> Lowered:
    """The functions of one slice that stands at the top of its file."""
    return lower(SourceSlice(dedent(source).lstrip("\n"), qualname, 1, module, package))


def function(source: str, qualname: str = "f") -> Function:
    """The function that the slice is about."""
    return lowered(source, qualname).functions[qualname]


def body(source: str) -> str:
    """The printed body of a function whose statements are ``source``."""
    text = "def f():\n" + "".join(f"    {line}\n" for line in dedent(source).strip("\n").splitlines())
    return _without_header(function(text))


def module_body(source: str) -> str:
    """The printed body of a module."""
    return _without_header(function(source, MODULE))


def _without_header(subject: Function) -> str:
    return dedent("".join(f"{line}\n" for line in render_ir(subject).splitlines()[1:]))


def printed(text: str) -> str:
    """An expected print, written indented in a test."""
    return dedent(text).lstrip("\n")
