"""The contract with programs: its schema, its order, its bytes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from collint.findings import Finding, Run, Suppressed
from collint.record import replace
from collint.report import write
from collint.report.look import Look
from tests.report.samples import FINDING, RUN

SCHEMA = json.loads((Path(__file__).parents[2] / "schema/finding.schema.json").read_text(encoding="utf-8"))


def written(run: Run) -> str:
    stream = io.StringIO()
    write(run, "json", stream, Look())
    return stream.getvalue()


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("run", [RUN, Run(()), Run((replace(FINDING, function="", classes=(), because=()),))])
def test_output_keeps_the_contract(run: Run) -> None:
    Draft202012Validator(SCHEMA).validate(json.loads(written(run)))


def test_every_part_of_a_finding_is_told() -> None:
    [told, _] = json.loads(written(RUN))["findings"]
    inner = {"mismatch", "joined", "canonical", "is_shared"}
    assert set(told) == set(Finding.__struct_fields__) - inner | {"fingerprint"}
    assert told["classes"][1]["sequence"][1]["via"] == ["Runner.step", "agree", "_run"]


def test_suppressed_findings_stand_apart_with_their_reasons() -> None:
    document = json.loads(written(Run((), suppressed=(Suppressed(FINDING, "the launcher balances it"),))))
    Draft202012Validator(SCHEMA).validate(document)
    assert document["findings"] == []
    assert document["suppressed"][0]["reason"] == "the launcher balances it"
    assert document["suppressed"][0]["finding"]["rule"] == "COL102"


@pytest.mark.parametrize("key", ["rule", "fingerprint", "classes"])
def test_the_schema_refuses_a_finding_without(key: str) -> None:
    document: dict[str, Any] = json.loads(written(RUN))
    del document["findings"][0][key]
    assert not Draft202012Validator(SCHEMA).is_valid(document)


def test_the_schema_refuses_absolute_and_backward_paths() -> None:
    for path in ("/abs/x.py", "\\x.py"):
        document = json.loads(written(Run((replace(FINDING, path=path),))))
        assert not Draft202012Validator(SCHEMA).is_valid(document)


def test_equal_runs_give_equal_bytes() -> None:
    shuffled = Run(RUN.findings[::-1], RUN.not_analysed[::-1], dict(reversed(RUN.stats.items())))
    assert written(RUN) == written(shuffled)
    assert written(RUN).endswith("}\n")


def test_any_text_survives(tmp_path: Path) -> None:
    strange = "\udcff é \x1b \u2028"
    text = written(Run((replace(FINDING, message=strange),)))
    assert text.isascii()
    assert json.loads(text)["findings"][0]["message"] == strange
