"""The guidance over HTTP: the same texts as on the pages."""

from typing import TypedDict

from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from edge.answers import listed
from edge.views import View
from guidance import whys
from guidance.whys import Source, Why
from kernel.datafiles import LANGUAGES
from kernel.errors import Invalid


class Nothing(serializers.Serializer[dict[str, str]]):
    """It is only read."""


class SourceOut(TypedDict):
    """`part` is the article, chapter or principle; empty for the whole."""

    key: str
    title: str
    publisher: str
    year: int
    part: str


class WhyOut(TypedDict):
    """`code` is that of the list that the topic is about, such as a data group."""

    key: str
    topic: str
    code: str
    text: str
    sources: list[SourceOut]


class Guidance(View):
    """Why things are asked, chosen or agreed to: all of it, or one topic, in one language."""

    serializer_class = Nothing

    @extend_schema(
        operation_id="guidance_list",
        parameters=[
            OpenApiParameter("topic", str, description="Such as `groups`."),
            OpenApiParameter(
                "language", str, enum=sorted(LANGUAGES), description="Else one's own."
            ),
        ],
        responses={200: listed(WhyOut)},
    )
    def get(self, request: Request) -> Response:
        topic = request.query_params.get("topic", "")
        language = request.query_params.get("language", "") or _own()
        if topic and topic not in whys.topics():
            raise Invalid("unknown_code", pointer="/topic")
        if language not in LANGUAGES:
            raise Invalid("unknown_code", pointer="/language")
        found = [(key, whys.why(key, language)) for key in whys.keys(topic)]
        return Response({"results": [why_out(key, each) for key, each in found if each]})


def _own() -> str:
    return (get_language() or "en").partition("-")[0]


def why_out(key: str, said: Why) -> WhyOut:
    topic, _, code = key.partition(".")
    return {
        "key": key,
        "topic": topic,
        "code": code,
        "text": said.text,
        "sources": [source_out(each) for each in said.sources],
    }


def source_out(said: Source) -> SourceOut:
    return {
        "key": said.key,
        "title": said.title,
        "publisher": said.publisher,
        "year": said.year,
        "part": said.part,
    }
