"""The installation's key ring."""

from django.conf import settings

from kernel import sealing


def ring() -> sealing.KeyRing:
    return sealing.load(settings.KEY_RING_FILE)
