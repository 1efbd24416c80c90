"""Keys, limits and who comes in."""

from .callers import MadeKeys, keyring, make_missing
from .doorkeeper import Doorkeeper
from .keys import ORDINARY, new_key
from .limits import Allowance, RateLimit

__all__ = ["ORDINARY", "Allowance", "Doorkeeper", "MadeKeys", "RateLimit", "keyring", "make_missing", "new_key"]
