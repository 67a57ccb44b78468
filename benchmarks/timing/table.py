"""What times come to: a row for each case, and each target with what was reached. Measures nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from benchmarks.timing.measure import Sample, Spread, spread

Samples = Mapping[str, Sequence[Sample]]


@dataclass(frozen=True, slots=True)
class Target:
    """``what`` (``wall``, ``cpu`` or ``memory``) of a case, less that of ``less``, is at most ``times`` a base's.

    Without a base ``times`` is an amount: seconds or megabytes.
    """

    case: str
    what: str
    times: float
    base: str = ""
    less: str = ""

    def __str__(self) -> str:
        name = self.case + (f" less {self.less}" if self.less else "")
        unit = "MB" if self.what == "memory" else "s"
        limit = f"{self.times:g} times {self.base}" if self.base else f"{self.times:g} {unit}"
        return f"{name}: {self.what} at most {limit}"


TARGETS = (
    Target("collint cold", "cpu", 3, "ast.parse"),
    Target("collint cold", "wall", 1.5, "ty"),
    Target("collint cold", "memory", 600),
    Target("collint warm, nothing changed", "wall", 0.5, "ruff"),
    Target("collint warm, a leaf changed", "wall", 1, "ruff"),
    Target("collint warm, a comment of a leaf changed", "wall", 1, "ruff"),
    Target("collint warm, a hub changed", "wall", 2, "ruff"),
    Target("collint warm, a comment of a hub changed", "wall", 2, "ruff"),
    Target("collint warm, a hub changed, told of all", "wall", 2, "ruff"),
    Target("collint three changed in a fresh checkout", "wall", 2, "ruff"),
    Target("collint --help", "wall", 0.08, less="python start"),
    Target("collint twice the tree", "cpu", 2.2, "collint cold"),
    Target("collint four times the tree", "cpu", 4.4, "collint cold"),
    Target("collint one huge function", "wall", 2),
)


@dataclass(frozen=True, slots=True)
class Report:
    """All samples by case, why the others failed, versions by tool, the load at the beginning and the cores."""

    samples: Samples
    failed: Mapping[str, str]
    versions: Mapping[str, str]
    load: float
    cores: int


def markdown(report: Report) -> str:
    """The tables, and what they were made with."""
    rounds = max(map(len, report.samples.values()), default=0)
    with_what = ", ".join(f"{tool} {version}" for tool, version in report.versions.items())
    lines = [f"{rounds} interleaved rounds, {report.cores} cores, load {report.load:.1f} before. {with_what}.", ""]
    lines += ["| case | wall, s | CPU, s | memory, MB |", "|---|---|---|---|"]
    for name, taken in report.samples.items():
        wall, cpu, memory = (spread(_values(taken, what)) for what in ("wall", "cpu", "memory"))
        lines.append(f"| {name} | {wall} | {cpu} | {memory.median:.0f} |")
    lines += ["", "| target | reached | |", "|---|---|---|"]
    for target in TARGETS:
        reached = reach(target, report.samples)
        if reached is not None:
            unit = " times" if target.base else ""
            verdict = "met" if reached.median <= target.times else "missed"
            lines.append(f"| {target} | {reached}{unit} | {verdict} |")
    lines += [f"\nNot measured: {name} ({reason})." for name, reason in report.failed.items()]
    return "\n".join(lines)


def as_json(report: Report) -> dict[str, object]:
    """Everything, with each single sample."""
    reached = {str(target): reach(target, report.samples) for target in TARGETS}
    return {
        "load": report.load,
        "cores": report.cores,
        "versions": dict(report.versions),
        "samples": {name: [asdict(sample) for sample in taken] for name, taken in report.samples.items()},
        "not_measured": dict(report.failed),
        "targets": {name: asdict(one) for name, one in reached.items() if one is not None},
    }


def reach(target: Target, samples: Samples) -> Spread | None:
    """What a case came to, as its target counts, round by round; None where something needed was not measured."""
    if any(name and name not in samples for name in (target.case, target.base, target.less)):
        return None
    values = _values(samples[target.case], target.what)
    if target.less:
        values = [value - less for value, less in zip(values, _values(samples[target.less], target.what), strict=True)]
    if target.base:
        values = [value / base for value, base in zip(values, _values(samples[target.base], target.what), strict=True)]
    return spread(values)


def _values(samples: Sequence[Sample], what: str) -> list[float]:
    return [{"wall": one.wall, "cpu": one.cpu, "memory": one.memory}[what] for one in samples]
