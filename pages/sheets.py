"""One section of one case: what is written in it, its form, and how it is saved."""

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Protocol

from django.http import QueryDict

from cases import duty, vault
from cases.actions import lifecycle, person
from cases.models import SealedGroup
from identification.actions import knowing
from kernel.groups import DataGroup
from pages import clearforms, facts
from pages.casefile import CaseFile
from pages.facts import Fact
from pages.fieldforms import GroupForm, form_of, initial_of
from pages.forms import Form
from pages.sections import Section, asked

Typed = Mapping[str, list[str]]


class Sheet(Protocol):
    """What the page of a section needs of it."""

    @property
    def version(self) -> int: ...
    @property
    def written(self) -> SealedGroup | None: ...
    def facts(self) -> list[Fact]: ...
    def empty(self) -> Form: ...
    def fresh(self) -> Form: ...
    def filled(self, data: QueryDict) -> Form: ...
    def write(self, form: Any, version: int, at: dt.datetime) -> None: ...


class BeginningSheet:
    """Who told us, and how urgent it is: kept with the case."""

    written: SealedGroup | None = None

    def __init__(self, file: CaseFile) -> None:
        self.file, self.version = file, file.case.version

    def facts(self) -> list[Fact]:
        return facts.of_beginning(self.file.case)

    def empty(self) -> Form:
        return clearforms.Beginning()

    def fresh(self) -> Form:
        return clearforms.Beginning(initial=clearforms.beginning_of(self.file.case))

    def filled(self, data: QueryDict) -> Form:
        return clearforms.Beginning(data)

    def write(self, form: clearforms.Beginning, version: int, at: dt.datetime) -> None:
        lifecycle.change(
            code=self.file.case.code, facts=form.facts(), version=version, by=self.file.actor,
            at=at,
        )  # fmt: skip


class PersonSheet:
    """What stays in clear of the person."""

    written: SealedGroup | None = None

    def __init__(self, file: CaseFile) -> None:
        self.file, self.version = file, file.case.person.version

    def facts(self) -> list[Fact]:
        return facts.of_person(self.file.case.person)

    def empty(self) -> Form:
        return clearforms.AboutPerson()

    def fresh(self) -> Form:
        held = clearforms.clear_facts_of(self.file.case.person)
        return clearforms.AboutPerson(initial=held)

    def filled(self, data: QueryDict) -> Form:
        return clearforms.AboutPerson(data)

    def write(self, form: clearforms.AboutPerson, version: int, at: dt.datetime) -> None:
        knowing.change_facts(
            case=self.file.case, facts=form.facts(), version=version, by=self.file.actor, at=at
        )


class GroupSheet:
    """A sealed group. Opening it is written down before it is shown."""

    def __init__(self, file: CaseFile, group: DataGroup) -> None:
        self.file, self.group = file, group
        self.person = file.case.person

    @cached_property
    def written(self) -> SealedGroup | None:
        return vault.written(self.person).get(self.group)

    @property
    def version(self) -> int:
        return self.written.version if self.written else 0

    @cached_property
    def held(self) -> dict[str, Any]:
        if self.written is None:
            return {}
        opened = person.read_groups(
            case=self.file.case, groups=[self.group], by=self.file.actor, why="intake"
        )
        return opened[self.group]

    def facts(self) -> list[Fact]:
        # Who is due loses nothing of what they typed, and is not shown what stands there.
        closed = duty.closed([self.group], by=self.file.actor, case=self.file.case.code)
        return [] if closed else facts.of_group(self.group, self.held)

    def empty(self) -> Form:
        return self._form(())

    def fresh(self) -> Form:
        return self._form(self.held, initial=initial_of(self.held))

    def filled(self, data: QueryDict) -> Form:
        return self._form(data, data)

    def write(self, form: GroupForm, version: int, at: dt.datetime) -> None:
        values = form.values()
        if not values and self.version == version == 0:
            # Nothing was said: a group that holds nothing is not begun, and asks for no consent.
            return
        knowing.write_group(
            case=self.file.case, group=self.group, values=values, version=version,
            by=self.file.actor, at=at,
        )  # fmt: skip

    def _form(self, there: Any, *args: Any, **options: Any) -> GroupForm:
        child, band = self.person.is_child, self.person.age_band
        return form_of(asked(self.group, band, child=child, there=there), *args, **options)


def sheet_of(file: CaseFile, section: Section) -> Sheet:
    if section.group is not None:
        return GroupSheet(file, section.group)
    return BeginningSheet(file) if section.name == "beginning" else PersonSheet(file)


def resumed(sheet: Sheet, typed: Typed) -> Form:
    """The section's form as it was left, before anybody said what is right or wrong in it."""
    data = QueryDict(mutable=True)
    for name, values in typed.items():
        data.setlist(name, values)
    form = sheet.filled(data)
    shown = {
        name: field.widget.value_from_datadict(data, {}, name)
        for name, field in form.fields.items()
    }
    form.is_bound, form.data, form.initial = False, QueryDict(), shown
    return form
