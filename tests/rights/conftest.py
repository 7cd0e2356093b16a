"""People whose time is over: a supervisor, an officer of data protection, closed cases."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from cases.models import Case
from demo import builders as make

YEAR = dt.timedelta(days=366)


@pytest.fixture(autouse=True)
def journals(tmp_path: Path, settings: Any) -> Path:
    settings.TOMBSTONE_FILE = str(tmp_path / "tombstones.jsonl")
    return tmp_path


@pytest.fixture
def boss(sender: Member) -> Member:
    """The supervisor of the sender's agency."""
    return make.make_member(agency=sender.agency, role=Role.SUPERVISOR)


@pytest.fixture
def officer(db: None) -> Member:
    agency = make.make_agency(is_coordinating=True)
    return make.make_member(agency=agency, role=Role.DATA_PROTECTION_OFFICER)


@pytest.fixture
def second_officer(officer: Member) -> Member:
    return make.make_member(agency=officer.agency, role=Role.DATA_PROTECTION_OFFICER)


def long_closed(
    by: Member, *, years: float = 6, closure: str = "goals_met", **person: Any
) -> Case:
    """A case that was closed so many years ago, and registered a year before that."""
    case = make.make_case(by=by, **person)
    return closed(case, years=years, closure=closure)


def closed(case: Case, *, years: float = 6, closure: str = "goals_met") -> Case:
    then = timezone.now() - years * YEAR
    Case.objects.filter(pk=case.pk).update(
        state="closed", closure=closure, closed_at=then, registered_at=then - YEAR,
        opened_at=then - YEAR,
    )  # fmt: skip
    case.refresh_from_db()
    return case
