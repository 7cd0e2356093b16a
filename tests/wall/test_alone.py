"""With the app's own policy broken on purpose, the row policies alone still give nothing away."""

import inspect
import re
from types import ModuleType
from typing import Any

import pytest

from agencies import policy as of_agencies
from cases import policy as of_cases
from documents import policy as of_documents
from guard import policy as of_guard
from guest import policy as of_guests
from identification import policy as of_identification
from kernel.groups import EVERY_GROUP
from kernel.verdict import ALLOW, Verdict
from notify import policy as of_notices
from referral import policy as of_referrals
from reintegration import policy as of_support
from tests.matrix.test_matrix import OUTSIDE, ask, client_of, code_for, table

POLICIES = (
    of_agencies,
    of_documents,
    of_guard,
    of_guests,
    of_cases,
    of_identification,
    of_notices,
    of_referrals,
    of_support,
)
# Open on purpose: what is in these registers is no case (config/wall/policies.py).
REGISTERS = ("members/", "tokens/", "agencies/", "services/", "codelists/", "instruments/")


def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks may see every row and do everything, as far as Python decides it."""
    for module in POLICIES:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__:
                _open(monkeypatch, module, name, function)
    monkeypatch.setattr(of_cases, "is_own", lambda *_, **__: True)
    monkeypatch.setattr(of_cases, "groups", lambda *_, **__: EVERY_GROUP)
    monkeypatch.setattr(of_identification, "sees", lambda *_, **__: True)


def _open(patch: pytest.MonkeyPatch, module: ModuleType, name: str, function: Any) -> None:
    if inspect.signature(function).return_annotation is Verdict:
        patch.setattr(module, name, lambda *_, **__: ALLOW)
    # Django leaves nothing of the model at run time: it stands in the source alone.
    elif says := re.search(r"-> QuerySet\[(\w+)\]:", inspect.getsource(function)):
        model = vars(module)[says[1]]
        patch.setattr(module, name, lambda *_, **__: model.objects.all())


@pytest.mark.django_db
@pytest.mark.parametrize("relation", OUTSIDE)
def test_the_wall_alone_gives_nothing_away(
    relation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, world = client_of(relation)
    broken(monkeypatch)
    mine = {world.case.code, world.case.person.code, world.referral.code, world.consent.code}

    told = {}
    for (route, method), row in table().items():
        if row[relation] == "404" and not route.startswith(REGISTERS):
            answer = ask(client, world, route, method, code_for(route, world))
            shown = {code for code in mine if code in answer.content.decode(errors="replace")}
            if answer.status_code < 300 or shown - {code_for(route, world)}:
                told[f"{method} {route}"] = (answer.status_code, sorted(shown))
    assert told == {}


@pytest.mark.django_db
def test_the_policy_is_broken_indeed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind the wall, as the machine that sees everything, a stranger would be shown the case."""
    _, world = client_of("stranger")
    broken(monkeypatch)
    stranger = world.members["stranger"]
    assert of_cases.visible_to(stranger).filter(pk=world.case.pk).exists()
    assert of_cases.may(stranger, of_cases.Verb.WRITE, world.case)
