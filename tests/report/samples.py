"""One finding with everything in it, for the tests of all formats."""

from __future__ import annotations

from dataclasses import replace

from collint.findings import Because, Event, Finding, NotAnalysed, RankClass, Run

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
