"""One settings file, read from the environment (12-factor). docs/operations.md lists every variable."""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# DEMO=1 is the portal as `make run` shows it: demo accounts, a throw-away secret, mail written to var/mail.
DEMO = env.bool("DEMO", False)
DEBUG = env.bool("DEBUG", False)
VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var")))
SECRET_KEY = env.str("SECRET_KEY", "demo-only-" + "0" * 50 if DEMO or DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. Set it, or set DEMO=1 to try the portal.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",  # widget templates for our form renderer
    "django_htmx",
    "django_filters",
    "adminsortable2",
    "pgtrigger",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "hanoi_psc",
    "studio",
    "dossiers",
    "procedures",
    "payments",
    "branches",
    "accounts",
    "notifications",
    "worktime",
    "places",
    "audit",
    "keys",
]

MIDDLEWARE = [
    "hanoi_psc.middleware.RequestIdMiddleware",
    "hanoi_psc.middleware.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "hanoi_psc.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "hanoi_psc.limits.LimitsMiddleware",  # before anything reads the body
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.sessions.SessionRulesMiddleware",
]

ROOT_URLCONF = "hanoi_psc.urls"
WSGI_APPLICATION = "hanoi_psc.wsgi.application"
FORM_RENDERER = "hanoi_psc.forms.PortalRenderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "hanoi_psc.context.portal",
            ],
            "builtins": ["hanoi_psc.templatetags.portal"],
        },
    }
]

# --- Keys of hidden fields, blind indexes and stored files (docs/operations.md) ------------------------------------
KEY_PROVIDER = env.str("KEY_PROVIDER", "keys.providers.EnvironmentKeys")
FIELD_KEYS = env.list("FIELD_KEYS", default=[])
BLIND_KEY = env.str("BLIND_KEY", "")
if KEY_PROVIDER == "keys.providers.EnvironmentKeys" and not (DEMO or DEBUG or (FIELD_KEYS and BLIND_KEY)):
    raise ImproperlyConfigured("FIELD_KEYS and BLIND_KEY are not set (docs/operations.md says how to make them).")

# --- The record: who signs its daily roots, and where they are sent (docs/audit.md) --------------------------------
AUDIT_SIGNING_KEY = env.str("AUDIT_SIGNING_KEY", "")
AUDIT_PUBLIC_KEYS = env.list("AUDIT_PUBLIC_KEYS", default=[])  # former keys, to check older roots
AUDIT_ROOT_EMAILS = env.list("AUDIT_ROOT_EMAILS", default=[])
AUDIT_ROOT_WEBHOOK = env.str("AUDIT_ROOT_WEBHOOK", "")
if not (DEMO or DEBUG or AUDIT_SIGNING_KEY):
    raise ImproperlyConfigured("AUDIT_SIGNING_KEY is not set (manage.py audit_key --new, run with DEMO=1, makes one).")

# --- Data ---------------------------------------------------------------------------------------------------------
# `make run` and `make test` export these two after starting the embedded servers (hanoi_psc/embedded.py).
DATABASES = {"default": env.db_url("DATABASE_URL", "postgresql://postgres@/psc")}
DATABASES["default"].update(
    ATOMIC_REQUESTS=False,  # a service opens its own transaction: one act, one transaction
    CONN_MAX_AGE=env.int("CONN_MAX_AGE", 60),
    CONN_HEALTH_CHECKS=True,
    DISABLE_SERVER_SIDE_CURSORS=True,  # PgBouncer in transaction mode
    # No ICU in the embedded server: the builtin provider sorts alike on every machine.
    TEST={"TEMPLATE": "template0"},
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "hanoi_psc.cache.TolerantRedisCache",  # a cache that is away costs speed, never a page
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "psc",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"  # sessions survive the loss of Valkey

# --- Work outside the request -------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "retry_on_timeout": True,
    "max_retries": 1,  # a publisher does not wait for a broker that is away (celery.py); a worker does
    "interval_start": 0,
    "interval_step": 0,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "Asia/Ho_Chi_Minh"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Publishing only wakes a worker early, so it may fail at once: the sweep finds whatever was missed.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE = {
    "sweep-clocks": {"task": "worktime.tasks.sweep_clocks", "schedule": 15.0, "options": {"expires": 14}},
    "send-messages": {"task": "notifications.tasks.send_due", "schedule": 15.0, "options": {"expires": 14}},
    "seal-day": {"task": "audit.tasks.seal_days", "schedule": 3600.0},
    "check-record": {"task": "audit.tasks.check_record", "schedule": 60.0, "options": {"expires": 59}},
    "reassign-absent": {"task": "dossiers.tasks.reassign_absent", "schedule": 600.0, "options": {"expires": 590}},
    "sweep-files": {"task": "dossiers.tasks.sweep_files", "schedule": 3600.0, "options": {"expires": 3500}},
    "scan-files": {"task": "dossiers.tasks.scan_files", "schedule": 300.0, "options": {"expires": 290}},
    "forget-attempts": {"task": "accounts.tasks.forget_attempts", "schedule": 3600.0, "options": {"expires": 3500}},
    "forget-unfinished": {"task": "accounts.tasks.forget_unfinished", "schedule": 3600.0, "options": {"expires": 3500}},
    "beat-seen": {"task": "hanoi_psc.tasks.heartbeat", "schedule": 15.0, "options": {"expires": 14}},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")

# --- People -------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "branches.auth.PostingBackend",
    "accounts.demo.AccountBackend",
]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "phone", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email", "phone", "password1", "password2"]  # without a password they come in by codes
ACCOUNT_EMAIL_VERIFICATION = "optional"  # but a new account proves its address first (accounts.stages)
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignupForm",
    "login": "accounts.forms.LoginForm",
    "request_login_code": "accounts.code_forms.RequestCodeForm",
    "confirm_login_code": "accounts.code_forms.LoginCodeForm",
    "verify_phone": "accounts.code_forms.PhoneCodeForm",
    "change_phone": "accounts.code_forms.ChangePhoneForm",
    "confirm_email_verification_code": "accounts.code_forms.EmailCodeForm",
}
# One-time codes: six digits, three tries, few minutes; tries and sendings are counted by accounts.waits.
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 5 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_TIMEOUT = 10 * 60
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_RATE_LIMITS = {  # what accounts.waits and hanoi_psc.limits count already is not counted again
    "login": None,
    "login_failed": None,
    "request_login_code": None,
    "verify_phone": None,
    "change_phone": None,
}
# VNeID by OpenID Connect (accounts.vneid): the issuer's address, whose discovery document tells the rest.
VNEID_URL = env.str("VNEID_URL", "")
VNEID_CLIENT_ID = env.str("VNEID_CLIENT_ID", "")
VNEID_SECRET = env.str("VNEID_SECRET", "")
VNEID_NUMBER_CLAIM = env.str("VNEID_NUMBER_CLAIM", "personal_number")
VNEID_LEVEL_2 = env.list("VNEID_LEVEL_2", default=["2", "level2"])  # what `acr` says of a level-2 identity
SOCIALACCOUNT_ADAPTER = "accounts.social.SocialAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"provider_class": "accounts.vneid.VneidProvider"}}
SOCIALACCOUNT_LOGIN_ON_GET = True  # a link: a form could not lead to another site under our own CSP
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = None
SILENCED_SYSTEM_CHECKS = [
    "account.W001",  # staff log in by a user name they were given; nobody signs up with one
    None,  # checks of allauth have no id; what they say of our settings is held by tests/accounts/test_settings.py
    "security.W019",  # a clerk sees the citizen's files beside the checklist, in a frame of our own
]
ACCOUNT_PREVENT_ENUMERATION = True  # a person who forgot having an account is told by the message they get
ACCOUNT_USER_DISPLAY = "accounts.models.display_name"
# How long a unit that was asked something about a dossier still sees it after its answer.
ASKED_SIGHT_DAYS = env.int("ASKED_SIGHT_DAYS", default=30)
# --- second factor and sessions (accounts.second_factor, accounts.sessions) ---
MFA_ADAPTER = "accounts.mfa.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Dich vu cong Ha Noi"
MFA_TOTP_PERIOD = 30
MFA_TOTP_TOLERANCE = 1  # one step before and after, for clocks and slow typing (RFC 6238 5.2)
MFA_ALLOW_UNVERIFIED_EMAIL = True  # staff may have no e-mail at all
MFA_REAUTHENTICATION_REQUIRED = False  # accounts.second_factor.confirmed asks, and asks for the stronger
MFA_FORMS = {
    "authenticate": "accounts.mfa.AuthenticateForm",
    "reauthenticate": "accounts.mfa.ReauthenticateForm",
    "activate_totp": "accounts.mfa.ActivateTOTPForm",
    "add_webauthn": "accounts.mfa.AddWebAuthnForm",
    "edit_webauthn": "accounts.mfa.EditWebAuthnForm",
}
STEP_UP_SECONDS = 15 * 60  # so long a second factor counts as just shown
KEPT_FORM_SECONDS = 60 * 60  # so long a form waits whose sender must log in again
SESSION_IDLE_MINUTES = {"staff": env.int("IDLE_STAFF", 30), "citizen": env.int("IDLE_CITIZEN", 480)}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- Language and time --------------------------------------------------------------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Tiếng Việt")), ("en", _("Tiếng Anh"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["hanoi_psc.formats"]

# --- Files --------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
PRIVATE_FILES_DIR = Path(env.str("PRIVATE_FILES_DIR", str(VAR_DIR / "files")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": PRIVATE_FILES_DIR}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
FILE_MAX_BYTES = env.int("FILE_MAX_BYTES", 10 * 1024 * 1024)
FILES_MAX_PER_DOSSIER = 20
# A class that looks for malware in uploads; ClamAV's daemon when only its URL is given (tcp://host:3310, unix:///…).
FILE_SCANNER_URL = env.str("FILE_SCANNER_URL", "")
FILE_SCANNER = env.str("FILE_SCANNER", "dossiers.scanning.Clamd" if FILE_SCANNER_URL else "")
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # the editor of a version: 120 questions of some 25 inputs, and two a text
DATA_UPLOAD_MAX_NUMBER_FILES = 25
CATALOGUE_DIR = Path(env.str("CATALOGUE_DIR", str(BASE_DIR / "catalogue" / "hanoi")))

# --- Mail ---------------------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "dichvucong@hanoi.example")
if env.str("EMAIL_URL", ""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_TIMEOUT = 10
# Text messages: files under SMS_DIR until SMS_URL names an HTTP gateway (notifications/sms.py).
SMS_URL = env.str("SMS_URL", "")
if SMS_URL and not SMS_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured("SMS_URL must be an http or https address.")
SMS_TOKEN = env.str("SMS_TOKEN", "")
SMS_SENDER = env.str("SMS_SENDER", "HANOI")
SMS_DIR = VAR_DIR / "sms"
# Shown in the footer of every page when set.
CONTACT_PHONE = env.str("CONTACT_PHONE", "")
CONTACT_EMAIL = env.str("CONTACT_EMAIL", "")

# --- Security -----------------------------------------------------------------------------------------------------
# SECURE=1 (the default outside DEMO and DEBUG): everything travels by HTTPS.
SECURE = env.bool("SECURE", not (DEMO or DEBUG))
SECURE_SSL_REDIRECT = SECURE
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE  # passkeys at http://127.0.0.1 while trying the portal
SECURE_REDIRECT_EXEMPT = [r"^(healthz|alive)$"]
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
if env.bool("BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    MIDDLEWARE.insert(0, "hanoi_psc.middleware.ProxyAddressMiddleware")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
# Lax, not Strict: a person comes back from VNeID, or by a link in a letter, with the session they have.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
# A name that begins with __Host- no other host of the same domain can set or overwrite (RFC 6265bis 4.1.3.2).
_COOKIE = "__Host-" if SECURE else ""
SESSION_COOKIE_NAME = f"{_COOKIE}sessionid"
CSRF_COOKIE_NAME = f"{_COOKIE}csrftoken"
LANGUAGE_COOKIE_NAME = f"{_COOKIE}django_language"
SESSION_COOKIE_AGE = max(SESSION_IDLE_MINUTES.values()) * 60 + 3600  # the idle limit ends it first, and keeps the form
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
WHITENOISE_ALLOW_ALL_ORIGINS = False
X_FRAME_OPTIONS = "SAMEORIGIN"
# Where a form may lead besides the portal itself: browsers ask again at each redirect that follows a login elsewhere.
_VNEID = urlsplit(VNEID_URL)
FORM_ORIGINS = env.list("FORM_ORIGINS", default=[f"{_VNEID.scheme}://{_VNEID.netloc}"] if VNEID_URL else [])
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF, *FORM_ORIGINS],
        "frame-ancestors": [SELF],
        "upgrade-insecure-requests": SECURE,
    }
}
# Addresses that the portal itself may call although they are no public https ones: `host` or `host:port`. Tests, and a
# gateway inside the city's own network.
OUTGOING_ALLOWED = env.list("OUTGOING_ALLOWED", default=[])
# How often in a minute, by scope: "<one account> <one address>". An address may be an office of two hundred.
# A demo runs on one machine with few accounts, so it lets each do more; 0 counts nothing (bench).
RATE_FACTOR = env.int("RATE_FACTOR", 20 if DEMO else 1)
RATE_LIMITS = {
    scope: env.str(f"THROTTLE_{scope.upper()}", usual)
    for scope, usual in {
        "login": "20 120",
        "upload": "120 600",
        "submit": "30 300",
        "act": "120 1200",
        "lookup": "60 60",
        "search": "120 1200",
        "validate": "120 1200",
        "export": "10 60",
        "public": "1200 1200",
    }.items()
}
CSRF_FAILURE_VIEW = "hanoi_psc.errors.csrf_failure"

# --- API ----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["hanoi_psc.parsers.PlainJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "hanoi_psc.openapi.Schema",
    "DEFAULT_PAGINATION_CLASS": "hanoi_psc.pagination.PagePagination",
    "EXCEPTION_HANDLER": "hanoi_psc.problems.exception_handler",
    "NUM_PROXIES": 0,  # the address is REMOTE_ADDR (see ProxyAddressMiddleware), never what a caller writes in a header
    "DEFAULT_THROTTLE_CLASSES": ["hanoi_psc.throttling.ScopeThrottle"],
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Hanoi Public Administrative Service Portal",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "hanoi_psc.openapi.add_problems"],
}

# --- Logs: one JSON object a line, with the request id, without personal data -------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "hanoi_psc.logs.RequestIdFilter"}},
    "formatters": {
        "json": {
            "()": "hanoi_psc.logs.PortalFormatter",
            "format": "{asctime}{levelname}{name}{message}{request_id}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request_id"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"celery.worker.strategy": {"level": "WARNING"}},  # "received" says nothing that "succeeded" does not
}
