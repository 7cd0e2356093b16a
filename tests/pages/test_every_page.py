"""What holds for every page of every role, over HTTP."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.world import ROLES, build

MOST_QUERIES = 12
# Where somebody practises it is asked first in which space, and whom they play.
FOR_A_SEAT = 2


@pytest.mark.parametrize("role", ROLES)
def test_no_page_asks_the_database_often(db: None, visiting: Any, role: str) -> None:
    world = build()
    visitor = visiting(world.members[role])
    found: dict[str, int] = {}
    most = MOST_QUERIES
    if seat := world.seats.get(role):
        visitor.do(f"/practice/{seat}/enter/")
        most += FOR_A_SEAT
    for path in world.pages[role]:
        # The first opening may be an act of its own: a referral is received by it.
        visitor.see(path)
        answer, asked = visitor.asks(path)
        if answer.status_code != 200 or asked > most:
            found[path] = asked

    assert found == {}


TEMPLATES = sorted((Path(__file__).parents[2] / "pages" / "templates").rglob("*.html"))
# Where a browser may help to fill in who one is oneself.
ABOUT_ONESELF = ("sign_in.html", "activate.html", "signin")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_browser_keeps_nothing_of_what_is_typed(path: Path) -> None:
    """It would write it into its profile, so as to fill in the form again after a crash."""
    if not set(path.parts) & set(ABOUT_ONESELF):
        forms = re.findall("<form[^>]*>", path.read_text())
        assert [form for form in forms if 'autocomplete="off"' not in form] == []
