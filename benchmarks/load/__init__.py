"""Members at work: closed loops over real HTTP against the whole service."""
