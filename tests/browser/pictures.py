"""Pictures of the main pages for docs/pages.md: `./safehand test tests/browser/pictures.py`.

No test of the suite: it writes docs/pictures/ anew, from the made-up world of the browser tests.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.world import World

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
WIDE, NARROW = {"width": 1100, "height": 760}, {"width": 390, "height": 760}
TALL = {"width": 1100, "height": 1500}
# Name of the picture: whose page, its address, and how it is looked at.
PICTURES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "01-work-list": ("worker", "/", {}),
    "02-case": ("worker", "/cases/{case}/", {}),
    "03-intake": ("worker", "/cases/{fresh}/intake/contact/", {}),
    "04-signs": ("worker", "/screenings/{screening}/", {}),
    "05-consent": ("worker", "/cases/{case}/consent/new/?agency={agency}", {}),
    "06-choose-a-service": ("worker", "/cases/{case}/refer/", {}),
    "07-before-sending": ("worker", "/referrals/{draft}/preview/", {}),
    "08-inbox": ("focal", "/inbox/", {"viewport": NARROW, "language": "be"}),
    "09-trajectory": ("worker", "/cases/{case}/trajectory/", {"color_scheme": "dark"}),
    "10-team": ("boss", "/team/", {"language": "ru"}),
    "11-practice": ("learner", "/practice/{space}/", {"viewport": TALL}),
    "12-network": ("worker", "/board/{question}/", {}),
}


@pytest.mark.parametrize("name", PICTURES)
def test_take(name: str, at_browser: Any, world: World) -> None:
    role, address, look = PICTURES[name]
    member = world.members[role]
    member.language = look.get("language", "en")
    person = at_browser(
        member,
        viewport=look.get("viewport", WIDE),
        color_scheme=look.get("color_scheme", "light"),
    )

    answer = person.page.goto(address.format(**world.codes))

    assert answer.status == 200
    FOLDER.mkdir(exist_ok=True)
    person.page.screenshot(path=FOLDER / f"{name}.png")
