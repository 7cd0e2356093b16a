"""The second wall: database roles, a signed identity, and a row policy on every table.

A forgotten filter then yields an empty page. The policies are coarse on purpose: which cases, which
groups of their data, whose side; what a role may do, and when, the app's own policy decides.
"""
