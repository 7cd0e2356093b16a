"""A channel turns a delivery into one outside call. One module per channel."""


class TransientFailure(Exception):
    """The outside world may answer differently in a while."""


class PermanentFailure(Exception):
    """The outside world will never take this one."""
