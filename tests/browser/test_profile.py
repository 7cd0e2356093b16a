"""What a browser keeps on the disk after somebody has worked with it: nothing of a person."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from cases.actions import person
from demo import builders as make
from kernel.groups import DataGroup
from tests.browser.conftest import FLAGS, chromium
from tests.entering import cookie_of

pytestmark = pytest.mark.django_db(transaction=True)
NAME, WORD, LEAK = "Zzaryanka", "Kolibripark", "Pelikanleak"


def kept(folder: Path, word: str) -> list[str]:
    """The files of the profile in which the word stands, as either of two encodings."""
    forms = (word.encode(), word.encode("utf-16-le"))
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files, "no profile was written"
    return [
        str(path.relative_to(folder))
        for path in files
        if any(form in path.read_bytes() for form in forms)
    ]


@pytest.mark.parametrize("leaks", [False, True])
def test_nothing_of_a_person_stays_in_the_profile(
    leaks: bool, chrome: Any, live_server: Any, tmp_path: Path, transactional_db: None
) -> None:
    """A name opened, a note typed and kept, a search made; then the browser is closed. Planted once,
    to see that the search would find it."""
    worker = make.make_member(agency=make.make_agency(type="territorial_centre"))
    case = make.make_case(by=worker)
    person.write_group(
        case=case, group=DataGroup.IDENTITY, values={"prs_FirstName": NAME}, by=worker,
        at=timezone.now(),
    )  # fmt: skip
    context = chrome.browser_type.launch_persistent_context(
        str(tmp_path), executable_path=chromium(), args=FLAGS, base_url=live_server.url
    )
    context.add_cookies([cookie_of(worker) | {"url": live_server.url}])
    page = context.new_page()
    page.goto(f"/cases/{case.code}/people/?open=identity")
    assert NAME in page.content()
    page.goto(f"/cases/{case.code}/notes/")
    page.fill("main textarea[name=text]", f"She waits at {WORD}.")
    page.check("main [name=visibility][value=agency]")
    page.click("main form[method=post] button[type=submit]")
    page.goto(f"/cases/{case.code}/notes/?open=notes")
    assert WORD in page.content()
    if leaks:
        page.evaluate("word => localStorage.setItem('word', word)", LEAK)
    page.goto(f"/cases/{case.code}/")
    context.close()

    assert {word: kept(tmp_path, word) for word in (NAME, WORD)} == {NAME: [], WORD: []}
    assert bool(kept(tmp_path, LEAK)) == leaks
