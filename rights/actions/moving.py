"""What every step of a batch has in common: it is held, moved by the table, and written down."""

from audit import log
from rights.models import Batch
from rights.workflow import BATCH, BatchState, BatchVerb


def move(batch: Batch, verb: BatchVerb, *, by: log.Actor, **changes: object) -> Batch:
    """One step of the workflow, made and written down."""
    batch.state = BATCH.step(verb, state=BatchState(batch.state)).target
    for name, value in changes.items():
        setattr(batch, name, value)
    batch.save(update_fields=["state", *changes])
    log.record(f"batch.{verb}", by=by, about=batch.code)
    return batch


def locked(code: str) -> Batch:
    """The batch, held against every other change until this transaction ends."""
    rows = Batch.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("agency", "agreed_by__agency").get(code=code)
