"""Reads the expectations that fixtures carry as comments and compares them with findings. Runs no analysis itself.

A comment stands on the line of the deciding predicate or call; several expectations are separated by ``;``::

    if rank == 0:  # expect: COL101[dp] high     the rule, a group among those affected, the exact confidence
    if rank == 0:  # expect: COL101              groups and confidence may be left out
    if rank == 0:  # expect: COL101/COL106       at least one of these rules; all of them are allowed here
    if rank == 0:  # missed: COL101              a known miss (files ``FN_*``): complains as soon as it is found
    if rank == 0:  # expect-none                 not even a finding of low confidence

It may follow another comment: ``# collint: ignore[COL101] reason  # expect: COL901``.
A line without a comment allows findings of low confidence only.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from collint.findings import Finding

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
PREFIXES = ("bad_", "good_", "FP_", "FN_")

_COMMENT = re.compile(r"(?:.*\s)?#\s*(?P<kind>expect-none|expect|missed)\s*(?::\s*(?P<body>[^#]*))?$")
_CLAIM = re.compile(
    r"(?P<rules>COL\d{3}(?:/COL\d{3})*)\s*(?:\[(?P<groups>[^\]]+)\])?\s*(?P<confidence>low|medium|high)?"
)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What one line should get. ``kind`` is ``expect``, ``missed`` or ``expect-none`` (which names no rules)."""

    kind: str
    line: int
    rules: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    confidence: str = ""

    def accepts(self, finding: Finding) -> bool:
        """Whether ``finding`` is the expected one: its rule, groups and confidence, not its line."""
        return (
            finding.rule in self.rules
            and set(self.groups) <= set(finding.groups)
            and self.confidence in ("", finding.confidence)
        )

    def __str__(self) -> str:
        groups = f"[{', '.join(self.groups)}]" if self.groups else ""
        return " ".join(part for part in ("/".join(self.rules) + groups, self.confidence) if part)


@dataclass(frozen=True, slots=True)
class Fixture:
    """One program: a single file, or a folder whose modules belong together. ``top`` is the tree to analyse."""

    top: Path
    path: Path

    @property
    def name(self) -> str:
        """The path below ``fixtures/``, as test ids show it."""
        return self.path.relative_to(FIXTURES).as_posix()

    @property
    def files(self) -> tuple[Path, ...]:
        """The modules of the program."""
        return tuple(sorted(self.path.rglob("*.py"))) if self.path.is_dir() else (self.path,)


def fixtures(folder: Path = FIXTURES) -> tuple[Fixture, ...]:
    """Every program below ``folder``: one level of top folders, then files and folders named by a known prefix.

    Below ``packs`` each library's folder is a top of its own, so that programs meet the packs of one library only.
    """
    above = [folder, folder / "packs"] if (folder / "packs").is_dir() else [folder]
    tops = sorted(path for place in above for path in place.iterdir() if path.is_dir() and _is_top(path, folder))
    return tuple(
        Fixture(top, path)
        for top in tops
        for path in sorted(top.iterdir())
        if path.suffix == ".py" or (path.is_dir() and path.name.startswith(PREFIXES))
    )


def _is_top(path: Path, folder: Path) -> bool:
    return path != folder / "packs" and not path.name.startswith((".", "_"))


def expectations(text: str) -> tuple[Expectation, ...]:
    """The expectations in a module's comments, by line. Raises ValueError for one that cannot be read."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = ((token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT)
    return tuple(claim for line, comment in comments for claim in _claims(line, comment))


def _claims(line: int, comment: str) -> Iterator[Expectation]:
    match = _COMMENT.match(comment)
    if match is None:
        if re.match(r"#\s*(expect|missed)\b", comment):
            raise ValueError(f"line {line}: cannot read {comment!r}")
        return
    if match["kind"] == "expect-none":
        yield Expectation("expect-none", line)
        return
    for part in (match["body"] or "").split(";"):
        claim = _CLAIM.fullmatch(part.strip())
        if claim is None:
            raise ValueError(f"line {line}: cannot read {part.strip()!r}")
        groups = tuple(group.strip() for group in (claim["groups"] or "").split(",") if group.strip())
        yield Expectation(match["kind"], line, tuple(claim["rules"].split("/")), groups, claim["confidence"] or "")


def differences(path: str, text: str, findings: Iterable[Finding]) -> tuple[str, ...]:
    """One sentence for each way in which ``findings`` of the module ``path`` are not what its comments say."""
    claims = expectations(text)
    found = [finding for finding in findings if finding.path == path]
    problems = [problem for claim in claims for problem in _broken(claim, found)]
    problems += [(finding.line, f"unexpected {_shown(finding)}") for finding in found if not _allowed(finding, claims)]
    return tuple(f"{path}:{line}: {problem}" for line, problem in sorted(problems))


def _broken(claim: Expectation, found: list[Finding]) -> Iterator[tuple[int, str]]:
    here = [finding for finding in found if finding.line == claim.line]
    if claim.kind == "expect-none":
        yield from ((claim.line, f"must be silent, but has {_shown(finding)}") for finding in here)
        return
    hit = any(claim.accepts(finding) for finding in here)
    if claim.kind == "missed" and hit:
        yield claim.line, f"the known miss {claim} is found now: expect it and rename the file"
    if claim.kind == "expect" and not hit:
        seen = "; ".join(_shown(finding) for finding in here) or "nothing"
        yield claim.line, f"expected {claim}, found {seen}"


def _allowed(finding: Finding, claims: tuple[Expectation, ...]) -> bool:
    """Low confidence is free; a line's own claims name the rules that may show up there, met or not."""
    here = [claim for claim in claims if claim.line == finding.line]
    return finding.confidence == "low" or any(finding.rule in claim.rules for claim in here)


def _shown(finding: Finding) -> str:
    groups = f"[{', '.join(finding.groups)}]" if finding.groups else ""
    return f"{finding.rule}{groups} {finding.confidence} ({finding.predicate or finding.message})"
