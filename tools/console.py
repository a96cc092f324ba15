"""What a person at the terminal sees: steps with times, progress, clear errors."""

import shutil
import sys
import threading
import time
from contextlib import contextmanager

START = time.monotonic()
_lock = threading.Lock()
_progress_shown = 0


class Problem(Exception):
    """The work cannot go on; the text says what happened and the way out."""


def elapsed(since=START):
    """Return the time since `since` as 0:07 or 1:02:03."""
    seconds = int(time.monotonic() - since)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    head = f"{hours}:{minutes:02}" if hours else str(minutes)
    return f"{head}:{seconds % 60:02}"


def say(text=""):
    """Print one line at once, with the time since the start before it."""
    global _progress_shown
    with _lock:
        if _progress_shown:
            sys.stdout.write("\r" + " " * _progress_shown + "\r")
            _progress_shown = 0
        sys.stdout.write(f"[{elapsed():>5}] {text}\n" if text else "\n")
        sys.stdout.flush()


def progress(text):
    """Show a passing state on the last line; only where a person is looking."""
    global _progress_shown
    if not sys.stdout.isatty():
        return
    with _lock:
        text = text[: shutil.get_terminal_size().columns - 1]
        sys.stdout.write("\r" + text.ljust(_progress_shown))
        sys.stdout.flush()
        _progress_shown = len(text)


@contextmanager
def step(text):
    """Say what is being done, and when it is done how long it took."""
    say(f"{text} …")
    since = time.monotonic()
    yield
    say(f"{text}: done in {elapsed(since)}")


class Percent:
    """Progress of a long transfer: a live line, or one now and then in a log."""

    def __init__(self, what):
        self.what = what
        self.since = self.told = time.monotonic()

    def show(self, percent):
        """Tell that `percent` of it is there, and how long the rest may take."""
        now = time.monotonic()
        rest = (now - self.since) / max(percent, 0.1) * (100 - percent)
        line = f"{self.what}: {percent:.0f} %" + f", {rest:.0f} s left" * (percent > 2)
        progress(line)
        if not sys.stdout.isatty() and now - self.told > 5:
            self.told = now
            say(line)
