from typing import Any

import pytest

from exchange import codes
from exchange.sheets.lists import Lists


@pytest.fixture(scope="session")
def lists(django_db_setup: None, django_db_blocker: Any) -> Lists:
    """The service's own code lists, as a file is read by them."""
    with django_db_blocker.unblock():
        return codes.all_lists()
