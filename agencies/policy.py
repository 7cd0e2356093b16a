"""Who may see and change agencies, members and services. Nothing else decides this."""

from enum import StrEnum

from django.db.models import Q, QuerySet

from agencies.listingmodels import DirectoryImport, Listing
from agencies.models import REAL, Agency, Member, SavedView, Service
from agencies.roles import BY_TWO, CASEWORK, NATIONAL, Role
from kernel.verdict import ALLOW, Verdict, deny


class Verb(StrEnum):
    REGISTER_AGENCY = "register_agency"
    CHANGE_AGENCY = "change_agency"
    INVITE_MEMBER = "invite_member"
    CHANGE_MEMBER = "change_member"
    OFFER_SERVICE = "offer_service"
    CHANGE_SERVICE = "change_service"
    SET_PLACES = "set_places"
    LIST_SERVICE = "list_service"
    CONFIRM_SERVICE = "confirm_service"
    IMPORT_DIRECTORY = "import_directory"
    SET_CLOCKS = "set_clocks"
    CHANGE_CODE_LISTS = "change_code_lists"
    SEE_LOG = "see_log"
    SEE_SEALS = "see_seals"
    SEE_REGISTER = "see_register"
    WITNESS_LOG = "witness_log"
    KEEP_KEYS = "keep_keys"
    KEEP_COPIES = "keep_copies"


ADMINS = frozenset({Role.SYSTEM_ADMIN, Role.AGENCY_ADMIN})
INSIDERS = frozenset({Role.AGENCY_ADMIN, Role.SUPERVISOR, Role.FOCAL_POINT})
# Whether the log is in order; what it says is for fewer.
WATCHERS = frozenset({Role.SYSTEM_ADMIN, Role.AUDITOR, Role.DATA_PROTECTION_OFFICER})

# Who makes each change; system administrators anywhere, the others in their own agency only.
ROLES: dict[Verb, frozenset[Role]] = {
    Verb.REGISTER_AGENCY: frozenset({Role.SYSTEM_ADMIN}),
    Verb.CHANGE_AGENCY: frozenset({Role.SYSTEM_ADMIN}),
    Verb.INVITE_MEMBER: ADMINS,
    Verb.CHANGE_MEMBER: ADMINS,
    Verb.OFFER_SERVICE: frozenset({Role.AGENCY_ADMIN}),
    Verb.CHANGE_SERVICE: frozenset({Role.AGENCY_ADMIN}),
    Verb.SET_PLACES: INSIDERS,
    Verb.LIST_SERVICE: ADMINS,
    Verb.CONFIRM_SERVICE: ADMINS,
    Verb.IMPORT_DIRECTORY: ADMINS,
    Verb.SET_CLOCKS: frozenset({Role.AGENCY_ADMIN, Role.SUPERVISOR}),
    Verb.CHANGE_CODE_LISTS: frozenset({Role.SYSTEM_ADMIN}),
    Verb.SEE_LOG: frozenset({Role.AUDITOR, Role.DATA_PROTECTION_OFFICER}),
    Verb.SEE_SEALS: WATCHERS,
    Verb.SEE_REGISTER: frozenset({Role.AUDITOR, Role.DATA_PROTECTION_OFFICER}),
    Verb.WITNESS_LOG: WATCHERS | {Role.AGENCY_ADMIN},
    Verb.KEEP_KEYS: frozenset({Role.SYSTEM_ADMIN}),
    Verb.KEEP_COPIES: frozenset({Role.SYSTEM_ADMIN}),
}
# Of an agency without members somebody else keeps what its administrator would.
FOR_A_GUEST = frozenset(
    {Verb.OFFER_SERVICE, Verb.CHANGE_SERVICE, Verb.SET_PLACES, Verb.SET_CLOCKS}
)


def in_space(actor: Member, agency: str) -> Q:
    """The condition for rows of the actor's own space; `agency` is the path to the agency. Every list
    that a role sees across agencies begins with it."""
    return Q(**{f"{agency}__space": actor.space})


def of_space(space: int | None, agency: str) -> Q:
    """The condition for rows of this space alone, or of all where none is said: for what clocks do, and
    for nobody's list."""
    return Q() if space is None else Q(**{f"{agency}__space": space})


def agencies_visible_to(actor: Member) -> QuerySet[Agency]:
    """Every member may know which agencies there are; system administrators see closed ones."""
    here = Agency.objects.filter(space=actor.space)
    return here if actor.role == Role.SYSTEM_ADMIN else here.filter(is_active=True)


def services_visible_to(actor: Member) -> QuerySet[Service]:
    everyones = Service.objects.filter(
        in_space(actor, "agency"), agency__is_active=True
    ).exclude(status=Service.Status.DEFUNCT)
    return (
        everyones
        if actor.role != Role.AGENCY_ADMIN
        else (everyones | Service.objects.filter(agency=actor.agency))
    )


def public_listings() -> QuerySet[Listing]:
    """What anybody may read without signing in: nothing that its agency has not listed, that
    nobody has said to be right, or whose agency takes part no longer. In an order by chance, so
    that a place in it says nothing."""
    listed = Listing.objects.filter(is_listed=True, service__verified_on__isnull=False)
    open_ones = listed.filter(
        service__status__in=[Service.Status.ACTIVE, Service.Status.CLOSED],
        service__agency__is_active=True,
        service__agency__space=REAL,
    )
    return open_ones.select_related("service__agency").order_by("uid")


def public_agencies() -> QuerySet[Agency]:
    """The agencies of these services."""
    of_them = public_listings().order_by().values("service__agency")
    return Agency.objects.filter(pk__in=of_them).order_by("uid")


def peopled() -> QuerySet[Agency]:
    """The agencies that have somebody here; what stands for an agency without members is nobody."""
    people = Member.objects.filter(is_active=True, is_guest=False)
    return Agency.objects.filter(pk__in=people.values("agency"))


def imports_visible_to(actor: Member) -> QuerySet[DirectoryImport]:
    """What one has read in oneself: it may say where a shelter is."""
    return DirectoryImport.objects.filter(by=actor)


def members_visible_to(actor: Member) -> QuerySet[Member]:
    """Colleagues of one's own agency; for system administrators everybody. What stands for an
    agency without members is nobody."""
    people = Member.objects.filter(in_space(actor, "agency"), is_guest=False)
    return people if actor.role == Role.SYSTEM_ADMIN else people.filter(agency=actor.agency)


def caseworkers_of(actor: Member) -> QuerySet[Member]:
    """Those of the actor's own agency to whom work on a case may be given."""
    working = members_visible_to(actor).filter(agency=actor.agency_id, is_active=True)
    return working.filter(role__in=CASEWORK).order_by("last_name", "first_name", "username")


def views_visible_to(actor: Member) -> QuerySet[SavedView]:
    """One's own saved views: nobody else looks at how somebody works."""
    return SavedView.objects.filter(member=actor)


def may(actor: Member, verb: Verb, agency: Agency | None = None) -> Verdict:
    if agency is not None and agency.is_guest:
        if verb is Verb.INVITE_MEMBER:
            return deny("guest_agency_has_no_members")
        if verb in FOR_A_GUEST and actor.role == Role.SYSTEM_ADMIN:
            return ALLOW
    if Role(actor.role) not in ROLES[verb]:
        return deny(f"role_may_not_{verb}")
    if actor.role != Role.SYSTEM_ADMIN and agency is not None and agency.pk != actor.agency_id:
        return deny("only_in_own_agency")
    return ALLOW


def may_speak_for(actor: Member, verb: Verb, service: Service) -> Verdict:
    """An agency itself says what the public is told of a service, and that all is right. A system
    administrator says it only for an agency that has nobody here."""
    verdict = may(actor, verb, service.agency)
    elsewhere = actor.role == Role.SYSTEM_ADMIN and service.agency_id != actor.agency_id
    if verdict and elsewhere and peopled().filter(pk=service.agency_id).exists():
        return deny("its_agency_says_this")
    return verdict


def may_give_role(actor: Member, role: Role, agency: Agency) -> Verdict:
    """National roles exist in the co-ordinating agency only, given by system administrators;
    identification officers also where an agency decides on identification."""
    if role in NATIONAL and not agency.is_coordinating:
        if role != Role.IDENTIFICATION_OFFICER:
            return deny("national_roles_only_in_the_coordinating_agency")
        if not agency.deciding_body:
            return deny("officers_only_in_a_deciding_body")
    if role in NATIONAL and actor.role != Role.SYSTEM_ADMIN:
        return deny("only_system_administrators_give_national_roles")
    return ALLOW


def may_give_alone(actor: Member, role: Role, seconder: Member | None) -> Verdict:
    """A second active member, not the one who gives it, stands behind each of certain roles."""
    if role not in BY_TWO:
        return ALLOW
    if seconder is None or not seconder.is_active or seconder.pk == actor.pk:
        return deny("second_person_needed")
    return ALLOW


def may_end_role(actor: Member, member: Member) -> Verdict:
    """Who holds a national role loses it by a system administrator alone; what stands for an
    agency without members goes only when the agency gets its own access."""
    if member.is_guest and member.agency.is_guest:
        return deny("guest_agency_has_no_members")
    if Role(member.role) in NATIONAL and actor.role != Role.SYSTEM_ADMIN:
        return deny("only_system_administrators_give_national_roles")
    return ALLOW
