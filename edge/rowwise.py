"""A condition that is asked of one row after the other."""

from django.db.models import Exists


class ExistsForRow(Exists):
    """EXISTS as it is written: where a list takes its newest rows from an index, PostgreSQL must not
    gather all that would do before it looks at the first of them, and OFFSET keeps it from that."""

    template = "EXISTS(%(subquery)s OFFSET 0)"
