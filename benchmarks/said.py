"""The lines of docs/performance.md about what is written: each part's figures beside their targets."""

from collections.abc import Callable, Iterator
from typing import Any

Part = dict[str, Any]
# Of each part: what is compared, what it should be, and how it is said.
ROWS: dict[str, tuple[tuple[str, str, Callable[[Part], str]], ...]] = {
    "sending": (
        (
            "sending a referral, 16 at once, beside a bare row",
            "4x",
            lambda p: (
                f"{p['fast_disk']['ratio']}x ({p['fast_disk']['send']['rate']:,.0f}/s,"
                f" {p['fast_disk']['bare']['rate']:,.0f}/s)"
            ),
        ),
        (
            "the same, a flush of 2 ms simulated",
            "2x",
            lambda p: f"{p['flush_2ms']['ratio']}x ({p['flush_2ms']['send']['rate']:,.0f}/s)",
        ),
        (
            "without the row policies, beside a bare row",
            "",
            lambda p: f"{p['fast_disk']['unwalled_ratio']}x",
        ),
        (
            "only its rows, nothing asked, beside a bare row",
            "",
            lambda p: f"{p['fast_disk']['rows_ratio']}x",
        ),
        ("statements of one send", "", lambda p: str(p["statements"])),
        (
            "seen waiting for another's lock",
            "0",
            lambda p: f"{p['waits']['ours']['waiting']} of {p['waits']['ours']['looks']:,}",
        ),
        (
            "control: one chain that all share",
            "",
            lambda p: (
                f"{p['waits']['one_chain']['waiting']:,} of {p['waits']['one_chain']['looks']:,}"
            ),
        ),
    ),
    "sealing": (
        (
            "sealing, beside 16 who write events and nothing else",
            "10x",
            lambda p: f"{p['ratio']}x ({p['sealed']:,}/s, {p['written']:,}/s)",
        ),
        (
            "events missed while 16 write",
            "0",
            lambda p: f"{p['beside_writers']['missed']} of {p['beside_writers']['events']:,}",
        ),
        (
            "control: missed by a cursor of numbers",
            "",
            lambda p: str(p["beside_writers"]["missed_by_number"]),
        ),
        (
            "an event waits for its seal, p50 and p99",
            "1 s",
            lambda p: (
                f"{p['beside_writers']['lag_p50']:.2f} s, {p['beside_writers']['lag_p99']:.2f} s"
            ),
        ),
    ),
    "reading": (
        (
            "a logged read beside the same unlogged, in commits of one row",
            "1.5",
            lambda p: (
                f"{p['more_in_commits']} ({p['audited']['median']:.2f} ms,"
                f" {p['unaudited']['median']:.2f} ms)"
            ),
        ),
        ("commits of a logged read", "1", lambda p: f"{p['audited']['commits']:g}"),
    ),
    "delivering": (
        (
            "notices relayed, beside tasks that do nothing",
            "10x",
            lambda p: f"{p['batched_ratio']}x ({p['batched']:,}/s, {p['nothing']:,}/s)",
        ),
        (
            "a task for each notice, beside tasks that do nothing",
            "0.6x",
            lambda p: f"{p['one_by_one_ratio']}x",
        ),
    ),
    "opening": (
        (
            "opening the identities of a page of 50",
            "0.5 ms of CPU",
            lambda p: (
                f"{p['identity_ms']:.2f} ms (one look-up by key: {p['by_key_ms']:.2f} ms)"
            ),
        ),
    ),
    "memory": (
        (
            "a web worker, beside a bare Django process",
            "1.3x",
            lambda p: _weight(p, "web", "web_bare"),
        ),
        (
            "control: nothing shared before the fork",
            "",
            lambda p: _weight(p, "web_not_shared", "web_bare"),
        ),
        ("what 5,000 requests more add to it", "5 %", lambda p: _growth(p["web"])),
        (
            "a worker of tasks, beside a bare one of Celery",
            "1.3x",
            lambda p: _weight(p, "task", "task_bare"),
        ),
        ("what 5,000 tasks more add to it", "5 %", lambda p: _growth(p["task"])),
    ),
    "importing": (
        (
            "cases of a file written, each in a commit of its own, beside COPY of the same rows",
            "",
            lambda p: f"1 : {p['ratio']:g} ({p['written']:,}/s, {p['copied']:,}/s)",
        ),
        ("statements of one case of a file", "", lambda p: str(p["statements"])),
        ("cases of a file looked at", "", lambda p: f"{p['looked_at']:,}/s"),
    ),
    "figures": (
        (
            "the first figures of all people, beside plain counts of the same tables",
            "",
            lambda p: f"{p['ratio']:g}x ({p['people']:,} people in {p['first_s']:g} s)",
        ),
        ("those of the month after", "", lambda p: f"{p['usual_s']:g} s"),
    ),
    "practising": (
        (
            "a space for practice set up, with what happened before",
            "",
            lambda p: _deed(p["set_up"]),
        ),
        ("a turn of the others in it", "", lambda p: _deed(p["turn"])),
        (
            "a day of its clock",
            "",
            lambda p: f"{_deed(p['day'])}; of it what clocks do: {p['day_sweeps']['ms']:g} ms",
        ),
        (
            "all of it wiped",
            "",
            lambda p: f"{_deed(p['wiped'])}; {p['rows']['number']:g} rows",
        ),
    ),
    "duplicates": (
        (
            "looking for duplicates, beside a look-up by key",
            "15x",
            lambda p: f"{p['ratio']}x ({p['search']['median']:.2f} ms)",
        ),
        ("found with one slip in a name", "95 %", lambda p: f"{p['recall']:.1%}"),
        ("what its tokens take, each person", "", lambda p: f"{p['bytes_each']:,} bytes"),
    ),
}


def _deed(part: Part) -> str:
    return f"{part['ms']:g} ms, {part['number']:g} statements"


def _weight(part: Part, name: str, beside: str) -> str:
    ours, bare = part[name]["after"], part[beside]["after"]
    return f"{ours / bare:.2f}x ({ours / 2**20:.0f} MB, {bare / 2**20:.0f} MB)"


def _growth(process: dict[str, int]) -> str:
    return f"{process['after'] / process['first'] - 1:.1%}"


EVENT = "INSERT INTO audit_auditevent"


def _beside_sends(run: dict[str, Any]) -> str:
    """The sealer beside what sixteen who send referrals write into the log; of two parts of a run."""
    events = sum(each["words"].startswith(EVENT) for each in run["sending"]["profile"])
    written = run["sending"]["fast_disk"]["send"]["rate"] * events
    return f"{run['sealing']['sealed'] / written:.1f}x ({written:,.0f} events/s)"


def lines(run: dict[str, Any]) -> Iterator[str]:
    """A table of the parts that were measured; nothing where none was."""
    measured = [name for name in ROWS if name in run]
    if not measured:
        return
    yield "\n| what is written, told, found | target | measured |\n| --- | --- | --- |"
    for name in measured:
        for words, target, told in ROWS[name]:
            yield f"| {words} | {target} | {told(run[name])} |"
    if {"sending", "sealing"} <= run.keys():
        yield f"| sealing, beside 16 who send referrals | 10x | {_beside_sends(run)} |"
