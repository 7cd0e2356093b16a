"""guardian's question, answered from the access table: one query, expiry included."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from guardian.backends import ObjectPermissionBackend

from agencies.models import Member
from cases import policy
from cases.models import Case
from kernel.groups import DataGroup


class CaseAccessBackend(ObjectPermissionBackend):
    """`member.has_perm("cases.see_identity", case)` and `cases.see_case`, by the policy.

    A superuser gets no shortcut here, and permissions without an object grant nothing.
    """

    def has_perm(
        self, user_obj: Member | AnonymousUser, perm: str, obj: Model | None = None
    ) -> bool:
        if not isinstance(user_obj, Member) or not user_obj.is_active:
            return False
        if not isinstance(obj, Case) or not perm.startswith("cases.see_"):
            return False
        wanted = perm.removeprefix("cases.see_")
        if wanted == "case":
            return bool(policy.reasons(user_obj, obj))
        return wanted in set(DataGroup) and wanted in policy.groups(user_obj, obj)

    def get_all_permissions(
        self, user_obj: Member | AnonymousUser, obj: Model | None = None
    ) -> set[str]:
        if not isinstance(user_obj, Member) or not isinstance(obj, Case):
            return set()
        groups = policy.groups(user_obj, obj)
        return {f"see_{group}" for group in groups} | ({"see_case"} if groups else set())

    def authenticate(self, *_args: Any, **_credentials: Any) -> None:
        return None
