"""Judge a person's risks and needs, and read what was judged."""

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from agencies import codelists, jurisdiction
from agencies.models import Member
from cases import deadlines, policy, timeline, vault
from cases.actions.lifecycle import locked, save
from cases.assessments import FIELDS, NEEDED
from cases.models import Assessment, Case
from cases.policy import Verb
from kernel import fields
from kernel.errors import Denied, Invalid
from notify.models import Clock

Purpose = Clock.Purpose


@transaction.atomic
def assess(
    *,
    code: str,
    risk: str,
    factors: list[str],
    needs: list[dict[str, Any]],
    words: str,
    by: Member,
    at: dt.datetime,
) -> Assessment:
    """A new judgement beside the earlier ones. Its risk is the case's from now on, and a plan is
    due in the time that the jurisdiction gives."""
    case = locked(code)
    policy.may(by, Verb.ASSESS, case).require()
    said = {"factors": factors, "needs": needs, "words": words}
    clean = fields.checked(FIELDS, said, on=deadlines.today(case, at), codes_of=codelists.codes)
    _check_needs(clean.get("needs", []))
    made = Assessment(case=case, risk=risk, made_at=at, made_by=by)
    text = json.dumps(clean, ensure_ascii=False, sort_keys=True)
    made.content = vault.seal_text(case.person, text, place=made.code)
    made.save(force_insert=True)
    save(case, risk=risk)
    timeline.record(case, "case.assessed", by=by, at=at, about=made.code, facts={"risk": risk})
    deadlines.stop(case, Purpose.ASSESSMENT, at=at)
    if not Clock.objects.filter(case=case.code, purpose=Purpose.PLAN).exists():
        deadlines.start(case, Purpose.PLAN, jurisdiction.current().clocks.plan, at=at)
    return made


@transaction.atomic
def read(
    *, case: Case, assessments: Iterable[Assessment], by: Member
) -> dict[str, dict[str, Any]]:
    """What these assessments of the case say, by code; for the owner's side alone."""
    if not policy.is_own(by, case):
        raise Denied("only_the_owner_may_do_this")
    texts = vault.open_texts(
        case.person,
        {each.code: bytes(each.content) for each in assessments},
        by=by,
        case=case.code,
        what="assessments",
    )
    return {code: json.loads(text) for code, text in texts.items()}


def _check_needs(needs: list[dict[str, Any]]) -> None:
    seen: set[str] = set()
    for n, need in enumerate(needs):
        for name in NEEDED:
            if name not in need:
                raise Invalid("required", pointer=f"/needs/{n}/{name}")
        if need["area"] in seen:
            raise Invalid("area_twice", pointer=f"/needs/{n}/area")
        seen.add(need["area"])
