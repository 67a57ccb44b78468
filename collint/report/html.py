"""The audit report: one HTML file that needs neither a script nor the network. Its looks are in ``templates``.

Jinja escapes everything that is not marked as markup here; characters that reorder text are written as escapes, as in
every format. The page lists the findings by confidence, the most certain first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TextIO

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from collint import __version__
from collint.findings import CONFIDENCES, Because, Finding, Run
from collint.record import Record
from collint.report.html_text import Line, excerpt, worded
from collint.report.lanes import GAP, LINE, PADDING, WIDTH, Picture, picture
from collint.report.look import Look, visible
from collint.report.prose import act, in_order, left_out, numbered, on_one_line, silenced
from collint.report.summary import count

AROUND = 2
"""Lines of context above and below the deciding line."""

MAX_MEANT = 8
FOLDED_FROM = 6
"""A page with so many findings shows their heads only; with fewer, all of it."""


class Step(Record, frozen=True):
    """A step from the source of the difference to the deciding line."""

    words: Markup
    place: str
    lines: tuple[Line, ...]


class Shown(Record, frozen=True):
    """A finding as the page tells it."""

    anchor: str
    finding: Finding
    steps: tuple[Step, ...]
    lines: tuple[Line, ...]
    picture: Picture | None
    also: tuple[str, ...]


class Part(Record, frozen=True):
    """A row of a summary: its name, and the findings that it counts."""

    name: str
    shown: tuple[Shown, ...]


def write_html(run: Run, stream: TextIO, look: Look) -> None:
    """The whole page."""
    findings = in_order(run)
    identities = numbered(finding.fingerprint for finding in findings)
    shown = [_shown(finding, identity, look) for finding, identity in zip(findings, identities, strict=True)]
    levels = [(level, [item for item in shown if item.finding.confidence == level]) for level in reversed(CONFIDENCES)]
    # The name is the only thing that a lone surrogate could reach unescaped: everything else goes through `visible`.
    stream.write(
        _environment()
        .get_template("report.html")
        .render(
            version=__version__,
            run=run,
            shown=shown,
            levels=[(level, items) for level, items in levels if items],
            rules=sorted(Counter((item.finding.rule, item.finding.name) for item in shown).items()),
            summaries=_summaries(shown),
            silenced=silenced(run),
            left_out=left_out(run),
            reasons=Counter(item.reason for item in run.not_analysed).most_common(),
            folded=len(shown) >= FOLDED_FROM,
            lane=WIDTH,
            gap=GAP,
            line=LINE,
            padding=PADDING,
        )
    )


def _shown(finding: Finding, identity: tuple[str, int], look: Look) -> Shown:
    told = {(event.path, event.line) for side in finding.classes for event in side.sequence}
    also = [event for event in finding.collectives if event.path and (event.path, event.line) not in told]
    last = min(finding.end_line, finding.line + MAX_MEANT)
    return Shown(
        anchor=f"f-{identity[0]}-{identity[1]}",
        finding=finding,
        steps=tuple(_step(step, finding, look) for step in finding.because),
        lines=excerpt(
            look.lines(finding.path), finding.line, last, AROUND, (finding.column - 1, finding.end_column - 1)
        ),
        picture=picture(finding),
        also=tuple(dict.fromkeys(f"{act(event)} {visible(event.path)}:{event.line}" for event in also)),
    )


def _step(step: Because, finding: Finding, look: Look) -> Step:
    if step.text == "…":
        return Step(Markup("some steps are left out here"), f"{visible(step.path)}:{step.line}", ())
    here = step.path == finding.path and finding.line <= step.line <= finding.end_line
    lines = () if here else excerpt(look.lines(step.path), step.line, step.line, 0)
    return Step(worded(step.text), f"{visible(step.path)}:{step.line}", lines)


def _summaries(shown: list[Shown]) -> list[tuple[str, list[Part]]]:
    """What the findings are about, counted four ways."""
    return [
        ("By confidence", _parts(shown, lambda item: [item.finding.confidence], [*reversed(CONFIDENCES)])),
        ("By rule", _parts(shown, lambda item: [f"{item.finding.rule} {item.finding.name}"])),
        ("By group", _parts(shown, lambda item: item.finding.groups or ["no group"])),
        ("By directory", _parts(shown, lambda item: [_folder(item.finding.path)])),
    ]


def _parts(shown: list[Shown], names: Callable[[Shown], Iterable[str]], order: list[str] | None = None) -> list[Part]:
    """A row per name; in the given order, else the largest first."""
    found: dict[str, list[Shown]] = {}
    for item in shown:
        for name in dict.fromkeys(map(on_one_line, names(item))):
            found.setdefault(name, []).append(item)
    if order is not None:
        return [Part(name, tuple(found[name])) for name in order if name in found]
    return [Part(name, tuple(items)) for name, items in sorted(found.items(), key=lambda e: (-len(e[1]), e[0]))]


def _folder(path: str) -> str:
    """The folder that ``path`` is in, its first three parts: deeper ones would split what belongs together."""
    parts = PurePosixPath(path).parent.parts[:3]
    return "/".join(parts) or "(top)"


def _axes(finding: Finding) -> str:
    return ", ".join("every axis" if axis == "*" else visible(axis) for axis in finding.varies_over)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(worded=worded, visible=visible, one_line=on_one_line, axes=_axes)
    environment.globals.update(count=count)
    return environment
