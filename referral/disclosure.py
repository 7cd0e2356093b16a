"""What a receiver is shown: the triage card before it accepts, the frozen disclosure after."""

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from audit import log
from cases import duty, vault
from cases import reading as cases
from cases.models import Case
from cases.workflow import RecordKind
from documents import reading as documents
from identification import reading as identification
from kernel.groups import SEALED, DataGroup, in_order
from referral.models import Disclosure, Referral
from reintegration import reading as reintegration

Shown = dict[str, Any]


def triage_card(referral: Referral) -> Shown:
    """Just enough to decide: no name, no day of birth, no contact, no story."""
    person = referral.case.person
    card: Shown = {
        "case": referral.case.code,
        "urgency": referral.urgency,
        "age_band": person.age_band,
        "behaves_as_child": person.is_child,
        "district": person.district,
        "languages": person.languages,
        "needs_interpreter": person.needs_interpreter,
        "access_needs": person.access_needs,
        "service_type": referral.service.type,
    }
    if referral.service.needs_gender:
        card["gender"] = person.gender
    return card


def preview(referral: Referral, *, by: log.Actor) -> Shown:
    """Exactly what the receiver will see once it has accepted, read from the vault; without what the
    duty to know closes to the actor."""
    closed = duty.closed(referral.groups, by=by, case=referral.case.code)
    return _read(referral, set(referral.groups) - set(closed), by=by, why="preview")


def _read(
    referral: Referral, of: Iterable[str], *, by: log.Actor, why: str, unseen: bool = False
) -> Shown:
    case: Case = referral.case
    wanted = [group for group in in_order(of) if group in SEALED]
    groups = vault.open_groups(
        case.person, wanted, by=by, case=case.code, why=why, unseen=unseen
    )
    for group, parts in _PARTS.items():
        if group in groups:
            found = {name: read(referral, by, why) for name, read in parts.items()}
            groups[group] |= {name: rows for name, rows in found.items() if rows}
    chosen = documents.chosen_of(case, referral.code, groups, by=by, why=why, unseen=unseen)
    for group, rows in chosen.items():
        groups[group]["documents"] = rows
    return {"triage": triage_card(referral), "groups": groups}


Part = Callable[[Referral, log.Actor, str], list[dict[str, Any]]]
# What a group holds besides its own fields: it is shared or withheld as a whole.
_PARTS: dict[str, dict[str, Part]] = {
    DataGroup.SCREENING: {
        "screenings": lambda r, by, why: identification.filled_in(r.case, by=by, why=why),
    },
    DataGroup.TRAFFICKING: {
        "events": lambda r, by, why: cases.records_of(r.case, RecordKind.EVENT, by=by, why=why),
        "perpetrators": lambda r, by, why: cases.records_of(
            r.case, RecordKind.PERPETRATOR, by=by, why=why
        ),
        "statements": lambda r, by, why: identification.told(r.case, by=by, why=why),
    },
    # Of the plan, what the receiver itself takes part in.
    DataGroup.PLAN: {
        "part": lambda r, by, why: reintegration.part_of(r.case, r.receiver, by=by, why=why),
    },
}


def canonical(shown: Shown) -> str:
    """One text for one content, so that its hash can be checked by anybody who holds it."""
    return json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def freeze(referral: Referral, *, by: log.Actor) -> Disclosure:
    """Seal what was shown in the preview of this moment, with its SHA-256."""
    assert referral.sent_at is not None, "frozen by sending"
    # Read to be sealed again: who sends is shown nothing of it.
    text = canonical(_read(referral, referral.groups, by=by, why="disclosure", unseen=True))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    # The register of what was told to whom outlives the case: codes, and the receipt's hash.
    log.record(
        "disclosure.frozen",
        by=by,
        about=referral.code,
        case=referral.case.code,
        groups=referral.groups,
        facts={"to": referral.receiver.code, "sha256": sha256},
    )
    return Disclosure.objects.create(
        referral=referral,
        content=vault.seal_text(referral.case.person, text, place=_place(referral)),
        sha256=sha256,
        groups=referral.groups,
        frozen_at=referral.sent_at,
    )


def opened(referral: Referral, *, by: log.Actor) -> Shown:
    """The frozen content again. Logged with its groups before it is opened."""
    case = referral.case
    log.record(
        "read",
        by=by,
        about=referral.code,
        case=case.code,
        groups=referral.disclosure.groups,
        facts={"why": "disclosure"},
    )
    texts = vault.open_texts(
        case.person,
        {_place(referral): bytes(referral.disclosure.content)},
        by=by,
        case=case.code,
        what="disclosure",
        inside=referral.disclosure.groups,
    )
    shown: Shown = json.loads(texts[_place(referral)])
    return shown


def _place(referral: Referral) -> str:
    return f"{referral.code} disclosure"
