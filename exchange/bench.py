"""What does not change from row to row while a worker has an import in hand."""

from dataclasses import dataclass
from functools import cached_property

from agencies.models import Member
from exchange import queries, store
from exchange.models import ImportJob


@dataclass
class Bench:
    """Each is asked for once."""

    job: ImportJob

    @cached_property
    def rows(self) -> store.Rows:
        return store.Rows(self.job)

    @cached_property
    def references(self) -> store.References:
        return store.References(self.job.agency)

    @cached_property
    def workers(self) -> dict[str, Member]:
        return queries.workers_of(self.job.agency)
