"""Input screening: notice texts that try to instruct the model."""

from .detector import BLOCK, FLAG, Assessment, Detector, Evidence, load_detector
from .screen import Screen

__all__ = ["BLOCK", "FLAG", "Assessment", "Detector", "Evidence", "Screen", "load_detector"]
