"""Every setting, read from the environment once. See .env.example for what each means."""

from pathlib import Path

import django_include_bootstrap

from agencies.roles import Role
from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = env.text("SECRET_KEY")
# Earlier ones, parted by spaces: what the log was written with must stay known.
SECRET_KEY_FALLBACKS = env.text("SECRET_KEY_FALLBACKS", "").split()
DEBUG = False
DEMO = env.flag("SAFEHAND_DEMO", default=False)
# A second factor for everybody. Nothing but a demonstration, on loopback alone, goes without.
SECOND_FACTOR = not DEMO
ALLOWED_HOSTS = env.text("ALLOWED_HOSTS", "localhost").split(",")
# A file of agencies/data/jurisdictions, or the path of one's own: ages, clocks, deciding bodies.
JURISDICTION = env.text("JURISDICTION", "belarus")
PUBLIC_URL = env.text("PUBLIC_URL", "http://localhost:8000").rstrip("/")
# More new identities than this by one member on one day are told to data protection.
IDENTITIES_A_DAY = env.number("IDENTITIES_A_DAY", 30)
# Whether anybody may read the listed services by HSDS's API, without signing in.
HSDS_PUBLIC = env.flag("HSDS_PUBLIC", default=DEMO)
# An entry of the directory that nobody has looked at for so many days is said to be old.
DIRECTORY_STALE_DAYS = env.number("DIRECTORY_STALE_DAYS", 180)
# Figures: how many people a step of them holds (20 at least), whether anybody may see them without
# signing in, and a year's budget for noisy numbers (epsilon; none without it). Below the least such
# numbers would say nothing, above the most they would hide nobody.
FIGURES_STEP = env.number("FIGURES_STEP", 20)
FIGURES_PUBLIC = env.flag("FIGURES_PUBLIC", default=False)
FIGURES_EPSILON = env.decimal("FIGURES_EPSILON", least="0.01", most="10")
# A folder with questions of one's own beside those that come with the service (docs/learning.md).
LEARNING_BANK = env.plain("LEARNING_BANK")
# A folder with scenarios of one's own, likewise (docs/practice-scenarios.md).
PRACTICE_SCENARIOS = env.plain("PRACTICE_SCENARIOS")
# The duty to know (docs/learning.md): members of which roles are shown who somebody is only while they
# have passed these topics and signed the statement, for how many days each counts, and a file with a
# statement of one's own.
DUTY_TO_KNOW = env.words("DUTY_TO_KNOW", "", known=Role.values)
DUTY_DAYS = env.number("DUTY_DAYS", 365)
DUTY_TOPICS = env.words("DUTY_TOPICS", "confidentiality,consent")
DUTY_STATEMENT = env.plain("DUTY_STATEMENT")
# The ring of keys: at a key server (OpenBao, Vault), or in a file.
KEY_RING_URL = env.text("KEY_RING_URL", "")
KEY_RING_NAME = env.text("KEY_RING_NAME", "safehand")
KEY_RING_TOKEN_FILE = env.path("KEY_RING_TOKEN_FILE") if KEY_RING_URL else ""
KEY_RING_FILE = "" if KEY_RING_URL else env.path("KEY_RING_FILE")
# Where it is kept, outside the database, who was erased; withdrawals stand beside it.
TOMBSTONE_FILE = env.plain("TOMBSTONE_FILE")
# Whom backups are sealed for: public keys of age, whose other halves are not on this machine.
BACKUP_RECIPIENTS = env.text("BACKUP_RECIPIENTS", "").split()
# Partners' systems are called at these ports, and of one's own networks in these alone (docs/exchange.md);
# certificates of the authorities in this file are believed beside the system's own.
WEBHOOK_PORTS = env.numbers("WEBHOOK_PORTS", "443")
WEBHOOK_NETWORKS = env.networks("WEBHOOK_NETWORKS")
WEBHOOK_AUTHORITIES = env.plain("WEBHOOK_AUTHORITIES")
# Seconds for all of one call.
WEBHOOK_TIMEOUT = 15
SECURE = PUBLIC_URL.startswith("https://")
# The log: the file of the key that signs it, the name it goes by, and where its checkpoints go.
AUDIT_SIGNING_KEY_FILE = env.text(
    "AUDIT_SIGNING_KEY_FILE",
    str(Path(KEY_RING_FILE or KEY_RING_TOKEN_FILE).with_name("audit_signing_key.json")),
)
AUDIT_ORIGIN = env.text("AUDIT_ORIGIN", "")
AUDIT_ANCHOR_FILE = env.text("AUDIT_ANCHOR_FILE", "")
AUDIT_SYSLOG = env.text("AUDIT_SYSLOG", "")
AUDIT_SYSLOG_EVENTS = env.flag("AUDIT_SYSLOG_EVENTS", default=False)

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ru", "Русский"), ("be", "Беларуская")]
LOCALE_PATHS = [BASE_DIR / "locale"]
# Django has no formats for Belarusian, and its English ones are those of the United States.
FORMAT_MODULE_PATH = ["config.formats"]
LANGUAGE_COOKIE_NAME = "__Host-language" if SECURE else "language"
# Where somebody goes who must leave a page at once: a place about nothing.
NEUTRAL_URL = env.text("NEUTRAL_URL", "https://www.wikipedia.org/")
# The access backend stands in for guardian's own, which it subclasses.
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
AUTH_USER_MODEL = "agencies.Member"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "rest_framework",
    "guardian",
    "allauth.account",
    "allauth.mfa",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "edge",
    "audit",
    "custody",
    "agencies",
    "guidance",
    "notify",
    "signin",
    "seconding",
    "cases",
    "guard",
    "documents",
    "identification",
    "reintegration",
    "referral",
    "rights",
    "exchange",
    "figures",
    "guest",
    "learning",
    "network",
    "practice",
    "pages",
    # Made-up agencies and people: no image holds their builders.
    *(["demo"] if DEMO else []),
    "config",
]
MIDDLEWARE = [
    "config.middleware.manner",
    "config.middleware.loopback",
    "config.middleware.enciphered",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.limits",
    "config.practising.practising",
    "config.middleware.identity",
    "config.middleware.language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.middleware.denials",
    "config.middleware.attempts",
    "config.counted.Counted",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "pages.frame.around",
            ],
        },
    }
]
FORM_RENDERER = "pages.forms.Renderer"
# What was done is said on the next page only, and by the session: no cookie holds it.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Web and worker log in as a role that owns nothing; where the log-in is the owner's (one
# address for all, as in a trial), DATABASE_ROLE says which role to put on instead.
DATABASES = {"default": env.database("DATABASE_URL")}
DATABASES["default"] |= {
    # One transaction a request, so that row-level security can stand behind it.
    "ATOMIC_REQUESTS": True,
    "CONN_MAX_AGE": None,
    "CONN_HEALTH_CHECKS": True,
    "DISABLE_SERVER_SIDE_CURSORS": True,
}
DATABASES["default"]["OPTIONS"]["server_side_binding"] = True
if DATABASE_ROLE := env.text("DATABASE_ROLE", ""):
    DATABASES["default"]["OPTIONS"]["assume_role"] = DATABASE_ROLE
# Which role a transaction puts on by whose it is: only for tests, where one log-in serves for all.
WALL_ROLES: dict[str, str] | None = None

AUTHENTICATION_BACKENDS = [
    "agencies.backend.MemberBackend",
    "cases.backend.CaseAccessBackend",
]
# guardian: no anonymous account, and the access table in place of its own.
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "signin.words.NotOfThisService"},
]
# A sorted file of SHA1:COUNT lines, as Have I Been Pwned publishes it.
if BREACHED_PASSWORDS := env.plain("BREACHED_PASSWORDS"):
    AUTH_PASSWORD_VALIDATORS.append({"NAME": "signin.words.NotBreached"})

# allauth: its factors, under our own pages; nobody signs up, and it sends no mail.
ACCOUNT_ADAPTER = "signin.adapter.ClosedDoor"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_ADAPTER = "signin.adapter.Factors"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# A clock may be half a minute off, either way.
MFA_TOTP_TOLERANCE = 1
MFA_TRUST_ENABLED = False

# The table of sessions holds digests of the keys only.
SESSION_ENGINE = "edge.sessions"
SESSION_COOKIE_NAME = "__Host-sid" if SECURE else "sid"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
# A session ends after this time without a request, and after the whole in any case.
SESSION_IDLE_SECONDS = 15 * 60
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 63072000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
# People are led to https. Programs are refused: a token that was sent in clear is known by then.
SECURE_SSL_REDIRECT = SECURE
# Where programs ask: over https alone, in UTC, counted, and answered in their own words.
PROGRAMS = ("/api/", "/fhir/", "/hsds/")
SECURE_REDIRECT_EXEMPT = [f"^{path[1:]}" for path in PROGRAMS]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "pages.door.too_old"
X_FRAME_OPTIONS = "DENY"

# How often a caller may ask within how many seconds; what counts as what: config/counted.py.
LIMITS = {
    # Of the API, by token, by member without one, or by network before anybody is known.
    "api": (600, 60),
    # Of the public directory, by network.
    "public": (120, 60),
    # By member, whatever way they come.
    "search": (60, 3600),
    "download": (120, 3600),
    "case": (60, 3600),
    # All that is kept about a person, at once: so often in a day.
    "pack": (10, 24 * 3600),
    # By network, where nobody is known yet; a link by itself is locked after five wrong ones.
    "passcode": (30, 900),
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
# A file that comes in is sealed on its way: no handler of Django's writes it to a disk in clear.
FILE_UPLOAD_HANDLERS = ["documents.receiving.SealedUpload"]
DATA_UPLOAD_MAX_NUMBER_FILES = 1
# Of a scanner: the path of clamd's socket, or host:port. Without one nothing is ever clean.
CLAMD_ADDRESS = env.text("CLAMD_ADDRESS", "")
# The demonstration's stand-in knows one made-up sign; the pages say that it protects nobody.
SCANNER_IS_STAND_IN = DEMO and env.flag("CLAMD_IS_STAND_IN", default=False)
# How much an agency may add in a calendar month.
DOCUMENTS_QUOTA_MB = env.number("DOCUMENTS_QUOTA_MB", 1024)
# For how long what came in or goes out as a file is kept at most; how many cases go into one file that
# is taken out, and how often it is fetched.
FILES_KEPT_DAYS = env.number("FILES_KEPT_DAYS", 7)
EXPORT_MOST_CASES = env.number("EXPORT_MOST_CASES", 2000)
EXPORT_MOST_FETCHES = env.number("EXPORT_MOST_FETCHES", 5)
STATIC_URL = "static/"
# Bootstrap's CSS as its package brings it: the bottom layer under our own sheet.
STATICFILES_DIRS = [
    ("vendor/bootstrap", Path(django_include_bootstrap.__file__).parent / "static" / "css")
]
# A demonstration serves the packages' own files; an image collects them when it is built.
STATIC_ROOT = None if DEMO else BASE_DIR / "static-build"
WHITENOISE_USE_FINDERS = DEMO

REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "config.api.errors.problem",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "agencies.api.auth.TokenAuthentication",
        "agencies.api.auth.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["agencies.api.auth.Scoped"],
    "DEFAULT_PARSER_CLASSES": ["edge.parsing.StrictJSON"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.Schema",
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "UPLOADED_FILES_USE_URL": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Safehand",
    "DESCRIPTION": "Case tracking and referral between agencies. Every hand-off is consented, "
    "answered, on time and provable.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    # Codes stand where they are used: half of them share names such as "type" and "state".
    "POSTPROCESSING_HOOKS": [],
}

CELERY_BROKER_URL = env.broker("REDIS_URL")
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
# Files of many cases have a queue and workers of their own: no notice ever waits behind one.
CELERY_TASK_ROUTES = {"exchange.work": {"queue": "files"}}
# Celery would close the connection to the database after each task, and to open one costs as much as a
# short task does (measured: one delivery a task 31/s, so 47/s).
CELERY_DB_REUSE_MAX = 10_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Measured: with the broker down a nudge costs 0.6 s by default, 6 s without retry alone, and
# 3 ms with these. The outbox does not need the nudge: the sweep finds what it missed.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 0,
    "socket_connect_timeout": 0.2,
    "visibility_timeout": 600,
    "global_keyprefix": "safehand:",
}

EMAIL_HOST = env.text("SMTP_HOST", "localhost")
EMAIL_PORT = env.number("SMTP_PORT", 587)
EMAIL_HOST_USER = env.text("SMTP_USER", "")
EMAIL_HOST_PASSWORD = env.text("SMTP_PASSWORD", "")
EMAIL_USE_TLS = env.text("SMTP_SECURITY", "starttls") == "starttls"
EMAIL_USE_SSL = env.text("SMTP_SECURITY", "starttls") == "tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "desk@localhost")

# Codes and counts only: no query string, no body, no name, no words of an exception.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "kernel.logwall.OnlyKnown"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "CRITICAL"},
        "django.server": {"level": "CRITICAL"},
        "celery.app.trace": {"level": "WARNING"},
        # It would name each key that is shown.
        "fido2": {"level": "WARNING"},
    },
}
