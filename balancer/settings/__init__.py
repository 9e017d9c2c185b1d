"""Django's settings, read once from the environment (`.env` beside manage.py is read first; the environment wins).

Every variable stands in `.env.example`. Chains, tokens and routes are data: see `chains.py` beside this file.
"""

import logging
from importlib.util import find_spec
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

from balancer import counters
from balancer.settings import access as access_settings
from balancer.settings import accounts as account_settings
from balancer.settings import actions as action_settings
from balancer.settings import alerts as alert_settings
from balancer.settings import chains as chain_settings
from balancer.settings import console as console_settings
from balancer.settings import exports as export_settings
from balancer.settings import feeds as feed_settings
from balancer.settings import operating as operating_settings
from balancer.settings import operations as operations_settings
from balancer.settings import profit as profit_settings
from balancer.settings import quotes as quote_settings
from balancer.settings import sockets as socket_settings
from balancer.settings import status_page as status_page_settings
from balancer.settings import telemetry as telemetry_settings
from balancer.settings import webhooks as webhook_settings
from balancer.settings.services import database, redis_url

DEBUG = env.bool("DEBUG", default=False)
NODE_ENV = env.str("NODE_ENV", default="development")
if NODE_ENV not in ("development", "test", "production"):
    raise environ.ImproperlyConfigured(f"NODE_ENV must be development, test or production, and is {NODE_ENV!r}")
SECRET_KEY = env.str("DJANGO_SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
if not SECRET_KEY:
    if NODE_ENV == "production":
        raise environ.ImproperlyConfigured("DJANGO_SECRET_KEY is not set: make one of 50 or more random characters")
    SECRET_KEY = "development-only-key-which-production-refuses-to-start-with"

INSTALLED_APPS = [
    "daphne",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.constance",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "import_export",
    "constance",
    "access.accounts.config.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_prometheus",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "corsheaders",
    "channels",
    "procrastinate.contrib.django",
    "pgactivity",
    "pglock",
    *account_settings.APPS,
    "access",
    "access.webhooks",
    "chains",
    "pricing",
    "swaps",
    "balancer",
]
if find_spec("wasmtime"):  # local chains and the demo: only where requirements-dev.txt is installed
    INSTALLED_APPS.append("devnet")

MIDDLEWARE = [
    "balancer.measuring.MeasuringMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "access.accounts.middleware.PolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "access.middleware.CorsMiddleware",
    "access.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "access.middleware.AuthenticationMiddleware",
    "access.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "access.middleware.RequestMiddleware",
    "access.accounts.middleware.OperatorMiddleware",
]

ROOT_URLCONF = "balancer.urls"
WSGI_APPLICATION = "balancer.wsgi.application"
ASGI_APPLICATION = "balancer.asgi.application"
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
            ]
        },
    }
]

DATABASES = {"default": database()}
OPERATIONS = operations_settings.load(env)
if counters_dir := operations_settings.counters_dir(env, DATABASES["default"]):
    counters.share(counters_dir)  # before anything counts
ALERTS = alert_settings.load(env)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = redis_url()
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# A notification that arrives while the worker fetches is lost (procrastinate 3.10 clears its event after the fetch), so
# the poll beneath must be quick. One fetch costs the database about a millisecond.
PROCRASTINATE_WORKER_DEFAULTS = {
    "fetch_job_polling_interval": env.float("WORKER_POLL_SECONDS", default=0.05),
    "delete_jobs": "successful",
    "update_heartbeat_interval": 2.0,  # so that a worker which stands still is known within ten seconds
}

ACCOUNTS = account_settings.load(env, node_env=NODE_ENV)
globals().update(account_settings.libraries(ACCOUNTS))
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# Behind TLS in production; plain http on a developer's machine.
SECURE = env.bool("SECURE_COOKIES", default=NODE_ENV == "production")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=SECURE)
SECURE_REDIRECT_EXEMPT = [r"^health(/|$)", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
X_FRAME_OPTIONS = "DENY"

from balancer.settings.api import API_DESCRIPTION, API_TAGS

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["access.rest.KeyOrTokenAuthentication"],
    "DEFAULT_THROTTLE_CLASSES": ["access.rest.StrangerThrottle"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["access.renderers.FastJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "access.negotiation.JSONFirst",
    "DEFAULT_PARSER_CLASSES": ["access.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "access.openapi.Schema",
    "EXCEPTION_HANDLER": "access.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "1Balancer orchestrator",
    "DESCRIPTION": API_DESCRIPTION,
    "TAGS": API_TAGS,
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SORT_OPERATIONS": False,
    "POSTPROCESSING_HOOKS": ["balancer.schema.complete"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
}
CORS_ALLOWED_ORIGINS = env.list("CORS_ORIGIN", default=["http://localhost:3000"])
CORS_ALLOW_CREDENTIALS = env.bool("CORS_CREDENTIALS", default=False)
CORS_ALLOW_METHODS, CORS_ALLOW_HEADERS = access_settings.CORS_ALLOW_METHODS, access_settings.CORS_ALLOW_HEADERS
CORS_EXPOSE_HEADERS, CORS_PREFLIGHT_MAX_AGE = (
    access_settings.CORS_EXPOSE_HEADERS,
    access_settings.CORS_PREFLIGHT_MAX_AGE,
)

API_KEY_SECRET = env.str("API_KEY_SECRET", default="")
JWT_SECRET = env.str("JWT_SECRET", default="") or SECRET_KEY
TRUSTED_PROXIES = access_settings.trusted_proxies(env)
RATE_LIMITS = access_settings.limits(env)
SESSIONS_EXPORT_LIMIT = export_settings.limit(env)
RATE_LIMIT_NAMESPACE = env.str("RATE_LIMIT_NAMESPACE", default="1balancer:limits")
STRICT_VALIDATION = env.bool("STRICT_VALIDATION", default=False)

CONSTANCE_BACKEND, CONSTANCE_SUPERUSER_ONLY = "constance.backends.database.DatabaseBackend", False
PROPOSAL_LIFE_SECONDS = action_settings.life_seconds(env)
CONSTANCE_CONFIG, CONSTANCE_CONFIG_FIELDSETS, CONSTANCE_ADDITIONAL_FIELDS = operating_settings.load(env)

# Swaps
SESSION_TIMEOUT_SECONDS = env.int("SESSION_TIMEOUT_SECONDS", default=7200)
MAX_ACTIVE_SESSIONS = env.int("MAX_ACTIVE_SESSIONS", default=1000)
MAX_ACTIVE_SESSIONS_PER_KEY = env.int("MAX_ACTIVE_SESSIONS_PER_KEY", default=1000)
SERVICE_CUSTODY_ALLOWED = env.bool("SERVICE_CUSTODY_ALLOWED", default=True)
PAUSED = env.list("PAUSED", default=[])  # all, a chain (base), a route (base>near); operators add theirs in the admin
SECRET_TTL_SECONDS = env.int("SECRET_TTL_SECONDS", default=86_400)
SECRET_KEYS = env.str("SECRET_KEYS", default="")  # "id:base64key,id:base64key"; the first one seals, all open
RECEIPT_SIGNING_KEY = env.str("RECEIPT_SIGNING_KEY", default="")  # likewise; the first one signs, all are published

CHAINS = chain_settings.load(env)
ROUTE_DEFAULTS = chain_settings.route_defaults(env)
ROUTES = chain_settings.routes(env)
PRICES_USD = chain_settings.prices(env)
MARKET = feed_settings.load(env, chain_settings.market(env))
PRICE_CANDLE_DAYS = env.int("PRICE_CANDLE_DAYS", default=30)  # 0: prices are not sampled
PROTOCOL_FEE_BPS = env.int("PROTOCOL_FEE_BPS", default=30)
QUOTE_NETWORK_FEE = quote_settings.network_fee(env, MARKET["feeds"])
QUOTE_VALID_SECONDS = quote_settings.valid_seconds(env)
QUOTE_GATHER_SECONDS = quote_settings.gather_seconds(env)
MIN_PROFIT_BPS = profit_settings.least_margin(env, MARKET)
MAX_PAYOUT_BPS = env.int("MAX_PAYOUT_BPS", default=10_000)  # of the market value of what the maker locks
FUSION_PLUS_HUB_ADDRESS = env.str("FUSION_PLUS_HUB_ADDRESS", default="")  # read, and reported as unused by `check`

SOCKETS = socket_settings.load(env)
PUSH_BUS = env.str("PUSH_BUS", default="1balancer")  # one name for all processes that share a database
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": PUSH_BUS},
    }
}
WEBHOOKS = webhook_settings.load(env)
STATUS_PAGE = status_page_settings.load(env)
STATUS_LINK_KEYS = env.str("STATUS_LINK_KEYS", default="")  # "id:base64key"; the first one makes links, all open them
LOG_LEVEL = env.str("LOG_LEVEL", default="info").upper()
from balancer.settings.logs import logging_config

TELEMETRY = telemetry_settings.load(env, base_dir=BASE_DIR, environment=NODE_ENV)
if TELEMETRY.traces is not None:
    MIDDLEWARE.append("balancer.telemetry.middleware.TracingMiddleware")
LOGGING = logging_config(LOG_LEVEL, json=env.bool("LOG_JSON", default=NODE_ENV == "production"), telemetry=TELEMETRY)
logging.captureWarnings(True)
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG

UNFOLD = console_settings.unfold()
CONSOLE = console_settings.load(env)
