"""Tells on stderr what a long run is doing, when a person sits at a terminal. Findings are not written here."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

QUIET_SECONDS = 2.0
"""A run that is over by then shows nothing."""


@contextmanager
def watched() -> Iterator[Callable[[str], None]]:
    """A function to be told each step; a terminal shows the current one after a while, and is wiped at the end."""
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    line = _Line()
    timer = threading.Timer(QUIET_SECONDS, line.appear)
    timer.daemon = True
    timer.start()
    try:
        yield line.tell
    finally:
        timer.cancel()
        line.wipe()


class _Line:
    """One line of the terminal, written over again and again."""

    def __init__(self) -> None:
        self.text = ""
        self.is_shown = False
        self.lock = threading.Lock()

    def tell(self, step: str) -> None:
        with self.lock:
            self.text = f"collint: {step} ..."
            self._show()

    def appear(self) -> None:
        with self.lock:
            self.is_shown = True
            self._show()

    def wipe(self) -> None:
        with self.lock:
            if self.is_shown:
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()
            self.is_shown = False

    def _show(self) -> None:
        if self.is_shown and self.text:
            sys.stderr.write(f"\r\x1b[K{self.text}")
            sys.stderr.flush()
