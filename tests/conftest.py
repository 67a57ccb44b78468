"""What every test starts from: no clock fails one, and none reads or fills the cache of whoever runs it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

with suppress(ModuleNotFoundError):  # where only the programs of fixtures/ are executed it is not installed
    from hypothesis import settings

    settings.register_profile("without a clock", deadline=None)  # a busy machine is no failure
    settings.load_profile("without a clock")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder that nothing has been kept in yet."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("COLLINT_CACHE", str(folder))
    return folder
