"""How long the log waits for its seal: told to whoever asks, without a look at any event."""

NAMES = ("unsealed_since(bigint)",)

# Belongs to the sealer's role (`config/wall`), which reads the log; it tells one time and no more.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION wall.unsealed_since(horizon bigint) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT e.happened_at FROM public.audit_auditevent e
    WHERE e.xid >= horizon
      AND NOT EXISTS (SELECT FROM public.audit_leaf l WHERE l.event_id = e.event_id)
    ORDER BY e.xid, e.id LIMIT 1
$$;
"""
