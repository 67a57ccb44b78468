"""One finding per cause: conditions of a function that part the same ranks for one reason are mended together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from collint.checks.creation import CREATES
from collint.findings import CONFIDENCES, Because, Finding
from collint.record import replace

# Functions of one file that tell of one circumstance at their own confidence.
NEAREST = 3
# Steps from a circumstance within which functions of other files than its own tell of it so.
NEAR = 3


def one_per_cause(findings: Iterable[tuple[int, Finding]]) -> list[Finding]:
    """Findings of one function, those with the same source and groups joined under one of them.

    Each comes with the number of places of events that it decides about. The most certain one leads, and of these the
    one that decides about most. The places of the others go into a note, so that none is lost.
    """
    causes: dict[object, list[tuple[int, Finding]]] = {}
    for weight, finding in findings:
        source = finding.because[:1]
        cause = (finding.function, source, frozenset(finding.groups), finding.rule == CREATES)
        causes.setdefault(cause, []).append((weight, finding))
    return [_weighed(together) for together in causes.values()]


def marked(finding: Finding, circumstances: Collection[Because]) -> Finding:
    """The finding, marked where it is told for one of these sources, and so only near to it."""
    if finding.because and finding.because[0] in circumstances and finding.confidence != "low":
        return replace(finding, is_shared=True)
    return finding


def told_by_constructor(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, those in methods of an object whose constructor has parted its ranks already lowered to low.

    A rank that left the constructor early, while its peers wait there, does not come to a method apart from them: who
    mends the constructor mends its methods. The constructor's own finding must be as certain.
    """
    parted = {(f.path, f.line, f.function): f for f in findings if f.function.endswith(".__init__")}
    told: list[Finding] = []
    for finding in findings:
        constructor = f"{finding.function.rpartition('.')[0]}.__init__"
        steps = {step.line for step in finding.because if step.path == finding.path} - {finding.line}
        first = next(
            (parted[key] for line in sorted(steps) if (key := (finding.path, line, constructor)) in parted), None
        )
        if first is not None and first is not finding and _is_as_certain(first, finding):
            note = f"The object's constructor parts the same ranks first, at {first.path}:{first.line}."
            message, notes = f"{finding.message} {note}", (*finding.notes, note)
            finding = replace(finding, confidence="low", message=message, notes=notes, is_shared=False)
        told.append(finding)
    return told


def _is_as_certain(first: Finding, second: Finding) -> bool:
    """Whether the first finding is as certain as the second, and about one of its groups, whatever holds it."""
    groups, others = ({group.rpartition(".")[2] for group in finding.groups} for finding in (first, second))
    return CONFIDENCES.index(first.confidence) >= CONFIDENCES.index(second.confidence) and bool(groups & others)


def told_nearby(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, those far from a source that many functions share lowered to low confidence.

    One probe of a device or of a file that is kept in an attribute decides all over a program. The few functions
    nearest to it tell of it; who mends those mends the rest. Only findings about such circumstances are marked: a rank
    parts ranks on purpose and in as many ways as there are tests of it.

    What is near is decided file by file, so that nobody need know of other files to be told of one.
    """
    by_source: dict[tuple[Because, str], list[Finding]] = {}
    for finding in findings:
        if finding.is_shared:
            by_source.setdefault((finding.because[0], finding.path), []).append(finding)
        else:
            yield finding
    for source, path in sorted(by_source, key=lambda place: (place[0].path, place[0].line, place[0].text, place[1])):
        shared = sorted(by_source[source, path], key=_distance)
        near = [f for f in shared if path == source.path or len(f.because) <= NEAR][:NEAREST]
        yield from near
        for finding in shared[len(near) :]:
            nearer = f"decides nearer to it, at {path}:{near[0].line}" if near else _far_away(source, finding)
            note = f"The same cause {nearer}."
            yield replace(finding, confidence="low", message=f"{finding.message} {note}", notes=(*finding.notes, note))


def _far_away(source: Because, finding: Finding) -> str:
    return f"may decide in many places: it stands {len(finding.because)} steps away, at {source.path}:{source.line}"


def _distance(finding: Finding) -> tuple[object, ...]:
    return (
        -CONFIDENCES.index(finding.confidence),
        len(finding.because),
        *finding.sort_key,
    )


def _weighed(together: list[tuple[int, Finding]]) -> Finding:
    together.sort(key=lambda p: (-CONFIDENCES.index(p[1].confidence), -p[0], p[1].line, p[1].column))
    return joined([finding for _, finding in together])


def joined(together: Sequence[Finding]) -> Finding:
    """The findings of one cause, the leading one first, as one; a finding that is alone stays as it is."""
    return led_by(together[0], together)


def led_by(first: Finding, together: Sequence[Finding]) -> Finding:
    """``first`` with the places of the others in a note."""
    every = tuple(part for finding in together for part in parts(finding))
    lines = sorted({f.line for f in together} - {first.line})
    if not lines:
        return replace(first, joined=every) if len(every) > 1 else first
    where = ", ".join(str(line) for line in lines)
    note = f"The same cause decides at line{'s' if len(lines) > 1 else ''} {where} too."
    return replace(first, message=f"{first.message} {note}", notes=(*first.notes, note), joined=every)


def parts(finding: Finding) -> tuple[Finding, ...]:
    """The findings that were joined into one, or the one itself."""
    return finding.joined or (finding,)
