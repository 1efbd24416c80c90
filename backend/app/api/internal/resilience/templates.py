"""Custom configs to start from."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from app.api.internal.shapes import as_json
from app.core.errors import NotFound
from app.core.schemas import Closed, Name
from app.deps import JsonRoute, Reader
from app.infrastructure.resilience import CustomConfig
from app.infrastructure.resilience.templates import TEMPLATES, Suggestion, Template, suggest
from app.infrastructure.resilience.validation import Validation, validate

router = APIRouter(prefix="/internal/resilience/config", tags=["resilience"], route_class=JsonRoute)


class TemplateReport(BaseModel):
    name: Name
    description: Annotated[str, Field(max_length=1000)]
    config: dict[str, Any]


class Templates(BaseModel):
    templates: Annotated[list[TemplateReport], Field(max_length=100)]


class ChangedTemplate(Closed):
    """A template, with keys of your own over it."""

    template: Name
    overrides: Annotated[dict[Annotated[str, Field(max_length=200)], Any], Field(max_length=50)] = Field(
        default_factory=dict
    )


class ConfigToMatch(Closed):
    config: CustomConfig


@router.get("/templates")
async def list_templates(visitor: Reader) -> Templates:
    """The templates to start from."""
    return Templates(templates=[_report(name, template) for name, template in TEMPLATES.items()])


@router.get("/templates/{name}")
async def show_template(name: Annotated[str, Path(max_length=100)], visitor: Reader) -> TemplateReport:
    """One template."""
    return _report(name, _template(name))


@router.post("/validate-template", response_model=Validation, responses={404: {}})
async def validate_template(body: ChangedTemplate, visitor: Reader) -> Response:
    """Check a template with your own keys over it, as if it were put into force."""
    config = _config(_template(body.template)) | body.overrides
    return as_json(validate(config, visitor.resources.policies, visitor.resources.settings.environment))


@router.post("/recommend-template", response_model=Suggestion)
async def recommend_template(body: ConfigToMatch, visitor: Reader) -> Response:
    """The template nearest to a config, and in which numbers."""
    return as_json(asdict(suggest(body.config)))


def _template(name: str) -> Template:
    if name not in TEMPLATES:
        raise NotFound(f"There is no such template. Known: {', '.join(TEMPLATES)}.")
    return TEMPLATES[name]


def _report(name: str, template: Template) -> TemplateReport:
    return TemplateReport(name=name, description=template.description, config=_config(template))


def _config(template: Template) -> dict[str, Any]:
    return template.config.model_dump(exclude_unset=True)
