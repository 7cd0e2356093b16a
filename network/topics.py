"""What agencies ask each other about, why a text was hidden, how many have read: codes with their words."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class Topic(TextChoices):
    IDENTIFICATION = "identification", pgettext_lazy("topic", "identification")
    CHILDREN = "children", pgettext_lazy("topic", "children")
    SHELTER = "shelter", pgettext_lazy("topic", "shelter")
    HEALTH = "health", pgettext_lazy("topic", "health")
    LEGAL = "legal", pgettext_lazy("topic", "legal help")
    RETURN = "return", pgettext_lazy("topic", "return home")
    REINTEGRATION = "reintegration", pgettext_lazy("topic", "reintegration")
    FORCED_LABOUR = "forced_labour", pgettext_lazy("topic", "forced labour")
    SEXUAL_EXPLOITATION = "sexual_exploitation", pgettext_lazy("topic", "sexual exploitation")
    INTERPRETERS = "interpreters", pgettext_lazy("topic", "interpreters")
    DATA_PROTECTION = "data_protection", pgettext_lazy("topic", "data protection")


class Because(TextChoices):
    """Why the co-ordinator hides a text: a code, so that no reason tells more than the text did."""

    CASE_CONTENT = "case_content", pgettext_lazy("hidden because", "it tells of a case")
    OFF_TOPIC = "off_topic", pgettext_lazy("hidden because", "it does not belong here")
    MISLEADING = "misleading", pgettext_lazy("hidden because", "it may mislead")
    UNKIND = "unkind", pgettext_lazy("hidden because", "it hurts somebody")


class Share(TextChoices):
    """How many of an agency have read an announcement, where they are too few to be counted."""

    ALL = "all", pgettext_lazy("have read", "all")
    SOME = "some", pgettext_lazy("have read", "some")
    NONE = "none", pgettext_lazy("have read", "nobody")
