"""A passphrase for one file: made of chance, shown once, and never kept."""

import secrets

from django.core import signing

# Eight words of two syllables; each syllable is one of 64 = 6 bits, 96 bits in all.
CONSONANTS, VOWELS = "bdfgklmnprstvzhj", "aeiu"
WORDS, SYLLABLES = 8, 2
SALT = "pages.passphrase"
# How long the page that shows it may stay open.
LASTS = 1800


def new() -> str:
    """Words that can be read aloud, written down and typed in any language."""
    return " ".join(
        "".join(secrets.choice(CONSONANTS) + secrets.choice(VOWELS) for _ in range(SYLLABLES))
        for _ in range(WORDS)
    )


def signed(passphrase: str, *, about: str) -> str:
    """For the form of the page that shows it, so that the service itself keeps nothing."""
    return signing.dumps([passphrase, about], salt=SALT)


def unsigned(text: str, *, about: str) -> str | None:
    """The passphrase as it was shown a moment ago for this; None if it was another, or long ago."""
    try:
        passphrase, meant = signing.loads(text, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return None
    return str(passphrase) if meant == about else None
