"""A channel turns a delivery into one outside call. One module per channel."""


class TransientFailure(Exception):
    """The outside world may answer differently in a while."""


class PermanentFailure(Exception):
    """The outside world will never take this one."""


class Away(TransientFailure):
    """Nobody is there who could take this one or any other."""
