"""Run the whole analysis: files in, findings out. The only room, with ``source`` below it, that reads files.

What is read, indexed, linked and checked is wired here; each step's own decisions are in its room.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from collint.checks.context import Context
from collint.config import ConfigError, Settings
from collint.findings import Finding, NotAnalysed, Run
from collint.judging import judged
from collint.knowledge.load import default_pack_paths, load_packs, packs_used
from collint.knowledge.vocabulary import Vocabulary
from collint.linking.closure import reaching_functions
from collint.linking.conditions import Conditions
from collint.linking.evaluate import Evaluator
from collint.linking.groups import Groups
from collint.linking.meaning import Meanings
from collint.linking.program import Program
from collint.project.index import index_module
from collint.project.modules import is_package, mentioned_namespaces, name_modules, namespace_candidates
from collint.project.project import Project
from collint.sequences.compare import Comparison
from collint.sequences.summaries import Summaries
from collint.source import Directive, Problem, SourceFile, directives, discover, read
from collint.source.comments import UNIFORM
from collint.uniformity.claims import Claims
from collint.uniformity.flow import Flow
from collint.uniformity.query import Uniformity


def analyse(root: Path, paths: Sequence[Path], settings: Settings) -> tuple[Run, tuple[Problem, ...]]:
    """The run over the project at ``root``, its findings limited to ``paths`` and to what ``settings`` want.

    Also the files that were left out, each with its reason. Raises :class:`ConfigError` for a knowledge pack that
    cannot be used.
    """
    with _collection_paused():
        context, problems, stats = build(root, paths, settings)
        findings, suppressed = judged(context, settings)
        wanted = [finding for finding in findings if _wanted(finding, root, paths, settings)]
        run = Run(
            findings=tuple(sorted(wanted, key=lambda finding: finding.sort_key)),
            suppressed=tuple(entry for entry in suppressed if _wanted(entry.finding, root, paths, settings)),
            not_analysed=_left_out(context),
            stats=stats,
            packs=packs_used(context.vocabulary),
        )
        return run, problems


def analyse_tree(root: Path) -> Run:
    """The run over everything below ``root``, at every confidence."""
    run, _ = analyse(root, (root,), Settings(select=("ALL",), min_confidence="low"))
    return run


def build(root: Path, paths: Sequence[Path], settings: Settings) -> tuple[Context, tuple[Problem, ...], dict[str, int]]:
    """Read, index and link the project at ``root``; also the unreadable files, and counts for ``Run.stats``."""
    knowledge, complaints = load_packs(default_pack_paths(), settings.models)
    if complaints:
        raise ConfigError("; ".join(complaints))
    files, problems = _read(root, discover(root, paths, settings.exclude))
    project, broken = _index(files)
    vocabulary = knowledge.for_program(project.top_level_modules())
    comments = {path: found for path, file in files.items() if (found := directives(file))}
    program = Program(project, vocabulary, lambda path: files[path].text if path in files else "")
    meanings = Meanings(Evaluator(program))
    reaching = reaching_functions(meanings)
    program.memo["reaching"] = reaching
    conditions = Conditions(Groups(meanings))
    summaries = Summaries(conditions, reaching)
    context = Context(
        program=program,
        vocabulary=vocabulary,
        evaluator=meanings.evaluator,
        meanings=meanings,
        groups=conditions.groups,
        conditions=conditions,
        summaries=summaries,
        comparison=Comparison(summaries),
        uniformity=Uniformity(Flow(conditions), _claims(vocabulary, comments)),
        reaching=reaching,
        directives=comments,
    )
    stats = {"files": len(files) - len(broken), "functions": len(list(project.functions())), "reaching": len(reaching)}
    return context, tuple(sorted((*problems, *broken), key=lambda problem: problem.path)), stats


def _claims(vocabulary: Vocabulary, comments: Mapping[str, Sequence[Directive]]) -> Claims | None:
    """The claims among the comments; None where there are none, which is nearly everywhere."""
    claims = {path: [one for one in found if one.kind == UNIFORM] for path, found in comments.items()}
    return Claims(vocabulary, claims) if any(claims.values()) else None


def _read(root: Path, names: Iterable[str]) -> tuple[dict[str, SourceFile], list[Problem]]:
    files: dict[str, SourceFile] = {}
    problems: list[Problem] = []
    for name in names:
        file = read(root, name)
        if isinstance(file, Problem):
            problems.append(file)
        else:
            files[name] = file
    return files, problems


def _index(files: Mapping[str, SourceFile]) -> tuple[Project, list[Problem]]:
    paths = list(files)
    candidates = namespace_candidates(paths)
    names = name_modules(paths, mentioned_namespaces(candidates, (file.text for file in files.values())))
    modules = [index_module(file.text, path, names[path], is_package(path)) for path, file in files.items()]
    broken = [Problem(module.path, module.problem) for module in modules if module.problem]
    return Project(modules), broken


def _wanted(finding: Finding, root: Path, paths: Sequence[Path], settings: Settings) -> bool:
    if not settings.shows(finding.severity, finding.confidence):
        return False
    place = (root / finding.path).resolve()
    return any(place == asked or asked in place.parents for asked in (path.resolve() for path in paths))


def _left_out(context: Context) -> tuple[NotAnalysed, ...]:
    """Functions that were not analysed, or not in full, so that silence about them has a meaning."""
    found = list(context.program.not_analysed)
    too_large = "has too many event sequences; its collectives are compared as one"
    searched = "a condition depends on too many values; the search was cut off"
    cut_off = "depends on too many conditions at once; not all of its rank classes were compared"
    bounds = (
        (context.summaries.too_large, too_large),
        (context.uniformity.exhausted, searched),
        (context.comparison.exhausted, cut_off),
    )
    for ids, reason in bounds:
        for function_id in sorted(ids):
            body = context.program.body(function_id)
            if body is not None:
                found.append(NotAnalysed(body.path, body.function.span.line, body.qualname, reason))
    return tuple(sorted(set(found), key=lambda entry: (entry.path, entry.line, entry.what, entry.reason)))


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Cyclic garbage collection costs as much as indexing itself and finds next to nothing to collect."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
