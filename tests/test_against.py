"""Rows of a pack against an unpacked package: what it does not define, and what its functions do not take."""

from __future__ import annotations

from pathlib import Path

import pytest

from collint import cli
from collint.against import Doubt, compare, index_package
from collint.knowledge.pack import Pack
from collint.knowledge.rows import Accessor, Collective, Handle, Rank, Transfer, Uniform
from collint.verify import Difference, context_of, differences

SOURCE = """
import torch.distributed as dist

class Group:
    limit = 3
    def __init__(self, ranks, name=""):
        self.rank = ranks.index(dist.get_rank())
    def meet(self, tensor, op="sum"):
        dist.all_reduce(tensor)
    def wait(self):
        pass
    @staticmethod
    def make(ranks):
        return Group(ranks)

def gather(tensor, *rest, group=None, **options):
    return tensor
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "lib"
    folder.mkdir()
    (folder / "__init__.py").write_text("from lib.core import Group, gather\n", encoding="utf-8")
    (folder / "core.py").write_text(SOURCE, encoding="utf-8")
    stub = "class Comm:\n    def send(self, data, dest: int) -> None: ...\n"
    (folder / "native.pyi").write_text(stub, encoding="utf-8")
    return tmp_path


def pack(**tables: object) -> Pack:
    return Pack(schema=1, library="lib", **tables)  # type: ignore[arg-type]


def doubts(package: Path, release: str = "", **tables: object) -> list[tuple[str, str]]:
    compared = compare(pack(**tables), index_package(package), release)
    return [(doubt.name, doubt.what) for doubt in compared.doubts]


def test_names_that_exist_raise_no_doubt(package: Path) -> None:
    rows = (
        Collective(name="lib.core.Group.meet", also=("lib.Group.meet",), family="all_reduce", payload=("tensor@0",)),
        Collective(name="lib.gather", family="gather", group="group", payload=("tensor@0", "@3"), root="dst"),
        Collective(name="lib.native.Comm.send", family="x", root="dest@1"),
    )
    accessor = Accessor(name="lib.core.Group.limit", group="world", kind="attribute")
    rank = Rank(name="lib.Group.rank", kind="attribute")
    handle = Handle(name="lib.Group", ranks=("rank",), made_from="ranks@0")
    assert not doubts(package, collective=rows, accessor=(accessor,), rank=(rank,), handle=(handle,))


def test_of_a_namespace_that_packages_share_only_the_packages_at_hand_are_compared(tmp_path: Path) -> None:
    (tmp_path / "space" / "core").mkdir(parents=True)
    (tmp_path / "space" / "core" / "__init__.py").write_text("def gather(tensor):\n    return tensor\n", "utf-8")
    (tmp_path / "use.py").write_text("import space.core\n", "utf-8")
    names = ("space.core.gather", "space.core.met", "space.train.step")
    rows = tuple(Collective(name=name, family="gather") for name in names)
    compared = compare(pack(collective=rows), index_package(tmp_path))
    assert compared.doubts == (Doubt("collective[1]", "space.core.met", "is not defined"),)
    assert (compared.rows, compared.elsewhere) == (2, 1)


def test_a_name_that_is_gone_is_told_with_its_place_and_bounds(package: Path) -> None:
    row = Collective(name="lib.core.Group.met", family="all_reduce", since="2.0")
    compared = compare(pack(collective=(Collective(name="lib.gather", family="gather"), row)), index_package(package))
    assert compared.doubts == (Doubt("collective[1]", "lib.core.Group.met", "is not defined", "since 2.0"),)


@pytest.mark.parametrize(
    ("spelling", "what"),
    [
        ("tensor@1", "payload = 'tensor@1': argument 1 is 'op'"),
        ("value@0", "payload = 'value@0': it takes tensor, op"),
        ("@5", "payload = '@5': it takes 2 positional arguments"),
    ],
)
def test_an_argument_that_is_elsewhere_is_told(package: Path, spelling: str, what: str) -> None:
    row = Collective(name="lib.core.Group.meet", family="all_reduce", payload=(spelling,))
    assert doubts(package, collective=(row,)) == [("lib.core.Group.meet", what)]


def test_an_attribute_that_objects_do_not_have_is_told(package: Path) -> None:
    handle = Handle(name="lib.core.Group", leaders=("is_first",))
    assert doubts(package, handle=(handle,)) == [("lib.core.Group", "its objects have no attribute 'is_first'")]


def test_rows_of_other_releases_are_left_out(package: Path) -> None:
    rows = (Uniform(name="lib.new", since="2.10"), Uniform(name="lib.old", until="1.9.4"))
    assert doubts(package, "2.9", uniform=rows) == []
    assert [name for name, _ in doubts(package, "2.10rc1", uniform=rows)] == ["lib.new"]
    assert [name for name, _ in doubts(package, "1.9", uniform=rows)] == ["lib.old"]
    assert [name for name, _ in doubts(package, uniform=rows)] == ["lib.new", "lib.old"]


def test_rows_about_other_packages_are_counted_apart(package: Path) -> None:
    rows = (Transfer(name="torch.zeros"), Transfer(name=".item"), Transfer(name="lib.gather", only=("tensor@0",)))
    compared = compare(pack(transfer=rows), index_package(package))
    assert (compared.rows, compared.elsewhere, compared.doubts) == (1, 2, ())


def test_a_declared_collective_is_compared_with_what_its_source_issues(package: Path) -> None:
    rows = (
        Collective(name="lib.core.Group.meet", family="all_reduce"),
        Collective(name="lib.core.Group.wait", family="barrier"),
    )
    found = list(differences(pack(collective=rows), context_of(package)))
    assert found == [Difference("collective[1]", "lib.core.Group.wait", "barrier", ())]


def test_the_command_prints_doubts_and_differences(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = '[[collective]]\nname = "lib.core.Group.wait"\nfamily = "barrier"\npayload = ["data@0"]\n'
    file = package / "lib.toml"
    file.write_text('schema = 1\nlibrary = "lib"\nextends = ["torch"]\n' + rows, encoding="utf-8")
    arguments = ["models", "lib", "--check", str(file), "--against", str(package), "--verify", str(package)]
    assert cli.main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "lib: collective[0] lib.core.Group.wait: payload = 'data@0': it takes nothing",
        "lib: collective[0] lib.core.Group.wait: declared barrier, its source issues nothing",
    ]
    assert printed.err.splitlines()[-1] == "lib: 1 rows compared, 1 doubts"


def test_the_command_shows_the_rows_of_one_pack(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "mpi4py"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("mpi4py: ")
    assert any(line.startswith("  mpi4py.MPI.Comm.bcast  family=broadcast") for line in shown)
    assert cli.main(["models", "nothing"]) == 2
    assert "there is no pack 'nothing'" in capsys.readouterr().err
