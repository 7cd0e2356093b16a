"""How long after each harm the service was back: by the first answer, mail or call after it."""

import bisect
import datetime as dt
import statistics
from collections.abc import Iterable
from typing import Any

from benchmarks.chaos.notes import Act
from notify.calls import LONGEST_REST
from notify.models import Call, Delivery

# An address that failed is left alone for a while, at most for so long.
TARGETS = {"web": 90, "mail": 90, "calls": 90 + LONGEST_REST.total_seconds()}
OUTAGE_SECONDS = 300


class Firsts:
    """Of pairs (begun, ended): when the first ends that begins after a moment."""

    def __init__(self, pairs: Iterable[tuple[float, float]]) -> None:
        self.pairs = sorted(pairs)
        # The earliest end among all that begin as late, from behind.
        self.ends: list[float] = []
        for _, ended in reversed(self.pairs):
            self.ends.append(min(ended, self.ends[-1]) if self.ends else ended)
        self.ends.reverse()

    def after(self, moment: float) -> float | None:
        n = bisect.bisect_left(self.pairs, (moment, 0.0))
        return self.ends[n] if n < len(self.pairs) else None


def measured(harms: list[dict[str, Any]], acts: list[Act]) -> dict[str, Any]:
    """By kind of harm: how many, and the seconds until the service was back, after its end."""
    delivered = [
        (begun.timestamp(), done.timestamp())
        for begun, done in Delivery.objects.filter(channel="email", state="done").values_list(
            "event__happened_at", "done_at"
        )
        # What was sent before it happened is of a moment when the clock was wrong, and tells of none.
        if done is not None and done >= begun
    ]
    called = Call.objects.filter(state="done", announcement__isnull=False)
    firsts = {
        "calls": Firsts(
            (begun.timestamp(), done.timestamp())
            for begun, done in called.values_list("announcement__at", "done_at")
            if done is not None and done >= begun
        ),
        "web": Firsts((act.began, act.answered) for act in acts if act.done),
        "mail": Firsts(delivered),
    }
    kinds: dict[str, list[float]] = {}
    slowest = dict.fromkeys(firsts, 0.0)
    unseen = 0
    for harm in harms:
        if harm["hits"] in firsts:
            # What lasts is over only at its end.
            back = firsts[harm["hits"]].after(harm["until"])
            # Nothing was asked for after the last harm.
            unseen += back is None
            if back is not None:
                took = back - harm["until"]
                kinds.setdefault(harm["name"], []).append(took)
                slowest[harm["hits"]] = max(slowest[harm["hits"]], round(took, 1))
    return {
        "harms": {name: _spread(took) for name, took in sorted(kinds.items())},
        "harms without anything after them": unseen,
        "slowest": slowest,
        "mail lag": _lag(delivered),
    }


def outage(harms: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The mail that fell into an outage, and how long after its end the last of it was there."""
    told = next((harm for harm in harms if harm["hits"] == "outage"), None)
    if told is None:
        return None
    begun, ended = (dt.datetime.fromtimestamp(told[end], dt.UTC) for end in ("at", "until"))
    hit = Delivery.objects.filter(
        channel="email", event__happened_at__gte=begun, event__happened_at__lt=ended
    )
    waited = [
        (done - ended).total_seconds()
        for done in hit.filter(state="done").values_list("done_at", flat=True)
        if done is not None
    ]
    return {
        "minutes": round((ended - begun).total_seconds() / 60, 1), "mails": hit.count(),
        "not delivered": hit.exclude(state="done").count(),
        "last after its end, seconds": round(max(waited, default=0.0), 1),
    }  # fmt: skip


def _spread(took: list[float]) -> dict[str, Any]:
    return {
        "times": len(took), "median": round(statistics.median(took), 2),
        "most": round(max(took), 2),
    }  # fmt: skip


def _lag(pairs: list[tuple[float, float]]) -> dict[str, float]:
    """From the event to the mail server's yes, over the whole run with all its harms."""
    took = sorted(done - begun for begun, done in pairs) or [0.0]
    parts = {"median": 0.5, "95 %": 0.95, "99 %": 0.99}
    found = {name: round(took[int(len(took) * part)], 2) for name, part in parts.items()}
    return found | {"most": round(took[-1], 2)}
