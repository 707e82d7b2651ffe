from pillarbox.mailauth import arc, authres, dkim, dmarc, forensics, spf, srs
from pillarbox.mailauth.arc import ArcOutcome, ChainStatus
from pillarbox.mailauth.arc_sign import seal
from pillarbox.mailauth.authentication import Authenticated, authenticate
from pillarbox.mailauth.dkim import DkimOutcome, DkimResult
from pillarbox.mailauth.dkim_sign import SigningKey, sign
from pillarbox.mailauth.dmarc import DmarcOutcome, DmarcResult
from pillarbox.mailauth.spf_outcome import SpfOutcome, SpfResult

__all__ = [
    "ArcOutcome",
    "Authenticated",
    "ChainStatus",
    "DkimOutcome",
    "DkimResult",
    "DmarcOutcome",
    "DmarcResult",
    "SigningKey",
    "SpfOutcome",
    "SpfResult",
    "arc",
    "authenticate",
    "authres",
    "dkim",
    "dmarc",
    "forensics",
    "seal",
    "sign",
    "spf",
    "srs",
]
