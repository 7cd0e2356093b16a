"""Is the process alive, and can it do its work?"""

from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit import sealer
from audit.tasks import LATE


@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"alive": True})


@transaction.non_atomic_requests
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 if the database answers, 503 if not. The broker does not matter here: requests go on
    without it and notices follow."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        late = sealer.lag(at=timezone.now()) > LATE
    except Exception:  # noqa: BLE001 -- whatever the reason, the answer is "not ready"
        return JsonResponse({"ready": False}, status=503)
    # For whoever watches: requests go on, but what is written down waits for its seal.
    return JsonResponse({"ready": True, "seals": "late" if late else "in time"})
