"""What packs say of a value by its declared type, its name, or the key it is looked up with.

What the program itself says of it is not asked here: arguments, writers and stores come first, in
:mod:`collint.uniformity.outside` and :mod:`collint.uniformity.attributes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from collint.knowledge.arguments import parse_argument
from collint.knowledge.calling import Handed
from collint.knowledge.rows import Hint, Rank, Size
from collint.linking.program import Body
from collint.linking.references import ExternalIs, ExternalObject, ObjectIs, Ref, in_order
from collint.project.facts import FunctionFacts
from collint.uniformity.states import CONFIDENCE_NAMES, LOW, MEDIUM, Born, Outcome, State

if TYPE_CHECKING:
    from collint.uniformity.flow import Flow


class Declared:
    """Rows of packs about types, names and keys, as births of variation."""

    def __init__(self, flow: Flow) -> None:
        self.evaluator = flow.evaluator
        self.vocabulary = flow.vocabulary

    def typed(self, state: State, body: Body, node: int) -> Iterator[Outcome | None]:
        """What the declared type of a value says: a pack's source types vary, its uniform types do not (None)."""
        for ref in in_order(self.evaluator.of_value(body, node)):
            for outcome in self.typed_ref(state, ref, body, body.function.span.line):
                yield outcome
                return

    def typed_ref(self, state: State, ref: Ref, body: Body, line: int) -> Iterator[Outcome | None]:
        """The same of one reference; nothing where packs know none of its classes."""
        for class_name in self.classes(ref):
            if self.vocabulary.uniform(class_name, "type") is not None:
                yield None
                return
            row = self.vocabulary.source(class_name, "type")
            if row is not None:
                confidence = CONFIDENCE_NAMES.index(row.confidence)
                what = row.what or f"a {class_name.rpartition('.')[2]} of this rank"
                yield Born(frozenset(row.axes), what, body.path, line, confidence) if state.side in row.sides else None
                return

    def classes(self, ref: Ref) -> tuple[str, ...]:
        """The qualified names of the classes that an object has."""
        if isinstance(ref, ObjectIs):
            return self.evaluator.members.class_names(ref.class_id)
        return (ref.class_name,) if isinstance(ref, ExternalObject) else ()

    def hinted(self, state: State, hint: Hint, name: str, body: Body, line: int) -> Iterator[Outcome]:
        """What a hint says of a value by its name alone."""
        if state.side not in hint.sides and not (state.side == "extent" and not hint.rank_of and "data" in hint.sides):
            return
        confidence = CONFIDENCE_NAMES.index(hint.confidence)
        what = hint.what or "named like a value of this rank"
        yield Born(frozenset(hint.axes), what, body.path, line, confidence, is_rank=bool(hint.rank_of))

    def handed(self, state: State, body: Body, facts: FunctionFacts, name: str) -> Outcome | None:
        """What a pack says of a method's parameter that a library fills: ``batch`` of ``training_step``."""
        row = self.handed_row(facts, name)
        if row is None or state.side not in ("data", "extent"):
            return None
        # Which entries a batch has, and how many, is mostly the same everywhere.
        whole = state.keys if state.side == "data" else not state.part
        certain = "low" if whole else row.confidence if state.side == "data" else row.size
        line = body.function.span.line
        axes, confidence = self.vocabulary.mesh_axes, CONFIDENCE_NAMES.index(certain)
        return Born(axes, row.what, body.path, line, confidence, is_given=True)

    def handed_row(self, facts: FunctionFacts, name: str) -> Handed | None:
        """The row of a method that a library calls, where it hands over this parameter as data of this rank."""
        if facts.owner is None:
            return None
        method = facts.qualname.rpartition(".")[2]
        for class_name in self.evaluator.members.class_names(f"{facts.module}:{facts.owner}"):
            row = self.vocabulary.handed(f"{class_name}.{method}")
            if row is not None and any(_is_parameter(facts, name, spelling) for spelling in row.arguments):
                return row
        return None

    def part(self, state: State, body: Body, row: Rank | Size) -> Iterator[Outcome]:
        """What a row says of one of several results of a call."""
        if isinstance(row, Rank) and state.side == "data":
            axes = frozenset(self.vocabulary.axes_of(row.of))
            yield Born(axes, "this process's rank", body.path, self._line(body, state.node), is_rank=True)

    def local_tensor(self, state: State, facts: FunctionFacts, name: str, body: Body) -> Iterator[Outcome]:
        """The contents of a tensor that nobody explains, read by Python: each rank's own, as far as can be known.

        Where a library names its axes, most tensors are equal over some of them, and packs tell which are not.
        """
        parameter = next((p for p in facts.parameters if p.name == name), None)
        if parameter is None or parameter.default is not None:
            return
        classes = {c for ref in self.evaluator.of_value(body, state.node) for c in self.classes(ref)}
        if any(c.endswith("Tensor") for c in classes):
            confidence = LOW if len(self.vocabulary.mesh_axes) > 1 else MEDIUM
        elif parameter.annotation is None and not classes:
            confidence = LOW
        else:
            return
        what = f"what {name} holds on this rank"
        yield Born(self.vocabulary.mesh_axes, what, body.path, body.function.span.line, confidence)

    def keyed(self, state: State, body: Body, base: int, key: str) -> list[Outcome] | None:
        """``os.environ["RANK"]``: a look-up that a row names with its key; None when no row does."""
        if key[:1] not in "'\"":
            return None
        for ref in in_order(self.evaluator.of_value(body, base)):
            if isinstance(ref, ExternalIs):
                name = f"{ref.name}[{key[1:-1]}]"
                row = self.vocabulary.rank(name, "attribute")
                if row is not None:
                    axes = frozenset(self.vocabulary.axes_of(row.of))
                    line = self._line(body, state.node)
                    born = Born(axes, "this process's rank", body.path, line, is_rank=True)
                    return [born] if state.side == "data" else []
                if self.vocabulary.uniform(name, "attribute") is not None:
                    return []
        return None

    def _line(self, body: Body, node: int) -> int:
        span = body.values[node].span
        return span.line if span else body.function.span.line


def _is_parameter(facts: FunctionFacts, name: str, spelling: str) -> bool:
    """Whether a parameter of a method is the argument that a row spells, ``self`` not counted."""
    argument = parse_argument(spelling)
    names = [parameter.name for parameter in facts.parameters[1:]]
    position = argument.position
    return name == argument.name or (position is not None and position < len(names) and names[position] == name)
