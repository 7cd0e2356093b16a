"""Choices that say why: of radios and boxes each beside itself, of a list all below it."""

from typing import Any

from django import forms


class WhyRadios(forms.RadioSelect):
    """`topic` is that of the guidance whose codes are the choices."""

    template_name = "pages/whychoices.html"

    def __init__(self, topic: str) -> None:
        super().__init__()
        self.topic = topic

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return super().get_context(name, value, attrs) | {"topic": self.topic}


class WhyBoxes(forms.CheckboxSelectMultiple):
    """The same, with more than one to tick."""

    template_name = "pages/whychoices.html"

    def __init__(self, topic: str) -> None:
        super().__init__()
        self.topic = topic

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return super().get_context(name, value, attrs) | {"topic": self.topic}


class WhySelect(forms.Select):
    """A list that is folded holds nothing but words: its whys stand together below it. `what` names
    them."""

    template_name = "pages/whyselect.html"

    def __init__(self, topic: str, what: Any) -> None:
        super().__init__()
        self.topic, self.what = topic, what

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        shown: dict[str, Any] = {"topic": self.topic, "what": self.what, "pairs": self.choices}
        return super().get_context(name, value, attrs) | shown
