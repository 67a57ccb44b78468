"""Work that several processes share: what one process answers, in the same order, whatever becomes of the others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from collint import pieces
from collint.building import link
from collint.config import Settings
from collint.findings import Finding
from collint.judging import judged
from collint.processes import Work, shared
from collint.sources import Sources, on_disk

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fixtures"
FOLDERS = ["COL101", "COL102", "COL107", "COL301", "COL401", "COL501"]
EVERYTHING = Settings(select=("ALL",), min_confidence="low")

needs_forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks")


def run(body: str) -> list[object]:
    """What a program prints that shares work: threads of a test runner forbid forks in this process."""
    program = "import os, json\nfrom collint.processes import Work, shared\n" + textwrap.dedent(body)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    answer: list[object] = json.loads(done.stdout)
    return answer


@needs_forks
@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_every_piece_is_answered_once_in_order(jobs: int) -> None:
    answers, processes = run(f"""
        import time
        def piece(number):
            time.sleep(0.01)
            done.append(number)
            return bytes([number])
        done = []
        answers, rests = shared(Work(20, piece, lambda: json.dumps(done).encode()), {jobs})
        print(json.dumps([list(b"".join(answers)), [json.loads(rest) for rest in rests]]))
    """)
    assert answers == list(range(20))
    assert isinstance(processes, list)
    assert sorted(number for done in processes for number in done) == list(range(20))
    assert len(processes) == jobs


@needs_forks
def test_what_a_fork_does_not_bring_back_is_done_here() -> None:
    answers, done_here = run("""
        import time
        parent = os.getpid()
        def piece(number):
            time.sleep(0.01)
            if os.getpid() != parent:
                os.kill(os.getpid(), 9)
            done.append(number)
            return bytes([number])
        done = []
        answers, rests = shared(Work(8, piece, lambda: b"rest"), 2)
        print(json.dumps([list(b"".join(answers)), sorted(done)]))
    """)
    assert answers == done_here == list(range(8))


@needs_forks
def test_a_fork_ends_with_its_parent() -> None:
    (done,) = run("""
        import signal, time
        read, write = os.pipe()
        top = os.getpid()
        if not os.fork():
            parent = os.getpid()
            def piece(number):
                if os.getpid() == parent:
                    os.kill(parent, signal.SIGKILL)
                time.sleep(0.2)
                os.write(write, b".")
                return b""
            shared(Work(50, piece, lambda: b""), 2)
        os.close(write)
        done = b""
        while more := os.read(read, 100):  # ends when the last process that could write has ended
            done += more
        print(json.dumps([len(done)]))
    """)
    assert isinstance(done, int)
    assert done <= 2


@needs_forks
def test_an_error_is_the_one_that_a_single_process_would_raise() -> None:
    (text,) = run("""
        def piece(number):
            if number == 7:
                raise ValueError("piece 7")
            return b""
        try:
            shared(Work(8, piece, lambda: b""), 2)
        except ValueError as error:
            print(json.dumps([str(error)]))
    """)
    assert text == "piece 7"


@pytest.fixture(scope="module")
def sources() -> Sources:
    """Many programs as one project, enough for a second process to pay."""
    every = on_disk(FIXTURES, (FIXTURES,), EVERYTHING)
    return Sources({path: file for path, file in every.files.items() if path.partition("/")[0] in FOLDERS})


def done_backwards(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pieces each work has that is divided from here on; its pieces are done from the last to the first."""
    divided: list[int] = []

    def backwards(work: Work, jobs: int) -> tuple[list[bytes], list[bytes]]:
        divided.append(work.count)
        answers = {number: work.piece(number) for number in reversed(range(work.count))}
        return [answers[number] for number in range(work.count)], [work.rest()]

    monkeypatch.setattr(pieces, "shared", backwards)
    return divided


@pytest.mark.parametrize("files", [None, 40])
def test_pieces_find_what_the_whole_finds(sources: Sources, monkeypatch: pytest.MonkeyPatch, files: int | None) -> None:
    about = None if files is None else frozenset(sorted(sources.files)[:files])

    def asked(jobs: int) -> list[Finding]:
        context, _, _ = link(sources, EVERYTHING, asked=about)
        assert len(context.reaching) >= pieces.WORTH_SHARING
        settings = Settings(select=("ALL",), min_confidence="low", jobs=jobs)
        return sorted(judged(context, settings)[0], key=lambda finding: (finding.sort_key, repr(finding)))

    whole = asked(1)
    divided = done_backwards(monkeypatch)
    assert asked(2) == whole
    assert divided[0] > 10


@pytest.mark.parametrize("count", [2, pieces.FEW])
def test_what_is_found_in_a_few_files_is_what_the_whole_finds_there(
    sources: Sources, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    settings = Settings(select=("ALL",), min_confidence="low", jobs=1)
    context, _, _ = link(sources, EVERYTHING)
    whole = judged(context, settings)[0]
    about = frozenset(sorted({finding.path for finding in whole[::7]})[:count])
    divided = done_backwards(monkeypatch)
    monkeypatch.setattr(pieces, "WORTH_SHARING", 1)
    found = judged(link(sources, EVERYTHING, asked=about)[0], settings)[0]
    order = [(finding.sort_key, repr(finding)) for finding in whole if finding.path in about]
    assert sorted((finding.sort_key, repr(finding)) for finding in found) == sorted(order)
    assert len({finding.path for finding in found}) == count
    assert divided[0] % count == 0 and divided[0] > 10 * count


@needs_forks
def test_two_processes_write_the_bytes_of_one(sources: Sources, tmp_path: Path) -> None:
    for path, file in sources.files.items():
        (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / path).write_text(file.text, encoding="utf-8")

    def report(jobs: int) -> bytes:
        command = [sys.executable, "-m", "collint", "check", "--isolated", "--no-cache", "--jobs", str(jobs)]
        options = ["--select", "ALL", "--min-confidence", "low", "--output-format", "json", "."]
        where = {"cwd": tmp_path / "tree", "env": {**os.environ, "PYTHONPATH": str(ROOT)}}
        done = subprocess.run([*command, *options], capture_output=True, check=False, **where)
        assert done.returncode == 1, done.stderr
        return done.stdout

    assert report(2) == report(1)


def test_one_process_where_nothing_can_be_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork", raising=False)
    piece: Callable[[int], bytes] = lambda number: bytes([number])  # noqa: E731
    assert shared(Work(3, piece, lambda: b"."), 4) == ([b"\0", b"\1", b"\2"], [b"."])


@needs_forks
def test_files_are_read_by_several_processes_as_by_one() -> None:
    same, here, every = run(f"""
        import time
        from pathlib import Path
        from collint.project import reading
        reading.FILES, reading.WORTH_SHARING = 3, 1
        texts = {{str(path): path.read_text() for path in sorted(Path({str(FIXTURES)!r}, "COL101").rglob("*.py"))[:40]}}
        texts["broken.py"] = "def broken(:"
        texts["deep.py"] = "x = " + "f(" * 70 + ")" * 70
        digests = {{path: text.encode() for path, text in texts.items()}}
        read, done = reading.index_module, []
        def reading_slowly(source, path, *named):
            time.sleep(0.01)
            done.append(path)
            return read(source, path, *named)
        one = reading.index_files(digests, texts.__getitem__)
        reading.index_module = reading_slowly
        two = reading.index_files(digests, texts.__getitem__, None, 2)
        print(json.dumps([one == two, len(done), len(texts)]))
    """)
    assert same is True
    assert isinstance(here, int)
    assert isinstance(every, int)
    assert 0 < here < every


@needs_forks
def test_what_processes_have_read_is_kept(tmp_path: Path) -> None:
    kept, read_again = run(f"""
        from pathlib import Path
        from collint.cache import Shelf
        from collint.project import reading
        reading.FILES, reading.WORTH_SHARING = 3, 1
        texts = {{f"m{{n}}.py": f"def f{{n}}(x):\\n    return x.g{{n}}()\\n" for n in range(20)}}
        digests = {{path: text.encode() for path, text in texts.items()}}
        file = Path({str(tmp_path)!r}, "facts")
        shelf = Shelf(file, b"i" * 32)
        found = reading.index_files(digests, texts.__getitem__, shelf, 2)
        shelf.save()
        def never(*given):
            raise AssertionError(given)
        reading.index_module = never
        again = reading.index_files(digests, texts.__getitem__, Shelf(file, b"i" * 32), 2)
        print(json.dumps([len(found), again == found]))
    """)
    assert (kept, read_again) == (20, True)
