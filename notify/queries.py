"""What is counted of the calls of partners' systems."""

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from notify.models import Call, Endpoint


def with_missed(endpoints: QuerySet[Endpoint]) -> QuerySet[Endpoint]:
    """Each with `missed`: of how many events in thirty days it was never told, although it was called."""
    dead = Call.objects.filter(
        endpoint=OuterRef("pk"), state=Call.State.DEAD, announcement__isnull=False
    )
    counted = dead.order_by().values("endpoint").annotate(n=Count("pk")).values("n")
    return endpoints.annotate(missed=Coalesce(Subquery(counted), 0))
