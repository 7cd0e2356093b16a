"""What is loaded before a process forks its children, and shared with them."""

import gc


def share_what_is_loaded() -> None:
    """Freeze it: the collector writes into what it looks at, and what is written to is no longer shared
    (docs/performance.md: a web worker has 2.7 MB of its own when it is forked, and had 57 MB after its
    first request)."""
    gc.collect()
    gc.freeze()
    # Once more, of the nothing that is left: how often the collector looks at all that has lived long is
    # reckoned from how much it saw the last time, and what is frozen it would not see again.
    gc.collect()
