"""Settings of the web servers that are measured: the service's own, without an end to how often one
caller may ask (asking is counted all the same)."""

from config.settings import *

LIMITS = {what: (10**9, seconds) for what, (_, seconds) in LIMITS.items()}
ROOT_URLCONF = "benchmarks.serving.urls"
