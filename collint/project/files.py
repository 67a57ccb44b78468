"""All files of a project by module name: what each says by name is at hand, its facts are opened when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from collint.project.asked import Asked
from collint.project.concordance import Concordance, Entry, entry_of
from collint.project.facts import ModuleFacts
from collint.project.tables import Tables


class Files(Mapping[str, ModuleFacts]):
    """The facts of each module, in the order of the paths. ``paths`` has the path of each, ``entries`` what it says.

    Questions are noted in ``asked``.
    ``facts_of`` opens the facts and keeps them; KeyError for a name that no module has.
    """

    def __init__(
        self,
        paths: Mapping[str, str],
        entries: Mapping[str, Entry],
        facts_of: Callable[[str], ModuleFacts],
        tables: Tables | None = None,
    ) -> None:
        self.asked = Asked()
        self.paths = dict(sorted(paths.items(), key=lambda pair: pair[1]))
        self.concordance = Concordance(entries, self.asked, tables)
        self._facts_of = facts_of

    def __getitem__(self, name: str) -> ModuleFacts:
        return self._facts_of(name)

    def __contains__(self, name: object) -> bool:
        return name in self.paths

    def __iter__(self) -> Iterator[str]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)


def files_of(modules: Iterable[ModuleFacts]) -> Files:
    """Files whose facts are known already. Of two of one module name the first by path counts."""
    at_hand: dict[str, ModuleFacts] = {}
    for facts in sorted(modules, key=lambda facts: facts.path):
        at_hand.setdefault(facts.name, facts)
    paths = {name: facts.path for name, facts in at_hand.items()}
    entries = {name: entry_of(facts) for name, facts in at_hand.items()}
    return Files(paths, entries, at_hand.__getitem__)
