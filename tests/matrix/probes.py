"""Codes of another world, as every role and on every route: `./safehand figures probes`.

Two worlds stand side by side; members of the one name the records of the other. PROBES says how many.
"""

import os
import random
from typing import Any

import pytest
from django.db import transaction

from agencies.models import CodeEntry
from tests.figures import keep
from tests.matrix.test_matrix import RELATIONS, World, ask, client_of, code_for, table

WANTED, SEED = int(os.environ.get("PROBES", "20000")), 11
# Registers that members may read whole; they hold no case (config/wall/policies.py).
REGISTERS = (
    "agencies/", "services/", "codelists/", "instruments/", "session/", "figures/",
)  # fmt: skip
NATIONAL = ("coordinator", "data_protection_officer", "auditor", "system_admin")
MEANT = (401, 403, 404, 405)


@pytest.mark.django_db
def test_nothing_of_another_world_is_found(settings: Any) -> None:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (10 * WANTED, 3600))
    rnd, asked, wrong = random.Random(SEED), 0, []
    judged = table()
    named = [key for key in judged if "<str:" in key[0] and not key[0].startswith(REGISTERS)]
    each = -(-WANTED // len(RELATIONS))
    for relation in RELATIONS:
        reached = [key for key in named if not _by_duty(judged[key][relation], relation)]
        with transaction.atomic():
            client, _ = client_of(relation)
            # Each world adds the same code to a list, and there is but one list.
            CodeEntry.objects.filter(code="Added").delete()
            other = World(stage=rnd.choice(("sent", "accepted", "declined")))
            secret = _secrets(other)
            for turn in range(each):
                route, method = reached[turn % len(reached)]
                code = code_for(route, other)
                answer = ask(client, other, route, method, code)
                asked += 1
                told = {
                    one
                    for one in secret - {code}
                    if one in answer.content.decode(errors="replace")
                }
                if told or answer.status_code not in MEANT:
                    wrong.append((relation, method, route, answer.status_code, sorted(told)))
            transaction.set_rollback(True)
    keep("probes", probes=asked, found=len(wrong), seed=SEED)
    assert sorted(set(map(str, wrong)))[:20] == []


def _by_duty(judged: str, relation: str) -> bool:
    """What a national role does for every agency is no other world to it (matrix.csv)."""
    return relation in NATIONAL and judged not in {str(status) for status in MEANT}


def _secrets(world: World) -> set[str]:
    """What only the other world knows: its codes, and words of its person."""
    return {
        world.case.code, world.case.person.code, world.referral.code, world.consent.code,
        world.plan.code, world.document.code, world.form.code, "Казлова", "Ірына",
    }  # fmt: skip
