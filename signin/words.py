"""Passwords that a guesser tries first: made of this service's words, or breached elsewhere."""

from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from agencies.models import Agency, Member
from kernel import breached

# What the service is about, and what it is called, in the languages that it speaks.
OURS = (
    "safehand", "trafficking", "victim", "shelter", "referral", "social worker", "ministry",
    "торговля людьми", "жертва", "пострадавш", "приют", "соцработник", "министерство", "социальн",
    "гандаль людзьмі", "ахвяра", "пацярпел", "прытулак", "міністэрства", "сацыяльн",
)  # fmt: skip
SHORTEST = 4


class NotOfThisService:
    """A password whose letters are mostly a word about the service, its host or its agencies is the
    first that is guessed (OWASP ASVS 5.0.0, 6.1.2 and 6.2.11)."""

    def validate(self, password: str, user: Member | None = None) -> None:
        """Raises ValidationError where little is left of it without these words."""
        left = password.casefold()
        for word in sorted(self._words(user), key=len, reverse=True):
            left = left.replace(word, "")
        if len(left) < len(password) / 2:
            raise ValidationError(self.get_help_text(), code="password_of_this_service")

    def get_help_text(self) -> str:
        return gettext("Not made of words about this service or your agency.")

    def _words(self, user: Member | None) -> set[str]:
        host = settings.PUBLIC_URL.partition("://")[2].partition(":")[0]
        said = {*OURS, *host.split(".")}
        if user is not None and user.agency_id:
            agency: Agency = user.agency
            said |= {*agency.name.split(), agency.code, user.email.partition("@")[2]}
        return {word.casefold() for word in said if len(word) >= SHORTEST}


class NotBreached:
    """A password that became known elsewhere, by the list that BREACHED_PASSWORDS names (OWASP ASVS
    5.0.0, 6.2.12). The list is on this machine: nobody outside is asked, not even about a part of it."""

    def validate(self, password: str, user: Member | None = None) -> None:
        """Raises ValidationError for one that is in the list, OSError or NotAList if it cannot be
        read: no password is taken unlooked at."""
        if breached.holds(Path(settings.BREACHED_PASSWORDS), password):
            raise ValidationError(self.get_help_text(), code="password_breached")

    def get_help_text(self) -> str:
        return gettext("Not one that became known in a theft of passwords elsewhere.")
