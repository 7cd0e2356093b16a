"""One's own new password: with the old one, asked again who one is, and all else signed out."""

from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from agencies.models import Member
from audit.models import AuditEvent
from demo import builders as make
from notify.models import Delivery
from signin import holding
from tests.entering import enter

pytestmark = pytest.mark.django_db
OLD, NEW = "seven green apples on a hill", "nine slow herons over water"
PATH = "/me/factors/password/"


@pytest.fixture
def member(sender: Member) -> Member:
    sender.set_password(OLD)
    sender.save()
    return sender


def sent(client: Client, old: str = OLD, new: str = NEW) -> Any:
    return client.post(PATH, {"old_password": old, "new_password": new}, follow=True)


def test_the_password_is_changed_and_others_are_signed_out(member: Member) -> None:
    here, there = enter(Client(), member), enter(Client(), member)

    answer = sent(here)

    member.refresh_from_db()
    assert "All other sessions have ended" in answer.content.decode()
    assert (member.check_password(NEW), member.check_password(OLD)) == (True, False)
    assert (here.get("/me/").status_code, there.get("/me/").status_code) == (200, 302)
    assert (
        AuditEvent.objects.filter(event="password.changed", actor=member.username).count() == 1
    )
    assert Delivery.objects.filter(member=member, event__kind="sign_in.changed").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("another password altogether", NEW, "This is not the password until now"),
        (OLD, OLD, "This is the password until now"),
        (OLD, "short", "too weak"),
        (OLD, "safehand safehand 1", "too weak"),
        (OLD, "министерство жертва", "too weak"),
    ],
)
def test_what_is_not_right_changes_nothing(
    member: Member, old: str, new: str, said: str
) -> None:
    client = enter(Client(), member)
    assert said in sent(client, old, new).content.decode()
    member.refresh_from_db()
    assert member.check_password(OLD)


def test_who_one_is_is_asked_before_anything_is_typed(member: Member) -> None:
    client = enter(Client(), member)
    session = client.session
    session["factor"] = {"way": "totp", "at": session["factor"]["at"] - 301}
    session.save()
    for answer in (
        client.get(PATH),
        client.post(PATH, {"old_password": OLD, "new_password": NEW}),
    ):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/again/")
    member.refresh_from_db()
    assert member.check_password(OLD)
    # Nothing of it waits in the session meanwhile, sealed or not.
    assert NEW not in str(dict(client.session.items()))
    held = [name for name, _ in holding.opened(member, client.session["held"]["fields"])]
    assert set(held) & {"old_password", "new_password"} == set()


def test_words_of_the_agency_make_no_password() -> None:
    agency = make.make_agency(name="Territorial Centre of Northbridge")
    worker = make.make_member(agency=agency)
    for weak in (
        "northbridge territorial",
        "Centre Northbridge 7",
        f"{agency.code} {agency.code}",
    ):
        with pytest.raises(ValidationError) as fault:
            validate_password(weak, worker)
        assert "password_of_this_service" in {each.code for each in fault.value.error_list}
    validate_password("northbridge has nine slow herons", worker)
