"""What keys and tokens of well-known issuers look like."""

import re

HEADS = (
    "sk-",
    "sk_live_",
    "rk_live_",
    "AKIA",
    "ASIA",
    "AIza",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "gh_",
    "hf_",
    "npm_",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxs-",
)
"""How they begin; no head begins another."""

_FORMS = r"""
    sk-(?:proj-|svcacct-|admin-|ant-[a-z0-9]{2,12}-|or-v1-)?(?=[A-Za-z_-]{0,60}\d)[A-Za-z0-9_-]{20,300}  # OpenAI
  | (?:sk|rk)_live_[A-Za-z0-9]{16,120}  # Stripe
  | (?:AKIA|ASIA)[A-Z2-7]{16}  # AWS
  | AIza[A-Za-z0-9_-]{35}  # Google
  | gh[pousr]_[A-Za-z0-9]{36,255} | github_pat_[A-Za-z0-9_]{30,255}  # GitHub
  | glpat-[A-Za-z0-9_-]{20,64}  # GitLab
  | gh_[A-Za-z0-9]{4,32}_[A-Za-z0-9_-]{16,128}  # our own
  | hf_[A-Za-z0-9]{30,64} | npm_[A-Za-z0-9]{36}
  | xox[abps]-[A-Za-z0-9-]{20,250}  # Slack
"""

CREDENTIAL = re.compile(rf"(?<![A-Za-z0-9])(?:{_FORMS})(?![A-Za-z0-9])", re.VERBOSE)
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[\s\\]{1,9}[A-Za-z0-9+/]{16}")
"""The first line of a private key and the beginning of its next one."""
