"""What operators reach in every process of the fleet: what it tells, what it obeys, and what it watches by itself."""

from .plane import ControlPlane
from .steering import Steering
from .watch import Watch

__all__ = ["ControlPlane", "Steering", "Watch"]
