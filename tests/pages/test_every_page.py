"""What holds for every page of every role, over HTTP."""

from typing import Any

import pytest
from django.urls import resolve

from tests.browser.world import ROLES, build

MOST_QUERIES = 12
# This still asks more often, and no more than that; nothing is added here.
STILL_MORE = {"referral_preview": 13}


@pytest.mark.parametrize("role", ROLES)
def test_no_page_asks_the_database_often(db: None, visiting: Any, role: str) -> None:
    world = build()
    visitor = visiting(world.members[role])
    found: dict[str, int] = {}
    for path in world.pages[role]:
        # The first opening may be an act of its own: a referral is received by it.
        visitor.see(path)
        answer, asked = visitor.asks(path)
        name = resolve(path.split("?")[0]).url_name or ""
        if answer.status_code != 200 or asked > STILL_MORE.get(name, MOST_QUERIES):
            found[path] = asked

    assert found == {}
