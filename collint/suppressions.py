"""Matches findings with the comments that speak about their lines, and judges the comments themselves (COL901 to 903).

How comments are found is :mod:`collint.source.comments`; what a claim makes of a value inside the analysis is
:mod:`collint.uniformity.claims`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from collint.checks.merging import joined, parts
from collint.findings import Finding, Suppressed
from collint.record import Mutable, Record, field
from collint.rules import find_page
from collint.source import Directive
from collint.source.comments import IGNORE, IGNORE_FILE, UNIFORM

UNUSED, REASONLESS, STALE = "COL901", "COL902", "COL903"
CODES = (UNUSED, REASONLESS, STALE)
_CODE = re.compile(r"COL\d{3}")
_KNOWN = (
    "`# collint: ignore[COL101] reason`, `# collint: uniform[dp] reason`, "
    "or, for a whole file, `# collint: ignore-file[COL101] reason`"
)
HELP = {
    UNUSED: "remove the comment, or move it to the line that the finding is reported on",
    REASONLESS: "write {known}",
    STALE: "remove the claim, or move it to the condition or expression that it is about",
}


class Facts(Record, frozen=True):
    """What the comments are judged by: the codes that exist, those whose checks ran in full, and the names of axes.

    ``axes`` expands a name of an axis or group (None for a name that nobody knows), ``function`` names the function
    around a line of a file.
    """

    known: frozenset[str]
    ran: frozenset[str]
    axes: Callable[[str], frozenset[str] | None]
    function: Callable[[str, int], str]


class Comments(Mutable):
    """The comments of a run by file, and which of them did something."""

    by_path: Mapping[str, Sequence[Directive]]
    facts: Facts
    used: set[tuple[Directive, str]] = field(default_factory=set)

    def apply(self, findings: Iterable[Finding]) -> tuple[list[Finding], list[Suppressed]]:
        """``findings`` without those that a comment silences, and these with the comments' reasons.

        Of findings that were joined for their common cause each is judged by its own line.
        """
        kept: list[Finding] = []
        silenced: list[Suppressed] = []
        for finding in findings:
            open_parts = []
            for part in parts(finding):
                reasons = self._reasons(part)
                if reasons:
                    silenced.append(Suppressed(part, reasons[0]))
                else:
                    open_parts.append(part)
            if len(open_parts) == len(parts(finding)):
                kept.append(finding)
            elif open_parts:
                kept.append(joined(open_parts))
        return kept, silenced

    def believed(self, finding: Finding, claims: Iterable[Directive]) -> Suppressed:
        """``finding`` as one that the analysis does not make because it believes ``claims``."""
        places = {(finding.path, finding.line), *((step.path, step.line) for step in finding.because)}
        every = sorted(claims, key=lambda claim: (claim.path, claim.line, claim.column))
        near = [claim for claim in every if any(claim.path == path and claim.covers(line) for path, line in places)]
        chosen = near or every
        self.used.update((claim, "") for claim in chosen)
        return Suppressed(finding, _claimed(chosen[0]))

    def remarks(self) -> Iterator[Finding]:
        """What is wrong with the comments: useless, without a reason, not to be understood, or stale."""
        for path in sorted(self.by_path):
            for directive in self.by_path[path]:
                yield from self._remarks(directive)

    # ------------------------------------------------------------------------------------------------ matching

    def _reasons(self, finding: Finding) -> list[str]:
        """The reasons of all comments that silence ``finding``; every one of them is used."""
        found: list[str] = []
        for directive in self.by_path.get(finding.path, ()):
            if not directive.covers(finding.line) or _is_misplaced(directive):
                continue
            if directive.kind in (IGNORE, IGNORE_FILE) and finding.rule in directive.names:
                self.used.add((directive, finding.rule))
                found.append(directive.reason)
            elif directive.kind == UNIFORM and self._is_claimed(finding, directive):
                self.used.add((directive, ""))
                found.append(_claimed(directive))
        return found

    def _is_claimed(self, finding: Finding, claim: Directive) -> bool:
        """Whether what varies, as far as the finding's groups span it, is claimed to be uniform."""
        if not finding.varies_over:
            return False
        if "*" in claim.names or set(finding.varies_over) <= set(claim.names):
            return True
        varies, groups, claimed = (
            self._expanded(names) for names in (finding.varies_over, finding.groups, claim.names)
        )
        return varies is not None and groups is not None and claimed is not None and varies & groups <= claimed

    def _expanded(self, names: Iterable[str]) -> frozenset[str] | None:
        parts = [self.facts.axes(name) for name in names]
        known = [part for part in parts if part is not None]
        return frozenset().union(*known) if len(known) == len(parts) else None

    # ------------------------------------------------------------------------------------------------- judging

    def _remarks(self, directive: Directive) -> Iterator[Finding]:
        unclear = _unclear(directive)
        if unclear:
            yield self._remark(directive, REASONLESS, unclear)
            return
        if not directive.reason:
            yield self._remark(directive, REASONLESS, f"`{directive.text}` gives no reason.")
        if directive.kind == UNIFORM:
            yield from self._stale(directive)
            return
        for code in dict.fromkeys(directive.names):
            if code not in self.facts.known:
                yield self._remark(directive, UNUSED, f"there is no rule {code}.")
            elif (directive, code) not in self.used and code in self.facts.ran:
                where = "in this file" if directive.kind == IGNORE_FILE else "here"
                yield self._remark(directive, UNUSED, f"no {code} is found {where}: the comment silences nothing.")

    def _stale(self, claim: Directive) -> Iterator[Finding]:
        strange = [name for name in claim.names if self.facts.axes(name) is None]
        if (claim, "") in self.used:
            return
        if strange:
            text = f"no mesh axis or group is called `{strange[0]}`, so the claim changes nothing."
        else:
            text = "without this claim the findings are the same: the value is seen to be uniform, or decides nothing."
        yield self._remark(claim, STALE, text)

    def _remark(self, directive: Directive, code: str, message: str) -> Finding:
        page = find_page(code)
        assert page is not None
        return Finding(
            rule=code,
            name=page.name,
            severity=page.severity,
            confidence="high",
            path=directive.path,
            line=directive.line,
            column=directive.column,
            end_line=directive.line,
            end_column=directive.column + len(directive.text),
            function=self.facts.function(directive.path, directive.line),
            groups=(),
            varies_over=(),
            predicate=directive.text,
            message=message,
            because=(),
            classes=(),
            collectives=(),
            help=HELP[code].format(known=_KNOWN),
            mismatch=message,
        )


def _claimed(claim: Directive) -> str:
    axes = "all axes" if "*" in claim.names else ", ".join(claim.names)
    return f"{claim.reason} (claimed uniform over {axes})".strip()


def _is_misplaced(directive: Directive) -> bool:
    return directive.kind == IGNORE_FILE and not directive.at_top


def _unclear(directive: Directive) -> str:
    """What makes a comment say nothing that could be followed; empty when it can."""
    if directive.kind not in (IGNORE, IGNORE_FILE, UNIFORM):
        return f"`{directive.text}` is not understood."
    if directive.kind == UNIFORM:
        return "" if directive.names else "the claim names no axes: `uniform[dp]`, or `uniform[*]` for all of them."
    if not directive.names:
        return f"the comment names no rules and silences nothing: name each, as in `{directive.kind}[COL101]`."
    vague = [name for name in directive.names if not _CODE.fullmatch(name)]
    if vague:
        return f"`{vague[0]}` is no rule: name each by its whole code, as in `{directive.kind}[COL101]`."
    if _is_misplaced(directive):
        return "`ignore-file` must stand on a line of its own before the first statement of the file."
    return ""
