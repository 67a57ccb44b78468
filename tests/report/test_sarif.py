"""Logs for code scanning: valid by the official schema, with both rank classes as threads."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft4Validator, FormatChecker

from collint import rules
from collint.findings import Run
from collint.record import replace
from collint.report import write
from collint.report.look import Look
from tests.report.samples import FINDING, HOSTILE, HOSTILE_RUN, RUN

SCHEMA = json.loads((Path(__file__).parent / "data/sarif-schema-2.1.0.json").read_text(encoding="utf-8"))


def log_of(run: Run, prefix: str = "") -> dict[str, Any]:
    stream = io.StringIO()
    write(run, "sarif", stream, Look(prefix=prefix))
    log: dict[str, Any] = json.loads(stream.getvalue())
    return log


def results(run: Run, prefix: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = log_of(run, prefix)["runs"][0]["results"]
    return found


@pytest.mark.parametrize("run", [RUN, HOSTILE_RUN, Run(()), Run((replace(FINDING, because=(), classes=()),))])
def test_logs_keep_the_official_schema(run: Run) -> None:
    errors = list(Draft4Validator(SCHEMA, format_checker=FormatChecker()).iter_errors(log_of(run)))
    assert [error.message for error in errors] == []


def test_the_schema_would_refuse_a_result_without_a_message() -> None:
    log = log_of(RUN)
    del log["runs"][0]["results"][0]["message"]
    assert not Draft4Validator(SCHEMA).is_valid(log)


def test_every_rule_comes_with_its_page() -> None:
    driver = log_of(RUN)["runs"][0]["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == list(rules.codes())
    for rule in driver["rules"]:
        assert rule["help"]["markdown"].startswith(f"# {rule['id']}: {rule['name']}")
        assert rule["properties"]["precision"] in ("high", "medium", "low")
        assert len(rule["fullDescription"]["text"]) > 20
    assert all(driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"] for result in results(RUN))


def test_a_hang_is_no_vulnerability() -> None:
    assert "security" not in json.dumps(
        [rule["properties"] for rule in log_of(RUN)["runs"][0]["tool"]["driver"]["rules"]]
    )


def test_each_rank_class_is_a_thread_of_one_flow() -> None:
    [flow] = results(Run((FINDING,)))[0]["codeFlows"]
    first, second = flow["threadFlows"]
    assert first["message"]["text"] == "ranks where batch.tokens == 0"
    assert [step["location"]["message"]["text"] for step in first["locations"]] == [
        "`tokens` counts what this rank's own scheduler gave out",
        "it arrives here as `batch`",
        "here: batch.tokens == 0",
        "barrier [dp]",
        "nothing: they return",
    ]
    last = second["locations"][-1]
    assert last["location"]["message"]["text"] == "all_reduce [dp], through Runner.step -> agree -> _run"
    assert last["location"]["physicalLocation"]["region"] == {"startLine": 7}
    assert last["importance"] == first["locations"][-1]["importance"] == "essential"


def test_paths_are_relative_to_the_top_of_the_repository() -> None:
    [result] = results(Run((HOSTILE,)), prefix="tools/trainer/")
    places = re.findall(r'"uri": "([^"]*)"', json.dumps(result))
    assert places and all(re.fullmatch(r"tools/trainer/pkg/[A-Za-z0-9._%-]+", place) for place in places)
    assert unquote(places[0]) in (f"tools/trainer/{HOSTILE.path}", "tools/trainer/pkg/é.py")
    assert json.dumps(result).count("SRCROOT") == len(places)


def test_equal_findings_at_two_places_keep_two_identities() -> None:
    twice = results(Run((FINDING, replace(FINDING, line=40, end_line=40))))
    assert [result["partialFingerprints"]["primaryLocationLineHash"][-2:] for result in twice] == [":1", ":2"]
    assert {result["partialFingerprints"]["collint/v1"] for result in twice} == {FINDING.fingerprint}


def test_suppressed_findings_say_why() -> None:
    by_line = {
        result["locations"][0]["physicalLocation"]["region"]["startLine"]: result for result in results(HOSTILE_RUN)
    }
    reasons = [s["justification"] for result in results(HOSTILE_RUN) for s in result["suppressions"]]
    assert "the driver balances it" in reasons and len(reasons) == 2
    assert by_line[3]["suppressions"] == []


def test_text_is_neither_a_placeholder_nor_a_link() -> None:
    text = results(Run((HOSTILE,)))[0]["message"]["text"]
    assert "{{0}}" in text and "\\[t](1)" in text


def test_what_was_left_out_is_told() -> None:
    [invocation] = log_of(RUN)["runs"][0]["invocations"]
    assert [note["message"]["text"] for note in invocation["toolExecutionNotifications"]] == [
        "a is not analysed in full: does not parse",
        "f is not analysed in full: unresolved call",
    ]
