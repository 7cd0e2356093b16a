"""Which rows of each table an identity may reach: one line a table, and none without a line."""

from dataclasses import dataclass

from agencies.roles import CASEWORK

# Each is worked out once a query, not once a row: a scalar sub-select is an InitPlan.
ACTOR = "(SELECT wall.actor())"
AGENCY = "(SELECT wall.agency())"
ROLE = "(SELECT wall.role())"
# The cast makes one array of the sub-select; without it ANY would look for a set of rows.
PRINCIPALS = "(SELECT wall.principals())::integer[]"
HELD = "(SELECT wall.cases())::bigint[]"
KEYS = "(SELECT wall.keys())::text[]"

# Set where a link is answered by who has no account, and then of that referral alone.
REFERRAL = "(SELECT wall.referral())"
# Among which agencies: the real ones, or those of one learner.
SPACE = "(SELECT wall.space())"
_OF_THE_LINK = "(SELECT wall.answered_code())"
_WHOLE_AGENCY = f"{REFERRAL} IS NULL"
_IN_THE_CASE = f"({_WHOLE_AGENCY} OR case_id = (SELECT wall.answered_case()))"

_IN_CASEWORK = f"{ROLE} IN ({', '.join(repr(str(role)) for role in sorted(CASEWORK))})"
_OF_WHOM = (
    f"agency_id = {AGENCY} "
    f"AND ({ROLE} = 'supervisor' OR ({ROLE} = 'social_worker' AND by_id = {ACTOR}))"
)
_IN_THE_INBOX = f"{ROLE} IN ('focal_point', 'supervisor')"
# Whoever keeps the service is real; no made-up space has one.
_SYSTEM = f"({ROLE} = 'system_admin' AND {SPACE} = 0)"
_ADMIN = f"{ROLE} = 'agency_admin'"
_LIVE = "(a.until IS NULL OR a.until > (SELECT wall.at()))"


def _protection(case: str) -> str:
    """Data protection reaches every case of its own space."""
    return f"({ROLE} = 'data_protection_officer' AND wall.is_here({case}))"


def _here(role: str, agency: str) -> str:
    """A role that reaches across agencies does so in its own space."""
    return f"({role} AND wall.of_here({agency}))"


_OFFICER = f"{ROLE} = 'data_protection_officer'"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that may be seen and changed; `new` where other rows may be added than seen."""

    seen: str
    new: str = ""


# What has no policy, and why that is well.
OPEN = {
    "auth_group": "names of functions",
    "auth_group_permissions": "empty: rights stand in the access table",
    "auth_permission": "the one permission that guardian knows",
    "agencies_member_groups": "empty: functions are columns of the agency",
    "agencies_member_user_permissions": "empty: rights stand in the access table",
    "guardian_groupobjectpermission": "empty: the access table stands in its place",
    "guardian_userobjectpermission": "empty: the access table stands in its place",
    "django_content_type": "names of models",
    "django_migrations": "names of migrations; to be read only",
    "django_session": "empty: sessions stand in a table of our own",
    "edge_browsersession": "looked up before anybody is known; holds digests of keys",
    "mfa_authenticator": "looked up before anybody is known; secrets sealed, codes as digests",
    "signin_networkfailures": "counted before anybody is known; networks as keyed tokens",
    "account_emailaddress": "empty: addresses are columns of the member",
    "account_emailconfirmation": "empty: nobody signs up by mail",
    "agencies_token": "looked up before anybody is known; holds digests",
    "edge_asked": "counted before anybody is known; callers as keyed tokens",
    "edge_repeatedkey": "looked up before anybody is known; holds digests",
    "agencies_member": "sign-in, and whom to tell; no person in need is in it",
    "agencies_service": "the directory of services is open to members",
    "agencies_clocksetting": "how long an agency takes is no secret",
    "agencies_codeentry": "code lists",
    "identification_instrument": "lists of signs, as published",
    "notify_event": "codes of what happened, without whom it was told",
    "notify_preference": "whoever tells must know how somebody wants to be told",
}


def sees(case: str) -> str:
    """A live row of the access table names one of the actor's principals for the case."""
    return _granted(case, "")


def owns(case: str) -> str:
    """The same on the side of the case's owner."""
    return _granted(case, "AND a.because IN ('owner', 'assigned') ")


def held(case: str) -> str:
    """The act of this transaction holds the case."""
    return f"{case} = ANY ({HELD})"


def _granted(case: str, more: str) -> str:
    # OFFSET 0 keeps the planner from turning it into one big join or hash: a page's rows are few.
    return (
        "EXISTS (SELECT 1 FROM cases_caseaccess a "
        f"WHERE a.content_object_id = {case} AND a.group_id = ANY ({PRINCIPALS}) "
        f"{more}AND {_LIVE} OFFSET 0)"
    )


def _of_the_case(table: str, column: str = "case_id") -> Rows:
    case = f"{table}.{column}"
    return Rows(f"{sees(case)} OR {held(case)}")


def _of_the_owner(table: str, more: str = "") -> Rows:
    case = f"{table}.case_id"
    return Rows(f"{owns(case)} OR {held(case)}{more}")


def _with(table: str, parent: str, column: str) -> Rows:
    """As far as its parent can be seen, whose own policy says that."""
    return Rows(f"EXISTS (SELECT 1 FROM {parent} p WHERE p.id = {table}.{column} OFFSET 0)")


def _of_the_person(table: str, which: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM cases_case c "
        f"WHERE c.person_id = {table}.person_id AND {which} OFFSET 0)"
    )


_IN_SCOPE = (
    "EXISTS (SELECT 1 FROM cases_case c JOIN cases_caseaccess a ON a.content_object_id = c.id "
    "WHERE c.person_id = cases_sealedgroup.person_id "
    f"AND a.group_id = ANY ({PRINCIPALS}) AND {_LIVE} "
    'AND cases_sealedgroup."group" = ANY (a.scope) OFFSET 0)'
)
_NAMED = f"{ACTOR} IN (referral_referral.assignee_id, referral_referral.contact_id)"

_INSIDE = f"({ACTOR} > 0 AND {SPACE} = 0 AND {_WHOLE_AGENCY})"
# By the codes: they tell it also when all that they stood for was wiped. Whoever does something to a
# real case is seen, from wherever they did it.
_MADE_UP_EVENT = "(left(agency, 3) = 'PX-' OR left(\"case\", 3) = 'PX-' OR (agency = '' AND left(about, 3) = 'PX-'))"
_REAL_EVENT = f"{SPACE} = 0 AND (left(\"case\", 3) = 'SH-' OR left(about, 3) = 'SH-' OR NOT {_MADE_UP_EVENT})"
_BOARD = f"{_INSIDE} AND (hidden_at IS NULL OR by_id = {ACTOR} OR {ROLE} = 'coordinator')"
_OF_THE_BOARD = f"{_INSIDE} AND (by_id = {ACTOR} OR {ROLE} = 'coordinator')"
_NAMES = f"({ROLE} IN ('supervisor', 'agency_admin') AND m.agency_id = {AGENCY})"

POLICIES: dict[str, Rows] = {
    # The case and the person
    "cases_caseaccess": Rows(
        f"(group_id = ANY ({PRINCIPALS}) AND ({_WHOLE_AGENCY} OR source = {_OF_THE_LINK})) "
        f"OR {held('content_object_id')} OR {_protection('content_object_id')} "
        "OR wall.owns(content_object_id)"
    ),
    "cases_case": Rows(
        f"{sees('cases_case.id')} OR {held('id')} OR (code = ANY ({KEYS}) AND wall.of_here(owner_id)) "
        f"OR {_here(_OFFICER, 'owner_id')} "
        f"OR ({ROLE} = 'supervisor' AND wall.is_handing_over(id)) OR wall.is_doubled(id)"
    ),
    "cases_person": Rows(
        f"uid::text = ANY ({KEYS}) OR EXISTS ("
        "SELECT 1 FROM cases_case c WHERE c.person_id = cases_person.id OFFSET 0)"
    ),
    "cases_sealedgroup": Rows(
        f"{_IN_SCOPE} OR {_of_the_person('cases_sealedgroup', held('c.id'))}"
    ),
    "cases_nametoken": Rows(
        f"(agency_id = {AGENCY} AND EXISTS (SELECT 1 FROM cases_person p "
        "WHERE p.id = cases_nametoken.person_id OFFSET 0)) "
        f"OR {_of_the_person('cases_nametoken', held('c.id'))}"
    ),
    "cases_duplicatetoken": _with("cases_duplicatetoken", "cases_person", "person_id"),
    "cases_tokensheet": _with("cases_tokensheet", "cases_person", "person_id"),
    "cases_possibleduplicate": Rows(
        f"{owns('cases_possibleduplicate.earlier_id')} "
        f"OR {owns('cases_possibleduplicate.later_id')} "
        f"OR {held('earlier_id')} OR {held('later_id')}"
    ),
    "cases_identitycount": Rows(
        f"member_id = {ACTOR} OR ({_OFFICER} AND wall.works_here(member_id))"
    ),
    "cases_timelineentry": _of_the_case("cases_timelineentry"),
    "cases_record": _of_the_case("cases_record"),
    # Whoever does not see that an agency is kept apart would take it for allowed.
    "cases_exclusion": Rows(
        f"member_id = {ACTOR} OR (agency_id = {AGENCY} AND {_IN_THE_CASE}) "
        f"OR {sees('cases_exclusion.case_id')} "
        f"OR {held('case_id')} OR {_protection('case_id')} OR wall.is_named(case_id)"
    ),
    "cases_note": _of_the_owner("cases_note"),
    "cases_assessment": _of_the_owner("cases_assessment"),
    "cases_formdraft": _of_the_owner("cases_formdraft"),
    # Whom it names may know that the person allows something: it is allowed to them.
    "cases_consent": _of_the_owner(
        "cases_consent",
        f" OR {_protection('case_id')} OR ({_IN_THE_CASE} AND wall.is_recipient(cases_consent.id))",
    ),
    "cases_consentscope": _with("cases_consentscope", "cases_consent", "consent_id"),
    "cases_override": _of_the_owner(
        "cases_override",
        f" OR {_protection('case_id')} OR (agency_id = {AGENCY} AND {_IN_CASEWORK} AND {_IN_THE_CASE})",
    ),
    # Identification
    "identification_screening": _of_the_case("identification_screening"),
    "identification_statement": _of_the_case("identification_statement"),
    "identification_identification": _of_the_case("identification_identification"),
    "identification_decision": _with(
        "identification_decision", "identification_identification", "identification_id"
    ),
    "identification_telling": _with(
        "identification_telling", "identification_decision", "decision_id"
    ),
    "identification_extension": _with(
        "identification_extension", "identification_identification", "identification_id"
    ),
    "identification_anonymousnotice": Rows(
        f"{SPACE} = 0 AND ({ROLE} IN ('identification_officer', 'coordinator') "
        f"OR cardinality({HELD}) > 0)"
    ),
    # Reintegration: the owner's side, and nobody else
    "reintegration_plan": _of_the_owner("reintegration_plan"),
    "reintegration_goal": _with("reintegration_goal", "reintegration_plan", "plan_id"),
    "reintegration_action": _with("reintegration_action", "reintegration_goal", "goal_id"),
    "reintegration_review": _of_the_owner("reintegration_review"),
    "reintegration_score": _with("reintegration_score", "reintegration_review", "review_id"),
    "reintegration_checkin": _of_the_owner("reintegration_checkin"),
    "reintegration_alert": _of_the_owner("reintegration_alert"),
    # Between agencies. By a link its own referral is seen, and no other of the case that an act holds.
    "referral_referral": Rows(
        f"({_WHOLE_AGENCY} OR id = {REFERRAL}) AND ("
        f"(receiver_id = {AGENCY} AND sent_at IS NOT NULL AND {_IN_CASEWORK} "
        f"AND ({_IN_THE_INBOX} OR {_NAMED})) "
        f"OR {owns('referral_referral.case_id')} OR {held('case_id')})"
    ),
    # What was shown goes when the access goes: a receiver keeps no receipt of its own.
    "referral_disclosure": Rows(
        "EXISTS (SELECT 1 FROM referral_referral r WHERE r.id = referral_disclosure.referral_id "
        f"AND ({sees('r.case_id')} OR {held('r.case_id')}) OFFSET 0)"
    ),
    "referral_handover": _with("referral_handover", "referral_referral", "referral_id"),
    "referral_attempt": _with("referral_attempt", "referral_referral", "referral_id"),
    "referral_message": _with("referral_message", "referral_referral", "referral_id"),
    "referral_onward": _with("referral_onward", "referral_referral", "referral_id"),
    "referral_transfer": Rows(
        f"({AGENCY} IN (sender_id, receiver_id) AND {ROLE} = 'supervisor') OR {held('case_id')}"
    ),
    "referral_caserequest": Rows(
        f"(asker_id = {AGENCY} AND {ROLE} = 'supervisor') "
        f"OR {owns('referral_caserequest.case_id')} OR {held('case_id')}"
    ),
    # Who has no account says the digest of what they hold, and finds that link alone; the sides of
    # the referral find it by the referral.
    "guest_link": Rows(
        f"digest = ANY ({KEYS}) OR (device <> '' AND device = ANY ({KEYS})) "
        "OR EXISTS (SELECT 1 FROM referral_referral r WHERE r.id = guest_link.referral_id OFFSET 0)"
    ),
    "guest_admission": Rows(
        f"({_SYSTEM} AND wall.works_here(asked_by_id)) OR asked_by_id = {ACTOR}"
    ),
    # The register: agencies of one space know of those of no other
    "agencies_agency": Rows(f"space = {SPACE}"),
    # Telling and doing
    "notify_delivery": Rows(f"member_id = {ACTOR} AND {_WHOLE_AGENCY}", new="true"),
    "notify_task": Rows(
        f"({_WHOLE_AGENCY} AND (assignee_id = {ACTOR} OR (agency_id = {AGENCY} "
        f"AND ({ROLE} = 'supervisor' OR (assignee_id IS NULL AND {ROLE} = role))))) "
        f'OR "case" = ANY ({KEYS})',
        new="true",
    ),
    "notify_clock": Rows(
        f"(({_WHOLE_AGENCY} OR subject = {_OF_THE_LINK}) AND ("
        f"assignee_id = {ACTOR} OR ({ROLE} = 'coordinator' AND wall.of_here(sender_id)) "
        f"OR ({AGENCY} IN (sender_id, receiver_id) "
        f"AND ({_IN_CASEWORK} OR {ROLE} = 'identification_officer')))) "
        f'OR "case" = ANY ({KEYS}) OR subject = ANY ({KEYS})'
    ),
    "notify_rung": _with("notify_rung", "notify_clock", "clock_id"),
    # Systems of an agency: numbers, kinds and times; secrets sealed.
    "notify_endpoint": Rows(f"agency_id = {AGENCY} OR {_SYSTEM}"),
    "notify_announcement": Rows(f"agency_id = {AGENCY}", new="true"),
    "notify_call": _with("notify_call", "notify_endpoint", "endpoint_id"),
    # One's own, and the log
    "signin_factorreset": Rows(
        f"member_id = {ACTOR} OR ({ROLE} IN ('supervisor', 'agency_admin', 'system_admin') "
        "AND wall.works_here(member_id))"
    ),
    "agencies_savedview": Rows(f"member_id = {ACTOR}"),
    # The public directory: nobody is shown what is not listed; each agency's administrator writes it.
    "agencies_listing": Rows(
        f"is_listed OR {_SYSTEM} OR ({_ADMIN} AND service_id IN "
        f"(SELECT s.id FROM agencies_service s WHERE s.agency_id = {AGENCY}))"
    ),
    "agencies_origin": Rows(f"{_SYSTEM} OR ({_ADMIN} AND agency_id = {AGENCY})"),
    "agencies_directoryimport": Rows(f"by_id = {ACTOR}"),
    # The watchers read all of it that is real; of a case its owner's side reads who has looked at it.
    "audit_auditevent": Rows(
        f"({ROLE} IN ('auditor', 'data_protection_officer') AND {_REAL_EVENT}) "
        "OR EXISTS (SELECT 1 FROM cases_case c "
        f'WHERE c.code = audit_auditevent."case" AND {owns("c.id")} OFFSET 0)',
        new="true",
    ),
    # Hashes that whoever witnesses the log asks for; written by the sealer's process alone.
    "audit_seal": Rows("true", new="false"),
    "audit_leaf": Rows("true", new="false"),
    "audit_anchoring": Rows("true", new="false"),
    # Emergencies, contacts and acts that take two
    "guard_breakglass": Rows(
        f"by_id = {ACTOR} OR {_protection('case_id')} OR {held('case_id')} "
        f"OR (agency_id = {AGENCY} AND {ROLE} = 'supervisor') OR {owns('guard_breakglass.case_id')}"
    ),
    "guard_glassright": Rows(
        f"member_id = {ACTOR} OR (({ROLE} = 'supervisor' OR {_OFFICER}) AND wall.works_here(member_id))"
    ),
    "guard_contact": Rows(
        f"{owns('guard_contact.case_id')} OR {held('case_id')} "
        f"OR (agency_id = {AGENCY} AND {sees('guard_contact.case_id')})"
    ),
    # Codes alone; whoever might be the second person must find what waits.
    "seconding_twopersonact": Rows(
        f"{ACTOR} IN (asked_by_id, decided_by_id) OR agency_id = {AGENCY} "
        f"OR {_here(_SYSTEM, 'agency_id')} OR {_here(_OFFICER, 'agency_id')}"
    ),
    "cases_apartattempt": Rows(f"by_id = {ACTOR}"),
    # What a person asks of their data; data protection sees that it is answered in time
    "rights_subjectrequest": _of_the_owner(
        "rights_subjectrequest", f" OR {_protection('case_id')}"
    ),
    # The ring, erasures and copies: their state is for system administrators
    "custody_purposekey": Rows("true"),
    "custody_keyact": Rows(_SYSTEM),
    "custody_keydestruction": Rows(_SYSTEM),
    "custody_copyrun": Rows(_SYSTEM),
    # Written by the act that ends a consent or erases a person.
    "custody_journalentry": Rows(f"cardinality({HELD}) > 0"),
    "custody_tombstone": Rows(
        f"({SPACE} = 0 AND ({_SYSTEM} OR {_OFFICER} OR cardinality({HELD}) > 0)) OR EXISTS (SELECT 1 "
        "FROM cases_person p JOIN cases_case c ON c.person_id = p.id "
        f"WHERE p.uid = custody_tombstone.person_uid AND {owns('c.id')} OFFSET 0)"
    ),
    # What becomes of it in the end
    "cases_hold": _of_the_owner("cases_hold", f" OR {_protection('case_id')}"),
    "rights_batch": Rows(
        f"{_here(_OFFICER, 'agency_id')} OR (agency_id = {AGENCY} AND {ROLE} = 'supervisor')"
    ),
    "rights_item": _with("rights_item", "rights_batch", "batch_id"),
    "rights_demand": Rows(
        f"(agency_id = {AGENCY} AND {ROLE} IN ('focal_point', 'supervisor', 'identification_officer') "
        f"AND {_IN_THE_CASE}) "
        f"OR {_here(_OFFICER, 'agency_id')} OR {owns('rights_demand.case_id')} OR {held('case_id')}"
    ),
    # Documents: the owner's side, and whoever they were ticked for while the case is open to them
    "documents_document": Rows(
        f"{owns('documents_document.case_id')} OR {held('case_id')} OR ({sees('documents_document.case_id')} "
        "AND EXISTS (SELECT 1 FROM documents_tick k WHERE k.document_id = documents_document.id OFFSET 0))"
    ),
    "documents_storedfile": _with("documents_storedfile", "documents_document", "document_id"),
    "documents_piece": _with("documents_piece", "documents_storedfile", "file_id"),
    "documents_tick": Rows(
        "EXISTS (SELECT 1 FROM referral_referral r WHERE r.code = documents_tick.source OFFSET 0)"
    ),
    "documents_ticket": Rows(f"member_id = {ACTOR}"),
    # Files: whoever brought one in, and the agency's supervisors, with whom alone one goes out; data
    # protection sees that something goes out, and none of it
    "exchange_sealedfile": Rows(_OF_WHOM),
    "exchange_filepiece": _with("exchange_filepiece", "exchange_sealedfile", "file_id"),
    "exchange_importjob": Rows(_OF_WHOM),
    "exchange_importrow": _with("exchange_importrow", "exchange_importjob", "job_id"),
    "exchange_exportjob": Rows(
        f"(agency_id = {AGENCY} AND {ROLE} = 'supervisor') OR {_here(_OFFICER, 'agency_id')}"
    ),
    "exchange_exportedcase": Rows(
        "EXISTS (SELECT 1 FROM exchange_exportjob j WHERE j.id = exchange_exportedcase.job_id "
        f"AND j.agency_id = {AGENCY} OFFSET 0) OR {held('case_id')}"
    ),
    # Not for whoever has taken the case over: no consent covers what it came with.
    "exchange_origin": Rows(
        f"(agency_id = {AGENCY} AND {owns('exchange_origin.case_id')}) OR {held('case_id')}"
    ),
    "audit_cosignature": Rows("true"),
    # Between agencies, about no case: for members, and not for who answers by a link.
    "network_question": Rows(_BOARD, new=_OF_THE_BOARD),
    "network_answer": Rows(_BOARD, new=_OF_THE_BOARD),
    "network_focalpoint": Rows(
        f"{_INSIDE} AND EXISTS (SELECT 1 FROM agencies_member m WHERE m.id = member_id AND m.is_active "
        f"AND (agreed_at IS NOT NULL OR m.id = {ACTOR} OR {_NAMES}) OFFSET 0)",
        new=f"{_INSIDE} AND EXISTS (SELECT 1 FROM agencies_member m WHERE m.id = member_id "
        f"AND (m.id = {ACTOR} OR {_NAMES}) OFFSET 0)",
    ),
    "network_reach": Rows(
        f"{_INSIDE} AND (member_id = {ACTOR} OR EXISTS (SELECT 1 FROM network_focalpoint f "
        "WHERE f.member_id = network_reach.member_id AND f.agreed_at IS NOT NULL OFFSET 0))",
        new=f"{_INSIDE} AND member_id = {ACTOR}",
    ),
    "network_bulletin": Rows(
        f"{_INSIDE} AND (agency_id IS NULL OR agency_id = {AGENCY})",
        new=f"{_INSIDE} AND (({ROLE} = 'coordinator' AND agency_id IS NULL) "
        f"OR ({_ADMIN} AND agency_id = {AGENCY}))",
    ),
    # Who has read what is one's own; the co-ordinator and the own administrator count it.
    "network_confirmation": Rows(
        f"{_INSIDE} AND (member_id = {ACTOR} OR {ROLE} = 'coordinator' "
        f"OR ({_ADMIN} AND agency_id = {AGENCY}))",
        new=f"{_INSIDE} AND member_id = {ACTOR}",
    ),
    # Figures: what is published is the same for all, and made by the machine. What is sealed for them
    # is written where the group is; nobody but the machine reads who was counted.
    "figures_sheet": Rows(
        _of_the_person("figures_sheet", f"({owns('c.id')} OR {held('c.id')})")
    ),
    "figures_counted": Rows("false"),
    "figures_release": Rows("true", new=f"{ROLE} = 'coordinator'"),
    "figures_cell": Rows("true", new="false"),
    "figures_noisy": Rows("true", new="false"),
    "figures_spent": Rows("true", new="false"),
    "figures_extract": Rows(
        f"{SPACE} = 0 AND {ROLE} IN ('coordinator', 'data_protection_officer', 'auditor')",
        new=f"{ROLE} = 'coordinator'",
    ),
    # Learning: a learner's own is the learner's alone, whatever anybody's role; the machine counts. A
    # certificate is found by who says its code.
    "learning_sitting": Rows(f"member_id = {ACTOR}"),
    "learning_refresher": Rows(f"member_id = {ACTOR}"),
    "learning_certificate": Rows(f"member_id = {ACTOR} OR code = ANY ({KEYS})"),
    # How somebody practises is theirs alone; what is in their space hangs on its agencies.
    "practice_space": Rows(f"learner_id = {ACTOR}"),
    # What was signed is one's own, too. Who is due is also for whoever leads or runs the agency; the
    # co-ordinator reads whole steps of them, which the machine counts.
    "learning_signature": Rows(f"member_id = {ACTOR}"),
    "learning_due": Rows(
        f"member_id = {ACTOR} OR EXISTS (SELECT 1 FROM agencies_member m WHERE m.id = member_id "
        f"AND {_NAMES} OFFSET 0)",
        new=f"member_id = {ACTOR}",
    ),
    "learning_duecount": Rows(f"{ROLE} = 'coordinator' AND {SPACE} = 0", new="false"),
    "learning_cohort": Rows(
        f"({ROLE} = 'coordinator' AND {SPACE} = 0) OR (agency_id = {AGENCY} AND {ROLE} = 'supervisor')",
        new="false",
    ),
}
