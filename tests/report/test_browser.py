"""The audit page in a real browser, scripts switched off: it opens, links and filters work, hostile text stays text."""

from __future__ import annotations

import importlib
import io
import os
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collint.findings import Run
from collint.record import replace
from collint.report import write
from tests.report.samples import FINDING, HOSTILE_RUN, LOOK, NASTY

pytestmark = pytest.mark.browser

NAMES = ("chromium", "chromium-browser", "google-chrome")
"""Names of the program, in the order in which they are tried; ``COLLINT_CHROMIUM`` names another."""

MANY = Run(
    tuple(
        replace(FINDING, line=number, confidence=("high", "medium", "low")[number % 3], rule=f"COL10{number % 2 + 1}")
        for number in range(1, 501)
    ),
    stats={"files": 9},
)
SOME = replace(MANY, findings=MANY.findings[:30])


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium of this machine."""
    executable = os.environ.get("COLLINT_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    try:
        api = importlib.import_module("playwright.sync_api")
    except ImportError:
        api = None
    if api is None or executable is None:
        missing = "playwright is not installed" if api is None else f"none of {', '.join(NAMES)} is here"
        warnings.warn(f"the HTML report was opened in no browser: {missing}", stacklevel=1)
        pytest.skip(f"NOT TESTED in a browser: {missing}; pip install -e '.[browser]' and a Chromium are needed")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def page(browser: Any, tmp_path: Path) -> Iterator[Any]:
    context = browser.new_context(java_script_enabled=False)
    shown = context.new_page()
    shown.set_default_timeout(10_000)
    yield shown
    context.close()


def open_page(page: Any, folder: Path, run: Run) -> list[str]:
    """Opens the page of ``run``; the list receives every address that it asks for."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    stream = io.StringIO()
    write(run, "html", stream, LOOK)
    file = folder / "report.html"
    file.write_text(stream.getvalue(), encoding="utf-8")
    page.goto(file.as_uri())
    return asked


def test_it_opens_without_asking_for_anything_else(page: Any, tmp_path: Path) -> None:
    asked = open_page(page, tmp_path, HOSTILE_RUN)
    assert page.title() == "collint: 3 findings"
    assert asked == [(tmp_path / "report.html").as_uri()]
    assert page.locator("svg.lanes").first.is_visible()


def test_hostile_text_is_shown_as_it_is(page: Any, tmp_path: Path) -> None:
    open_page(page, tmp_path, HOSTILE_RUN)
    assert page.locator("script").count() == 0
    assert page.locator(".also b, .message b, .steps span b").count() == 0
    shown = page.locator(".steps li").first.inner_text()
    assert "</script><b>|a|b| [t](1) {0} %0A::error::x, %s\\x1b[31m\\u202egnp.exe" in shown
    assert NASTY not in shown


def test_five_hundred_findings_open(page: Any, tmp_path: Path) -> None:
    open_page(page, tmp_path, MANY)
    assert page.locator("h1").inner_text() == "500 findings"
    assert page.locator(".finding").count() == 500


def test_a_link_opens_the_finding_that_it_names(page: Any, tmp_path: Path) -> None:
    open_page(page, tmp_path, SOME)
    body = page.locator(".finding .body").nth(3)
    assert not body.is_visible()
    page.locator(".card").nth(0).locator("summary").first.click()
    page.locator(".card").nth(0).locator("a:visible").nth(3).click()
    assert body.is_visible()
    assert page.url.endswith("#" + body.get_attribute("id"))


def test_filters_hide_and_show(page: Any, tmp_path: Path) -> None:
    open_page(page, tmp_path, SOME)
    shown = page.locator(".finding:visible")
    assert shown.count() == len(SOME.findings)
    page.uncheck("#show-low")
    certain = [finding for finding in SOME.findings if finding.confidence != "low"]
    assert shown.count() == len(certain)
    page.uncheck("#show-COL101")
    assert shown.count() == len([finding for finding in certain if finding.rule != "COL101"])
    page.check("#show-low")
    page.check("#show-COL101")
    assert shown.count() == len(SOME.findings)


def test_it_can_be_used_from_the_keyboard(page: Any, tmp_path: Path) -> None:
    open_page(page, tmp_path, SOME)
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the findings"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert not page.locator("#show-high").is_checked()
    summary = page.locator(".finding:visible summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator(".finding:visible .body").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(page: Any, tmp_path: Path, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    open_page(page, tmp_path, HOSTILE_RUN)
    colours = page.context.browser.new_context(color_scheme=scheme).new_page()
    colours.goto(page.url)
    paper, ink = colours.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    assert contrast(paper, ink) > 7
    colours.context.close()


def test_a_phone_needs_no_sideways_scrolling(page: Any, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    open_page(page, tmp_path, HOSTILE_RUN)
    assert page.locator("body").bounding_box()["width"] <= 390
    assert all(box["width"] <= 390 for box in (item.bounding_box() for item in page.locator(".finding").all()))


def test_folded_findings_are_printed_in_full(page: Any, tmp_path: Path) -> None:
    open_page(page, tmp_path, SOME)
    assert not page.locator(".message").first.is_visible()
    page.emulate_media(media="print")
    assert page.locator(".message").first.is_visible()


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two ``rgb(...)`` colours, after the Web Content Accessibility Guidelines 2."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
