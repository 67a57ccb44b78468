"""Rule pages: found in both layouts, read by their two front lines."""

from __future__ import annotations

import pytest

from collint import rules


def test_the_folder_is_there() -> None:
    assert (rules.folder() / "models").is_dir()


def test_every_page_has_its_front_lines() -> None:
    codes = [page.code for page in rules.pages()]
    assert codes == sorted(set(codes))
    for page in rules.pages():
        assert page.severity in ("error", "warning", "note"), page.code
        assert page.text.startswith(f"# {page.code}: {page.name}")


def test_the_front_lines_become_values() -> None:
    text = "# COL101: divergent-branch\n\n**severity: `error` · default: off · confidence: high or medium.**\n\nWhat"
    assert rules.parse_page(text, "COL101") == rules.Page(
        "COL101", "divergent-branch", "error", False, "high or medium", text
    )


@pytest.mark.parametrize("text", ["", "# COL102: other-code\nseverity: note", "# COL101: no-facts\n\nprose"])
def test_a_page_without_front_lines_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="COL101"):
        rules.parse_page(text, "COL101")
