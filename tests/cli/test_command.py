"""The command as a user meets it: exit codes, what goes to which stream, and failing well."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import collint.pipeline
from collint import cli, rules
from collint.findings import Run
from collint.source import Problem
from tests.report.samples import FINDING, RUN


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "a.py").write_text("x = 1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return tmp_path


def outcome(monkeypatch: pytest.MonkeyPatch, run: Run, *problems: Problem) -> list[tuple[object, ...]]:
    """Makes the analysis return ``run``; the list receives what it was asked."""
    asked: list[tuple[object, ...]] = []

    def analyse(*arguments: object) -> tuple[Run, tuple[Problem, ...]]:
        asked.append(arguments)
        return run, problems

    monkeypatch.setattr(collint.pipeline, "analyse", analyse)
    return asked


def test_findings_go_to_stdout_and_everything_else_to_stderr(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [asked] = [outcome(monkeypatch, RUN, Problem("z.py", "does not parse"))]
    assert cli.main(["check"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("COL102 divergent-exit  [dp]  high confidence\n  --> serve/worker/runner.py:4:12\n")
    assert err.splitlines()[0] == "z.py: does not parse"
    assert err.splitlines()[-1].startswith("2 findings in 1 file")
    assert asked[0][:2] == (project, (Path("."),))


def test_a_clean_run_exits_with_zero(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome(monkeypatch, Run((), stats={"files": 1}))
    assert cli.main(["check"]) == 0


def test_exit_zero_forgives_findings_only(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome(monkeypatch, RUN)
    assert cli.main(["check", "--exit-zero"]) == 0
    outcome(monkeypatch, Run((), stats={"files": 0}))
    assert cli.main(["check", "--exit-zero"]) == 2


def test_asking_only_for_a_file_that_fails_exits_with_two(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome(monkeypatch, Run((), stats={"files": 7}), Problem("a.py", "does not parse"))
    assert cli.main(["check", "a.py"]) == 2
    assert cli.main(["check", "."]) == 0


def test_json_is_one_object_on_stdout(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome(monkeypatch, RUN)
    cli.main(["check", "--output-format", "json", "--statistics"])
    assert json.loads(capsys.readouterr().out)["schema"] == 1


def test_an_output_file_takes_the_findings(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome(monkeypatch, RUN)
    assert cli.main(["check", "--output-file", "out.txt", "--output-format", "concise"]) == 1
    assert capsys.readouterr().out == ""
    assert (project / "out.txt").read_text().count("COL102") == 2


def test_options_reach_the_settings(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = outcome(monkeypatch, Run(()))
    (project / "collint.toml").write_text('min-severity = "error"\nexclude = ["gen/"]\n')
    cli.main(["check", "--min-confidence", "low"])
    cli.main(["check", "--isolated"])
    first, second = (arguments[2] for arguments in asked)
    assert (first.min_confidence, first.min_severity, first.exclude) == ("low", "error", ("gen/",))  # type: ignore[attr-defined]
    assert (second.min_confidence, second.min_severity, second.exclude) == ("medium", "note", ())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "gone"], "'gone' does not exist"),
        (["check", "empty"], "no Python files in empty"),
        (["check", "--no-such-option"], "--no-such-option"),
        (["check", "--select", "E501"], "--select: 'E501' is no rule"),
        (["check", "--config", "gone.toml"], "gone.toml: cannot be read"),
        (["check", "--config", "a.py", "--isolated"], "exclude each other"),
        (["check", "--output-file", "gone/out"], "the folder gone does not exist"),
        (["check", "--output-file", "empty"], "is a directory"),
        (["rule", "COL999"], "there is no rule 'COL999'"),
        (["debug", "ir", "a.py"], "must be FILE:FUNCTION"),
        (["debug", "ir", "gone.py:f"], "gone.py does not exist"),
        (["no-such-command"], "no-such-command"),
    ],
)
def test_mistakes_of_the_user_exit_with_two_and_one_clear_reason(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    (project / "empty").mkdir()
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err.splitlines()[-1]


def test_a_broken_settings_file_exits_with_two(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pyproject.toml").write_text("[tool.collint]\nselct = []\n")
    assert cli.main(["check"]) == 2
    assert "unknown key 'selct'; did you mean 'select'?" in capsys.readouterr().err


def test_an_internal_error_is_one_place_and_a_hint(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*arguments: object) -> None:
        raise KeyError("what\nnow")

    monkeypatch.setattr(collint.pipeline, "analyse", fail)
    assert cli.main(["check"]) == 2
    err = capsys.readouterr().err
    assert "internal error at test_command.py:" in err and "KeyError" in err
    assert "Traceback" not in err and len(err.splitlines()) == 2
    assert cli.main(["--debug-traceback", "check"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_exits_with_130(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(collint.pipeline, "analyse", interrupt)
    assert cli.main(["check"]) == 130


def test_rules_are_listed_and_their_pages_printed(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = rules.Page("COL101", "divergent-branch", "error", True, "high", "# COL101: divergent-branch\n\ntext\n")
    monkeypatch.setattr(rules, "pages", lambda: (page,))
    assert cli.main(["rule"]) == 0
    assert capsys.readouterr().out.split() == ["COL101", "divergent-branch", "error", "on"]
    for spelling in ("COL101", "col101", "divergent-branch"):
        assert cli.main(["rule", spelling]) == 0
        assert capsys.readouterr().out == "# COL101: divergent-branch\n\ntext\n"


def test_packs_are_listed_and_checked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models"]) == 0
    assert any(line.startswith("torch ") and "rows" in line for line in capsys.readouterr().out.splitlines())
    (project / "good.toml").write_text('schema = 1\nlibrary = "mine"\n')
    assert cli.main(["models", "--check", "good.toml"]) == 0
    (project / "bad.toml").write_text('schema = 1\nlibrary = "mine"\n[[collective]]\nname = 3\n')
    assert cli.main(["models", "--check", "bad.toml"]) == 2
    assert "bad.toml" in capsys.readouterr().err


PRINT_MANY = """
    import sys
    import collint.pipeline
    from collint.cli import main
    from collint.findings import Run
    from tests.report.samples import FINDING
    collint.pipeline.analyse = lambda *arguments: (Run((FINDING,) * 5000), ())
    sys.exit(main(["check", "--output-format", "concise"]))
"""


def process(code: str, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=_heed_interrupts,
    )


def _heed_interrupts() -> None:
    """A shell's background jobs ignore them, and hand that on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_reader_that_stops_early_sees_no_complaint(project: Path) -> None:
    with process(PRINT_MANY, project) as child:
        assert child.stdout is not None and child.stderr is not None
        assert FINDING.path in child.stdout.readline()
        child.stdout.close()
        err = child.stderr.read()
    assert "Broken" not in err and "Traceback" not in err and "internal error" not in err
    assert child.returncode == 1


WAIT = """
    import sys, time
    import collint.pipeline
    from collint.cli import main
    def analyse(*arguments):
        print("ready", flush=True)
        time.sleep(60)
    collint.pipeline.analyse = analyse
    sys.exit(main(["check"]))
"""


def test_control_c_ends_the_process_quietly(project: Path) -> None:
    with process(WAIT, project) as child:
        assert child.stdout is not None and child.stderr is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        err = child.stderr.read()
    assert child.returncode == 130
    assert "Traceback" not in err


def test_github_reads_a_summary_beside_the_annotations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "tools" / "trainer"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text("")
    (folder / "a.py").write_text("x = 1\n")
    summary = tmp_path / "summary.md"
    summary.write_text("an earlier step\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.chdir(folder)
    outcome(monkeypatch, RUN)
    assert cli.main(["check", "--output-format", "github"]) == 1
    assert "file=tools/trainer/serve/worker/runner.py,line=4" in capsys.readouterr().out
    assert summary.read_text().startswith("an earlier step\n# collint: 2 findings")


def test_a_summary_that_cannot_be_written_is_told(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome(monkeypatch, RUN)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project / "gone" / "summary.md"))
    assert cli.main(["check", "--output-format", "github"]) == 2
    assert "GITHUB_STEP_SUMMARY" in capsys.readouterr().err


def test_other_formats_leave_the_summary_alone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome(monkeypatch, RUN)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project / "summary.md"))
    assert cli.main(["check", "--output-format", "json"]) == 1
    assert not (project / "summary.md").exists()
