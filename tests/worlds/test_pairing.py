"""Ranks pair when every send has its receive, and get on when nobody waits in a circle."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collint.checks.pairing import deadlock, unpaired
from collint.worlds.trace import ANYONE, Said, Trace

PLACE = ("program:f", 0)
MESSAGES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(lambda pair: pair[0] != pair[1]), max_size=12
)


def send(peer: int, *, tag: int = 0, blocks: bool = True) -> Said:
    return Said("send", "send", PLACE, peer, tag, blocks)


def receive(peer: int, *, tag: int = 0, blocks: bool = True) -> Said:
    return Said("receive", "recv", PLACE, peer, tag, blocks)


def traces(*ranks: list[Said]) -> tuple[Trace, ...]:
    return tuple(Trace(rank, said) for rank, said in enumerate(ranks))


def lonely(*ranks: list[Said]) -> list[tuple[int, str]]:
    return [(each.rank, each.said.kind) for each in unpaired(traces(*ranks))]


def stuck(*ranks: list[Said]) -> list[int]:
    return [each.rank for each in deadlock(traces(*ranks))]


def test_a_send_without_its_receive_is_lonely() -> None:
    assert lonely([send(1), send(1)], [receive(0)]) == [(0, "send")]
    assert lonely([send(1)], [send(0)]) == [(0, "send"), (1, "send")]


def test_tags_part_what_ranks_would_pair() -> None:
    assert lonely([send(1, tag=1)], [receive(0, tag=2)]) == [(0, "send"), (1, "receive")]


def test_a_receive_from_anyone_takes_what_nobody_else_asked_for() -> None:
    assert lonely([receive(ANYONE), receive(2)], [send(0)], [send(0)]) == []
    assert lonely([receive(ANYONE)], [], []) == [(0, "receive")]


def test_everybody_sends_first() -> None:
    assert stuck([send(1), receive(1)], [send(0), receive(0)]) == [0, 1]
    assert stuck([send(1), receive(1)], [receive(0), send(0)]) == []


def test_posted_halves_do_not_wait_until_somebody_waits_for_them() -> None:
    wait = Said("wait", "wait", PLACE, awaited=(0,))
    assert stuck([receive(1, blocks=False), send(1), wait], [receive(0, blocks=False), send(0), wait]) == []
    assert stuck([receive(1, blocks=False), wait, send(1)], [receive(0, blocks=False), wait, send(0)]) == [0, 1]


def test_a_barrier_on_the_way_to_the_send_is_part_of_the_circle() -> None:
    barrier = Said("meet", "barrier", PLACE)
    assert stuck([barrier, send(1)], [receive(0), barrier]) == [0, 1]
    assert stuck([send(1), barrier], [receive(0), barrier]) == []


def test_waiting_for_a_rank_that_has_finished_is_no_circle() -> None:
    assert stuck([receive(1)], []) == []


@given(MESSAGES)
def test_messages_in_one_order_everywhere_pair_and_end(messages: list[tuple[int, int]]) -> None:
    ranks: list[list[Said]] = [[], [], [], []]
    for source, target in messages:
        ranks[source].append(send(target))
        ranks[target].append(receive(source))
    assert lonely(*ranks) == []
    assert stuck(*ranks) == []


@given(MESSAGES.filter(bool))
def test_each_message_that_is_taken_away_leaves_its_other_half_alone(messages: list[tuple[int, int]]) -> None:
    ranks: list[list[Said]] = [[], [], [], []]
    for source, target in messages[:-1]:
        ranks[source].append(send(target))
        ranks[target].append(receive(source))
    ranks[messages[-1][0]].append(send(messages[-1][1]))
    assert lonely(*ranks) == [(messages[-1][0], "send")]
