"""Settings, read once by whoever builds the app. The field's name in capitals is the environment variable.

Each section is a class whose docstring is the heading of its part in `docs/configuration.md` and `.env.example`.
"""

from importlib.util import find_spec
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource

from app.core.settings_base import CommaSeparated, Section
from app.core.settings_data import DataSettings
from app.core.settings_sources import SecretFiles, refuse_unknown, variables

Preset = Literal["simple", "development", "production"]


class ServerSettings(Section):
    """Server"""

    environment: Literal["development", "staging", "production"] = Field(
        "development", description="Where this runs. Never guessed; staging and production refuse weak configuration."
    )
    debug: bool = Field(False, description="Log at debug level. Refused in production.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The least level that is logged."
    )
    backend_host: str = Field("127.0.0.1", description="Address that `serve` listens on.")
    backend_port: int = Field(8000, ge=0, le=65535, description="Port of the public door.")
    internal_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port of the operators' own listener. In production /internal answers there and nowhere else.",
    )
    drain_seconds: float | None = Field(
        None,
        ge=0,
        le=300,
        description="Seconds a stopping process is not ready but still serves; by default 0 in development, else 5.",
    )
    web_concurrency: int = Field(
        1, ge=1, le=256, description="Worker processes of `serve`. More than one wants REDIS_URL."
    )
    cors_origins: CommaSeparated = Field((), description="Origins that browsers may call from, separated by commas.")
    max_request_bytes: int = Field(1_048_576, ge=1024, le=104_857_600, description="Largest request body, in bytes.")
    max_concurrent_requests: int = Field(
        256, ge=1, le=100_000, description="Requests that a process works on at once; probes are not counted."
    )
    max_queued_requests: int = Field(
        256, ge=0, le=100_000, description="Requests that wait for their turn; further ones are answered 503."
    )
    queue_timeout_seconds: float = Field(
        5, gt=0, le=300, description="Seconds a request waits for its turn before it is answered 503."
    )
    header_timeout_seconds: float = Field(
        10, gt=0, le=300, description="Seconds until the headers of a request must have arrived."
    )
    body_timeout_seconds: float = Field(
        30,
        gt=0,
        le=3600,
        description="Seconds until a request's body must have arrived, or a waiting answer been read.",
    )
    allowed_hosts: CommaSeparated = Field(
        (),
        description="Names in the Host header that are answered, `*.example.org` for all below one, separated by "
        "commas; others get 400. Unset, every name is. /livez and /readyz always answer.",
    )
    forwarded_allow_ips: str = Field(
        "127.0.0.1,::1",
        max_length=10_000,
        description="Addresses and networks of proxies whose X-Forwarded-For and -Proto count, separated by commas.",
    )
    disable_docs: bool | None = Field(
        None, description="Switch the public docs pages off (true) or on (false); by default off in production."
    )
    disable_internal_docs: bool | None = Field(
        None, description="The same for the docs pages of /internal, which need a key outside development."
    )

    @property
    def drain(self) -> float:
        default = 0.0 if self.environment == "development" else 5.0
        return default if self.drain_seconds is None else self.drain_seconds

    @property
    def public_docs(self) -> bool:
        off = self.disable_docs
        return self.environment != "production" if off is None else not off

    @property
    def internal_docs(self) -> bool:
        return (
            self.environment != "production" if self.disable_internal_docs is None else not self.disable_internal_docs
        )


class KeySettings(Section):
    """Keys and limits"""

    api_key: SecretStr | None = Field(None, description="The key of ordinary clients: scope text:use.")
    additional_api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="More keys of ordinary clients, separated by commas."
    )
    admin_api_key: SecretStr | None = Field(None, description="The key of operators: every scope.")
    api_keys_file: str | None = Field(
        None,
        max_length=4096,
        description="File of more keys: lines of `python -m app keys new`. A change to it is followed.",
    )
    rate_limit_requests: int = Field(
        100, ge=0, le=1_000_000_000, description="Requests a caller may make per window; 0 is no limit."
    )
    rate_limit_window_seconds: int = Field(60, ge=1, le=86_400, description="Length of that window, in seconds.")


class ModelSettings(Section):
    """Models"""

    gemini_api_key: SecretStr | None = Field(None, description="Key for Google's Gemini models.")
    openai_api_key: SecretStr | None = Field(None, description="Key for OpenAI, or for the server at OPENAI_BASE_URL.")
    anthropic_api_key: SecretStr | None = Field(None, description="Key for Anthropic's models.")
    gemini_base_url: str | None = Field(None, description="Another address for the Gemini API.")
    openai_base_url: str | None = Field(
        None, description="An OpenAI-compatible server, such as Ollama or vLLM; it needs no key unless it asks for one."
    )
    anthropic_base_url: str | None = Field(None, description="Another address for the Anthropic API.")
    ai_model: str = Field(
        "",
        max_length=200,
        description="`provider:model`, or a bare Gemini name. Empty: the first provider that has a key, else offline.",
    )
    ai_fallback_models: CommaSeparated = Field(
        (), description="Models tried in order when the first one fails before its first byte, separated by commas."
    )
    ai_temperature: float = Field(0.2, ge=0, le=2, description="Sampling temperature.")
    ai_max_output_tokens: int = Field(
        2048, ge=16, le=100_000, description="Longest answer asked of a model, in tokens."
    )
    ai_connect_timeout: float = Field(
        5, gt=0, le=60, description="Seconds until a provider must accept the connection."
    )
    ai_first_token_timeout: float = Field(
        30, gt=0, le=600, description="Seconds until a stream must say its first token."
    )
    ai_idle_timeout: float = Field(15, gt=0, le=600, description="Seconds between two tokens of a stream.")
    ai_total_timeout: float = Field(60, gt=0, le=3600, description="Seconds for a whole call, its retries included.")
    screening: Literal["off", "flag", "block"] = Field(
        "flag", description="What happens to a text that tries to instruct the model."
    )
    screening_retrieved: Literal["off", "flag", "block"] | None = Field(
        None, description="The same for material that an operation fetched itself; unset, SCREENING says it for both."
    )
    screening_detector: str = Field(
        "",
        max_length=200,
        description="`module:function` that makes a second opinion on suspicious texts: see docs/screening.md.",
    )


class CacheSettings(Section):
    """Cache"""

    redis_url: SecretStr | None = Field(
        None, description="Redis or Valkey that the fleet shares; unset, everything stays in this process."
    )
    cache_default_ttl: int = Field(
        3600, ge=1, le=31_536_000, description="Seconds an answer stays fresh, where its operation names none."
    )
    cache_stale_ttl: int = Field(
        86_400, ge=0, le=31_536_000, description="Seconds an expired answer is kept for when the model is down."
    )
    cache_memory_entries: int = Field(
        10_000, ge=1, le=10_000_000, description="Most answers kept in the memory of a process."
    )
    cache_memory_bytes: int = Field(
        67_108_864, ge=65_536, le=68_719_476_736, description="Most bytes of answers kept in the memory of a process."
    )
    cache_compression_threshold: int = Field(
        1000, ge=0, le=10_000_000, description="Answers of more bytes than this are compressed in Redis."
    )


class ResilienceSettings(Section):
    """Resilience"""

    resilience_preset: Preset = Field("simple", description="How hard to try: see docs/resilience.md.")
    resilience_custom_config: str | None = Field(
        None, max_length=4096, description="JSON object that overrides numbers of the preset."
    )


class BatchSettings(Section):
    """Batches"""

    max_batch_requests_per_call: int = Field(50, ge=1, le=200, description="Most requests in one batch.")
    batch_ai_concurrency_limit: int = Field(
        5, ge=1, le=1000, description="Model calls at once for all batches of a process."
    )


class TracingSettings(Section):
    """Tracing"""

    otel_exporter_otlp_endpoint: str | None = Field(
        None,
        max_length=2000,
        pattern=r"^https?://[^/\s]\S*$",
        description="OpenTelemetry collector that gets a trace of every request, over HTTP: see docs/tracing.md.",
    )

    @field_validator("otel_exporter_otlp_endpoint")
    @classmethod
    def _needs_the_extra(cls, endpoint: str | None) -> str | None:
        if endpoint and find_spec("opentelemetry.exporter") is None:
            raise ValueError("tracing is not installed: pip install -r backend/requirements-otel.lock")
        return endpoint


SECTIONS = (
    ServerSettings,
    KeySettings,
    ModelSettings,
    CacheSettings,
    DataSettings,
    ResilienceSettings,
    BatchSettings,
    TracingSettings,
)


class Settings(
    ServerSettings,
    KeySettings,
    ModelSettings,
    CacheSettings,
    DataSettings,
    ResilienceSettings,
    BatchSettings,
    TracingSettings,
):
    """Everything an operator may set."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        written = variables(dotenv_settings)
        refuse_unknown(settings_cls, written)
        return init_settings, env_settings, SecretFiles(settings_cls, written), dotenv_settings

    @model_validator(mode="after")
    def _refuse_debug_in_production(self) -> "Settings":
        if self.debug and self.environment == "production":
            raise ValueError("DEBUG is refused in production")
        return self

    @field_validator("redis_url")
    @classmethod
    def _refuse_other_schemes(cls, url: SecretStr | None) -> SecretStr | None:
        if url and not url.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("begins with redis://, rediss:// or unix://")
        return url

    @field_validator(
        "cors_origins",
        "allowed_hosts",
        "ai_fallback_models",
        "additional_api_keys",
        "ai_link_hosts",
        "cache_encryption_keys",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def wrong(error: ValidationError) -> list[str]:
    """A sentence for each wrong setting, which names its variable and never its value."""
    found = error.errors(include_url=False, include_input=False)
    return [
        ": ".join([*(str(one["loc"][0]).upper() for _ in one["loc"][:1]), one["msg"].removeprefix("Value error, ")])
        for one in found
    ]
