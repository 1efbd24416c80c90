"""Input screening: notice texts that try to instruct the model."""

from .detector import Assessment, Detector, Evidence, load_detector
from .rules import BLOCK, FLAG
from .scorer import assess
from .screen import Screen

__all__ = ["BLOCK", "FLAG", "Assessment", "Detector", "Evidence", "Screen", "assess", "load_detector"]
