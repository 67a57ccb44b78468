"""The base of values that consist of named fields. What they mean is said where they are defined.

A dataclass takes forty times as long to be made: 140 of them took 0.1 of the 0.7 seconds that a question about one
changed file of vLLM 0.32.0 takes. Those are left that hold a field which does not count when they are compared.
"""

from __future__ import annotations

import msgspec
from msgspec import field as field


class Record(msgspec.Struct, frozen=True):
    """A frozen value, equal to another one of its class with equal fields."""


class Mutable(msgspec.Struct):
    """A thing whose fields may be set."""


replace = msgspec.structs.replace
"""A record with some fields replaced."""
