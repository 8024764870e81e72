"""All settings, read from the environment; all have defaults that work for a trial.

Every name read here stands in `.env.example` and in the README's table.
"""

import os
from pathlib import Path

import django_stubs_ext
from csp.constants import NONCE, SELF
from environs import Env

from apps.storage.urls import storages_from_environ
from voicecms.local import make_directory, secret_key
from voicecms.logs import logging_config

# Classes such as ModelForm take their model in brackets, as the type checker asks.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = Env()
env.read_env(BASE_DIR / ".env")

# --- Who and where -----------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "") or secret_key(VAR_DIR)
# Former secret keys, newest first: data signed or encrypted with them stays readable.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", [])
CORS_URLS_REGEX = r"^/api/"

ROOT_URLCONF = "voicecms.urls"
WSGI_APPLICATION = "voicecms.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "voicecms.admin_app.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.forms",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_rq",
    "django_structlog",
    "guardian",
    "axes",
    "corsheaders",
    "ninja",
    "csp",
    "voicecms",
    "apps.core",
    "apps.work",
    "apps.accounts",
    "apps.audit",
    "apps.catalog",
    "apps.voices",
    "apps.takes",
    "apps.review",
]

MIDDLEWARE = [
    "voicecms.proxies.ClientAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

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
                "csp.context_processors.nonce",
            ],
        },
    },
]

# Widgets use the templates of the project too.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- People ------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
SERIES_MODEL = "catalog.Series"  # the only object that permissions are granted on
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
ANONYMOUS_USER_NAME = None  # guardian: no permissions without an account
GUARDIAN_MONKEY_PATCH_USER = False
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "admin/accounts/locked_out.html"

# --- Database and queue ------------------------------------------------------------------------
DATABASES = {
    "default": env.dj_db_url(
        "DATABASE_URL", f"sqlite:///{VAR_DIR / 'voicecms.sqlite3'}", conn_max_age=60
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    make_directory(VAR_DIR)
    # IMMEDIATE avoids "database is locked" when a read becomes a write in one transaction.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON"
        ),
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

REDIS_URL = env.str("REDIS_URL", "") or f"unix://{VAR_DIR / 'valkey.sock'}"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}
CACHES["default"]["LOCATION"] = REDIS_URL
RQ_QUEUES = {
    name: {
        "URL": REDIS_URL,
        "DEFAULT_TIMEOUT": 3600,
        "SERIALIZER": "rq.serializers.JSONSerializer",
        "REDIS_CLIENT_KWARGS": {"socket_timeout": 10, "socket_connect_timeout": 5},
    }
    for name in ("renders", "previews", "default")
}
# The dashboard of django-rq lets every staff user empty a queue.
RQ_SHOW_ADMIN_LINK = False

# --- Voices ------------------------------------------------------------------------------------
ELEVENLABS_API_KEY = env.str("ELEVENLABS_API_KEY", "")
OPENAI_API_KEY = env.str("OPENAI_API_KEY", "")
TTS_PROVIDERS = {
    "espeak": {"BACKEND": "apps.providers.espeak.Espeak", "OPTIONS": {}},
    "elevenlabs": {
        "BACKEND": "apps.providers.elevenlabs.ElevenLabsProvider",
        "OPTIONS": {
            "api_key": ELEVENLABS_API_KEY,
            "base_url": env.str("ELEVENLABS_BASE_URL", "https://api.elevenlabs.io"),
            "timeout": env.float("PROVIDER_TIMEOUT", 120.0),
        },
    },
    "openai": {
        "BACKEND": "apps.providers.openai.OpenAI",
        "OPTIONS": {
            "api_key": OPENAI_API_KEY,
            "base_url": env.str("OPENAI_BASE_URL", "https://api.openai.com"),
            "timeout": env.float("PROVIDER_TIMEOUT", 120.0),
        },
    },
}

# --- Long work ---------------------------------------------------------------------------------
# Seconds after which an unrenewed lease ends and another worker may take the work.
LEASE_SECONDS = env.float("LEASE_SECONDS", 30.0)
TAKE_ATTEMPTS = env.int("TAKE_ATTEMPTS", 5)
# Seconds without any recording from a provider account after which takes fail that ask it.
PROVIDER_WAIT_SECONDS = env.float("PROVIDER_WAIT_SECONDS", 1800.0)
TAKES_PER_JOB = env.int("TAKES_PER_JOB", 500)
# Seconds a finished recording is held in memory while its storage cannot be written.
STORAGE_OUTAGE_SECONDS = env.float("STORAGE_OUTAGE_SECONDS", 300.0)
MEASURING_PROCESSES = env.int("MEASURING_PROCESSES", min(4, os.cpu_count() or 1))

# --- Audio and files ---------------------------------------------------------------------------
AUDIO_ROOT = Path(env.str("AUDIO_ROOT", str(BASE_DIR / "output"))).resolve()
AUDIO_ACCEL_PREFIX = env.str("AUDIO_ACCEL_PREFIX", "")
AUDIO_SIGNED_URLS = env.bool("AUDIO_SIGNED_URLS", False)
AUDIO_ORIGINS: list[str] = env.list("AUDIO_ORIGINS", [])
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # each ticked row is a field
DATA_UPLOAD_MAX_MEMORY_SIZE = 110 * 1024 * 1024  # the view itself refuses scripts of 100 MB
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"] + [
    (f"vendor/{name}", path)
    for name, path in (
        ("wavesurfer", BASE_DIR / "node_modules" / "wavesurfer.js" / "dist"),
        ("sortablejs", BASE_DIR / "node_modules" / "sortablejs" / "modular"),
    )
    if path.is_dir()
]
STATIC_FROM_SOURCE = env.bool("STATIC_FROM_SOURCE", True)
WHITENOISE_USE_FINDERS = STATIC_FROM_SOURCE
STATIC_STORAGE = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
    if STATIC_FROM_SOURCE
    # Collected files have a hash in their names, so browsers may keep them for ever.
    else "whitenoise.storage.CompressedManifestStaticFilesStorage"
)
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "files"},
    },
    "staticfiles": {"BACKEND": STATIC_STORAGE},
    **storages_from_environ(os.environ, base_dir=BASE_DIR, audio_root=AUDIO_ROOT),
}
# The destination whose live clips decide the state of lines.
LIVE_ALIAS = env.str("LIVE_ALIAS", "dev")

# --- Words and times ---------------------------------------------------------------------------
LANGUAGE_CODE = "en"
# Languages of the pages for partners; the admin is in English.
LANGUAGES = [
    ("en", "English"),
    ("es", "Español"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("pt", "Português"),
    ("it", "Italiano"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True

# --- Safety ------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "media-src": [SELF, "blob:", *AUDIO_ORIGINS],
        "connect-src": [SELF, *AUDIO_ORIGINS],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
    }
}
CSRF_FAILURE_VIEW = "voicecms.csrf.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
# The number of the installation's own proxies; only their entries in X-Forwarded-For are used.
PROXIES = env.int("PROXIES", 0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("HTTPS", False) else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("HTTPS", False)
SECURE_HSTS_SECONDS = 31_536_000 if env.bool("HTTPS", False) else 0

# --- Logs --------------------------------------------------------------------------------------
LOGGING = logging_config(level=env.str("LOG_LEVEL", "INFO"), file=env.str("LOG_FILE", ""))
