"""A land of people whose figures are asked for in every way that there is, by one agency of it.

Four kinds of cells (two kinds of exploitation by two genders) are the smallest parts; kinds, genders and
everybody are totals of them. Each is a stream of its own in the figures.
"""

import csv
import datetime as dt
import io
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from agencies.models import Agency
from agencies.roles import Role
from audit import log
from cases import erasure
from cases.models import Case
from demo import builders as make
from edge.spreadsheet import MARK
from figures import sheets, steps
from figures.actions import releasing
from kernel.groups import DataGroup
from pages import figurewords
from tests.conftest import Client as AtTheApi
from tests.figures import attack
from tests.figures.attack import SMALL, Arrivals, World
from tests.figures.people import DECEMBER, LATER, NOVEMBER, OCTOBER, agencies, people
from tests.pages.conftest import Visitor

KINDS, GENDERS = ("ForcedLabour", "Servitude"), ("Feminine", "Masculine")
PARTS = [(kind, gender) for kind in KINDS for gender in GENDERS]
MONTHS = (OCTOBER, NOVEMBER, DECEMBER)
AGENCIES, OWN = 4, frozenset({0})
# Which cell is which stream: of which parts it is the total.
Cell = tuple[str, str]
STREAMS: dict[Cell, frozenset[int]] = {
    ("stage", "logged"): frozenset(range(len(PARTS))),
    **{("exploitation", kind): frozenset(n for n, part in enumerate(PARTS) if kind in part)
       for kind in KINDS},
    **{("sex", gender): frozenset(n for n, part in enumerate(PARTS) if gender in part)
       for gender in GENDERS},
    **{("exploitation_by_sex", f"{kind}|{gender}"): frozenset({n})
       for n, (kind, gender) in enumerate(PARTS)},
}  # fmt: skip
# What somebody might try who thinks that the service counts on demand.
FILTERS: list[dict[str, str]] = [
    {}, {"region": "BY-BR"}, {"agency": "1"}, {"from": "2026-10-01", "to": "2026-10-02"},
    {"sex": "Feminine"}, {"step": "1"}, {"table": "stage"},
]  # fmt: skip
# A number that was heard: how many people, and how many of them new, of a cell in a period.
Heard = dict[tuple[str, Cell], tuple[int, int]]


@dataclass(slots=True)
class Land:
    """What has truly happened in it, and its members who ask. The agency that attacks is the first."""

    rnd: random.Random
    own: list[Agency] = field(default_factory=list)
    cases: list[list[Case]] = field(default_factory=list)
    arrivals: Arrivals = field(default_factory=list)
    asker: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def begin(cls, rnd: random.Random) -> "Land":
        land = cls(rnd, agencies(AGENCIES))
        land.cases = [[] for _ in land.own]
        boss = make.make_member(agency=land.own[0], role=Role.SUPERVISOR)
        land.asker = {"page": Visitor(boss), "api": AtTheApi(boss), "open": Client()}
        return land

    def world(self) -> World:
        return World(self.arrivals, AGENCIES, chance=self.rnd)

    def month(self, number: int) -> None:
        """People come, of some agencies many and of others a few, and the month is published."""
        on = MONTHS[number]
        grid = [[0] * AGENCIES for _ in PARTS]
        for g, agency in enumerate(self.own):
            for p in range(len(PARTS)):
                grid[p][g] = self.rnd.randint(0, self.rnd.choice((1, 4, 9, 25)))
                self._come(agency, p, grid[p][g], on=on)
        self.arrivals.append(grid)
        made = releasing.make_release(
            month=on, by=log.CLOCK, at=LATER,
            held_back=lambda: steps.held_back(self.rnd.randrange),
        )  # fmt: skip
        assert made

    def _come(self, agency: Agency, part: int, number: int, *, on: dt.date) -> None:
        kind, gender = PARTS[part]
        self.cases[self.own.index(agency)] += people(
            agency, number, on=on, exploitation=[kind], gender=gender
        )

    def correct(self) -> None:
        """Something of another agency's people is written down late: never the attacker's own."""
        g = self.rnd.randrange(1, AGENCIES)
        if not self.cases[g]:
            return
        case = self.rnd.choice(self.cases[g])
        what = self.rnd.choice(["gender", "kind", "late", "erased"])
        if what == "late":
            self._come(self.own[g], self.rnd.randrange(len(PARTS)), 1, on=OCTOBER)
        elif what == "erased":
            self._erase(g, case)
        elif what == "gender":
            case.person.gender = self.rnd.choice(GENDERS)
            case.person.save(update_fields=["gender"])
        else:
            told = {"vic_TypeOfExploitation": [self.rnd.choice(KINDS)]}
            sheets.note([(case.person, {DataGroup.TRAFFICKING: told})])

    def _erase(self, g: int, case: Case) -> None:
        Case.objects.filter(pk=case.pk).update(
            state="closed", closure="goals_met", closed_at=LATER
        )
        two = (
            make.make_member(agency=self.own[g], role=role)
            for role in (Role.DATA_PROTECTION_OFFICER, Role.SUPERVISOR)
        )
        officer, boss = two
        erasure.destroy_person(
            code=case.person.code, because="asked_for", approved_by=officer, by=boss, at=LATER
        )
        self.cases[g].remove(case)

    def periods(self, ways: "Ways") -> list[str]:
        """What can be asked for: the months that were made, and their quarter."""
        months = [f"{month:%Y-%m}" for month in MONTHS[: len(self.arrivals)]]
        whole = len(months) == len(MONTHS) and ways is WAYS
        return [*months, "2026-Q4"] if whole else months


Said = dict[Cell, tuple[int, int]]
ROW = re.compile(r'<th scope="row">([^<]+)</th><td>(\d+)</td><td>(\d+|no new step)</td>')


def _page(land: Land, period: str, words: dict[str, str]) -> Said:
    return _drawn(land.asker["page"].see("/figures/", {"period": period, **words}))


def _open(land: Land, period: str, words: dict[str, str]) -> Said:
    return _drawn(land.asker["open"].get("/figures/open/", {"period": period, **words}))


def _report(land: Land, period: str, words: dict[str, str]) -> Said:
    return _drawn(land.asker["page"].see(f"/figures/{period}/report/", words))


def _drawn(answer: Any) -> Said:
    """The tables of one dimension, as a page shows them in words."""
    found: Said = {}
    for section in answer.content.decode().split('<section class="figure">')[1:]:
        rows = {name: (total, new) for name, total, new in ROW.findall(section)}
        for table, value in STREAMS:
            name = figurewords.words((table,), (value,)) if "|" not in value else ""
            if f'id="of-{table}"' in section and name in rows:
                total, new = rows[name]
                found[table, value] = int(total), int(new) if new.isdecimal() else 0
    return found


def _sheet(land: Land, period: str, words: dict[str, str]) -> Said:
    """The page's file: in words."""
    called = {
        (str(figurewords.TITLES[table]), figurewords.words(_dims(table), tuple(value.split("|")))): (
            table, value,
        )
        for table, value in STREAMS
    }  # fmt: skip
    return _rows(land.asker["page"].see(f"/figures/{period}/file/", words), called)


def _file(land: Land, period: str, words: dict[str, str]) -> Said:
    """The API's file: by codes."""
    answer = land.asker["api"].get(f"figures/{period}/file/", words)
    return _rows(answer, {cell: cell for cell in STREAMS})


def _dims(table: str) -> tuple[str, ...]:
    return tuple(table.split("_by_"))


def _rows(answer: Any, called: dict[tuple[str, str], Cell]) -> Said:
    text = answer.content.decode().removeprefix(MARK)
    return {
        called[table, value]: (int(total), int(new))
        for _, table, value, total, new, *_ in csv.reader(io.StringIO(text))
        if total.isdecimal() and (table, value) in called
    }


def _api(land: Land, period: str, words: dict[str, str]) -> Said:
    found = land.asker["api"].get(f"figures/{period}/", words).json()
    cells = {
        (table["table"], "|".join(line["value"])): (line["total"], line["added"])
        for table in found["tables"] for line in table["lines"]
    }  # fmt: skip
    return {cell: cells[cell] for cell in STREAMS if cell in cells}


Ways = dict[str, Callable[[Land, str, dict[str, str]], Said]]
WAYS: Ways = {
    "page": _page, "open": _open, "report": _report, "sheet": _sheet, "file": _file, "api": _api,
}  # fmt: skip


def counted(land: Land, period: str, _words: dict[str, str]) -> Said:
    """The usual way instead of the service: plain counts up to a month, those under 11 not shown."""
    upto = [f"{month:%Y-%m}" for month in MONTHS].index(period)
    found: Said = {}
    for cell, parts in STREAMS.items():
        each = [
            sum(land.arrivals[m][p][g] for p in parts for g in range(AGENCIES))
            for m in range(upto + 1)
        ]
        if (total := sum(each)) not in SMALL:
            found[cell] = total, each[-1]
    return found


def play(
    land: Land, times: int, *, ways: Ways, memory: Heard, asked: Counter[str]
) -> list[str]:
    """So many sequences of questions; now and then something is corrected between two of them.

    `memory` is all that was heard in earlier ones. What was found out about ten people or fewer.
    """
    found = []
    for _ in range(times):
        now: Heard = {}
        for _ in range(land.rnd.randint(2, 4)):
            if land.rnd.randrange(4) == 0:
                land.correct()
            way, period = land.rnd.choice(sorted(ways)), land.rnd.choice(land.periods(ways))
            words = land.rnd.choice(FILTERS)
            heard = {
                (period, cell): said for cell, said in ways[way](land, period, words).items()
            }
            asked[way] += 1
            # Whoever asks again, elsewhere, otherwise, or after a correction, is told the same.
            again = {key: memory[key] for key in heard if key in memory}
            assert again == {key: heard[key] for key in again}, (way, period, words)
            now |= heard
            memory |= heard
        found += [*differences(now), *certain(land, memory)]
    return found


def totals_of(heard: Heard) -> dict[frozenset[int], dict[int, int]]:
    """How many people of which parts by which month; what is new tells of the month before, too."""
    names = [f"{month:%Y-%m}" for month in MONTHS]
    found: dict[frozenset[int], dict[int, int]] = {}
    for (period, cell), (total, new) in heard.items():
        month = names.index(period) if period in names else len(names) - 1
        told = found.setdefault(STREAMS[cell], {})
        told[month] = total
        if month and period in names:
            told[month - 1] = total - new
    return found


def differences(heard: Heard) -> list[str]:
    """Numbers of which one less the other, or less some others, is ten people or fewer."""
    told = {
        (parts, month): total
        for parts, months in totals_of(heard).items() for month, total in months.items()
    }  # fmt: skip
    found = []
    for (parts, month), total in told.items():
        for (less, before), other in told.items():
            if less <= parts and before <= month and total - other in SMALL:
                found.append(f"{total} - {other}")
        halves = [
            (one, told[rest, month])
            for (half, when), one in told.items()
            if when == month and half < parts and (rest := parts - half, month) in told
        ]
        found += [f"{total} - {a} - {b}" for a, b in halves if total - a - b in SMALL]
    return found


def certain(land: Land, memory: Heard) -> list[str]:
    """A remainder of others' people that is certain to be ten at most, by all that was ever heard."""
    world = land.world()
    wanted = attack.any_remainder(land.rnd, world, OWN)
    try:
        bounds = attack.is_found(
            attack.worlds_behind_answers(world, OWN, totals_of(memory)), wanted
        )
    except attack.Contradiction:
        # What was corrected meanwhile has moved plain counts: nothing is certain any more.
        return []
    return [f"{bounds} of {wanted}"] if bounds else []
