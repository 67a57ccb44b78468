"""Fetches the Python files of a published release with pip, into a cache. What is in them is not looked at here.

Only wheels are taken, and only their ``*.py`` files and stubs (``*.pyi``) are unpacked; nothing is installed, imported
or executed. A source distribution is refused, because pip runs its build backend before it hands it over.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

MAX_FILE, MAX_TOTAL = 50_000_000, 2_000_000_000
"""Bytes unpacked per file and in all; beyond this a wheel is broken or hostile."""

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9!+._]*")
_LINUX = ["manylinux2014_x86_64", *(f"manylinux_2_{minor}_x86_64" for minor in (17, 24, 27, 28, 31, 34, 35, 39)), "any"]


class FetchError(Exception):
    """A release that cannot be had, with the reason in one line."""


def default_cache() -> Path:
    """``COLLINT_CACHE``, or ``collint/releases`` in the user's cache folder: outside every repository."""
    if given := os.environ.get("COLLINT_CACHE"):
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "collint/releases"


def fetch(name: str, version: str, cache: Path | None = None) -> Path:
    """The folder with the Python files of ``name`` ``version``, downloaded if ``cache`` does not have it yet.

    Raises :class:`FetchError` when there is no wheel of that release, or its contents are not what a wheel holds.
    """
    if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
        raise FetchError(f"'{name}' '{version}' is not a name and a version")
    cache = cache or default_cache()
    folder = cache / f"{re.sub(r'[-_.]+', '-', name).lower()}-{version}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".fetch-") as work:
        wheel = _download(name, version, Path(work, "wheel").resolve())
        unpacked = Path(work, "unpacked")
        if unpack(wheel, unpacked) == 0:
            raise FetchError(f"{wheel.name} holds no Python files")
        _keep(unpacked, folder)
    return folder


def _keep(unpacked: Path, folder: Path) -> None:
    try:
        unpacked.rename(folder)
    except OSError:
        if not folder.is_dir():  # another process was faster, with the same files
            raise


def unpack(wheel: Path, folder: Path) -> int:
    """Writes the ``*.py`` and ``*.pyi`` files of ``wheel`` below ``folder`` and returns how many there were.

    Raises :class:`FetchError` for an archive that reaches outside the folder or grows beyond the limits.
    """
    number = total = 0
    try:
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.infolist():
                if entry.is_dir() or not entry.filename.endswith((".py", ".pyi")):
                    continue
                total += entry.file_size
                if entry.file_size > MAX_FILE or total > MAX_TOTAL:
                    raise FetchError(f"{wheel.name}: {entry.filename} exceeds the limit of unpacked bytes")
                target = folder / _safe(entry.filename, wheel)
                target.parent.mkdir(parents=True, exist_ok=True)
                # zipfile stops at the announced size, so the limits above hold for what is written as well
                with archive.open(entry) as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink)
                number += 1
    except zipfile.BadZipFile as error:
        raise FetchError(f"{wheel.name} is not a wheel: {error}") from None
    return number


def _safe(name: str, wheel: Path) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise FetchError(f"{wheel.name}: {name} reaches outside the archive")
    return path


def _download(name: str, version: str, folder: Path) -> Path:
    """The wheel for this machine, or one for a common Linux; what it was built for does not matter to a reader."""
    folder.mkdir(parents=True, exist_ok=True)
    reason = ""
    for options in _wishes():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += [*options, "--dest", str(folder), f"{name}=={version}"]
        # In a folder of its own: Python would look for a module called pip in the current one first.
        answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        wheels = sorted(folder.glob("*.whl"))
        if answer.returncode == 0 and wheels:
            return wheels[0]
        errors = [line for line in answer.stderr.splitlines() if line.startswith("ERROR")]
        reason = reason or (errors[-1] if errors else answer.stderr.strip()[-200:])
    raise FetchError(
        f"no wheel of {name} {version} ({reason}); a source distribution is not taken, "
        "because pip would run its build backend"
    )


def _wishes() -> Iterator[list[str]]:
    yield []
    for python in ("3.12", "3.11", "3.10"):
        yield [*(f"--platform={platform}" for platform in _LINUX), f"--python-version={python}"]
