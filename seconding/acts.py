"""The acts that take two people: who may ask, who may approve, and for how long that holds."""

import datetime as dt
from dataclasses import dataclass

from agencies.roles import CASEWORK, Role


@dataclass(frozen=True, slots=True)
class Act:
    """`at_home`: the second person is of the asker's own agency."""

    asks: frozenset[Role]
    approves: frozenset[Role]
    decided_within: dt.timedelta
    done_within: dt.timedelta
    at_home: bool = False
    emergency: bool = False


GLASS_IDENTITY = "break_glass.identity"
GLASS_LIFT = "break_glass.lift"
MEMBER_GRANT = "member.grant"
FIGURES_CTDC = "figures.ctdc"

A_WEEK = dt.timedelta(days=7)
# One row an act; what is to be done with the approval stands where the act is done (`use`).
ACTS: dict[str, Act] = {
    GLASS_IDENTITY: Act(
        asks=CASEWORK,
        approves=frozenset({Role.SUPERVISOR}),
        decided_within=dt.timedelta(minutes=10),
        done_within=dt.timedelta(minutes=10),
        at_home=True,
        emergency=True,
    ),
    GLASS_LIFT: Act(
        asks=frozenset({Role.SUPERVISOR, Role.DATA_PROTECTION_OFFICER}),
        approves=frozenset({Role.DATA_PROTECTION_OFFICER}),
        decided_within=A_WEEK,
        done_within=A_WEEK,
    ),
    MEMBER_GRANT: Act(
        asks=frozenset({Role.SYSTEM_ADMIN}),
        approves=frozenset({Role.SYSTEM_ADMIN, Role.DATA_PROTECTION_OFFICER}),
        decided_within=A_WEEK,
        done_within=A_WEEK,
    ),
    FIGURES_CTDC: Act(
        asks=frozenset({Role.COORDINATOR}),
        approves=frozenset({Role.DATA_PROTECTION_OFFICER}),
        decided_within=A_WEEK,
        done_within=A_WEEK,
    ),
}
