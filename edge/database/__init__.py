"""PostgreSQL as Django knows it, where each transaction begins by saying whose it is."""
