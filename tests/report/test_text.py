"""What a person sees. The first test is the picture; the others say what keeps it readable."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from click import unstyle

from collint.findings import Because, Event, Finding, RankClass, Run
from collint.record import replace
from collint.report import write
from collint.report.look import Look, clamp_width, columns, wants_colour
from collint.report.sequences import first_difference
from tests.report.samples import BARRIER, FINDING, LINES, RUN

BARE = replace(FINDING, because=(), classes=(), varies_over=(), collectives=())


def shown(finding: Finding, lines: Sequence[str] = LINES, output_format: str = "full", **look: object) -> str:
    stream = io.StringIO()
    write(Run((finding,)), output_format, stream, Look(lambda path: lines, **look))  # type: ignore[arg-type]
    return stream.getvalue()


def test_a_full_finding_tells_the_whole_story() -> None:
    expected = """\
COL102 divergent-exit  [dp]  high confidence
  --> serve/worker/runner.py:4:12

  ranks where `batch.tokens == 0` return here and issue nothing on dp;
  their peers issue all_reduce and wait.

     differs between ranks
     ::: serve/sched.py:88
     | = `tokens` counts what this rank's own scheduler gave out
     : it arrives here as `batch`  line 3
     |
     decides in Runner.step
   4 | if batch.tokens == 0:
     |    ^^^^^^^^^^^^^^^^^
     | = varies over dp

  so the ranks part ways on dp
    ranks where batch.tokens == 0                  | ranks where not batch.tokens == 0
     1 barrier  line 2                             |  1 barrier  line 2
  >  2 nothing: they return                        |  2 all_reduce  sync.py:7
                                                   |    through Runner.step -> agree -> _run

  also  all_gather [ep]  serve/moe.py:182
  help  let empty ranks contribute a neutral value, or agree on the exit over dp first
  note  unless the caller compensates
"""
    assert expected == shown(FINDING)


def test_colours_change_nothing_but_colours() -> None:
    coloured = shown(FINDING, colour=True)
    assert coloured != shown(FINDING)
    assert unstyle(coloured) == shown(FINDING)


def test_concise_is_one_line_that_editors_can_follow() -> None:
    expected = (
        "serve/worker/runner.py:4:12: COL102 divergent-exit  [dp]  high: ranks where `batch.tokens == 0` return here "
        "and issue nothing on dp; their peers issue all_reduce and wait.\n"
    )
    assert expected == shown(FINDING, output_format="concise")


def test_findings_are_sorted_whatever_order_they_come_in() -> None:
    stream = io.StringIO()
    write(RUN, "concise", stream, Look())
    assert [line.split(":")[1] for line in stream.getvalue().splitlines()] == ["4", "9"]


@pytest.mark.parametrize("width", [80, 100])
def test_lines_are_folded(width: int) -> None:
    long = "a long explanation of what happens " * 8
    chain = tuple(f"Module{number}.some_function" for number in range(9))
    side = RankClass(long, (replace(BARRIER, via=chain),), long)
    text = shown(replace(FINDING, message=long, help=long, classes=(side, FINDING.classes[0])), width=width)
    assert max(columns(line) for line in text.splitlines()) <= width
    assert text.count("some_function") == len(chain)


def test_a_finding_without_extras_has_no_empty_sections() -> None:
    bare = replace(FINDING, groups=(), because=(), classes=(), collectives=(), help="", notes=(), function="")
    text = shown(bare, lines=())
    assert "[" not in text.splitlines()[0]
    assert text.endswith("at module level\n    | = varies over dp\n")


def test_escape_sequences_in_source_reach_no_terminal() -> None:
    line = "        if batch.tokens\x1b[2J == 0: # \u202e\x07"
    text = shown(replace(FINDING, predicate="\x1b", message="bad \x1b[31m name\x85"), lines=["", "", "", line])
    assert all(character.isprintable() for character in text.replace("\n", ""))
    assert "\\x1b[2J" in text and "\\u202e" in text and "bad \\x1b[31m name" in text


@pytest.mark.parametrize(
    ("line", "column", "end_column", "source", "carets"),
    [
        ("if x:", 4, 5, "if x:", "   ^"),
        ("\tif x:", 5, 6, "if x:", "   ^"),
        ("if '\t' == x:", 12, 13, "if '    ' == x:", "              ^"),
        ("if '世界' == x:", 12, 13, "if '世界' == x:", "             ^"),
        ("if x:", 4, 40, "if x:", "   ^^"),
        ("if x", 9, 10, "if x", "    ^"),
    ],
)
def test_carets_stand_below_what_they_mean(line: str, column: int, end_column: int, source: str, carets: str) -> None:
    finding = replace(BARE, line=1, end_line=1, column=column, end_column=end_column)
    shown_lines = [text.partition("| ")[2] for text in shown(finding, lines=[line]).splitlines() if "| " in text]
    assert shown_lines == [source, carets]


def test_a_range_over_several_lines_is_underlined_on_each() -> None:
    lines = ["if (", "    a == 0", "    and b", "):"]
    text = shown(replace(BARE, line=1, end_line=4, column=4, end_column=2), lines=lines)
    assert [line for line in text.splitlines() if "^" in line] == [
        "    |    ^",
        "    |     ^^^^^^",
        "    |     ^^^^^",
        "    | ^",
    ]


def test_a_long_range_is_cut() -> None:
    text = shown(replace(BARE, line=1, end_line=40, column=1, end_column=2), lines=["x"] * 50)
    assert text.count("| x") == 4
    assert "... to line 40" in text


def test_the_predicate_stays_in_sight_on_a_very_long_line() -> None:
    line = "f(" + "a, " * 100 + "if_this_holds" + ", b" * 100 + ")"
    text = shown(replace(BARE, line=1, end_line=1, column=303, end_column=316), lines=[line])
    source, carets = (text.partition("| ")[2] for text in text.splitlines() if "| " in text)
    assert source.index("if_this_holds") == carets.index("^")
    assert source.startswith("... ") and source.endswith(" ...")
    assert carets.count("^") == len("if_this_holds")


def test_a_long_common_beginning_is_counted() -> None:
    same = tuple(replace(BARRIER, line=number) for number in range(1, 8))
    sides = (RankClass("p", same, "they return"), RankClass("not p", (*same, BARRIER), ""))
    text = shown(replace(FINDING, classes=sides))
    assert text.count("5 equal before") == 1
    assert ">  8 nothing: they return" in text


def test_classes_part_at_the_first_difference() -> None:
    a, b = Event("a", "g", "x.py", 1), Event("b", "g", "x.py", 2)
    assert first_difference([(a, b), (a, a)]) == 1
    assert first_difference([(a,), (a, b)]) == 1
    assert first_difference([(), (a,)]) == 0
    assert first_difference([(a,), (replace(a, group="h"),)]) == 0
    assert first_difference([(a, b), (a, replace(b, line=9))]) == 1  # an argument of the last event differs
    assert first_difference([]) == 0


def test_many_affected_collectives_are_counted() -> None:
    many = tuple(Event("all_reduce", "ep", "x.py", number) for number in range(1, 20))
    assert "and 13 more; --output-format json lists all" in shown(replace(FINDING, collectives=many))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_follow_the_terminal_and_the_environment() -> None:
    assert wants_colour(Terminal(), {})
    assert not wants_colour(io.StringIO(), {})
    assert not wants_colour(Terminal(), {"NO_COLOR": "1", "FORCE_COLOR": "1"})
    assert not wants_colour(Terminal(), {"TERM": "dumb"})
    assert wants_colour(io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": ""})


def test_the_width_is_comfortable() -> None:
    assert [clamp_width(columns) for columns in (20, 90, 300)] == [80, 90, 100]


def test_colours_are_of_the_terminal_and_of_python() -> None:
    text = shown(FINDING, colour=True)
    assert "\x1b[1;31mCOL102\x1b[0m" in text
    assert "\x1b[35mif\x1b[0m batch.tokens == \x1b[36m0\x1b[0m:" in text


def test_steps_from_another_file_name_it_and_show_their_line() -> None:
    text = shown(replace(FINDING, because=(Because("other.py", 2, "what differs"),)))
    assert "::: other.py:2\n  2 | barrier()\n    | = what differs\n" in text


def test_a_step_that_is_the_deciding_line_is_not_told_twice() -> None:
    step = Because(FINDING.path, FINDING.line, "batch.tokens==0")
    assert "differs between ranks" not in shown(replace(FINDING, because=(step,)))


def test_a_long_way_is_cut_in_the_middle() -> None:
    steps = tuple(Because("x.py", number, f"step {number}") for number in range(1, 10))
    text = shown(replace(FINDING, because=steps))
    assert "step 1\n" in text and "step 9  " in text
    assert "3 steps left out" in text and "step 3" not in text


def test_a_note_is_told_once() -> None:
    assert shown(replace(FINDING, message="It waits. Unless told.", notes=("Unless told.",))).count("Unless told.") == 1


def test_groups_are_named_where_events_are_on_several() -> None:
    sides = (RankClass("p", (BARRIER,), ""), RankClass("not p", (replace(BARRIER, group="tp"),), ""))
    text = shown(replace(FINDING, classes=sides))
    assert ">  1 barrier [dp]  line 2" in text and "|  1 barrier [tp]  line 2" in text


def test_long_names_are_cut_where_they_have_joints() -> None:
    side = RankClass("`Some.very_long_dotted_name_of_a_state.THAT_NO_COLUMN_CAN_HOLD`", (BARRIER,), "")
    text = shown(replace(FINDING, classes=(side, FINDING.classes[1])), width=80)
    assert "name_of_a_\n" not in text and max(columns(line) for line in text.splitlines()) <= 80


def test_ranks_that_are_named_need_no_condition() -> None:
    sides = (RankClass("rank 0 of 2", (BARRIER,), ""), RankClass("the other ranks", (), "wait"))
    text = shown(replace(FINDING, classes=sides))
    assert "    rank 0 of 2  " in text and "| the other ranks" in text
    for named in ("a rank of one group", "one rank", "another", "this rank posts less", "its peer posts more"):
        assert RankClass(named, (), "").who == named
    assert RankClass("", (), "").who == "all ranks"
    assert RankClass("one value is missing", (), "").who == "ranks where one value is missing"
    assert RankClass("`rank == 0`", (), "").who == "ranks where `rank == 0`"


def test_what_a_step_says_of_the_deciding_line_stands_below_it() -> None:
    step = Because(FINDING.path, FINDING.line, "batch.tokens is this rank's own count")
    text = shown(replace(FINDING, because=(step,)))
    assert "^\n    | = batch.tokens is this rank's own count\n    | = varies over dp\n" in text
