"""Many small acts of which none may hold up the others."""

import logging
from collections.abc import Callable, Iterable

logger = logging.getLogger(__name__)


def each_alone(codes: Iterable[str], act: Callable[[str], object]) -> None:
    """Do the act for every code. What goes wrong with one is logged, by its kind alone because
    its words may quote data, and is tried again when the timer runs next."""
    for code in codes:
        try:
            act(code)
        except Exception as fault:  # noqa: BLE001 -- see above
            logger.error("%s: %s", code, getattr(fault, "code", type(fault).__name__))  # noqa: TRY400 -- see above
