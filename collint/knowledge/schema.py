"""Write the JSON Schema of a pack, for editors that complete and check TOML. Checking by collint itself is elsewhere.

``python -m collint.knowledge.schema`` prints it; ``rules/models/pack.schema.json`` holds the printed text.
"""

from __future__ import annotations

import inspect
import json
import sys
from typing import Any

import msgspec

from collint.knowledge.pack import Pack


def pack_schema() -> str:
    """The schema as indented JSON text, ending in a newline; keys in a fixed order."""
    document: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A pack of collint"}
    document.update(_described(msgspec.json.schema(Pack)))
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _described(part: Any) -> Any:
    """``part`` with descriptions free of indentation, which only Python before 3.13 keeps in docstrings."""
    if isinstance(part, list):
        return [_described(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        key: inspect.cleandoc(value) if key == "description" and isinstance(value, str) else _described(value)
        for key, value in part.items()
    }


if __name__ == "__main__":
    sys.stdout.write(pack_schema())
