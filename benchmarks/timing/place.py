"""Where cases run: copies of a tree that they may change and that are put right again. What runs there is elsewhere."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

BRANCHES, CALLEES = 10_000, 500
STATEMENT, COMMENT = "_CHANGED = ", "# changed: "
"""How a line that is added to a file begins: one binds a name, which facts about the file hold; the other is none."""


@dataclass(frozen=True, slots=True)
class Place:
    """``original`` stays as it is, ``scratch`` is ours, ``tools`` a virtual environment's ``bin``.

    ``leaf`` and ``hub`` are files of the tree: one that nobody imports and one that many do.
    """

    original: Path
    scratch: Path
    tools: Path
    leaf: str
    hub: str
    count: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def tree(self) -> Path:
        """The copy that most cases work on."""
        return self.scratch / "tree"

    @property
    def restored(self) -> Path:
        """A second copy, as a fresh checkout leaves it: every file is new, the cache came along."""
        return self.scratch / "restored" / "tree"

    @property
    def third(self) -> str:
        """One more file of the tree, from its middle."""
        others = sorted(path for path in self.original.rglob("*.py") if path.name != "__init__.py")
        return others[len(others) // 2].relative_to(self.original).as_posix()

    def make(self) -> None:
        """Copies the tree."""
        shutil.copytree(self.original, self.tree, ignore=shutil.ignore_patterns("__pycache__", ".git"))

    def put_right(self) -> None:
        """Undoes every change."""
        for name in {self.leaf, self.hub, self.third}:
            shutil.copy2(self.original / name, self.tree / name)

    def change(self, names: Sequence[str], tree: Path, line: str = STATEMENT) -> None:
        """Gives each file a new last line that means nothing and was never there before."""
        for name in names:
            with (tree / name).open("a", encoding="utf-8") as stream:
                stream.write(f"\n{line}{next(self.count)}\n")

    def cache_of(self, tool: str) -> Path:
        """The folder where a tool may keep something."""
        return self.scratch / "caches" / tool

    def forget(self, tool: str) -> None:
        """Empties that folder."""
        shutil.rmtree(self.cache_of(tool), ignore_errors=True)

    def check_out(self) -> None:
        """Makes the fresh checkout, with collint's cache and three changed files."""
        shutil.rmtree(self.restored.parent, ignore_errors=True)
        shutil.copytree(self.tree, self.restored, copy_function=shutil.copyfile)
        shutil.copytree(self.cache_of("collint"), self.restored.parent / "caches" / "collint")
        self.change(sorted({self.leaf, self.hub, self.third}), self.restored)

    def copies(self, count: int) -> Path:
        """A folder with ``count`` copies of the tree."""
        folder = self.scratch / f"times{count}"
        for number in range(count) if not folder.exists() else ():
            shutil.copytree(self.tree, folder / f"copy{number}")
        return folder

    def huge(self) -> Path:
        """A folder with one file whose last function has many branches and callees."""
        folder = self.scratch / "huge"
        if not folder.exists():
            folder.mkdir()
            callees = [f"def callee_{n}(x):\n    dist.all_reduce(x)\n    return x\n" for n in range(CALLEES)]
            branches = [f"    if flags[{n}]:\n        x = callee_{n % CALLEES}(x)" for n in range(BRANCHES)]
            lines = ["import torch.distributed as dist", *callees, "def huge(x, flags):", *branches, "    return x", ""]
            (folder / "huge.py").write_text("\n".join(lines), encoding="utf-8")
        return folder
