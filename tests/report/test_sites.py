"""What GitHub, GitLab, reviewdog and Markdown readers are told."""

from __future__ import annotations

import io
import json
from typing import Any

from collint.findings import Run
from collint.record import replace
from collint.report import write, write_beside
from collint.report.github import MAX_ANNOTATIONS, SUMMARY_BYTES
from collint.report.look import Look
from collint.report.markdown import document
from collint.report.markdown_text import code, escaped, fence, row, words
from tests.report.samples import FINDING, HOSTILE, HOSTILE_RUN, LOOK, RUN


def written(output_format: str, run: Run, look: Look = LOOK) -> str:
    stream = io.StringIO()
    write(run, output_format, stream, look)
    return stream.getvalue()


def many(number: int, **changes: Any) -> tuple[Any, ...]:
    return tuple(replace(FINDING, line=line, end_line=line, **changes) for line in range(1, number + 1))


def test_an_annotation_is_one_command() -> None:
    [line] = written("github", Run((FINDING,)), Look(prefix="sub/")).splitlines()
    properties, _, message = line.removeprefix("::error ").partition("::")
    assert "file=sub/serve/worker/runner.py,line=4,endLine=4,col=12,endColumn=29,title=" in properties
    assert message.startswith("ranks where `batch.tokens == 0` return here")
    assert message.count("%0A") == 5 and message.endswith("%0ANote: unless the caller compensates.")


def test_no_text_of_a_program_becomes_a_command() -> None:
    lines = written("github", HOSTILE_RUN).splitlines()
    assert len(lines) == 3
    assert all(line.startswith(("::error file=", "::notice file=")) for line in lines)
    assert "%250A" in lines[-1] and "file=pkg/a b%2Cc%3Ad%25é#?.py" in lines[0]


def test_errors_come_first_and_the_eleventh_is_counted() -> None:
    run = Run((*many(8, severity="note"), *many(5, severity="error", confidence="low"), *many(2, severity="warning")))
    lines = written("github", run).splitlines()
    kinds = [line.partition(" ")[0] for line in lines]
    assert kinds == ["::error"] * 5 + ["::warning"] * 2 + ["::notice"] * 3 + ["::notice"]
    assert lines[MAX_ANNOTATIONS].startswith("::notice title=collint::5 more findings without an annotation")


def test_the_summary_of_a_job_lists_all_of_them() -> None:
    stream = io.StringIO()
    write_beside(Run(many(40)), "github", stream, LOOK)
    assert stream.getvalue().count("\n## COL102") == 40


def test_the_summary_stays_below_what_github_takes() -> None:
    stream = io.StringIO()
    write_beside(Run(many(3000)), "github", stream, LOOK)
    assert SUMMARY_BYTES - 5_000 < len(stream.getvalue().encode()) < SUMMARY_BYTES + 200
    assert "further findings left out" in stream.getvalue()


def test_gitlab_gets_a_fingerprint_of_its_own_for_each() -> None:
    issues = json.loads(written("gitlab", Run(many(3)), Look(prefix="sub/")))
    assert len({issue["fingerprint"] for issue in issues}) == 3
    assert issues[0]["location"] == {"path": "sub/serve/worker/runner.py", "lines": {"begin": 1, "end": 1}}
    assert issues[0]["severity"] == "major"
    assert "\n" not in issues[0]["description"]


def test_reviewdog_counts_columns_in_bytes() -> None:
    look = Look(lambda path: ["é世界 = x"])
    finding = replace(FINDING, line=1, column=7, end_line=1, end_column=8)
    [diagnostic] = json.loads(written("rdjson", Run((finding,)), look))["diagnostics"]
    start = diagnostic["location"]["range"]["start"]
    assert start == {"line": 1, "column": len("é世界 = ".encode()) + 1}
    assert diagnostic["code"] == {"value": "COL102"}
    assert len(diagnostic["relatedLocations"]) == 4


def test_markdown_shows_both_sequences_side_by_side() -> None:
    text = written("markdown", Run((FINDING,)))
    assert "|  | ranks where batch.tokens == 0 | ranks where not batch.tokens == 0 |" in text
    assert "| 2 | **nothing**: they return | **all\\_reduce \\[dp\\] (`serve/worker/sync.py:7`" in text
    assert "Also affected: all\\_gather \\[ep\\] (`serve/moe.py:182`)" in text


def test_markdown_tells_what_an_audit_needs() -> None:
    text = written("markdown", HOSTILE_RUN)
    assert "the driver balances it" in text
    assert "## Not analysed in full: 1 place" in text
    assert "| `torch` |" in text and "`0123456789ab`" in text


def test_markdown_of_a_clean_run_says_so() -> None:
    assert document(Run((), stats={"files": 3}), Look()) == "# collint: no findings in 3 analysed files\n"


def test_text_stays_text_in_markdown() -> None:
    assert words("a `b|c` <i> @me &lt; *x*\n# y") == "a `b|c` \\<i\\> @<!-- -->me \\&lt; \\*x\\* \\# y"
    assert words("one ` tick") == "one \\` tick"
    assert code("a``b") == "```a``b```"
    assert code("`") == "`` ` ``"
    assert row(["`a|b`", escaped("c|d")]) == "| `a\\|b` | c\\|d |"
    assert fence(["````"]) == ["`````", "````", "`````"]


def test_rows_of_a_table_keep_their_columns() -> None:
    for line in written("markdown", Run((HOSTILE,))).splitlines():
        if line.startswith("|"):
            bars = line.replace("\\|", "").count("|")
            assert bars == 4, line


def test_every_format_agrees_on_the_order() -> None:
    gitlab = [issue["location"]["lines"]["begin"] for issue in json.loads(written("gitlab", RUN))]
    rdjson = [d["location"]["range"]["start"]["line"] for d in json.loads(written("rdjson", RUN))["diagnostics"]]
    assert gitlab == rdjson == [4, 9]
