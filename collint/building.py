"""Turns files into a linked program with everything that the checks ask about. Runs no check."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from collint.cache import NOTHING_KEPT, Cache, contents, digest
from collint.checks.context import Context
from collint.config import ConfigError, Settings
from collint.ir.node import Reader, written
from collint.knowledge.load import default_pack_paths, load_packs
from collint.knowledge.pack import Pack
from collint.knowledge.scope import packs_in_play
from collint.knowledge.vocabulary import Vocabulary
from collint.linking.closure import Reaching, reaching_functions
from collint.linking.conditions import Conditions
from collint.linking.earlier import Earlier
from collint.linking.evaluate import Evaluator
from collint.linking.groups import Groups
from collint.linking.handing import keep_said
from collint.linking.lowering import Lowering
from collint.linking.meaning import Meanings
from collint.linking.program import Program
from collint.project.facts import ModuleFacts
from collint.project.project import Project
from collint.project.reading import index_files, kept_facts
from collint.record import Record
from collint.sequences.compare import Comparison
from collint.sequences.summaries import Summaries
from collint.source import Directive, Problem, directives
from collint.source.comments import UNIFORM
from collint.sources import Progress, Sources, silently
from collint.uniformity.claims import Claims
from collint.uniformity.flow import Flow
from collint.uniformity.query import Uniformity


class Engine(Record, frozen=True):
    """What the parts of the engine are made by, so that a measurement can put a lesser one in the place of one part.

    No setting leads here and no part knows of it: what an analysis without one of its ideas is worth, ``benchmarks``
    asks with subclasses.
    """

    reaching: Callable[[Meanings, Earlier | None], Reaching] = reaching_functions
    flow: Callable[[Conditions], Flow] = Flow
    uniformity: Callable[[Flow, Claims | None], Uniformity] = Uniformity
    summaries: Callable[[Conditions, frozenset[str]], Summaries] = Summaries
    comparison: Callable[[Summaries], Comparison] = Comparison


WHOLE = Engine()
_READER: Reader[list[Pack]] = Reader(list[Pack])
_PACKS = b"packs"


def link(
    sources: Sources,
    settings: Settings,
    progress: Progress = silently,
    engine: Engine = WHOLE,
    cache: Cache = NOTHING_KEPT,
    asked: frozenset[str] | None = None,
) -> tuple[Context, tuple[Problem, ...], dict[str, int]]:
    """Index and link a program; also the files that were left out, and counts for ``Run.stats``.

    Findings are wanted in the files ``asked`` about, None for all. A claim that a value is uniform is judged by every
    finding it may concern, so that a program with claims is asked about whole.
    Raises :class:`ConfigError` for a knowledge pack that cannot be used.
    """
    files = sources.files
    packs = _packs(settings, cache)
    progress(f"indexing {len(files):,} files")
    project = _index(sources, cache, max(settings.jobs, 1))
    broken = [Problem(path, problem) for path, problem in project.problems()]
    progress("linking")
    vocabulary = Vocabulary(packs_in_play(packs, project.top_level_modules()))
    comments = {path: found for path in files if sources.about(path).speaks and (found := directives(files[path]))}
    claims = _claims(vocabulary, comments)
    lowering = Lowering(cache.shelf("bodies"))
    program = Program(project, vocabulary, lambda path: files[path].text if path in files else "", lowering)
    _keep_said(sources, program, cache)
    meanings = Meanings(Evaluator(program))
    reaching = engine.reaching(meanings, _earlier(sources, settings, program, cache))
    program.memo["reaching"] = reaching.functions
    sources.let_go()
    conditions = Conditions(Groups(meanings))
    summaries = engine.summaries(conditions, reaching.functions)
    context = Context(
        program=program,
        vocabulary=vocabulary,
        evaluator=meanings.evaluator,
        meanings=meanings,
        groups=conditions.groups,
        conditions=conditions,
        summaries=summaries,
        comparison=engine.comparison(summaries),
        uniformity=engine.uniformity(engine.flow(conditions), claims),
        reaching=reaching.functions,
        ending=reaching.ending,
        directives=comments,
        asked=asked if claims is None else None,
    )
    counts = (len(files) - len(broken), project.count_functions(), len(reaching.functions))
    stats = dict(zip(("files", "functions", "reaching"), counts, strict=True))
    return context, tuple(sorted((*sources.problems, *broken), key=lambda problem: problem.path)), stats


def _packs(settings: Settings, cache: Cache) -> Sequence[Pack]:
    """All packs; those that ship with collint as an earlier run of this very collint read them."""
    shelf = cache.shelf("packs") if not settings.models else None
    data = shelf.get(_PACKS) if shelf is not None else None
    kept = _READER.read(data) if data is not None else None
    if kept is not None:
        return kept
    knowledge, complaints = load_packs(default_pack_paths(), settings.models)
    if complaints:
        raise ConfigError("; ".join(complaints))
    if shelf is not None:
        shelf.put(_PACKS, written(list(knowledge.packs)))
    return knowledge.packs


def _claims(vocabulary: Vocabulary, comments: Mapping[str, Sequence[Directive]]) -> Claims | None:
    """The claims among the comments; None where there are none, which is nearly everywhere."""
    claims = {path: [one for one in found if one.kind == UNIFORM] for path, found in comments.items()}
    return Claims(vocabulary, claims) if any(claims.values()) else None


def _earlier(sources: Sources, settings: Settings, program: Program, cache: Cache) -> Earlier | None:
    """What an earlier run may have kept of the closure; its key stands for the packs."""
    closures, facts = cache.shelf("closures"), cache.shelf("facts")
    if closures is None or facts is None:
        return None

    def before(path: str, name: str, text: bytes) -> ModuleFacts | None:
        return kept_facts(path, name, text, facts)

    vocabulary = program.vocabulary
    names = [pack.library for pack in vocabulary.packs]
    key = digest(contents(settings.models), *(name.encode("utf-8", "surrogatepass") for name in names))
    return Earlier(closures, key, _digests(sources), before, vocabulary.passing_names)


def _keep_said(sources: Sources, program: Program, cache: Cache) -> None:
    """Keep what files say of values between runs, where anything is kept."""
    shelf = cache.shelf("said")
    passing = sorted(name.encode() for name in program.vocabulary.passing_names)

    def key(module: str) -> bytes:
        path = program.path(module)
        names = (path.encode("utf-8", "surrogatepass"), module.encode("utf-8", "surrogatepass"))
        return digest(*names, sources.about(path).digest, *passing)

    if shelf is not None:
        keep_said(program, (shelf, key))


def _index(sources: Sources, cache: Cache, jobs: int) -> Project:
    return Project(index_files(_digests(sources), lambda path: sources.files[path].text, cache.shelf("facts"), jobs))


def _digests(sources: Sources) -> dict[str, bytes]:
    return {path: sources.about(path).digest for path in sources.files}
