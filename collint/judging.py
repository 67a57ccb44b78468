"""Runs the checks over a linked program and lets the comments in its source speak about what they find.

Which findings are wanted besides is for :mod:`collint.pipeline`; how a comment matches for :mod:`collint.suppressions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collint.checks.context import Context
from collint.checks.merging import parts
from collint.checks.registry import checks
from collint.config import Settings
from collint.findings import Finding, Suppressed
from collint.pieces import found_by
from collint.project.facts import MODULE_BODY
from collint.record import replace
from collint.rules import pages
from collint.source import Directive
from collint.suppressions import Comments, Facts
from collint.uniformity.claims import named_axes


def judged(context: Context, settings: Settings) -> tuple[list[Finding], list[Suppressed]]:
    """The findings of all enabled rules, remarks about comments among them, and those that a comment silences.

    A claim may serve a rule that is not enabled: where there are claims, every check is run to judge them.
    """
    enabled = {page.code for page in pages() if settings.enables(page.code, page.on_by_default)}
    known = frozenset(page.code for page in pages())
    ran = known if context.uniformity.claims is not None else frozenset(enabled)
    facts = Facts(
        known=known,
        ran=ran,
        axes=lambda name: named_axes(context.vocabulary, name),
        function=lambda path, line: _function_around(context, path, line),
    )
    comments = Comments({path: each for path, each in context.directives.items() if context.is_asked(path)}, facts)
    made = list(_made(context, ran, settings.jobs))
    kept, silenced = comments.apply(made)
    silenced += _believed(context, ran, made, comments)
    kept += comments.remarks()
    return (
        [finding for finding in kept if finding.rule in enabled],
        sorted(
            (entry for entry in silenced if entry.finding.rule in enabled), key=lambda entry: entry.finding.sort_key
        ),
    )


def _made(context: Context, codes: frozenset[str], jobs: int = 1) -> Iterator[Finding]:
    """What the checks of these rules say; the others are not run."""
    chosen = [check for check in checks() if codes.intersection(check.codes)]
    for finding in found_by(context, chosen, jobs):
        if finding.rule in codes and context.is_asked(finding.path):
            yield finding


def _believed(
    context: Context, codes: frozenset[str], made: Iterable[Finding], comments: Comments
) -> Iterator[Suppressed]:
    """The findings that are missing because claims are believed, told by asking once more without them."""
    believed = context.uniformity.believed
    if not believed:
        return
    claims_of: dict[tuple[str, str], set[Directive]] = {}
    for body_id, claims in believed.items():
        body = context.program.body(body_id)
        if body is not None:
            claims_of[body.path, body.qualname] = claims
    every = set().union(*believed.values())
    found = {_place(part): (part.groups, part.confidence) for finding in made for part in parts(finding)}
    doubting = replace(context, uniformity=context.uniformity.doubting, memo={})
    for finding in _made(doubting, codes):
        for part in parts(finding):
            now = found.get(_place(part))
            if now == (part.groups, part.confidence):
                continue
            entry = comments.believed(part, claims_of.get((part.path, part.function), every))
            if now is None:
                yield entry


def _place(finding: Finding) -> tuple[object, ...]:
    return (finding.rule, finding.path, finding.line, finding.column)


def _function_around(context: Context, path: str, line: int) -> str:
    """The innermost function around a line, qualified; empty at module level."""
    project = context.program.project
    module = project.module(project.name_at(path) or "")
    around = [
        facts
        for facts in (module.functions if module is not None else ())
        if facts.qualname != MODULE_BODY and facts.start_line <= line <= facts.end_line
    ]
    return min(around, key=lambda facts: facts.end_line - facts.start_line).qualname if around else ""
