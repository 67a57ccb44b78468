"""A pack as people read it."""

from __future__ import annotations

from collint.knowledge.listing import lines
from collint.knowledge.pack import Pack
from collint.knowledge.rows import Collective, Handle, Hint, Mesh


def test_rows_stand_under_their_table_with_what_is_said_of_them() -> None:
    pack = Pack(
        schema=1,
        library="x",
        about="A library.",
        mesh=(Mesh(name="m", axes=("dp", "tp"), within={"dcp": "tp"}),),
        handle=(Handle(name="x.Group", channels={"device_group": "device"}),),
        collective=(Collective(name="x.meet", also=("x.y.meet",), family="barrier", payload=("a@0",), gathers=True),),
        hint=(Hint(parameter=("n_*",), what="how many", about="for people"),),
    )
    assert list(lines(pack)) == [
        "x: A library.",
        "[mesh]",
        "  m  axes=dp,tp within=dcp:tp",
        "[handle]",
        "  x.Group  channels=device_group:device",
        "[collective]",
        "  x.meet  family=barrier payload=a@0 gathers",
        "[hint]",
        "  n_*  what=how many",
    ]
