"""Every code that the API answers with, as a sentence for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PHRASES: dict[str, Promise] = {
    # HTTP
    "invalid": _("Some of the input is not right."),
    "required": _("This is needed."),
    "null": _("This may not be null."),
    "not_a_dict": _("An object is needed here."),
    "max_string_length": _("This is too long."),
    "blank": _("This may not be empty."),
    "max_length": _("This is too long."),
    "min_length": _("This is too short."),
    "max_value": _("This is too large."),
    "min_value": _("This is too small."),
    "invalid_choice": _("This is not one of the known codes."),
    "not_a_list": _("A list is needed here."),
    "empty": _("At least one entry is needed."),
    "body_not_json": _("The body is not valid JSON."),
    "text_not_unicode": _("The text is not valid Unicode."),
    "null_characters_not_allowed": _("The text may not contain null characters."),
    "parameter_repeated": _("The address says one thing twice."),
    "surrogate_characters_not_allowed": _("The text is not valid Unicode."),
    "body_too_large": _("The body is too large."),
    "against_a_rule": _("The data goes against a rule that the records must keep."),
    "body_too_deep": _("The body is nested too deeply."),
    "no_working_day": _("The agency would have no working day."),
    "protocol_ends_before_it_begins": _("The protocol ends before it begins."),
    "date_in_the_future": _("This day is still to come."),
    "owner_already": _("This agency owns the case already."),
    "receiver_is_being_asked_for_help": _("This agency is being asked for help already."),
    "bad_request": _("The request could not be read."),
    "not_found": _("There is nothing here that you may see."),
    "not_authenticated": _("Please sign in."),
    "authentication_failed": _("Sign-in failed."),
    "permission_denied": _("You may not do this."),
    "forbidden": _("You may not do this."),
    "scope_missing": _("This token may not be used for that."),
    "method_not_allowed": _("This address does not take that method."),
    "page_too_old": _("This page has grown too old. Please open it again."),
    "only_by_its_button": _(
        "There is nothing to read here: this address acts when its button is pressed."
    ),
    "not_acceptable": _("The API answers in JSON only."),
    "unsupported_media_type": _("The API reads JSON only."),
    "throttled": _("Too many requests. Please wait a little."),
    "https_only": _("The API answers over https only."),
    "restoring": _("The service is coming back from a copy. Please try again later."),
    "busy": _("The service is busy. Please try again."),
    "internal_error": _("Something went wrong on our side. Nothing was changed."),
    "idempotency_key_missing": _("This needs an Idempotency-Key header."),
    "idempotency_key_malformed": _("The Idempotency-Key is not 1 to 80 visible characters."),
    "idempotency_key_reused": _("This Idempotency-Key was used for another request."),
    "if_match_missing": _("This needs an If-Match header with the version you judged."),
    "stale_version": _("Somebody changed this meanwhile. Please look at it again."),
    "changed_meanwhile": _("Somebody changed this meanwhile. Please look at it again."),
    "not_recorded": _(
        "This cannot be written into the log just now, so nothing is shown and nothing was done."
        " Please try again."
    ),
    "checkpoint_unknown": _("There is no checkpoint of this size."),
    "key_not_readable": _("This is not a public key."),
    "cosignature_wrong": _("This is not a signature of that checkpoint by this key."),
    "nothing_sealed_yet": _("Nothing has been sealed yet."),
    "cursor_malformed": _("This page mark is not valid."),
    # FHIR
    "not_the_resource": _("A Task is needed here."),
    "not_the_id": _("The id of the Task is not that of the address."),
    "status_is_no_answer": _("This status is none that a receiver can answer with."),
    "said_twice": _("This is said twice."),
    "not_a_moment": _("A day and a time with a zone are needed here."),
    "not_changed_here": _(
        "This is not kept here: put it back as it was shown, or leave it out."
    ),
    "unknown_parameter": _("This search parameter is not known."),
    "count_out_of_range": _("A page holds 1 to 50 entries."),
    # Agencies and members
    "view_name_taken": _("You have a saved list of this name already."),
    "too_many_views": _("You have saved as many lists as there is room for. Remove one first."),
    "only_in_own_agency": _("You may do this in your own agency only."),
    "national_roles_only_in_the_coordinating_agency": _(
        "National roles exist in the co-ordinating agency only."
    ),
    "only_system_administrators_give_national_roles": _(
        "Only a system administrator gives national roles."
    ),
    "not_for_oneself": _("Nobody does this for themselves."),
    "member_has_left": _("This member has left already."),
    "username_taken": _("This user name is taken."),
    "token_lasts_too_long": _("A token lasts 90 days at most."),
    "activation_not_valid": _("This activation is not valid any more."),
    "password_too_weak": _(
        "This password is too weak: 15 characters at least, no usual password, and not made of words "
        "about you, your agency or this service."
    ),
    "password_is_not_the_old_one": _("This is not the password until now."),
    "password_is_the_old_one": _("This is the password until now."),
    "more_free_places_than_places": _("More places cannot be free than there are."),
    "ages_out_of_order": _("The youngest age is above the oldest."),
    "unknown_district": _("This district is not known."),
    "unknown_language": _("This language code is not known."),
    "unknown_agency": _("This agency is not known."),
    "unknown_service": _("This service is not known."),
    "unknown_member": _("This member is not known."),
    "unknown_time_zone": _("This time zone is not known."),
    "unknown_country": _("There is no calendar for this country."),
    # Signing in
    "step_up_needed": _("Please show again who you are, by a passkey or a code."),
    "second_factor_needed": _("A code of your app, or a recovery code, is needed as well."),
    "second_factor_missing": _("Sign in on the pages first and set up a second step."),
    "code_not_right": _("This code is not right, or its time is over."),
    "passkey_not_taken": _("This passkey was not taken. Please try again."),
    "last_factor_stays": _("This is your last way to sign in. Set up another one first."),
    "role_may_not_reset_factors": _("Administrators ask for it, supervisors approve it."),
    "reset_is_asked_for": _("New factors are asked for already."),
    "reset_is_approved": _("This is approved already."),
    "reset_is_not_due": _("The day of waiting is not over."),
    "reset_has_ended": _("This has ended already."),
    # Cases and persons
    "role_may_not_register": _("Social workers and supervisors register cases."),
    "only_the_owner_may_do_this": _("Only the agency that owns the case may do this."),
    "only_a_supervisor_may_do_this": _("Only a supervisor may do this."),
    "case_is_closed": _("The case is closed."),
    "case_is_not_open": _("The case is not open."),
    "group_not_open": _("This data group is not open to you."),
    "group_is_not_sealed": _("This data group is not written here."),
    "unknown_field": _("This field is not known."),
    "unknown_code": _("This is not one of the known codes."),
    "not_a_text": _("A text is needed here."),
    "not_a_date": _("A date such as 2001-12-31 is needed here."),
    "text_too_long": _("This text is too long."),
    "too_many_items": _("These are too many entries."),
    "not_a_caseworker_of_this_agency": _("This is not a caseworker of your agency."),
    "not_a_member_of_this_agency": _("This is not a member of your agency."),
    "due_in_the_past": _("This lies in the past."),
    "too_far_ahead": _("This is more than five years ahead."),
    "follow_up_in_the_past": _("A follow-up lies in the past."),
    "owner_cannot_be_excluded": _("The owner of the case cannot be kept apart from it."),
    "agency_is_not_excluded": _("This agency is not kept apart."),
    "checklist_no_open_referral": _("A referral has not ended yet."),
    "checklist_consents_ended": _("A consent is still active."),
    "checklist_follow_ups_planned": _("No follow-up is planned yet."),
    "task_is_done": _("This task is done already."),
    # Consent
    "owner_needs_no_consent": _("Your own agency needs no consent for its own case."),
    "group_not_for_this_kind_of_agency": _(
        "This kind of agency is never shown this data group."
    ),
    "consent_end_out_of_range": _("A consent ends after now and within a year."),
    "consent_has_expired": _("This consent has expired."),
    "witness_missing": _("A spoken consent needs a witness."),
    "guardian_missing": _("Who is the parent or guardian?"),
    "assent_missing": _("Please record what the child says."),
    "a_guardian_consents_for_a_child": _(
        "For a child, and for unknown age, a parent, guardian or the authority consents."
    ),
    "an_adult_consents_in_person": _("An adult consents in person."),
    "successor_is_not_an_active_consent": _(
        "The consent that replaces it must be active and of the same case."
    ),
    "consent_cannot_replace_itself": _("A consent cannot replace itself."),
    "person_is_held": _("A legal hold or a restriction says to keep this."),
    "use_is_restricted": _(
        "The use of what is kept is restricted: nothing is added or shared now."
    ),
    "role_may_not_hold": _(
        "Supervisors of the agency and data protection officers set and end holds."
    ),
    "ground_of_another_kind": _("This is not a ground for that."),
    "is_held_already": _("It is held already."),
    "is_held_no_more": _("It has ended already."),
    "a_second_person_ends_it": _("Somebody other than who set the hold ends it."),
    "role_may_not_erase": _("Supervisors of the agency and data protection decide on erasing."),
    "batch_is_decided": _("This batch has been decided on."),
    "item_is_decided": _("This has been decided on."),
    "nobody_to_erase": _("There is nobody left to erase in this batch."),
    "batch_was_refused": _("The batch was refused."),
    "erasure_is_proposed": _("It has been proposed already."),
    "not_due_any_more": _("Meanwhile the case was taken up again: its time is not over."),
    "only_the_asked_agency_answers": _("The agency that was asked answers."),
    "demand_was_answered": _("This has been answered already."),
    "person_was_erased": _("What was known of this person has been erased for good."),
    "case_of_the_person_is_open": _("Somebody still works on a case of this person."),
    "only_data_protection_and_a_second_person_erase": _(
        "Only an officer of data protection and a second person can erase somebody."
    ),
    "key_is_the_current_one": _("New data are sealed by this key. Make a new one first."),
    "something_hangs_on_the_key": _(
        "Something is still sealed by this key. Move everything to the newest key first."
    ),
    "destruction_was_asked_for": _("Somebody has asked for this already."),
    "destruction_was_approved": _("A second person has approved this already."),
    "destruction_needs_two_people": _(
        "Two administrators must give up this key before it is destroyed."
    ),
    "role_may_not_keep_keys": _("Only system administrators keep the keys."),
    "role_may_not_keep_copies": _("Only system administrators keep the backups."),
    "reason_too_short": _("The reason needs 30 characters at least."),
    "a_second_person_decides": _("Somebody else than who asked must decide."),
    "override_has_expired": _("This override has expired."),
    # Screening and identification
    "age_band_against_age_when_trafficked": _(
        "The person was older than this when it happened."
    ),
    "only_an_officer_decides": _("Only an officer of the competent authority decides."),
    "decider_was_the_interviewer": _(
        "Who asked, wrote down, submitted or worked the case does not decide on it."
    ),
    "reconsidered_by_another": _("Another officer than who said no looks at it again."),
    "only_the_interviewer_writes": _("Only who asks the questions writes the answers."),
    "not_for_a_child": _("This way is not for a child, nor for somebody of unknown age."),
    "person_did_not_agree": _("Nobody is asked who has not agreed to be asked."),
    "screening_is_begun": _("You have begun this form already."),
    "screening_is_submitted": _("What was submitted stays as it is; correct it by a new one."),
    "screening_is_corrected": _("There is a correction of it already."),
    "nothing_answered": _("Nothing is answered yet."),
    "unknown_question": _("This form has no such question."),
    "unknown_instrument": _("There is no such questionnaire."),
    "unknown_evidence": _("There is no such screening or statement in this case."),
    "instrument_without_questions": _("This questionnaire has no questions yet."),
    "instrument_version_is_there": _("This version is published already, and stays as it is."),
    "instrument_is_for_adult": _("This questionnaire is for adults."),
    "instrument_is_for_child": _("This questionnaire is for children."),
    "needed_in_three_languages": _("This is needed in English, Russian and Belarusian."),
    "rule_needs_numbers_of_signs": _("A rule says how many signs of which strength it needs."),
    "not_a_code": _("A code of letters, digits and . _ - is needed here."),
    "no_screening_submitted": _("A screening must be filled in first."),
    "best_interest_missing": _(
        "For a child, please write what was weighed in the child's best interest."
    ),
    "not_a_deciding_body": _("This agency does not decide on identification here."),
    "reflection_period_runs": _(
        "The reflection period runs; nothing is decided before its end."
    ),
    "reflection_has_ended": _("The reflection period has ended."),
    "reflection_only_gets_longer": _("A reflection period gets longer, never shorter."),
    "reflection_too_long": _("This is longer than a reflection period may be."),
    "reconsideration_window_is_over": _("The time in which to ask for another look is over."),
    "nobody_to_tell": _("Nobody of this kind is to be told of this decision."),
    "told_already": _("They were told already."),
    "told_out_of_time": _("This lies before the decision, or is still to come."),
    "checklist_no_decision_awaited": _("The competent authority has not decided yet."),
    "checklist_decisions_told": _("Somebody is still to be told of a decision."),
    "checklist_overrides_ended": _("A sharing without consent is still in force."),
    "checklist_no_open_transfer": _("A transfer waits for its answer."),
    "checklist_plan_ended": _("The plan is not ended yet."),
    "checklist_alerts_resolved": _("A warning has not been looked at yet."),
    # Figures
    "already_released": _("The figures of this month are made or being made already."),
    "later_month_is_released": _("The figures of a later month are made already."),
    "month_is_not_over": _(
        "The figures of a month can be made a week after its end, so that late entries are in them."
    ),
    "not_a_month": _("A month such as 2026-10 is needed here."),
    "not_a_year": _("A year such as 2026 is needed here."),
    "year_is_not_released": _("The figures of December of that year are not made yet."),
    "extract_has_expired": _("This file has run out. Ask for it anew."),
    "budget_spent": _("The budget for noisy numbers of this year is used up."),
    # Documents
    "document_kind_not_taken": _("PDF, JPEG, PNG and WebP files can be added."),
    "document_is_not_what_it_says": _(
        "The name, the declared kind and the content of this file do not agree."
    ),
    "document_too_large": _("A file has 25 MB at most."),
    "document_is_empty": _("This file is empty."),
    "too_many_documents": _("A case holds 100 documents at most."),
    "document_quota_used_up": _("Your agency has added as much as it may this month."),
    "document_is_quarantined": _("This document is not checked yet."),
    "document_is_rejected": _("The check refused this document."),
    "document_is_retracted": _("This document was taken back."),
    "document_is_erased": _("This document was erased."),
    "document_is_damaged": _("This document is damaged and is not given out."),
    "document_not_for_this_referral": _(
        "Only checked documents of what the referral shares can go with it."
    ),
    "document_not_fit_to_send": _(
        "A chosen document was taken back, or does not belong to what is shared."
    ),
    # Handing on
    "onward_is_proposed": _("This service is proposed already."),
    "onward_is_answered": _("This proposal is answered already."),
    "referral_has_ended": _("The referral has ended."),
    "not_a_case_code": _("A case has a code such as SH-7K3M-Q9TX."),
    "case_is_asked_for": _("Your agency has asked for this case already."),
    "case_request_is_answered": _("This request is answered already."),
    # Referral
    "service_of_own_agency": _("Your own services need no referral."),
    "no_consent": _("A consent for what is shared is missing or has ended."),
    "not_possible": _("This is not possible."),
    "not_active": _("This service is not active."),
    "answers_by_a_link": _("Has no account: it answers by a link, and you tell it a passcode."),
    "guest_agency_has_no_members": _("This agency has no account, and so no members."),
    "guest_needs_mail_and_phone": _("An e-mail and a telephone number are needed."),
    "agency_has_its_own_access": _("This agency has its own access."),
    "receiver_has_its_own_access": _("They have their own access, and need no link."),
    "only_the_sender_gives_a_link": _("Only the sender gives a link and its passcode."),
    "link_is_in_use": _(
        "They use this link. If it is to end all the same, open its page again and say so there."
    ),
    "no_link_between_these": _(
        "One of the two agencies takes no part any more: no link leads anywhere. Please find other help."
    ),
    "no_link_to_end": _("There is no link that could be ended."),
    "access_was_asked_for_before": _("This was asked for already. Somebody will write to you."),
    "admission_is_decided": _("This was decided already."),
    "no_sharing_protocol": _("This agency has no sharing protocol in force."),
    "name_is_taken": _("There is an agency of this name already."),
    "not_in_practice": _("This is not part of practice."),
    "age_not_taken": _("This service does not take this age."),
    "gender_not_taken": _("This service does not take this gender."),
    "foreigners_not_taken": _("This service does not take foreigners."),
    "families_not_taken": _("This service does not take families."),
    "same_service_already_asked": _("This service is being asked already."),
    "only_the_clock_may_do_this": _("Only the clock does this."),
    "only_the_inbox_assigns": _("Focal points and supervisors assign."),
    "information_was_asked_for_before": _("Information was asked for once already."),
    "first_contact_too_late": _("The first contact is planned too late."),
    "first_contact_in_the_past": _("The first contact is planned in the past."),
    "not_a_caseworker_of_the_receiver": _("This is not a caseworker of the receiving agency."),
    "meeting_in_the_past": _("The meeting lies in the past."),
    "attempt_in_the_future": _("The attempt lies in the future."),
    "contact_in_the_future": _("The contact lies in the future."),
    "no_handover_planned": _("No handover is planned yet."),
    "handover_not_confirmed_by_both": _("The handover is not confirmed by both sides yet."),
    "too_few_attempts": _("At least three attempts must be logged first."),
    "recall_was_acknowledged": _("The recall was acknowledged already."),
    "transfer_is_answered": _("This transfer is answered already."),
    "transfer_is_open": _("A transfer of this case is waiting for an answer already."),
    # How well a service fits
    "speaks_language": _("Speaks the language."),
    "interpreter_needed": _("An interpreter is needed."),
    "open_round_the_clock": _("Open round the clock."),
    "not_open_at_night": _("Not open at night."),
    "in_district": _("In the same district."),
    "in_region": _("In the same region."),
    "serves_whole_country": _("Serves the whole country."),
    "elsewhere": _("In another region."),
    "full": _("Full at the moment."),
    "has_free_places": _("Has free places."),
    "capacity_not_told": _("Has not said how many places are free."),
    "not_verified_lately": _("Its entry was not checked lately."),
    "verified": _("Its entry was checked lately."),
    # The public directory, and sets of other directories
    "its_agency_says_this": _("This agency says it itself."),
    "address_is_confidential": _("The address is confidential; its place cannot be shown."),
    "public_name_is_missing": _("Say under which name the public knows the agency."),
    "hours_need_both_ends": _("Say when it opens and when it closes."),
    "not_an_address_of_a_page": _("An address such as https://example.org is needed here."),
    "service_is_closed_for_good": _("This service is closed for good."),
    "not_a_uuid": _("A number such as 0fdfb57f-c147-4cfb-864c-44788a335d8c is needed here."),
    "format_is_not_offered": _("Only JSON is offered."),
    "not_a_source": _("Small Latin letters, digits, dots and hyphens are needed here."),
    "import_has_ended": _("This set was taken over or put aside already."),
    "import_has_faults": _("Nothing is taken over while there is a fault."),
    "directory_has_changed": _("The directory has changed meanwhile. Please look again."),
    "file_too_large": _("The file is too large."),
    "file_is_empty": _("There is nothing in the file."),
    "file_is_damaged": _("The file is damaged or was cut off."),
    "file_is_locked": _("The file is locked with a password."),
    "file_unpacks_too_large": _("What is packed in the file is too large."),
    "too_many_files": _("Too many files are packed in it."),
    "too_many_services": _("There are too many services in one file; please part it."),
    "too_many_records": _("There are too many records in one file; please part it."),
    "not_an_hsds_file": _("This is neither JSON nor a ZIP of a directory."),
    "no_services_in_the_file": _("There is no service in the file."),
    "file_is_not_json": _("The file is not valid JSON."),
    "file_is_not_csv": _("A table in the file is not valid CSV."),
    "file_is_not_utf8": _("The file is not in UTF-8. Please save it as UTF-8."),
    "column_stands_twice": _("A column stands twice in a table."),
    "cells_are_not_as_many_as_columns": _("This line has more or fewer cells than columns."),
    "not_a_whole_number": _("A whole number is needed here."),
    "not_a_mail_address": _("A mail address is needed here."),
    "unknown_status": _("Active, inactive, defunct or temporarily closed is needed here."),
    "unknown_weekday": _("Days such as MO,TU are needed here."),
    "points_nowhere": _("What this points to is not in the file."),
    "repeated_id": _("This number stands twice in the file."),
    "name_stands_twice": _("Two agencies have the same name."),
    "organization_is_not_yours": _("This is a service of another agency."),
    # Reintegration
    "plan_is_running": _("A plan is being made or carried out already."),
    "plan_has_no_goal": _("The plan has no goal yet."),
    "goal_is_open": _("A goal is neither met nor given up yet."),
    "review_is_due": _("The plan was not reviewed yet."),
    "no_running_plan": _("No plan that was agreed to is under way."),
    "earlier_review_is_due": _("An earlier review is still to be held."),
    "date_in_the_past": _("This day has passed."),
    "date_before_the_beginning": _("This lies before its beginning."),
    "date_before_the_last_review": _("This day lies before the last review."),
    "area_missing": _("An area of life has no score yet."),
    "out_of_range": _("This number is out of its range."),
    "not_a_number": _("A number is needed here."),
    "not_a_record": _("A record of fields is needed here."),
    "alert_is_resolved": _("This warning was looked into already."),
    # Code lists and jurisdiction
    "code_taken": _("This list has such a code already."),
    "unknown_code_list": _("This code list is not known."),
    "maps_to_no_standard_code": _(
        "In a list of the standard, name the standard's code that stands for it; elsewhere none."
    ),
    "code_list_is_closed": _(
        "The service itself works with this list; it takes no more codes."
    ),
    "code_is_retired": _("This code is retired already."),
    "code_of_the_standard": _("Only a code that was added here can be retired."),
    "officers_only_in_a_deciding_body": _(
        "Identification officers work in the co-ordinating agency or in one that decides."
    ),
    # Records and assessments
    "not_a_phone_number": _("A phone number such as +375291234567 is needed here."),
    "not_a_time": _("A time of day such as 09:30 is needed here."),
    "not_yes_or_no": _("True or false is needed here."),
    "nothing_written": _("There is nothing in it."),
    "safety_plan_is_there": _("There is a safety plan already; please change it."),
    "record_is_retracted": _("This record was taken back."),
    "date_before_birth": _("This day lies before the day of birth."),
    "age_above_own_age": _("The person is not that old yet."),
    "birth_date_against_age_when_trafficked": _(
        "By this day of birth the person is younger than when trafficked, as written down."
    ),
    "age_band_against_birth_date": _("The day of birth that is written down says otherwise."),
    "area_twice": _("Each area is judged once."),
    # Two persons, broken glass, who is kept apart, safe contact
    "nobody_could_second": _("There is nobody else who could approve this."),
    "second_person_is_asked": _("A second person is being asked for this already."),
    "second_person_is_done": _("This request has ended."),
    "second_person_too_late": _("The time for this has run out. Please ask anew."),
    "role_is_given_by_one": _("Nobody needs to approve this role."),
    "second_person_needed": _("A second person has to approve this first."),
    "not_the_second_person": _("Somebody of another role has to approve this."),
    "only_the_asker_may_do_this": _("Only who asked for it may do this."),
    "role_may_not_ask_this": _("Your role may not do this."),
    "break_glass_is_suspended": _(
        "You may not open a case in an emergency until data protection gives you this right back."
    ),
    "break_glass_limit_of_a_day": _("You have done this as often today as is allowed."),
    "break_glass_limit_of_a_month": _("You have done this as often this month as is allowed."),
    "break_glass_is_reviewed": _("Somebody has looked at this already."),
    "break_glass_is_not_suspended": _("There is nothing to give back here."),
    "reviewed_by_another": _("Somebody who was not part of it looks at this."),
    "case_is_open_to_you": _("You work on this case; there is no need for this."),
    "name_one_to_keep_apart": _("Name an agency, a user name or a district: one of them."),
    "member_works_on_this_case": _("They work on this case: give it to somebody else first."),
    "contact_plan_not_open": _("How to reach the person is not open to you."),
    "contact_has_ended": _("This contact was made or called off already."),
    "contact_before_it_was_planned": _("This lies before it was planned, or too far back."),
    "outside_safe_hours": _("It is not a safe time now."),
    "within_safe_hours": _("It is a safe time."),
    "person_wants_no_contact": _("The person wants no contact."),
    "channel_is_never_safe": _("The person must never be reached this way."),
    "channel_was_not_agreed": _("The person has not agreed to this way."),
    "no_plan_for_safe_contact": _("No safe way is written down yet. Ask the person first."),
    # What a person asks of their data
    "request_has_ended": _("This request has ended."),
    "identity_not_confirmed": _("It is not yet certain who asks."),
    "safety_was_not_asked": _("Ask the question of safety first."),
    "not_safe_to_answer": _("It was not safe to ask. Nothing is handed over until it is."),
    "not_a_request_for_access": _("Nobody has asked here to see what is kept."),
    "request_is_extended": _("There were two months more already."),
    "too_late_to_extend": _("The first month is over."),
    "too_long_ago": _("This lies too far back."),
    "pack_too_large": _("There is too much for one pack. Ask data protection."),
    "passphrase_is_gone": _("The passphrase was shown too long ago. Take the one shown now."),
    "same_file": _(
        "This file was brought in before, by you or a colleague. Your supervisor sees all imports."
    ),
    "who_brought_it_has_left": _("Whoever brought the file in is no longer a member."),
    "only_who_brought_it_may_import": _("Only who brought the file in says yes to it."),
    "more_faults": _("There are more faults than this table shows. Mend these first."),
    "is_here_already": _("A case with this reference is here already."),
    "text_too_long_for_a_workbook": _(
        "A text is too long for a cell of a workbook. Ask for the file as a table (CSV)."
    ),
    "export_was_not_made": _(
        "The file could not be made. Ask whoever runs the service what went wrong."
    ),
    "nothing_to_export": _("There is no case of your agency for this file."),
    "too_many_cases_to_export": _(
        "These are more cases than one file may hold. Choose fewer, for example by days."
    ),
    "ends_before_it_begins": _("The last day lies before the first."),
    "only_who_asked_may_fetch": _("Only who asked for the file may fetch it."),
    "export_is_not_ready": _("There is no file to fetch: it is not ready yet, or it is gone."),
    "export_was_fetched_too_often": _("The file was fetched as often as is allowed."),
    "export_holds_what_is_closed": _(
        "A case in this file is no longer your agency's to take out. Ask for a new file."
    ),
    # Learning
    "form_is_open": _("You have begun a form of this topic. Go on with it, and hand it in."),
    "form_was_sat": _("You have answered this form already. Nobody answers it twice."),
    "form_before_comes_first": _("The form before comes first."),
    "form_after_comes_first": _("The form after comes first."),
    "no_refresher_is_due": _("It is not time yet to look at this topic again."),
    "form_is_handed_in": _("This form is handed in. It stays as it is."),
    "question_is_open": _("Choose an answer."),
    "bank_was_taken_away": _(
        "The questions of this form were taken away. Ask whoever runs the service to put them back."
    ),
    "duty_to_know": _(
        "To see who somebody is you first show what your role is to know and sign the statement: you"
        " find both under Learning. You can go on writing and asking for help, and in an emergency"
        " there is emergency access."
    ),
    "statement_not_agreed": _("Say that you will keep to it, or do not sign."),
    "role_may_not_see_due": _("Your role does not show you who is due."),
    "number_is_missing": _("The number or address for this way is not written down."),
    # Practice
    "practice_is_under_way": _("You are practising already. Wipe that first."),
    "practice_is_enough": _(
        "You have begun twenty times within twenty-four hours. Go on later."
    ),
    "practice_is_not_ready": _(
        "Your practice is not open: it is being set up, or it was wiped."
    ),
    "practice_was_wiped": _("This practice was wiped."),
    "scenario_is_gone": _("This scenario was taken away. Wipe the practice."),
    "clock_is_moving": _("Time is passing already. Wait until it has."),
    "clock_is_far_enough": _(
        "The clock was moved on by two years. Wipe the practice and begin anew."
    ),
    "of_two_spaces": _("Something went wrong. Nothing was done."),
    # The network of agencies
    "case_content": _(
        "This may tell of a person or a case, so it was not kept. Say it without these words: nobody "
        "here needs to know whom it is about."
    ),
    "guests_have_no_board": _("Who answers by a link has no part in this."),
    "post_is_hidden": _("This is hidden."),
    "question_is_closed": _("This question is closed."),
    "focal_point_is_named": _("This member is named for this topic already."),
    "only_the_member_says_yes": _("Only the member says yes."),
    "end_not_within_a_year": _("The end lies in the future, at most a year from now."),
    "bulletin_is_over": _("This announcement is over."),
    # Systems of partners
    "url_not_printed": _("This address has signs that no address has, or is too long."),
    "url_not_a_url": _("This is no address such as https://partner.example.org/events."),
    "url_says_too_much": _("Leave out the user name before the host, and what follows a #."),
    "url_not_https": _("Only an address that begins with https:// is called."),
    "url_port_not_allowed": _(
        "This port is not called. Leave it out, or ask whoever runs the service."
    ),
    "url_host_not_readable": _("The name of the host cannot be read."),
    "url_address_not_allowed": _(
        "This address lies inside a network that is not called. Ask whoever runs the service."
    ),
    "too_many_endpoints": _("There are ten addresses already. Remove one first."),
    "endpoint_is_there": _("This address is there already."),
    "challenge_is_over": _("The hour for the word is over. Send a new one."),
    "not_the_word": _("This is not the word that was sent last."),
    "call_is_waiting": _("This call waits to be made already."),
}
# Codes that are made of parts, by their beginning.
FAMILIES: dict[str, Promise] = {
    "document_is_": _("This is not possible in the present state."),
    "cannot_": _("This is not possible in the present state."),
    "only_the_": _("The other side does this."),
    "not_your_side_to_": _("The other side does this."),
    "no_consent_for_": _("A consent for one of the data groups is missing or has ended."),
    "role_may_not_": _("Your role may not do this."),
    "url_": _("This address is not called."),
    "instrument_is_for_": _("This questionnaire is for other people."),
}


def of(code: str) -> str:
    """The sentence for a code, in the language of the request."""
    if code in PHRASES:
        return str(PHRASES[code])
    family = next((words for start, words in FAMILIES.items() if code.startswith(start)), None)
    return str(family) if family is not None else code.replace("_", " ").capitalize() + "."
