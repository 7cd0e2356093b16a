"""Random public codes: short, speakable, and they say nothing about the person."""

import re
import secrets

# Whatever is made up says so by its code, wherever it stands, and after it was wiped, too.
PRACTICE = "PX"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
SHAPE = re.compile(rf"[A-Z]{{2}}-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}")


def as_written(typed: str, prefix: str = "SH") -> str:
    """A code as somebody typed it (small letters, no dashes, no prefix) in the way it is written."""
    bare = "".join(each for each in typed.upper() if each.isalnum())
    whole = bare if len(bare) == len(prefix) + 8 else f"{prefix}{bare}"
    return f"{whole[:2]}-{whole[2:6]}-{whole[6:]}"


def new_code(prefix: str) -> str:
    """A fresh code such as `SH-7K3M-Q9TX`: two groups of four letters that are not confused."""
    letters = [secrets.choice(ALPHABET) for _ in range(8)]
    return f"{prefix}-{''.join(letters[:4])}-{''.join(letters[4:])}"
