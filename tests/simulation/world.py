"""Run a small SPMD program once per rank and compare what the ranks say to each communicator. No word of collint here.

Ranks need not run side by side: what a collective agrees on is an unknown number that depends on the communicator and
on how many collectives it has seen. As long as the sequences match, every rank gets the same number, as in a real run;
the first collective at which they do not match is a mismatch of the real run as well.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from types import SimpleNamespace

WORLD_SIZE = 3
RUNS = 60
FUEL = 200

Sequences = dict[str, list[str]]


class OutOfFuel(Exception):
    """A run that takes too long says nothing."""


class Tensor:
    """A tensor of one element."""

    def __init__(self, values: list[int]) -> None:
        self.value = values[0]

    def item(self) -> int:
        return self.value


class Rank:
    """One process: its stand-in for ``torch.distributed``, its local numbers, and what it said."""

    def __init__(self, seed: int, rank: int) -> None:
        self.seed = seed
        self.rank = rank
        self.local = random.Random(mixed(seed, rank, 9))
        self.said: Sequences = {}
        self.left = FUEL

    # ------------------------------------------------------------------------------------------ collectives

    def say(self, operation: str, group: str | None) -> int:
        """Issue a collective; returns the number that its members agree on."""
        name = group or "world"
        sequence = self.said.setdefault(name, [])
        sequence.append(operation)
        return self.unknown(1 if name == "world" else 2, len(sequence))

    def distributed(self) -> SimpleNamespace:
        def all_reduce(tensor: Tensor, group: str | None = None) -> None:
            tensor.value = self.say("all_reduce", group)

        def broadcast_object_list(objects: list[int], src: int = 0, group: str | None = None) -> None:
            objects[0] = self.say("broadcast", group)

        def all_gather_object(objects: list[int], thing: int, group: str | None = None) -> None:
            agreed = self.say("all_gather_object", group)
            objects[:] = [self.unknown(6, agreed, n) for n in range(len(objects))]

        return SimpleNamespace(
            all_reduce=all_reduce,
            broadcast_object_list=broadcast_object_list,
            all_gather_object=all_gather_object,
            barrier=lambda group=None: self.say("barrier", group) and None,
            new_group=lambda: "pair",
            get_rank=lambda group=None: self.rank,
            get_world_size=lambda: WORLD_SIZE,
        )

    # ---------------------------------------------------------------------------------------------- unknowns

    def unknown(self, *what: int) -> int:
        """A number that depends on ``what``, the same on every rank of one run."""
        return mixed(self.seed, *what) % 1000 + 3

    def turns(self, bound: int) -> Iterator[int]:
        """``range(bound)`` with a small unknown number of turns."""
        for turn in range(self.unknown(5, bound) % 4):
            yield self.burn(turn)

    def burn(self, value: int) -> int:
        """``value``, for a little of the run's fuel."""
        self.left -= 1
        if self.left < 0:
            raise OutOfFuel
        return value

    def names(self) -> dict[str, object]:
        """What a program finds around it: modules, ``K`` for settings, ``turns`` for ``range``, comparisons.

        Comparisons answer as they like, but the same for the same number; only that no number is below 0 they know.
        """

        def draw() -> int:
            return self.local.randrange(3, 1000)

        return {
            "dist": self.distributed(),
            "torch": SimpleNamespace(tensor=Tensor),
            "random": SimpleNamespace(random=draw),
            "time": SimpleNamespace(time=draw),
            "above": lambda bound, number: number != 0 and mixed(self.seed, 7, bound, number) & 1 == 1,
            "below": lambda bound, number: number == 0 or mixed(self.seed, 8, bound, number) & 1 == 1,
            "K": lambda number: self.unknown(3, number),
            "turns": self.turns,
            "burn": self.burn,
        }


def mixed(*numbers: int) -> int:
    """A number without visible pattern. A hash of small numbers alone has one in its bits."""
    once = hash(numbers)
    return hash((once >> 32, once & 0xFFFFFFFF, once)) * 0x9E3779B97F4A7C15 >> 40 & 0xFFFFF


def possible_mismatch(text: str) -> bool | None:
    """Whether some run of the program has ranks whose sequences differ.

    None when the program cannot be run, or has code that no run reached: there is no telling what that would do.
    """
    try:
        code = compile(text, "<program>", "exec")
    except SyntaxError:
        return None
    seen: set[int] = set()
    finished = False
    for seed in range(RUNS):
        try:
            said = [_run(code, seed, rank, seen.add) for rank in range(WORLD_SIZE)]
        except OutOfFuel:
            continue
        except (KeyError, NameError, TypeError, AttributeError):
            return None
        finished = True
        if any(one != said[0] for one in said):
            return True
    return False if finished and len(seen) == text.count("seen(") else None


def _run(code: object, seed: int, number: int, seen: Callable[[int], None]) -> Sequences:
    rank = Rank(seed, number)
    names = {**rank.names(), "seen": seen}
    exec(code, names)  # type: ignore[arg-type]
    main = names["main"]
    assert callable(main)
    call: Callable[[int, int], None] = main
    call(rank.unknown(4, 1), rank.unknown(4, 2))
    return rank.said
