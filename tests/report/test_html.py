"""The audit page as text: one file, nothing from outside, nothing of a program that is markup."""

from __future__ import annotations

import io
import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from collint.findings import Run
from collint.record import replace
from collint.report import write
from collint.report.html_text import excerpt, worded
from collint.report.lanes import CHARACTERS, picture
from collint.report.look import Look, columns
from tests.report.samples import ALL_REDUCE, BARRIER, FINDING, HOSTILE, HOSTILE_RUN, LOOK, NASTY

VOID = {"meta", "input", "line", "rect", "circle"}


class Page(HTMLParser):
    """Collects tags, attributes and text, and complains about tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def html(run: Run, look: Look = LOOK) -> str:
    stream = io.StringIO()
    write(run, "html", stream, look)
    return stream.getvalue()


@pytest.mark.parametrize("run", [HOSTILE_RUN, Run(()), Run((FINDING,)), Run((FINDING,) * 50)])
def test_the_page_is_well_formed_and_stands_alone(run: Run) -> None:
    page = Page(html(run))
    assert page.open == []
    assert {"script", "link", "img", "iframe", "object"} & set(page.tags) == set()
    assert [name for name in page.attributes if name.startswith("on")] == []
    assert all(link.startswith("#") for link in page.links)
    assert "url(" not in html(run) and "@import" not in html(run)


def test_every_link_leads_to_a_place_and_every_place_has_one_name() -> None:
    page = Page(html(Run((FINDING, replace(FINDING, line=9), HOSTILE))))
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert [name for name, number in Counter(page.ids).items() if number > 1] == []


def test_text_of_a_program_stays_text() -> None:
    text = html(HOSTILE_RUN)
    assert "</script>" not in text and "<b>|a|b|" not in text
    assert "\u202e" not in text and "\x1b" not in text
    assert "</script><b>|a|b|" in Page(text).text


def test_few_findings_are_open_and_many_are_folded() -> None:
    assert html(Run((FINDING,))).count("<details open>") == 1
    assert "<details open>" not in html(Run((FINDING,) * 6))


def test_the_page_tells_what_was_suppressed_left_out_and_known() -> None:
    text = " ".join(Page(html(HOSTILE_RUN)).text.split())
    assert "the driver balances it" in text
    assert "Silence about these places means nothing" in text
    assert "0123456789ab" in text


def test_findings_come_by_confidence() -> None:
    run = Run((replace(FINDING, confidence="low"), replace(FINDING, confidence="high", line=9)))
    assert re.findall(r"<h3>(\w+) confidence", html(run)) == ["High", "Low"]


def test_a_clean_page_says_that_silence_has_limits() -> None:
    assert "depends on what was analysed" in html(Run((), stats={"files": 3}))


def test_lanes_align_events_and_show_where_they_part() -> None:
    drawn = picture(FINDING)
    assert drawn is not None
    assert [bridge.meets for bridge in drawn.bridges] == [True, False]
    by_role = {role: [box for box in drawn.boxes if box.role == role] for role in ("same", "apart", "nothing")}
    assert len({box.y for box in by_role["same"]}) == 1
    assert by_role["apart"][0].y == by_role["nothing"][0].y > by_role["same"][0].y
    assert by_role["nothing"][0].lines == ("nothing: they return",)
    assert drawn.words.startswith("ranks where batch.tokens == 0: barrier [dp]")


def test_lanes_hold_whatever_the_names_are() -> None:
    long = replace(ALL_REDUCE, op="x" * 200, via=tuple(f"Class.method_{number}" for number in range(30)))
    side = replace(FINDING.classes[1], when=NASTY * 5, sequence=(BARRIER,) * 40 + (long,))
    drawn = picture(replace(FINDING, classes=(FINDING.classes[0], side)))
    assert drawn is not None
    assert max(columns(line) for box in drawn.boxes for line in box.lines) <= CHARACTERS
    assert all(box.y > 0 and box.y + box.height <= drawn.height for box in drawn.boxes)


def test_no_classes_no_picture() -> None:
    assert picture(replace(FINDING, classes=())) is None
    assert "<svg" not in html(Run((replace(FINDING, classes=()),)))


def test_code_is_marked_and_coloured_and_keeps_its_text() -> None:
    [before, line] = excerpt(["x = 1", "    if a == '</i>':"], 2, 2, 1, (7, 10))
    assert not before.meant and line.meant
    text = Page(f"<p>{line.code}</p>")
    assert text.text == "    if a == '</i>':"
    assert [part.partition("</mark>")[0] for part in line.code.split("<mark>")[1:]] == ["a ="]


def test_words_in_backticks_are_code() -> None:
    assert worded("a `<b>` c") == "a <code>&lt;b&gt;</code> c"
    assert worded("one ` <b>") == "one ` &lt;b&gt;"
