"""The names of the output formats, for who asks for one before much is imported. What writes them is in ``report``."""

from __future__ import annotations

FORMATS = ("full", "concise", "json", "json-lines", "sarif", "github", "gitlab", "rdjson", "markdown", "html")
