"""The manner of the HTTP API that every app shares: bodies, pages, versions, repeated keys."""
