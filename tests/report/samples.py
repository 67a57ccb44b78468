"""One finding with everything in it, for the tests of all formats."""

from __future__ import annotations

from collint.findings import Because, Event, Finding, NotAnalysed, PackUsed, RankClass, Run, Suppressed
from collint.record import replace
from collint.report.look import Look

RUNNER, SYNC = "serve/worker/runner.py", "serve/worker/sync.py"
ALL_REDUCE = Event("all_reduce", "dp", SYNC, 7, ("Runner.step", "agree", "_run"))
BARRIER = Event("barrier", "dp", RUNNER, 2)

LINES = ["class Runner:", "    barrier()", "    def step(self, batch):", "        if batch.tokens == 0:"]

FINDING = Finding(
    rule="COL102",
    name="divergent-exit",
    severity="error",
    confidence="high",
    path=RUNNER,
    line=4,
    column=12,
    end_line=4,
    end_column=29,
    function="Runner.step",
    groups=("dp",),
    varies_over=("dp",),
    predicate="batch.tokens == 0",
    message="ranks where `batch.tokens == 0` return here and issue nothing on dp;\n"
    "their peers issue all_reduce and wait.",
    because=(
        Because("serve/sched.py", 88, "`tokens` counts what this rank's own scheduler gave out"),
        Because(RUNNER, 3, "it arrives here as `batch`"),
    ),
    classes=(
        RankClass("batch.tokens == 0", (BARRIER,), "they return"),
        RankClass("not batch.tokens == 0", (BARRIER, ALL_REDUCE), ""),
    ),
    collectives=(ALL_REDUCE, Event("all_gather", "ep", "serve/moe.py", 182)),
    help="let empty ranks contribute a neutral value, or agree on the exit over dp first",
    mismatch="all_reduce",
    notes=("unless the caller compensates",),
)

RUN = Run(
    findings=(replace(FINDING, line=9, end_line=9, severity="warning", confidence="medium"), FINDING),
    not_analysed=(NotAnalysed("b.py", 3, "f", "unresolved call"), NotAnalysed("a.py", 1, "a", "does not parse")),
    stats={"functions": 12, "files": 3},
)

NASTY = (
    "\"quoted\" 'x' `tick` </script><b>|a|b| [t](1) "
    "{0} %0A::error::x, %s\x1b[31m\u202egnp.exe\r\n::warning::\u2028 é 世界"
)
"""Text that means something to a shell, a browser, a terminal, a table, a runner of workflows, or the eye."""

HOSTILE_LINES = ["import x", "", f"if {NASTY!r} + '</script>\x1b[2J\u202e' == ``` x:  # ::error::"]

HOSTILE = replace(
    FINDING,
    path="pkg/a b,c:d%é#?.py",
    line=3,
    column=4,
    end_line=3,
    end_column=30,
    function=f"f.<locals>.{NASTY}",
    groups=("dp|x", NASTY),
    predicate=NASTY,
    message=f"ranks where `{NASTY}` wait",
    because=(Because("pkg/a b,c:d%é#?.py", 1, NASTY),),
    classes=(
        RankClass(f"`{NASTY}`", (), f"return {NASTY}"),
        RankClass(
            f"not `{NASTY}`", (Event(NASTY, NASTY, "pkg/é.py", 2, (NASTY, "<lambda>")), Event("x", "", "", 0)), NASTY
        ),
    ),
    collectives=(Event(NASTY, NASTY, "pkg/é.py", 2), Event("x", "", "", 0)),
    help=NASTY,
    notes=(NASTY,),
)

HOSTILE_RUN = Run(
    findings=(FINDING, HOSTILE, replace(HOSTILE, line=4, end_line=6, severity="note", classes=())),
    not_analysed=(NotAnalysed("pkg/é.py", 0, NASTY, NASTY),),
    stats={"files": 3},
    suppressed=(Suppressed(replace(HOSTILE, line=2), NASTY), Suppressed(FINDING, "the driver balances it")),
    packs=(PackUsed("torch", NASTY, 12, "0123456789ab"),),
)


def lines_of(path: str) -> list[str]:
    """The files behind the samples."""
    return LINES if path == RUNNER else HOSTILE_LINES if path == HOSTILE.path else []


LOOK = Look(lines_of)
