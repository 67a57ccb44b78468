"""SARIF 2.1.0 for code scanning. Rules come from their pages; what a finding's paths mean is in :mod:`.sarif_flows`.

The format is the OASIS Standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0 Plus Errata 01".
There is no ``security-severity``: a hang is no vulnerability. Paths are relative to ``SRCROOT``, which the site that
shows the results takes to be the top of the repository.
"""

from __future__ import annotations

import json
import re
from typing import Any, TextIO

from collint import __version__, rules
from collint.findings import Finding, NotAnalysed, PackUsed, Run
from collint.report.look import Look
from collint.report.prose import explained, in_order, left_out, numbered, silenced
from collint.report.sarif_flows import BASE, code_flows, message, physical, related

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_CONFIDENCE = re.compile(r"high|medium|low")


def write_sarif(run: Run, stream: TextIO, look: Look) -> None:
    """One log with one run; suppressed findings are among its results, each with its justification."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(run, look.prefix)]}
    json.dump(log, stream, indent=1, sort_keys=True)
    stream.write("\n")


def _run(run: Run, prefix: str) -> dict[str, Any]:
    pages = rules.pages()
    index = {page.code: position for position, page in enumerate(pages)}
    told = [*((finding, None) for finding in in_order(run)), *silenced(run)]
    identities = numbered(finding.fingerprint for finding, _ in told)
    results = [
        {**_result(finding, index, prefix), **_identity(identity), **_suppression(reason)}
        for (finding, reason), identity in zip(told, identities, strict=True)
    ]
    return {
        "tool": {"driver": _driver(pages), "extensions": [_pack(pack) for pack in run.packs]},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {BASE: {"description": {"text": "The top of the repository."}}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _left_out(run, prefix)}],
        "properties": dict(run.stats),
        "results": results,
    }


def _driver(pages: tuple[rules.Page, ...]) -> dict[str, Any]:
    return {
        "name": "collint",
        "version": __version__,
        "shortDescription": {"text": "Finds where ranks of one process group can issue different collectives."},
        "rules": [_rule(page) for page in pages],
    }


def _rule(page: rules.Page) -> dict[str, Any]:
    words = _first_paragraph(page.text)
    precision = _CONFIDENCE.search(page.confidence)
    return {
        "id": page.code,
        "name": page.name,
        "shortDescription": {"text": page.name},
        "fullDescription": {"text": words},
        "help": {"text": page.text, "markdown": page.text},
        "defaultConfiguration": {"level": page.severity, "enabled": page.on_by_default},
        "properties": {
            "precision": precision[0] if precision else "medium",
            "problem.severity": {"note": "recommendation"}.get(page.severity, page.severity),
            "tags": ["correctness", "distributed"],
        },
    }


def _first_paragraph(page: str) -> str:
    """What the rule looks for: the text below the first section's title, on one line."""
    body = page.partition("\n## ")[2].partition("\n")[2].strip()
    return " ".join(body.partition("\n\n")[0].split()) or page.partition("\n")[0]


def _pack(pack: PackUsed) -> dict[str, Any]:
    """What the run knew of a library, as an extension of the tool."""
    words = {"shortDescription": {"text": pack.about}} if pack.about else {}
    return {"name": f"pack {pack.library}", "version": pack.digest, "properties": {"rows": pack.rows}, **words}


def _result(finding: Finding, index: dict[str, int], prefix: str) -> dict[str, Any]:
    where: dict[str, Any] = {"physicalLocation": physical(prefix + finding.path, finding.line, finding)}
    if finding.function:
        where["logicalLocations"] = [{"fullyQualifiedName": finding.function, "kind": "function"}]
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": finding.severity,
        "message": message("\n".join(explained(finding))),
        "locations": [where],
        "relatedLocations": related(finding, prefix),
        "codeFlows": code_flows(finding, prefix),
        "properties": {
            "confidence": finding.confidence,
            "groups": list(finding.groups),
            "variesOver": list(finding.varies_over),
        },
    }
    if finding.rule in index:
        result["ruleIndex"] = index[finding.rule]
    return {key: value for key, value in result.items() if value != []}


def _identity(identity: tuple[str, int]) -> dict[str, Any]:
    """Ours, and under the name by which code-scanning sites follow a result when lines move."""
    fingerprint, count = identity
    return {"partialFingerprints": {"collint/v1": fingerprint, "primaryLocationLineHash": f"{fingerprint}:{count}"}}


def _suppression(reason: str | None) -> dict[str, Any]:
    """An empty list says that there is none, as the standard asks of tools that know suppressions."""
    if reason is None:
        return {"suppressions": []}
    return {"suppressions": [{"kind": "inSource", "status": "accepted", "justification": reason}]}


def _left_out(run: Run, prefix: str) -> list[dict[str, Any]]:
    return [_notification(item, prefix) for item in left_out(run)]


def _notification(item: NotAnalysed, prefix: str) -> dict[str, Any]:
    return {
        "level": "note",
        "message": message(f"{item.what} is not analysed in full: {item.reason}"),
        "locations": [{"physicalLocation": physical(prefix + item.path, item.line)}],
    }
