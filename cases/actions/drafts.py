"""Keep what is typed and not saved yet, on the server and sealed; discard it again."""

import datetime as dt
import json

from django.db import transaction

from agencies.models import Member
from cases import policy, vault
from cases.actions.lifecycle import locked
from cases.models import FormDraft
from cases.policy import Verb
from kernel.errors import Invalid

# A section filled to its last field is shorter than this.
LONGEST = 200_000


@transaction.atomic
def keep(
    *, code: str, section: str, typed: dict[str, list[str]], by: Member, at: dt.datetime
) -> FormDraft:
    """Keep what the member has typed into a section, in place of what they had typed before."""
    case = locked(code)
    policy.may(by, Verb.WRITE, case).require()
    text = json.dumps(typed, ensure_ascii=False, sort_keys=True)
    if len(text) > LONGEST:
        raise Invalid("text_too_long")
    draft = FormDraft(case=case, member=by, section=section, saved_at=at)
    sealed = vault.seal_text(case.person, text, place=draft.place)
    kept, _ = FormDraft.objects.update_or_create(
        case=case, member=by, section=section, defaults={"content": sealed, "saved_at": at}
    )
    return kept


@transaction.atomic
def discard_form(*, code: str, beginning: str, by: Member) -> int:
    """Throw away one's own drafts of all parts of a form, named alike at the beginning."""
    case = locked(code)
    found = policy.drafts_visible_to(by, case).filter(section__startswith=f"{beginning} ")
    count, _ = found.delete()
    return count


@transaction.atomic
def discard(*, code: str, section: str, by: Member) -> int:
    """Throw one's own draft of a section away; how many there were."""
    case = locked(code)
    found = policy.drafts_visible_to(by, case).filter(section=section)
    count, _ = found.delete()
    return count
