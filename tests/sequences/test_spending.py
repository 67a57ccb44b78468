"""A function whose comparisons would take too long is cut off and told of, however its conditions are spelled."""

from __future__ import annotations

import pytest

from collint.sequences.spending import MAX_BLOCKS_COMPARED, MAX_COMPARISONS, TOO_LARGE_COSTS, Spending

ATOMS = [("atom", str(number)) for number in range(MAX_COMPARISONS + 1)]


@pytest.mark.parametrize(("blocks", "pairs"), [(3, MAX_COMPARISONS), (2_000, MAX_BLOCKS_COMPARED // 2_000)])
def test_a_pair_of_a_large_function_costs_more(blocks: int, pairs: int) -> None:
    spending = Spending(blocks)
    for atom in ATOMS[:pairs]:
        assert spending.allows((atom, ()))
        spending.spend((atom, ()), too_large=False)
    assert not spending.allows((ATOMS[pairs], ()))
    assert spending.leaves_out(ATOMS[pairs])
    assert spending.allows((ATOMS[0], ()))
    assert not spending.leaves_out(ATOMS[0])


def test_what_is_too_large_is_tried_less_often() -> None:
    spending = Spending(3)
    tried = 0
    while spending.allows((ATOMS[tried], ())):
        spending.spend((ATOMS[tried], ()), too_large=True)
        tried += 1
    assert tried == MAX_COMPARISONS // TOO_LARGE_COSTS
