"""What the vocabulary answers, from small packs."""

from __future__ import annotations

from collint.knowledge.axes import LONE_AXIS
from collint.knowledge.calling import Dispatcher
from collint.knowledge.pack import Pack
from collint.knowledge.rows import (
    Accessor,
    Collective,
    Group,
    Hint,
    Mesh,
    NewGroup,
    PointToPoint,
    Rank,
    Source,
    Transfer,
)
from collint.knowledge.vocabulary import Vocabulary

MESH = Mesh(name="m", axes=("dp", "pp", "tp"), within={"dcp": "tp"})
GROUPS = (Group(name="tp", axes=("tp",)), Group(name="dcp", axes=("dcp",)), Group(name="all", axes=("*",)))


def vocabulary(*packs: Pack) -> Vocabulary:
    return Vocabulary(packs)


def pack(**tables: object) -> Pack:
    return Pack(schema=1, library="x", **tables)  # type: ignore[arg-type]


def test_a_row_answers_to_its_name_and_to_its_other_spellings() -> None:
    words = vocabulary(pack(collective=(Collective(name="a.f", also=("b.f",), family="f"),)))
    assert words.collective("a.f") is words.collective("b.f") is not None
    assert words.collective("c.f") is None


def test_calls_and_attributes_of_one_name_are_apart() -> None:
    words = vocabulary(
        pack(rank=(Rank(name="a.rank", kind="attribute"),), accessor=(Accessor(name="g", group="world"),))
    )
    assert words.rank("a.rank") is None
    assert words.rank("a.rank", "attribute") is not None
    assert words.accessor("g") is not None
    assert words.accessor("g", "attribute") is None


def test_a_parent_axis_includes_its_sub_axes() -> None:
    words = vocabulary(pack(mesh=(MESH,), group=GROUPS))
    assert words.mesh_axes == {"dp", "pp", "tp", "dcp"}
    assert words.axes_of("tp") == {"tp", "dcp"}
    assert words.axes_of("dcp") == {"dcp"}
    assert words.axes_of("all") == words.axes_of("world") == words.axes_of("unheard of") == words.mesh_axes


def test_people_see_axes_as_rows_write_them() -> None:
    words = vocabulary(pack(mesh=(MESH,), group=GROUPS))
    assert words.shown_axes({"tp", "dcp"}) == ("tp",)
    assert words.shown_axes({"dcp", "dp"}) == ("dcp", "dp")
    assert words.shown_axes(words.mesh_axes) == ("*",)


def test_without_a_mesh_there_is_one_axis() -> None:
    words = vocabulary(pack(source=(Source(name="s"),)))
    assert words.mesh_axes == {LONE_AXIS}
    source = words.source("s")
    assert source is not None
    assert source.axes == (LONE_AXIS,)
    assert words.axes_of("world") == {LONE_AXIS}
    assert words.shown_axes(words.mesh_axes) == ("*",)


def test_axes_of_sources_and_hints_arrive_expanded() -> None:
    words = vocabulary(pack(mesh=(MESH,), source=(Source(name="s", axes=("tp",)),), hint=(Hint(parameter=("r",)),)))
    source, hint = words.source("s"), words.parameter_hint("r")
    assert source is not None
    assert hint is not None
    assert source.axes == ("dcp", "tp")
    assert set(hint.axes) == words.mesh_axes


def test_hints_of_later_packs_are_asked_first_and_within_a_pack_in_order() -> None:
    general = pack(hint=(Hint(parameter=("rank*",), what="general"),))
    special = pack(hint=(Hint(parameter=("rank_of_*",), what="shield"), Hint(parameter=("rank_*",), what="special")))
    words = vocabulary(general, special)
    asked = ("rank_of_x", "rank_x", "rank", "other")
    hints = [words.parameter_hint(name) for name in asked]
    assert [hint.what if hint else None for hint in hints] == ["shield", "special", "general", None]
    assert words.attribute_hint("rank") is None


def test_a_leading_dot_is_a_method_on_any_receiver() -> None:
    words = vocabulary(pack(transfer=(Transfer(name=".item"),), source=(Source(name=".is_set"),)))
    assert words.transfer_method("item") is not None
    assert words.source_method("is_set") is not None
    assert words.transfer("item") is None


def test_event_names_are_the_last_components() -> None:
    words = vocabulary(
        pack(
            collective=(Collective(name="a.all_reduce", also=("b.allreduce",), family="all_reduce"),),
            p2p=(PointToPoint(name="a.C.send", direction="send"),),
            new_group=(NewGroup(name="a.new_group"),),
            dispatcher=(Dispatcher(name="a.rpc", method="@0", classes=()),),
            source=(Source(name="a.time"),),
        )
    )
    assert words.event_names() == {"all_reduce", "allreduce", "send", "new_group", "rpc"}


def test_event_methods_are_those_of_classes_only() -> None:
    function = Collective(name="lib.send", family="send")
    method = PointToPoint(name="lib.Channel.send", also=("lib.Other.send",), direction="send")
    words = vocabulary(pack(collective=(function,), p2p=(method,)))
    assert words.event_methods("send") == (method,)


def test_equal_packs_have_equal_digests() -> None:
    assert vocabulary(pack(mesh=(MESH,))).digest == vocabulary(pack(mesh=(MESH,))).digest
    assert vocabulary(pack(mesh=(MESH,))).digest != vocabulary(pack()).digest
