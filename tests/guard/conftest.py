"""The cast of an emergency: who breaks the glass, whose case it is, and who watches over it."""

from dataclasses import dataclass

import pytest

from agencies.models import Member
from agencies.roles import Role
from cases.models import Case
from demo import builders as make


@dataclass(frozen=True, slots=True)
class Cast:
    """`worker` and `boss` own the case; `helper` and `chief` work elsewhere; `officer` and
    `other` are data protection."""

    case: Case
    worker: Member
    boss: Member
    helper: Member
    chief: Member
    officer: Member
    other: Member


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def make_cast() -> Cast:
    land = make.make_agency(is_coordinating=True)
    centre = make.make_agency(type="territorial_centre", district="BY-MI-01")
    shelter = make.make_agency(district="BY-BR-01")
    worker = make.make_member(agency=centre)
    return Cast(
        case=make.make_case(by=worker),
        worker=worker,
        boss=make.make_member(agency=centre, role=Role.SUPERVISOR),
        helper=make.make_member(agency=shelter),
        chief=make.make_member(agency=shelter, role=Role.SUPERVISOR),
        officer=make.make_member(agency=land, role=Role.DATA_PROTECTION_OFFICER),
        other=make.make_member(agency=land, role=Role.DATA_PROTECTION_OFFICER),
    )
