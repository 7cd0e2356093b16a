"""A token is found by one question, worded by hand; it is what Django itself would find."""

from typing import Any

import pytest
from django.forms.models import model_to_dict
from django.utils import timezone

from agencies import queries
from agencies.actions import digest_of
from agencies.models import Agency, Member, Token
from demo import builders as make


def told(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_token_member_and_agency_are_what_django_finds(
    sender: Member, django_assert_num_queries: Any
) -> None:
    digest = digest_of(make.make_token(sender))
    usual = Token.objects.select_related("member__agency").get(digest=digest)

    with django_assert_num_queries(1):
        found = queries.token_of(digest, at=timezone.now())
        assert found is not None
        parts = (found, found.member, found.member.agency)

    assert [told(part) for part in parts] == [
        told(part) for part in (usual, usual.member, usual.member.agency)
    ]
    assert found == usual
    assert model_to_dict(found) == model_to_dict(usual)


@pytest.mark.parametrize("why", ["expired", "left", "closed", "only_to_activate", "unknown"])
def test_a_token_that_opens_nothing_is_not_found(sender: Member, why: str) -> None:
    digest, at = digest_of(make.make_token(sender)), timezone.now()
    keys = Token.objects.filter(digest=digest)
    rows: dict[str, tuple[Any, dict[str, Any]]] = {
        "expired": (keys, {"expires_at": at}),
        "only_to_activate": (keys, {"scopes": ["activate"]}),
        "unknown": (keys, {"digest": "0" * 64}),
        "left": (Member.objects.filter(pk=sender.pk), {"is_active": False}),
        "closed": (Agency.objects.filter(pk=sender.agency_id), {"is_active": False}),
    }
    assert queries.token_of(digest, at=at) is not None

    found, changes = rows[why]
    found.update(**changes)

    assert queries.token_of(digest, at=at) is None
