"""The word of a partner agency about a checkpoint: checked before it is kept."""

import datetime as dt

from django.db import transaction

from audit import ledger, log
from audit.models import Cosignature
from kernel import notes
from kernel.errors import Invalid


@transaction.atomic
def cosign(
    *, size: int, key: str, cosignature: str, by: log.Actor, at: dt.datetime
) -> Cosignature:
    """Keep that the actor's agency saw the checkpoint of this size. The same word twice is one.

    The key is not judged here: which keys are trusted is said to the verifier, out of band.
    """
    seal = ledger.at_size(size)
    if seal is None:
        raise Invalid("checkpoint_unknown", pointer="/size")
    try:
        witness = notes.key_of(key)
    except ValueError as fault:
        raise Invalid("key_not_readable", pointer="/key") from fault
    line = cosignature.strip() + "\n"
    if witness.kind != notes.WITNESS or not notes.is_signed(seal.checkpoint, line, witness):
        raise Invalid("cosignature_wrong", pointer="/cosignature")
    kept, new = Cosignature.objects.get_or_create(
        agency=by.agency_code, seal=size, key=str(witness), defaults={"line": line, "at": at}
    )
    if new:
        log.record("audit.witnessed", by=by, facts={"seal": size, "key": witness.id.hex()})
    return kept
