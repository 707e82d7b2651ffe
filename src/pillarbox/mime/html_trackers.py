"""Images that are there to be fetched, not to be seen: too small, hidden, or from known hosts."""

import re
from typing import Final

TINY: Final = 2  # CSS pixels; what is not larger either way is not there for the eye

_SIZE: Final = re.compile(r"\s*(\d{1,5})(?:\.\d*)?\s*(?:px)?\s*\Z", re.IGNORECASE | re.ASCII)
_STYLE_SIZE: Final = re.compile(
    r"(?:\A|[;\s])(?:max-)?(width|height)\s*:\s*(\d{1,5})(?:\.\d*)?(?:px|pt)?\s*(?=!|;|\Z)",
    re.IGNORECASE | re.ASCII,
)
_HIDDEN: Final = re.compile(
    r"(?:\A|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0*\.?0+)\s*(?:!|;|\Z)",
    re.IGNORECASE,
)
_URL: Final = re.compile(
    r"https?://(?:[^/?#@]*@)?([^/?#:]+)(?::\d*)?([^#]*)", re.IGNORECASE | re.ASCII
)

HOSTS: Final = frozenset(
    re.findall(
        r"\S+",
        """
    mailtrack.io mltrk.io mailfoogae.appspot.com getnotify.com readnotify.com bananatag.com
    bl-1.com yesware.com t.yesware.com mixmax.com track.mixmax.com sidekickopen.com
    signauxquatre.com t.sidekickopen01.com hubspotemail.net cirrusinsight.com tinyletterapp.com
    google-analytics.com www.google-analytics.com stats.g.doubleclick.net ad.doubleclick.net
    pixel.facebook.com bat.bing.com pixel.wp.com litmus.com emltrk.com returnpath.net
    pixel.monitor1.returnpath.net openrate.aweber.com track.customer.io mailstat.us
    email-analytics.com scorecardresearch.com b.scorecardresearch.com superhuman.com
    r.superhuman.com rover.ebay.com app.salesloft.com beacon.krxd.net mailbutler.io
    bowtie.mailbutler.io contactmonkey.com newton.com tracking.newtonhq.com boxbe.com
    """,
    )
)
"""Hosts that count openings for others. Names below them count as well."""

PATHS: Final = re.compile(
    r"/wf/open\b|/track/open\.php|/(?:trk|e/o|mpss/o|ss/o|oo)/[\w=-]{16,}"
    r"|/(?:open|pixel|beacon|track(?:ing)?)\.(?:gif|png|aspx|php)\b|/q/[\w~-]{16,}~~?/",
    re.IGNORECASE | re.ASCII,
)
"""How senders name what counts openings, on hosts of their own."""


def is_tracker(url: str, width: str, height: str, style: str) -> bool:
    """Tell whether an image counts who opens the message.

    url: http or https. width, height, style: attributes of the image, "" where it has none.
    """
    sizes = {"width": width, "height": height}
    style = style[:2000]
    for name, value in _STYLE_SIZE.findall(style):
        sizes[name.lower()] = value
    measured = [int(m[1]) for value in sizes.values() if (m := _SIZE.match(value))]
    if len(measured) == 2 and max(measured) <= TINY:
        return True
    if 0 in measured or _HIDDEN.search(style):
        return True
    return is_tracking_url(url)


def is_tracking_url(url: str) -> bool:
    """Tell whether a URL is one that counts openings, by its host or the form of its path."""
    match = _URL.match(url)
    if match is None:
        return False
    labels = match[1].lower().rstrip(".").split(".")
    if any(".".join(labels[at:]) in HOSTS for at in range(len(labels) - 1)):
        return True
    return PATHS.search(match[2][:500]) is not None
