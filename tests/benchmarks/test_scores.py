"""The figures of the scoreboard follow from labelled places, and a loss against the last run is told."""

from __future__ import annotations

from benchmarks.scoring.recorded import Recorded, losses, recorded
from benchmarks.scoring.scores import CLASS, FILE, LINE, NOTHING, Item, Result, Score, by_subject, score, total
from benchmarks.scoring.sections import Section
from benchmarks.scoring.tables import skipped, summary

FOUND = (
    Item("a", "COL101", True, CLASS, CLASS),
    Item("b", "COL101", True, LINE, LINE),
    Item("c", "COL103", True, FILE, LINE),
    Item("d", "COL103", True, NOTHING, NOTHING),
    Item("e", "COL103", False, LINE, LINE),
    Item("f", "COL101", False, NOTHING, LINE),
)


def test_a_place_counts_at_its_level_and_at_those_below() -> None:
    assert score(FOUND) == Score(wanted=4, file=3, line=2, kind=1, quiet=3, silent=2, alarms=1)


def test_precision_is_over_labelled_places_and_recall_over_mistakes() -> None:
    counts = score(FOUND)
    assert (counts.precision, counts.recall) == (2 / 3, 1 / 2)
    assert counts.f1 == 2 * (2 / 3) * (1 / 2) / (2 / 3 + 1 / 2)


def test_a_fraction_of_nothing_is_none() -> None:
    assert (Score().precision, Score().recall, Score().f1, Score().noise_rate) == (None, None, None, None)
    assert Score(wanted=3, line=3).f1 is None  # without places that must stay silent precision says nothing
    assert Score(wanted=3, silent=3).f1 == 0.0


def test_noise_is_per_thousand_lines() -> None:
    assert Score(noise=3, lines=1500).noise_rate == 2.0


def test_subjects_add_up_to_the_total() -> None:
    result = Result(FOUND)
    parts = by_subject(result)
    assert list(parts) == ["COL101", "COL103"]
    assert total(result) == parts["COL101"] + parts["COL103"]
    assert total(Result(FOUND, noise=2, lines=10)) == total(result) + Score(noise=2, lines=10)


def run(*items: Item, noise: int = 0, lines: int = 1000) -> Recorded:
    return recorded([Section("places", {"collint": Result(items, noise, lines)})], {})


def test_a_place_that_was_found_more_closely_is_a_loss() -> None:
    assert list(losses(run(Item("a", "s", True, CLASS, CLASS)), run(Item("a", "s", True, LINE, LINE)))) == [
        "places: a was found by its class, now at its lines"
    ]
    assert list(losses(run(Item("a", "s", True, FILE, CLASS)), run(Item("a", "s", True, FILE, FILE)))) == [
        "places: a was found by its class at low confidence, now in its file"
    ]


def test_a_new_alarm_is_a_loss() -> None:
    assert list(losses(run(Item("a", "s", False, NOTHING)), run(Item("a", "s", False, LINE)))) == [
        "places: a must be silent and was, now there is an alarm"
    ]


def test_more_noise_is_a_loss_beyond_a_tenth() -> None:
    assert list(losses(run(noise=100), run(noise=109))) == []
    assert list(losses(run(noise=100), run(noise=112))) == ["places: noise grew by 12 findings"]
    assert list(losses(run(noise=1), run(noise=3))) == []


def test_what_is_better_new_or_gone_is_no_loss() -> None:
    before = run(Item("a", "s", True, LINE, LINE), Item("gone", "s", True, CLASS, CLASS), Item("f", "s", False, LINE))
    after = run(Item("a", "s", True, CLASS, CLASS), Item("new", "s", True, NOTHING), Item("f", "s", False, NOTHING))
    assert list(losses(before, after)) == []


def test_a_part_that_was_skipped_is_not_compared_and_says_so() -> None:
    section = Section("places", skipped="no wheel of lib 1.0\nmore")
    without = recorded([section], {})
    assert list(losses(run(Item("a", "s", True, LINE, LINE)), without)) == []
    assert list(skipped(without)) == ["places: no wheel of lib 1.0"]
    assert "skipped: no wheel of lib 1.0" in summary(without)[-1]


def test_the_table_says_of_how_many() -> None:
    lines = summary(run(*FOUND, noise=1, lines=2000))
    assert lines[-1] == (
        "| places | collint | 4 | 3 (75%) | 2 (50%) | 1 (25%) | 3 (75%) | 1 of 2 | 67% | 57% | 0.500 |"
    )
