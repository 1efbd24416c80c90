"""The operators' rooms about policies: how they do, what they run on, and what to change."""

from fastapi import APIRouter

from . import breakers, config, health, metrics, monitoring, performance, templates, validation

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    metrics.router,
    breakers.router,
    config.router,
    templates.router,
    validation.router,
    validation.beside,
    monitoring.router,
    performance.router,
)

__all__ = ["ROUTERS"]
