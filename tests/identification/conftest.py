"""An authority that decides, and a case on its way to its desk."""

import pytest

from agencies.models import Agency, Member
from cases.models import Case
from demo import builders as make


@pytest.fixture
def authority(db: None) -> Agency:
    return make.make_authority()


@pytest.fixture
def officer(authority: Agency) -> Member:
    return make.make_officer(authority=authority)


@pytest.fixture
def case(sender: Member) -> Case:
    return make.make_case(by=sender)


@pytest.fixture
def submitted(case: Case, sender: Member, authority: Agency, officer: Member) -> Case:
    make.make_submitted(case=case, by=sender, authority=authority)
    return case
