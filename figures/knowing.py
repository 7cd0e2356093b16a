"""Which agencies know of a person: for each way to learn of somebody, whom it has told.

Whatever an agency was ever shown it goes on knowing, so nothing here asks what stands open now. Not among
them are the deciding authority and whoever watches over all agencies' work (docs/adr/0019).
"""

# Each speaks of `file` (id, owner_id, rep): the cases in question, and whose each is.
WAYS: dict[str, str] = {
    "owner": "SELECT rep, owner_id FROM file",
    "transfer": """
        SELECT f.rep, unnest(ARRAY[t.sender_id, t.receiver_id])
        FROM referral_transfer t JOIN file f ON f.id = t.case_id""",
    # Also who answers by a link: it leads to a referral of its agency.
    "referral": """
        SELECT f.rep, unnest(ARRAY[r.sender_id, r.receiver_id])
        FROM referral_referral r JOIN file f ON f.id = r.case_id WHERE r.sent_at IS NOT NULL""",
    "request": """
        SELECT f.rep, q.asker_id FROM referral_caserequest q JOIN file f ON f.id = q.case_id""",
    "glass": """
        SELECT f.rep, g.agency_id FROM guard_breakglass g JOIN file f ON f.id = g.case_id""",
    # Whoever has held one of two cases that may be one person's was shown that there is the other.
    "duplicate": """
        SELECT f.rep, unnest(o.owner_id || ARRAY(
            SELECT unnest(ARRAY[t.sender_id, t.receiver_id]) FROM referral_transfer t WHERE t.case_id = o.id
        ))
        FROM file f JOIN (
            SELECT earlier_id, later_id FROM cases_possibleduplicate
            UNION ALL
            SELECT later_id, earlier_id FROM cases_possibleduplicate
        ) AS side(known, held) ON side.known = f.id
        JOIN cases_case o ON o.id = side.held""",
}
KNOWERS = " UNION ".join(WAYS.values())
