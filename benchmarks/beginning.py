"""A first seal above what was filled in: no key of ours has marked those events, and nobody measures
how they are sealed. The sealer then begins with what members do."""

import datetime as dt

from django.db import transaction

from audit import ledger, log, sealer

SETUP = log.Machine("set-up")


@transaction.atomic
def begin_log(*, at: dt.datetime) -> None:
    """Seal one event of now, so that all before it counts as sealed. Once is enough."""
    if ledger.newest() is not None:
        return
    horizon = sealer._horizon()  # noqa: SLF001 -- asked for and closed as the sealer does it
    log.record("land.filled", by=SETUP)
    batch = ledger.unsealed(after=(horizon - 1, -1), below=sealer.ALL, most=1)
    hashes = [row.hash for row in batch]
    made = sealer._closed(  # noqa: SLF001 -- as above
        batch, hashes, None, horizon=batch[0].xid + 1, mark="", at=at
    )
    made.stored().save(force_insert=True)
    ledger.place(batch, hashes, seal=made.seq)
