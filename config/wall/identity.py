"""The functions by which a policy learns who asks: they believe what is signed, and nothing else."""

# HMAC-SHA256 (RFC 2104) over the core function sha256: the pads are kept ready beside the key, so
# that no extension is needed. Whatever is not signed right is nobody.
FUNCTIONS = """
CREATE TABLE IF NOT EXISTS wall.key (inner_pad bytea NOT NULL, outer_pad bytea NOT NULL);

CREATE OR REPLACE FUNCTION wall.identity() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    said text := current_setting('safehand.identity', true);
    body text := split_part(said, '~', 1);
    pads wall.key;
BEGIN
    IF coalesce(said, '') = '' THEN
        RETURN NULL;
    END IF;
    SELECT * INTO pads FROM wall.key;
    IF encode(sha256(pads.outer_pad || sha256(pads.inner_pad || convert_to(body, 'UTF8'))), 'hex')
       IS DISTINCT FROM split_part(said, '~', 2) THEN
        RETURN NULL;
    END IF;
    RETURN string_to_array(body, '|');
END $$;

CREATE OR REPLACE FUNCTION wall.actor() RETURNS integer
LANGUAGE sql STABLE PARALLEL RESTRICTED RETURN (wall.identity())[2]::integer;
CREATE OR REPLACE FUNCTION wall.agency() RETURNS bigint
LANGUAGE sql STABLE PARALLEL RESTRICTED RETURN (wall.identity())[3]::bigint;
CREATE OR REPLACE FUNCTION wall.role() RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED RETURN coalesce((wall.identity())[4], '');
CREATE OR REPLACE FUNCTION wall.principals() RETURNS integer[]
LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN string_to_array((wall.identity())[5], ',')::integer[];
CREATE OR REPLACE FUNCTION wall.cases() RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN string_to_array((wall.identity())[6], ',')::bigint[];
CREATE OR REPLACE FUNCTION wall.keys() RETURNS text[]
LANGUAGE sql STABLE PARALLEL RESTRICTED RETURN string_to_array((wall.identity())[7], ',');
CREATE OR REPLACE FUNCTION wall.at() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN to_timestamp((wall.identity())[8]::double precision);
CREATE OR REPLACE FUNCTION wall.referral() RETURNS bigint
LANGUAGE sql STABLE PARALLEL RESTRICTED RETURN nullif((wall.identity())[9], '')::bigint;
CREATE OR REPLACE FUNCTION wall.space() RETURNS integer
LANGUAGE sql STABLE PARALLEL RESTRICTED RETURN coalesce((wall.identity())[10]::integer, 0);
CREATE OR REPLACE FUNCTION wall.machine() RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN coalesce((wall.identity())[4] = 'machine', false);

-- Whether a case, an agency, a member is of the space of whoever asks; asked only where a role reaches
-- across agencies, and by functions, so that the plans of all others stay as they are.
CREATE OR REPLACE FUNCTION wall.is_here(number bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.cases_case c JOIN public.agencies_agency a ON a.id = c.owner_id
        WHERE c.id = number AND a.space = wall.space()
    )
$$;
CREATE OR REPLACE FUNCTION wall.of_here(agency bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.agencies_agency WHERE id = agency AND space = wall.space()
    )
$$;
CREATE OR REPLACE FUNCTION wall.works_here(member bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.agencies_member m JOIN public.agencies_agency a ON a.id = m.agency_id
        WHERE m.id = member AND a.space = wall.space()
    )
$$;

-- Who has no account answers one referral: by its code the access table knows it, by its case the rest.
-- The referral's own policy asks the access table, so that one cannot ask the referral; these may.
CREATE OR REPLACE FUNCTION wall.answered_code() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$ SELECT code FROM public.referral_referral WHERE id = wall.referral() $$;
CREATE OR REPLACE FUNCTION wall.answered_case() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$ SELECT case_id FROM public.referral_referral WHERE id = wall.referral() $$;

-- A policy of the access table cannot ask the access table; this function may.
CREATE OR REPLACE FUNCTION wall.owns(number bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.cases_caseaccess
        WHERE content_object_id = number AND group_id = ANY (wall.principals())
          AND because IN ('owner', 'assigned') AND (until IS NULL OR until > wall.at())
    )
$$;

-- A consent's own policy cannot ask whom it names; this function may.
CREATE OR REPLACE FUNCTION wall.is_recipient(consent bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.cases_consentscope
        WHERE consent_id = consent AND agency_id = wall.agency()
    ) AND wall.role() IN ('focal_point', 'social_worker', 'supervisor')
$$;

-- What seldom opens a case is asked by functions: written into the policy, their tables' own policies
-- would stand in every plan that touches a case, and planning would cost more than the page.
CREATE OR REPLACE FUNCTION wall.is_handing_over(number bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.referral_transfer
        WHERE case_id = number AND wall.agency() IN (sender_id, receiver_id)
    )
$$;

-- The other side of what may be one person: whoever owns one of the two learns of both.
CREATE OR REPLACE FUNCTION wall.is_doubled(number bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.cases_possibleduplicate
        WHERE number IN (earlier_id, later_id)
          AND (wall.owns(earlier_id) OR wall.owns(later_id)
               OR earlier_id = ANY (wall.cases()) OR later_id = ANY (wall.cases()))
    )
$$;

-- The act of this transaction knows the case by its code.
CREATE OR REPLACE FUNCTION wall.is_named(number bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.cases_case WHERE id = number AND code = ANY (wall.keys())
    )
$$;

-- Whoever takes a colleague's account away hands on their cases, without seeing one.
CREATE OR REPLACE FUNCTION wall.cases_of(member bigint)
RETURNS TABLE (id bigint, code text)
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.id, c.code FROM public.cases_case c
    JOIN public.agencies_member m ON m.id = member
    WHERE wall.role() IN ('agency_admin', 'system_admin')
      AND (m.agency_id = wall.agency()
           OR (wall.role() = 'system_admin' AND wall.works_here(m.id)))
      AND (c.worker_id = member OR EXISTS (
          SELECT 1 FROM public.referral_referral r
          WHERE r.case_id = c.id AND member IN (r.assignee_id, r.contact_id)
      ))
$$;
"""
