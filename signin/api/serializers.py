"""What the API reads and shows of signing in."""

from typing import Any

from rest_framework import serializers

from agencies.api.serializers import MemberOut


class LoginIn(serializers.Serializer[Any]):
    """`code` is that of the app, or a recovery code."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=200, trim_whitespace=False)
    code = serializers.CharField(max_length=40, required=False, default="")


class AgainIn(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=40)


class LoggedIn(MemberOut):
    csrf_token: str
