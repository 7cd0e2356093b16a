"""What the API reads about agencies, members and services."""

import datetime as dt
from typing import Any, TypedDict
from zoneinfo import available_timezones

import holidays
from django.db.models import QuerySet
from rest_framework import serializers

from agencies.clocks import Urgency
from agencies.lists import districts, languages, regions, service_types
from agencies.models import Agency, Member, Service, Token
from agencies.org import TYPE
from agencies.queries import Match
from agencies.roles import AgencyType, Role
from edge.fields import Code
from kernel.errors import Invalid


def known(pointer: str, rows: QuerySet[Any], **key: str) -> Any:
    """The one record with that key among those the caller may see, or Invalid at the pointer."""
    found = rows.filter(**key).first()
    if found is None:
        kind = rows.model.__name__.lower()
        raise Invalid(f"unknown_{kind}", pointer=pointer)
    return found


class Hours(serializers.Serializer[Any]):
    service_type = serializers.ChoiceField(sorted(service_types()), required=False, default="")
    urgency = serializers.ChoiceField(Urgency.choices)
    reply_hours = serializers.FloatField(min_value=0.25, max_value=1000)
    contact_hours = serializers.FloatField(min_value=0.25, max_value=2000)


class AgencyIn(serializers.ModelSerializer[Agency]):
    type = serializers.ChoiceField(AgencyType.choices)
    region = Code(frozenset(regions()), required=False, allow_blank=True)
    district = Code(frozenset(districts()), required=False, allow_blank=True)
    time_zone = Code(frozenset(available_timezones()), required=False)
    holiday_country = Code(
        frozenset(c for c in holidays.list_supported_countries() if len(c) == len("BY")),
        required=False,
    )
    closed_weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), required=False, max_length=6
    )
    htcds = serializers.DictField(
        required=False, help_text="Where it may be found, by HTCDS names. Public."
    )

    class Meta:
        model = Agency
        fields = [
            "name", "type", "region", "district", "protocol_signed_on",
            "protocol_signed_until", "time_zone", "holiday_country", "closed_weekdays",
            "closed_days", "is_active", "deciding_body", "htcds",
        ]  # fmt: skip


class MemberIn(serializers.Serializer[Any]):
    username = serializers.RegexField(r"^[a-z0-9][a-z0-9._-]{2,39}$")
    role = serializers.ChoiceField(Role.choices)
    agency = serializers.CharField(max_length=16, required=False)
    email = serializers.EmailField(required=False, allow_blank=True)
    first_name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    last_name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    language = serializers.ChoiceField(["en", "ru", "be"], required=False)


class RoleIn(serializers.Serializer[Any]):
    role = serializers.ChoiceField(Role.choices)


class Nothing(serializers.Serializer[Any]):
    """An act that needs no further word."""


class TokenIn(serializers.Serializer[Any]):
    label = serializers.CharField(max_length=80)  # type: ignore[assignment]  # our word, not the widget's
    scopes = serializers.ListField(
        child=serializers.ChoiceField(
            [scope.value for scope in Token.Scope if scope is not Token.Scope.ACTIVATE]
        ),
        min_length=1,
        max_length=len(Token.Scope),
    )
    days = serializers.IntegerField(min_value=1, max_value=90)


class ActivateIn(serializers.Serializer[Any]):
    secret = serializers.CharField(max_length=120)
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class ServiceIn(serializers.ModelSerializer[Service]):
    type = serializers.ChoiceField(sorted(service_types()))
    status = serializers.ChoiceField(Service.Status.choices, required=False)
    minimum_age = serializers.IntegerField(
        min_value=0, max_value=130, required=False, allow_null=True
    )
    maximum_age = serializers.IntegerField(
        min_value=0, max_value=130, required=False, allow_null=True
    )
    capacity = serializers.IntegerField(
        min_value=0, max_value=100_000, required=False, allow_null=True
    )
    places_free = serializers.IntegerField(
        min_value=0, max_value=100_000, required=False, allow_null=True
    )
    languages = serializers.ListField(child=Code(languages()), required=False, max_length=50)
    districts = serializers.ListField(
        child=Code(frozenset(districts())), required=False, max_length=150
    )
    confidential_address = serializers.CharField(
        max_length=300, required=False, allow_null=True, write_only=True
    )

    class Meta:
        model = Service
        fields = [
            "type", "name", "status", "minimum_age", "maximum_age", "genders",
            "takes_foreigners", "takes_families", "needs_gender", "languages", "districts",
            "round_the_clock", "capacity", "places_free", "verified_on",
            "confidential_address",
        ]  # fmt: skip


class PlacesIn(serializers.Serializer[Any]):
    places_free = serializers.IntegerField(min_value=0, max_value=100_000)


class AgencyOut(TypedDict):
    code: str
    name: str
    type: str
    region: str
    district: str
    is_coordinating: bool
    is_active: bool
    protocol_signed_on: dt.date | None
    protocol_signed_until: dt.date | None
    time_zone: str
    holiday_country: str
    closed_weekdays: list[int]
    closed_days: list[dt.date]
    deciding_body: str
    org_Type: str
    htcds: dict[str, Any]
    version: int


class MemberOut(TypedDict):
    username: str
    first_name: str
    last_name: str
    role: str
    agency: str
    language: str
    is_active: bool
    left_at: dt.datetime | None


class Invited(MemberOut):
    activation_secret: str


class ServiceOut(TypedDict):
    code: str
    agency: str
    agency_name: str
    type: str
    name: str
    status: str
    minimum_age: int | None
    maximum_age: int | None
    genders: list[str]
    takes_foreigners: bool
    takes_families: bool
    languages: list[str]
    districts: list[str]
    round_the_clock: bool
    capacity: int | None
    places_free: int | None
    verified_on: dt.date | None
    address_is_confidential: bool
    version: int


class ServiceMatch(ServiceOut):
    eligible: bool
    score: int
    reasons: list[str]


class TokenOut(TypedDict):
    code: str
    label: str
    scopes: list[str]
    created_at: dt.datetime
    expires_at: dt.datetime


class TokenIssued(TokenOut):
    secret: str


class HoursOut(TypedDict):
    service_type: str
    urgency: str
    reply_hours: float
    contact_hours: float


class EventOut(TypedDict):
    at: dt.datetime
    event: str
    by: str
    role: str
    agency: str
    about: str
    case: str
    groups: list[str]
    facts: dict[str, str]
    request_id: str


def match_out(match: Match) -> ServiceMatch:
    return {
        **service_out(match.service),
        "eligible": match.eligible,
        "score": match.score,
        "reasons": match.reasons,
    }


def agency_out(agency: Agency) -> AgencyOut:
    return {
        "code": agency.code,
        "name": agency.name,
        "type": agency.type,
        "region": agency.region,
        "district": agency.district,
        "is_coordinating": agency.is_coordinating,
        "is_active": agency.is_active,
        "protocol_signed_on": agency.protocol_signed_on,
        "protocol_signed_until": agency.protocol_signed_until,
        "time_zone": agency.time_zone,
        "holiday_country": agency.holiday_country,
        "closed_weekdays": agency.closed_weekdays,
        "closed_days": agency.closed_days,
        "deciding_body": agency.deciding_body,
        "org_Type": TYPE[AgencyType(agency.type)],
        "htcds": agency.htcds,
        "version": agency.version,
    }


def member_out(member: Member) -> MemberOut:
    return {
        "username": member.username,
        "first_name": member.first_name,
        "last_name": member.last_name,
        "role": member.role,
        "agency": member.agency.code,
        "language": member.language,
        "is_active": member.is_active,
        "left_at": member.left_at,
    }


def service_out(service: Service) -> ServiceOut:
    """A service as everybody may see it. Its address is in no answer."""
    return {
        "code": service.code,
        "agency": service.agency.code,
        "agency_name": service.agency.name,
        "type": service.type,
        "name": service.name,
        "status": service.status,
        "minimum_age": service.minimum_age,
        "maximum_age": service.maximum_age,
        "genders": service.genders,
        "takes_foreigners": service.takes_foreigners,
        "takes_families": service.takes_families,
        "languages": service.languages,
        "districts": service.districts,
        "round_the_clock": service.round_the_clock,
        "capacity": service.capacity,
        "places_free": service.places_free,
        "verified_on": service.verified_on,
        "address_is_confidential": service.confidential_address is not None,
        "version": service.version,
    }
