#!/usr/bin/env python3
"""A lintrunner adapter: runs ``collint check`` on the files that lintrunner names and prints one message a line.

It stands alone: copy it into the repository that uses lintrunner. It reads the JSON that collint prints (the contract
is ``schema/finding.schema.json``) and knows nothing else of collint. What lintrunner expects is described at
https://github.com/suo/lintrunner: objects with path, line, char, code, severity, name and description.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

CODE = "COLLINT"
SEVERITIES = {"error": "error", "warning": "warning", "note": "advice"}


def main(arguments: list[str] | None = None) -> int:
    """Prints the messages; always 0, because lintrunner reads failures from the messages as well."""
    parser = argparse.ArgumentParser(description=__doc__, fromfile_prefix_chars="@")
    parser.add_argument("--collint", default="collint", help="the command, for one that is not on the path")
    parser.add_argument("--min-confidence", default="high", choices=["low", "medium", "high"])
    parser.add_argument("files", nargs="*")
    given = parser.parse_args(arguments)
    for message in messages(shlex.split(given.collint), given.files, given.min_confidence):
        print(json.dumps(message), flush=True)
    return 0


def messages(collint: list[str], files: list[str], min_confidence: str) -> list[dict[str, Any]]:
    """One message per finding that the files have a part in, or one that says why there is none."""
    if not files:
        return []
    options = ["--touching", "--force-exclude", "--output-format=json", f"--min-confidence={min_confidence}"]
    try:
        answer = subprocess.run(
            [*collint, "check", *options, "--", *files], capture_output=True, text=True, check=False
        )
    except OSError as error:
        return [failure(f"{collint[0]} cannot be run: {error.strerror or error}")]
    if answer.returncode not in (0, 1):
        return [failure(answer.stderr.strip() or f"exit code {answer.returncode}")]
    root = project(Path(files[0]).resolve())
    return [message(finding, root) for finding in json.loads(answer.stdout)["findings"]]


def message(finding: dict[str, Any], root: Path) -> dict[str, Any]:
    """A finding as lintrunner wants it; the steps of its proof go into the description."""
    steps = [f"{step['path']}:{step['line']}: {step['text']}" for step in finding["because"]]
    text = [finding["message"], *(["", "because", *steps] if steps else []), "", f"help: {finding['help']}"]
    return {
        "path": str(root / finding["path"]),
        "line": finding["line"],
        "char": finding["column"],
        "code": CODE,
        "severity": SEVERITIES[finding["severity"]],
        "name": f"{finding['rule']} {finding['name']}",
        "original": None,
        "replacement": None,
        "description": "\n".join(text),
    }


def failure(reason: str) -> dict[str, Any]:
    """A message about the run itself."""
    none = dict.fromkeys(("path", "line", "char", "original", "replacement"))
    return {**none, "code": CODE, "severity": "error", "name": "command-failed", "description": reason}


def project(file: Path) -> Path:
    """The folder that the paths of findings are relative to: the nearest project around the files."""
    markers = ("pyproject.toml", "collint.toml", ".git")
    return next((folder for folder in file.parents if any((folder / name).exists() for name in markers)), file.parent)


if __name__ == "__main__":
    sys.exit(main())
