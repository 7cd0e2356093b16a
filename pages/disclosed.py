"""What an agency is shown of a case, in words: the card for a first look, and group by group."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext, pgettext_lazy

from agencies.clocks import Urgency
from cases import records
from cases.workflow import AgeBand, RecordKind
from documents.kinds import Kind
from identification import instruments
from identification.workflow import Answer
from kernel.fields import DATE, PROSE, Field, code
from kernel.groups import DataGroup, in_order
from pages import labels
from pages.facts import Fact, of_fields, of_group
from pages.fieldwords import Words

Values = dict[str, Any]
SILENT = frozenset({Answer.UNKNOWN.value, Answer.NOT_ASKED.value})
RECORDS: dict[str, Any] = {
    "hte_Type": pgettext_lazy("record", "What happened"),
    "hte_Date": pgettext_lazy("record", "When"),
    "hte_City": pgettext_lazy("record", "Town or village"),
    "hte_Country": pgettext_lazy("record", "Country"),
    "hte_State": pgettext_lazy("record", "Region"),
    "hte_Street": pgettext_lazy("record", "Street and house"),
    "hte_PostalCode": pgettext_lazy("record", "Postal code"),
    "hte_Latitude": pgettext_lazy("record", "Latitude"),
    "hte_Longitude": pgettext_lazy("record", "Longitude"),
    "hte_Description": pgettext_lazy("record", "Described"),
    "per_RoleInProcess": pgettext_lazy("record", "What they did"),
    "per_RoleDetails": pgettext_lazy("record", "More of it"),
    "per_Organisation": pgettext_lazy("record", "Organisation"),
    "relation": pgettext_lazy("record", "Who they are to the person"),
}
TOLD: dict[str, tuple[Any, Field]] = {
    "told_on": (pgettext_lazy("record", "Told on"), DATE),
    "text": (pgettext_lazy("record", "In the person's own words"), PROSE),
}
PART: dict[str, tuple[Any, Field]] = {
    "area": (pgettext_lazy("record", "Part of life"), code("reintegration_area")),
    "goal": (pgettext_lazy("record", "Goal"), PROSE),
    "action": (pgettext_lazy("record", "What you are asked to do"), PROSE),
    "due_on": (pgettext_lazy("record", "Until"), DATE),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One group: its own fields, and under a heading each the records that belong to it."""

    group: str
    facts: list[Fact]
    parts: list[tuple[Any, list[Fact]]] = field(default_factory=list)


def card(triage: Values | None) -> list[Fact]:
    """The card for a first look, without what is not known."""
    if triage is None:
        return []
    yes = [gettext("yes")]
    spoken = [labels.language(each) for each in triage["languages"]]
    needs = [labels.label("access_need", each) for each in triage["access_needs"]]
    found = [
        (pgettext_lazy("card", "Asked for"), [labels.service_type(triage["service_type"])]),
        (pgettext_lazy("card", "Urgency"), [str(Urgency(triage["urgency"]).label)]),
        (pgettext_lazy("card", "Age"), [str(AgeBand(triage["age_band"]).label)]),
        (pgettext_lazy("card", "Treated as a child"), triage["behaves_as_child"] and yes),
        (
            pgettext_lazy("card", "Sex"),
            "gender" in triage and [labels.label("prs_Gender", triage["gender"])],
        ),
        (
            pgettext_lazy("card", "District"),
            triage["district"] and [labels.district(triage["district"])],
        ),
        (pgettext_lazy("card", "Languages"), spoken),
        (pgettext_lazy("card", "Interpreter needed"), triage["needs_interpreter"] and yes),
        (pgettext_lazy("card", "Needs on a visit"), needs),
        (pgettext_lazy("card", "Case"), [triage["case"]]),
    ]
    return [Fact(label, lines) for label, lines in found if lines]


def told(shown: dict[str, Any]) -> list[Told]:
    """What a preview or a receipt holds besides the card."""
    groups = shown["groups"]
    return [
        Told(group, of_group(DataGroup(group), groups[group]), _parts(groups[group]))
        for group in in_order(groups)
    ]


def _parts(values: Values) -> list[tuple[Any, list[Fact]]]:
    return [
        (heading, read(row))
        for name, (heading, read) in PARTS.items()
        for row in values.get(name, [])
    ]


def _record(kind: RecordKind) -> Callable[[Values], list[Fact]]:
    known = {name: (RECORDS[name], each) for name, each in records.FIELDS[kind].items()}
    return lambda row: _by(known, row)


def _by(known: dict[str, tuple[Any, Field]], row: Values) -> list[Fact]:
    return of_fields(
        {name: field_ for name, (_, field_) in known.items()},
        {name: Words(words) for name, (words, _) in known.items()},
        {name: value for name, value in row.items() if value},
    )


def _screening(row: Values) -> list[Fact]:
    """Each question that was answered, by yes or no, in the reader's language."""
    definition = instruments.get(row["instrument"], row["instrument_version"])
    questions = definition.questions if definition else {}
    said = {
        name: each["answer"]
        for name, each in row["answers"].items()
        if each["answer"] not in SILENT and name in questions
    }
    found = [
        Fact(questions[name].text[labels.spoken()], [str(Answer(answer).label)])
        for name, answer in said.items()
    ]
    if row.get("remarks"):
        found.append(Fact(pgettext_lazy("record", "Remarks"), [row["remarks"]]))
    return found


def _document(row: Values) -> list[Fact]:
    """A file by its name; it is fetched from the referral's page, not shown here."""
    said = [row["name"]] + ([row["about"]] if row["about"] else [])
    return [Fact(pgettext_lazy("document", "File"), [*said, str(Kind(row["kind"]).label)])]


PARTS: dict[str, tuple[Any, Callable[[Values], list[Fact]]]] = {
    "screenings": (pgettext_lazy("record", "A questionnaire"), _screening),
    "events": (pgettext_lazy("record", "An event"), _record(RecordKind.EVENT)),
    "perpetrators": (
        pgettext_lazy("record", "Somebody who took part"),
        _record(RecordKind.PERPETRATOR),
    ),
    "statements": (pgettext_lazy("record", "What was told"), lambda row: _by(TOLD, row)),
    "documents": (pgettext_lazy("record", "A document"), _document),
    "part": (pgettext_lazy("record", "Your part in the plan"), lambda row: _by(PART, row)),
}
