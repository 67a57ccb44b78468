"""The closing lines for stderr: problems, what was left out, counts. Findings themselves are not written here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from collint.findings import CONFIDENCES, Run
from collint.report.look import visible
from collint.source import Problem

_MAX_PLACES = 3
_MAX_REASONS = 3


def lines(run: Run, problems: Sequence[Problem], statistics: bool = False) -> list[str]:
    """What stderr shows after the findings, the summary last."""
    result = [visible(str(problem)) for problem in sorted(problems)]
    result += _left_out(run)
    if statistics:
        result += _statistics(run)
    result.append(_closing(run))
    return result


def count(number: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _left_out(run: Run) -> list[str]:
    """A few places one by one, more of them counted by their reasons."""
    if len(run.not_analysed) <= _MAX_PLACES:
        places = sorted(run.not_analysed, key=lambda item: (item.path, item.line, item.what, item.reason))
        return [visible(f"{at.path}:{at.line}: {at.what} is not analysed in full: {at.reason}") for at in places]
    reasons = Counter(item.reason for item in run.not_analysed).most_common()
    told = ", ".join(f"{number:,} {visible(reason)}" for reason, number in reasons[:_MAX_REASONS])
    more = f", {count(len(reasons) - _MAX_REASONS, 'other reason')}" if len(reasons) > _MAX_REASONS else ""
    return [f"Not analysed: {count(len(run.not_analysed), 'place')} ({told}{more}); --output-format json lists them."]


def _statistics(run: Run) -> list[str]:
    counts = Counter((finding.rule, finding.name) for finding in run.findings)
    width = len(str(max(counts.values(), default=0)))
    return [
        *(f"{number:>{width}}  {rule} {name}" for (rule, name), number in sorted(counts.items())),
        *(f"{key}: {value:,}" for key, value in sorted(run.stats.items())),
    ]


def _closing(run: Run) -> str:
    scope = f" ({count(run.stats['files'], 'file')} analysed)" if "files" in run.stats else ""
    silenced = f" {len(run.suppressed):,} suppressed by comments." if run.suppressed else ""
    if not run.findings:
        return f"No findings{scope}.{silenced}"
    confidences = Counter(finding.confidence for finding in run.findings)
    told = ", ".join(f"{confidences[level]} {level}" for level in reversed(CONFIDENCES) if confidences[level])
    files = len({finding.path for finding in run.findings})
    return f"{count(len(run.findings), 'finding')} in {count(files, 'file')}: {told} confidence{scope}.{silenced}"
