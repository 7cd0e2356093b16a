"""What is known of the person: each group closed until somebody asks for it."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from cases import policy, vault
from cases.actions import person
from cases.models import CaseAccess, SealedGroup
from kernel.groups import SEALED, DataGroup
from pages import facts
from pages.casefile import CaseFile, open_file
from pages.door import page
from pages.facts import Fact
from pages.sections import SECTIONS, slug_of


@dataclass(frozen=True, slots=True)
class Folder:
    """A group as the reader finds it: restricted, empty, closed, or open with its facts."""

    group: DataGroup
    allowed: bool
    written: SealedGroup | None
    facts: list[Fact] | None
    editable: bool

    @property
    def slug(self) -> str:
        return slug_of(self.group)


@page
@require_safe
def people(request: HttpRequest, code: str) -> HttpResponse:
    file = open_file(request, code)
    return file.page(
        request,
        "pages/people/people.html",
        "people",
        folders=_folders(file, request.GET.get("open", "")),
        card=facts.of_person(file.case.person) if file.own else [],
        referrals=_referrals(file),
        may_write=bool(policy.may(file.actor, policy.Verb.WRITE, file.case, own=file.own)),
    )


def _folders(file: CaseFile, wanted: str) -> list[Folder]:
    """Every sealed group; the wanted one is opened, and that is written down."""
    written, allowed = vault.written(file.case.person), set(file.groups)
    opened: dict[str, list[Fact]] = {}
    group = next((each for each in SEALED if slug_of(each) == wanted), None)
    if group is not None and group in allowed and group in written:
        values = person.read_groups(case=file.case, groups=[group], by=file.actor, why="person")
        opened[group] = facts.of_group(group, values[group])
    return [
        Folder(
            group,
            group in allowed,
            written.get(group) if group in allowed else None,
            opened.get(group),
            group.value in SECTIONS,
        )
        for group in SEALED
        # What has a tab of its own is shown here only where something was written besides.
        if group in SECTIONS or group in written or group not in allowed
    ]


def _referrals(file: CaseFile) -> list[str]:
    """The referrals on which a receiver finds what it was told at first."""
    referred = CaseAccess.Because.REFERRED
    return sorted({row.source for row in file.rows if row.because == referred})


urlpatterns = [path("cases/<str:code>/people/", people, name="people")]
