"""Files of HTCDS 2.0, read and written: a file becomes entries, entries become a file.

Plain Python, without Django and without a database: hostile files are read in a child process
(`exchange/reader.py` is its other end). Code lists are handed in, see `lists.Lists`.
"""
