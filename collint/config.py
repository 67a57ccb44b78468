"""Turns ``[tool.collint]`` and the command line into one frozen :class:`Settings`. What a setting does is elsewhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from collint.findings import CONFIDENCES, SEVERITIES
from collint.formats import FORMATS
from collint.record import Record, replace
from collint.rules import codes

_SELECTOR = re.compile(r"ALL|COL\d{0,3}")


class ConfigError(Exception):
    """A setting that cannot be used; the text names the file, the key and what is allowed."""


class Settings(Record, frozen=True):
    """What the user asked for. ``select``, ``ignore`` and ``extend_select`` hold rule codes, prefixes of them, or ALL.

    ``models`` are absolute paths of further knowledge packs, ``exclude`` patterns in ``.gitignore`` syntax relative to
    the root (with ``force_exclude`` also for files that are named on the command line), ``per_file_ignores`` such
    patterns with selectors; ``cache_dir`` is None for the user's own cache folder, ``jobs`` is 0 for as many as usual;
    ``file`` is where the settings were found.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    min_confidence: str = "medium"
    min_severity: str = "note"
    output_format: str = "full"
    output_file: Path | None = None
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    baseline: Path | None = None
    models: tuple[Path, ...] = ()
    cache_dir: Path | None = None
    jobs: int = 0
    file: Path | None = None

    def enables(self, code: str, on_by_default: bool = True) -> bool:
        """Whether the rule is wanted: the longest matching selector decides, and ``ignore`` wins a tie."""
        chosen = max((_length(code, selector) for selector in (*self.select, *self.extend_select)), default=-1)
        if not self.select and on_by_default:
            chosen = max(chosen, 0)
        return chosen > max((_length(code, selector) for selector in self.ignore), default=-1)

    def ignores(self, path: str, code: str) -> bool:
        """Whether the rule is unwanted in the file at ``path``, relative to the root."""
        from collint.source.patterns import matches

        return any(
            any(_length(code, selector) >= 0 for selector in selectors) and matches((pattern,), path)
            for pattern, selectors in self.per_file_ignores
        )

    def shows(self, severity: str, confidence: str) -> bool:
        """Whether a finding of this severity and confidence reaches the thresholds."""
        return SEVERITIES.index(severity) >= SEVERITIES.index(self.min_severity) and CONFIDENCES.index(
            confidence
        ) >= CONFIDENCES.index(self.min_confidence)


def load(start: Path, file: Path | None = None) -> Settings:
    """The settings of ``file``, or of the nearest ``collint.toml`` or ``pyproject.toml`` with a ``[tool.collint]``
    table in ``start`` or a folder above it, or else the defaults.

    Raises :class:`ConfigError` for a file that cannot be read and for unknown keys and values.
    """
    if file is not None:
        table = _table(file)
        if table is None:
            raise ConfigError(f"{file}: has no [tool.collint] table")
        return from_table(table, file)
    for folder in (start, *start.parents):
        for candidate in (folder / "collint.toml", folder / "pyproject.toml"):
            table = _table(candidate) if candidate.is_file() else None
            if table is not None:
                return from_table(table, candidate)
    return Settings()


def from_table(table: Mapping[str, Any], file: Path) -> Settings:
    """Checked settings from the keys of one TOML table; paths in it are relative to ``file``.

    Raises :class:`ConfigError` with the key, the file and the allowed values.
    """
    values: dict[str, Any] = {"file": file}
    for key, value in table.items():
        reader = _READERS.get(key)
        if reader is None:
            import difflib

            close = difflib.get_close_matches(key.replace("_", "-"), _READERS, n=1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            raise ConfigError(f"{file}: unknown key '{key}'{hint} (known: {', '.join(_READERS)})")
        try:
            values[key.replace("-", "_")] = reader(value, file.parent)
        except ValueError as error:
            raise ConfigError(f"{file}: {key}: {error}") from None
    return Settings(**values)


def with_command_line(settings: Settings, given: Mapping[str, Any]) -> Settings:
    """``settings`` with the options that were given (absent ones are None or empty).

    ``--select`` starts afresh: what the file selects or ignores no longer counts. ``--extend-select`` adds.
    Raises :class:`ConfigError` for a selector that names no rule.
    """
    options = {name: value for name, value in given.items() if value not in (None, (), "")}
    if "exclude" in options:
        try:
            _patterns(list(options["exclude"]))
        except ValueError as error:
            raise ConfigError(f"--exclude: {error}") from None
    for name in ("select", "ignore", "extend_select"):
        try:
            options[name] = _selectors([part for text in options.get(name, ()) for part in text.split(",")])
        except ValueError as error:
            raise ConfigError(f"--{name.replace('_', '-')}: {error}") from None
    if options["select"]:
        return replace(settings, **options)
    options["extend_select"] = settings.extend_select + options["extend_select"]
    return replace(settings, **{name: value for name, value in options.items() if value != ()})


def shown(settings: Settings) -> list[str]:
    """The settings in use, one a line, as a settings file would have them."""
    where = f"# from {settings.file}" if settings.file else "# no settings file"
    values = {key: getattr(settings, key.replace("-", "_")) for key in _READERS}
    return [where, *(f"{key} = {_toml(value)}" for key, value in values.items() if value is not None)]


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):  # per-file-ignores
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(of_it)}" for key, of_it in value) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, int):
        return str(value)
    import json

    return json.dumps(str(value))


def _length(code: str, selector: str) -> int:
    """How closely ``selector`` names ``code``: 0 for ALL, -1 for not at all."""
    if selector == "ALL":
        return 0
    return len(selector) if code.startswith(selector) else -1


def _table(file: Path) -> Mapping[str, Any] | None:
    """The settings table of ``file``; None for a ``pyproject.toml`` that has none."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        content: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise ConfigError(f"{file}: is not valid TOML: {error}") from None
    if file.name != "pyproject.toml":
        return content
    tool = content.get("tool")
    table = tool.get("collint") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{file}: tool.collint must be a table")
    return table


def _strings(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"must be a list of strings, not {value!r}")
    return value


def _selectors(items: list[str]) -> tuple[str, ...]:
    known = codes() if items else ()
    selectors = tuple(item.strip().upper() for item in items if item.strip())
    for selector in selectors:
        if not _SELECTOR.fullmatch(selector):
            raise ValueError(f"'{selector}' is no rule; write a code (COL101), the beginning of one (COL1), or ALL")
        if known and selector != "ALL" and not any(code.startswith(selector) for code in known):
            raise ValueError(f"no rule begins with '{selector}' (known: {', '.join(known)})")
    return selectors


def _one_of(allowed: tuple[str, ...], value: object) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{value!r} is not allowed; choose from {', '.join(allowed)}")
    return value


def _path(value: object, base: Path) -> Path:
    if not isinstance(value, str) or not value:
        raise ValueError(f"must be a path, not {value!r}")
    return base / value


def _models(value: object, base: Path) -> tuple[Path, ...]:
    files = tuple(_path(item, base) for item in _strings(value))
    for file in files:
        if not file.is_file():
            raise ValueError(f"{file} does not exist")
    return files


def _patterns(value: object) -> tuple[str, ...]:
    from collint.source.patterns import refusal

    found = tuple(_strings(value))
    for pattern in found:
        if reason := refusal(pattern):
            raise ValueError(f"'{pattern}' is no pattern as in .gitignore: {reason}")
    return found


def _per_file(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise ValueError(f"must be a table, such as {{ 'tests/*' = ['COL105'] }}, not {value!r}")
    found = []
    for pattern, codes_of_it in value.items():
        _patterns([pattern])
        try:
            found.append((pattern, _selectors(_strings(codes_of_it))))
        except ValueError as error:
            raise ValueError(f'"{pattern}": {error}') from None
    return tuple(found)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is not allowed; choose from true, false")
    return value


def _jobs(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 64:
        raise ValueError(f"{value!r} is not allowed; choose a number from 0 (as many as usual) to 64")
    return value


_READERS: dict[str, Callable[[object, Path], object]] = {
    "select": lambda value, base: _selectors(_strings(value)),
    "ignore": lambda value, base: _selectors(_strings(value)),
    "extend-select": lambda value, base: _selectors(_strings(value)),
    "min-confidence": lambda value, base: _one_of(CONFIDENCES, value),
    "min-severity": lambda value, base: _one_of(SEVERITIES, value),
    "output-format": lambda value, base: _one_of(FORMATS, value),
    "output-file": _path,
    "exclude": lambda value, base: _patterns(value),
    "force-exclude": lambda value, base: _truth(value),
    "per-file-ignores": lambda value, base: _per_file(value),
    "baseline": _path,
    "models": _models,
    "cache-dir": _path,
    "jobs": lambda value, base: _jobs(value),
}
