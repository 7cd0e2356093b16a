import pytest

from agencies.models import Member
from tests.exchange.fhir.partner import Partner


@pytest.fixture
def theirs(receiver: Member) -> Partner:
    """The system of the agency that is asked."""
    return Partner(receiver)


@pytest.fixture
def ours(sender: Member) -> Partner:
    """The system of the agency that asks."""
    return Partner(sender)


@pytest.fixture
def others(stranger: Member) -> Partner:
    """A system of an agency that has nothing to do with it."""
    return Partner(stranger)
