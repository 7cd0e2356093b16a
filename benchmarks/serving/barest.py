"""As little of Django as there is: one empty view, and of the middleware what a package insists on."""

from benchmarks.serving.plain import *

MIDDLEWARE = [name for name in MIDDLEWARE if name.startswith("allauth.")]
ROOT_URLCONF = "benchmarks.serving.bare"
