"""What holds for every page of every role, over HTTP."""

from typing import Any

import pytest

from tests.browser.world import ROLES, build

MOST_QUERIES = 12


@pytest.mark.parametrize("role", ROLES)
def test_no_page_asks_the_database_often(db: None, visiting: Any, role: str) -> None:
    world = build()
    visitor = visiting(world.members[role])
    found: dict[str, int] = {}
    for path in world.pages[role]:
        # The first opening may be an act of its own: a referral is received by it.
        visitor.see(path)
        answer, asked = visitor.asks(path)
        if answer.status_code != 200 or asked > MOST_QUERIES:
            found[path] = asked

    assert found == {}
