"""The words of devices and of factors."""

from typing import Any

from django.utils.translation import pgettext_lazy

DEVICES: dict[str, Any] = {
    "android": pgettext_lazy("device", "an Android device"),
    "ios": pgettext_lazy("device", "an iPhone or iPad"),
    "windows": pgettext_lazy("device", "a Windows computer"),
    "mac": pgettext_lazy("device", "a Mac"),
    "chromebook": pgettext_lazy("device", "a Chromebook"),
    "linux": pgettext_lazy("device", "a Linux computer"),
    "other": pgettext_lazy("device", "another device"),
}
KINDS: dict[str, Any] = {
    "totp": pgettext_lazy("factor", "Authenticator app"),
    "webauthn": pgettext_lazy("factor", "Passkey"),
}


def device(word: str) -> str:
    return str(DEVICES.get(word, DEVICES["other"]))
