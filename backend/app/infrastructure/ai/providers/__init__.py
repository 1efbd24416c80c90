"""The models that can be asked, one class for those behind a key and one for none at all."""

from .choice import choose
from .hosted import Hosted
from .offline import Offline

__all__ = ["Hosted", "Offline", "choose"]
