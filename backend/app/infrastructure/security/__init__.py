"""Keys, limits and who comes in."""

from .callers import MadeKeys, keyring, make_missing
from .doorkeeper import Doorkeeper
from .keys import ORDINARY, new_key
from .limits import Allowance, RateLimit
from .peers import address

# What speaks to Redis stays in `shared_limits`: importing the client takes longer than all else here.
__all__ = [
    "ORDINARY",
    "Allowance",
    "Doorkeeper",
    "MadeKeys",
    "RateLimit",
    "address",
    "keyring",
    "make_missing",
    "new_key",
]
