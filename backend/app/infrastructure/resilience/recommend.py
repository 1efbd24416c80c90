"""Which preset suits an environment, judged by its name or by the variables around the process. Advice only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from app.core.schemas import Name, Share, Text

ENVIRONMENTS: Mapping[str, tuple[str, float]] = {
    "development": ("development", 0.95),
    "dev": ("development", 0.90),
    "testing": ("development", 0.85),
    "test": ("development", 0.85),
    "staging": ("production", 0.90),
    "stage": ("production", 0.85),
    "production": ("production", 0.95),
    "prod": ("production", 0.90),
    "live": ("production", 0.85),
}
"""Names that decide alone: preset and confidence."""

NAME_VARIABLES = (
    "ENVIRONMENT",
    "APP_ENV",
    "ENV",
    "DEPLOYMENT_ENV",
    "DEPLOY_ENV",
    "NODE_ENV",
    "FLASK_ENV",
    "RAILS_ENV",
    "RACK_ENV",
    "ASPNETCORE_ENVIRONMENT",
    "DJANGO_SETTINGS_MODULE",
)
"""Variables that name the environment, asked in this order."""

_HOST_VARIABLES = ("HOSTNAME", "HOST", "PUBLIC_URL", "BASE_URL", "DATABASE_URL", "REDIS_URL")

_DEVELOPMENT = "development dev testing tests test local localhost sandbox demo ci qa nonproduction nonprod"
_BEFORE_PRODUCTION = "preproduction preprod staging stage stg uat acceptance integration"
_PRODUCTION = "production prod prd live release"
_WORDS = (
    (frozenset(_DEVELOPMENT.split()), "development", 0.75),
    (frozenset(_BEFORE_PRODUCTION.split()), "production", 0.70),
    (frozenset(_PRODUCTION.split()), "production", 0.75),
)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """`confidence` is from 0 to 1."""

    preset: Name
    confidence: Share
    reason: Text


def recommend(environment_name: str) -> Recommendation:
    """The preset for an environment of that name; words inside other words decide nothing."""
    return _by_name(environment_name) or Recommendation("simple", 0.40, "The name says nothing known.")


def detect(environ: Mapping[str, str]) -> Recommendation:
    """The preset for the process that has these variables: a name first, then switches, hosts and the platform.

    A reason names the variable and the word that decided, never the whole value, which may hold a secret.
    """
    for variable in NAME_VARIABLES:
        if found := _by_name(environ.get(variable, "")):
            return replace(found, reason=f"{variable}: {found.reason}")
    return _by_indicators(environ) or Recommendation("simple", 0.40, "No variable tells the environment.")


def _by_name(name: str) -> Recommendation | None:
    known = name.strip().lower()
    if known in ENVIRONMENTS:
        preset, confidence = ENVIRONMENTS[known]
        return Recommendation(preset, confidence, f"{known} is a usual name.")
    return _by_words(name)


def _by_words(name: str) -> Recommendation | None:
    """What the words agree on; digits and punctuation separate them, but pre-prod and non-prod are one word."""
    joined = re.sub(r"\b(pre|non)[\W_]+(?=prod)", r"\1", name.lower())
    words = set(re.findall(r"[^\W\d_]+", joined))
    hits = [(word, preset, confidence) for known, preset, confidence in _WORDS for word in sorted(known & words)]
    if len({preset for _, preset, _ in hits}) != 1:
        return None
    word, preset, confidence = hits[0]
    return Recommendation(preset, confidence, f"the word {word} tells it.")


def _by_indicators(environ: Mapping[str, str]) -> Recommendation | None:
    for variable in ("DEBUG", "CI"):
        if environ.get(variable, "").strip().lower() in {"1", "true", "yes", "on"}:
            return Recommendation("development", 0.70, f"{variable} is on.")
    for variable in _HOST_VARIABLES:
        if found := _by_words(_host(environ.get(variable, ""))):
            return Recommendation(found.preset, 0.70, f"{variable}: {found.reason}")
    if environ.get("KUBERNETES_SERVICE_HOST"):
        return Recommendation("production", 0.70, "KUBERNETES_SERVICE_HOST is set.")
    return None


def _host(value: str) -> str:
    """Only the host of a URL: user, password and path say nothing about the environment."""
    try:
        return (urlsplit(value).hostname or "") if "://" in value else value
    except ValueError:
        return ""
