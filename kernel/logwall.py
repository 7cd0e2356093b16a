"""What a line of the log may say: sentences that are known here, and of all else only where it stood."""

import logging
import traceback
from pathlib import PurePath
from types import TracebackType

# Sentences of our own with the places for codes, counts and kinds of faults; and those of the
# servers that tell an operator how they fare. Whatever else is said may quote a person's data.
KNOWN: dict[str, frozenset[str]] = {
    "config.api.errors": frozenset({"%s %s at %s", "%s the database is away"}),
    "edge.waking": frozenset({"The broker is away; the next sweep will find what waits"}),
    "exchange.actions.exporting": frozenset({"An export could not be made: %s"}),
    "notify.delivery": frozenset(
        {
            "Delivery %s will be tried again", "Delivery %s is dead",
            "Nobody takes mail (%s): %d wait",
        }
    ),
    "notify.calls": frozenset({"Call %s is dead", "Call %s: %s"}),
    "audit.sealer": frozenset({"audit: event %s was not written by this service"}),
    "audit.anchors": frozenset({"audit: anchor %s failed: %s"}),
    "audit.tasks": frozenset(
        {
            "audit: restored database; run `safehand audit seal --adopt-restored`",
            "audit: the oldest unsealed event has waited %d s",
        }
    ),
    "kernel.each": frozenset({"%s: %s"}),
    "practice.actions.playing": frozenset({"%s stands still: %s"}),
    "referral.tasks": frozenset({"%s: %s", "The access rows of %s differ from the rule"}),
    "gunicorn.error": frozenset(
        {
            "Starting gunicorn %s", "Listening at: %s (%s)", "Using worker: %s",
            "Booting worker with pid: %s", "Worker exiting (pid: %s)", "Handling signal: %s",
            "Shutting down: %s", "WORKER TIMEOUT (pid:%s)", "Control socket listening at %s",
            "Worker (pid:%s) was sent %s!", "Worker (pid:%s) exited with code %s.",
        }
    ),
}  # fmt: skip
DEEPEST = 4


class OnlyKnown(logging.Formatter):
    """Never the words of an exception: they may quote data. Its kind, and where it was."""

    def format(self, record: logging.LogRecord) -> str:
        known = record.msg in KNOWN.get(record.name, frozenset())
        words = record.getMessage() if known else _place(record.pathname, record.lineno)
        if record.exc_info:
            words += f": {_fault(record.exc_info)}"
        head = f"{self.formatTime(record)} {record.levelname} {record.name}"
        # One line for one event, whatever stands in it.
        return "".join(sign if sign.isprintable() else "?" for sign in f"{head} {words}")


def _fault(
    info: "tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]",
) -> str:
    kind, _, trace = info
    if kind is None:
        return "unknown"
    frames = reversed(traceback.extract_tb(trace)[-DEEPEST:])
    places = " < ".join(_place(frame.filename, frame.lineno or 0) for frame in frames)
    return f"{kind.__name__} at {places}"


def _place(path: str, line: int) -> str:
    return f"{'/'.join(PurePath(path).parts[-2:])}:{line}"
