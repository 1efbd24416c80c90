"""Every process of the service, on every machine, asked and changed as one."""

from app.infrastructure.fleet.fleet import Change, Fleet, Gathered, Instance, Roster
from app.infrastructure.fleet.history import History, MemoryHistory, readable
from app.infrastructure.fleet.solo import SoloFleet

# What speaks to Redis stays in `redis` and `redis_history`: importing the client takes longer than all else here.
__all__ = ["Change", "Fleet", "Gathered", "History", "Instance", "MemoryHistory", "Roster", "SoloFleet", "readable"]
