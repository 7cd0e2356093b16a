"""Who a session belongs to."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from agencies.models import Member


class MemberBackend(ModelBackend):
    """By password; and for each request the member together with the agency, in one query."""

    def get_user(self, user_id: Any) -> Member | None:
        member = Member.objects.select_related("agency").filter(pk=user_id).first()
        return member if member is not None and self.user_can_authenticate(member) else None

    def user_can_authenticate(self, user: Any) -> bool:
        """What stands for an agency without an account is nobody's, and never comes in."""
        return super().user_can_authenticate(user) and not user.is_guest
