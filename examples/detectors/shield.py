"""A provider's shield as a second opinion: `SHIELD_URL=... SCREENING_DETECTOR=examples.detectors.shield:make`."""

import os

import httpx2

from app.infrastructure.ai.screening import BLOCK, Assessment, Evidence


class Shield:
    def __init__(self, url: str, *, timeout: float = 0.5) -> None:
        self._client = httpx2.AsyncClient(base_url=url, timeout=timeout)

    async def assess(self, text: str) -> Assessment:
        """No points when the shield is down, slow or unclear: the rules have judged already."""
        try:
            reply = (await self._client.post("/v1/detect", json={"input": text})).raise_for_status()
            points = round(BLOCK * min(max(float(reply.json()["probability"]), 0), 1))
        except (httpx2.HTTPError, ValueError, TypeError, KeyError):
            points = 0
        return Assessment(points, (Evidence("shield", points, 0, len(text), "plain"),))

    async def aclose(self) -> None:
        await self._client.aclose()


def make() -> Shield:
    return Shield(os.environ["SHIELD_URL"])
