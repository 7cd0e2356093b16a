"""When what the public is told became different: so that a change of anything else tells nothing."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable

from agencies.hsds.shapes import service_full
from agencies.listingmodels import Listing


def touch(listings: Iterable[Listing], *, at: dt.datetime) -> None:
    """Move the time of last change of those that say something else than before."""
    for listing in listings:
        digest = digest_of(listing)
        if digest != listing.digest:
            listing.digest, listing.changed_at = digest, at
            listing.save(update_fields=["digest", "changed_at"])


def digest_of(listing: Listing) -> str:
    """SHA-256 of all that the public is told of a listing, without when it was changed."""
    told = service_full(listing)
    del told["last_modified"]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
