"""What a function's decorators say about it, by the last name of each: property, static, overload; what ``self`` is."""

from __future__ import annotations

from collections.abc import Mapping

from collint.ir.expressions import CallExpr, last_name
from collint.project.facts import FunctionFacts

_PROPERTIES = frozenset({"property", "cached_property", "abstractproperty"})
_CONTEXT_MANAGERS = frozenset({"contextmanager", "asynccontextmanager"})
_ACCESSORS = frozenset({"setter", "deleter"})


def decorator_names(facts: FunctionFacts) -> tuple[str, ...]:
    """The last name of each decorator, outermost first: ``functools.wraps(f)`` gives ``wraps``."""
    if not facts.decorators:
        return ()
    return tuple(last_name(d.function if isinstance(d, CallExpr) else d) for d in facts.decorators)


def is_property(facts: FunctionFacts) -> bool:
    """Whether reading the attribute calls this function."""
    return any(name in _PROPERTIES for name in decorator_names(facts))


def is_cached_property(facts: FunctionFacts) -> bool:
    """Whether reading the attribute calls this function the first time only."""
    return "cached_property" in decorator_names(facts)


def is_self(facts: FunctionFacts, name: str) -> bool:
    """Whether a parameter is the object that a method is called on."""
    own = facts.owner is not None and facts.parameters[:1] != () and not is_static(facts)
    return own and facts.parameters[0].name == name


def receiver(facts: FunctionFacts, functions: Mapping[str, FunctionFacts]) -> tuple[str, str] | None:
    """The name of ``self`` here and the id of its class; nested functions see that of the method around them.

    ``functions`` are those of the file by qualname.
    """
    if facts.owner is None:
        around = functions.get(facts.parent or "")
        outer = receiver(around, functions) if around is not None else None
        shadowed = outer is not None and any(p.name == outer[0] for p in facts.parameters)
        return None if shadowed else outer
    first = facts.parameters[0] if facts.parameters else None
    if first is None or first.kind != "positional" or is_static(facts):
        return None
    return first.name, f"{facts.module}:{facts.owner}"


def is_static(facts: FunctionFacts) -> bool:
    """Whether a method has no receiver; ``__new__`` is called with its class and does not count."""
    return "staticmethod" in decorator_names(facts)


def is_classmethod(facts: FunctionFacts) -> bool:
    """Whether the first parameter is the class."""
    implicit = facts.owner is not None and facts.name in ("__new__", "__init_subclass__", "__class_getitem__")
    return implicit or "classmethod" in decorator_names(facts)


def is_contextmanager(facts: FunctionFacts) -> bool:
    """Whether calling this generator makes a context manager."""
    return any(name in _CONTEXT_MANAGERS for name in decorator_names(facts))


def is_overload(facts: FunctionFacts) -> bool:
    """Whether this only declares one signature of the definition that follows."""
    return "overload" in decorator_names(facts)


def is_accessor(facts: FunctionFacts) -> bool:
    """Whether this is the setter or deleter of a property, which the plain name does not reach."""
    return any(name in _ACCESSORS for name in decorator_names(facts))
