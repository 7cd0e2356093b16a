"""Counts over agencies' referrals: made inside the database, where nobody may read the rows.

The functions belong to a role that reads nothing but referrals (`config/wall`); whoever calls them
learns numbers. Of one agency only its own members are told.
"""

NAMES = (
    "referrals_counted(timestamptz, timestamptz, bigint)",
    "usual_answers(bigint[], integer, integer)",
)

# An answer is a yes or a no: a no ends the referral. Late is a referral that was answered after its
# time, and one that ran out; a question to the sender is no answer.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION wall.referrals_counted(
    since timestamptz, until timestamptz, agency bigint,
    OUT sent bigint, OUT seen bigint, OUT answered bigint, OUT met bigint, OUT completed bigint,
    OUT confirmed bigint, OUT median double precision, OUT late bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT count(*),
           count(*) FILTER (WHERE received_at IS NOT NULL),
           count(answered_at),
           count(*) FILTER (WHERE first_contact_at IS NOT NULL),
           count(*) FILTER (WHERE state IN ('completed', 'confirmed')),
           count(*) FILTER (WHERE state = 'confirmed'),
           percentile_cont(0.5) WITHIN GROUP (
               ORDER BY extract(epoch FROM answered_at - sent_at)
           ) FILTER (WHERE answered_at IS NOT NULL),
           count(*) FILTER (WHERE answered_at > reply_due_at OR state = 'expired')
    FROM (
        SELECT r.*, coalesce(
            accepted_at, CASE WHEN state = 'declined' THEN ended_at END
        ) AS answered_at
        FROM public.referral_referral r
        WHERE sent_at >= since AND sent_at < until
          AND sender_id = agency AND (agency = wall.agency() OR wall.machine())
    ) referrals
$$;

-- A yes or a no: a question is no answer yet.
CREATE OR REPLACE FUNCTION wall.usual_answers(
    agencies bigint[], newest integer, fewest integer
) RETURNS TABLE (agency bigint, took interval)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.id, percentile_cont(0.5) WITHIN GROUP (ORDER BY r.took)
    FROM unnest(agencies) AS a(id), LATERAL (
        SELECT coalesce(accepted_at, ended_at) - sent_at AS took FROM public.referral_referral
        WHERE receiver_id = a.id AND (accepted_at IS NOT NULL OR state = 'declined')
        ORDER BY id DESC LIMIT newest
    ) r
    GROUP BY a.id HAVING count(*) >= fewest
$$;
"""
