"""The page inside a message frame: its policy, its sheet, and the one script that may run in it.

The frame has no origin: whatever a message managed to run there could reach nothing of ours.
The script is pinned by its hash; it tells the parent how high the page is, which keys are
pressed and which links are followed, and does nothing else.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from typing import Final

from pillarbox.mime.html import Sanitized

SHEETS: Final = frozenset({"light", "dark", "inverted"})

SANDBOX: Final = "allow-scripts allow-popups allow-popups-to-escape-sandbox"
"""What the frame may do: never together with allow-same-origin."""

# "size": of the page in CSS pixels. "key": of the keyboard map, never what is typed elsewhere.
# "link": href as written, and what `mime/html_links.mark` says of it. "place": where a link
# within the message leads, from the top.
SCRIPT: Final = """(()=>{"use strict";
const d=document,w=window,up=w.parent,find=d.getElementById.bind(d);
const say=(kind,more)=>up.postMessage({pillarbox:1,kind,...more},"*");
let last="";
const size=()=>{const e=d.documentElement,b=d.body;if(!b)return;
const height=Math.ceil(Math.max(e.getBoundingClientRect().height,b.scrollHeight)),
width=Math.ceil(Math.max(e.scrollWidth,b.scrollWidth)),now=height+" "+width;
if(now!==last){last=now;say("size",{height,width})}};
w.addEventListener("load",size);w.addEventListener("resize",size);
d.addEventListener("load",size,true);d.addEventListener("toggle",size,true);
d.addEventListener("DOMContentLoaded",()=>{size();
if(w.ResizeObserver)new ResizeObserver(size).observe(d.body)});
const keys=/^([!-~]|Escape)$/;
w.addEventListener("keydown",e=>{const palette=(e.ctrlKey||e.metaKey)&&e.key==="k";
if(!e.isTrusted||e.altKey||((e.ctrlKey||e.metaKey)&&!palette)||!keys.test(e.key))return;
if(palette)e.preventDefault();
say("key",{key:e.key,shift:e.shiftKey,ctrl:e.ctrlKey,meta:e.metaKey})});
const follow=e=>{const a=e.target instanceof Element&&e.target.closest("a[href],area[href]");
if(!a)return;e.preventDefault();if(!e.isTrusted)return;
const href=a.getAttribute("href");
if(href[0]==="#"){let name=href.slice(1);try{name=decodeURIComponent(name)}catch(x){}
const to=find(name);
if(to)say("place",{top:Math.round(to.getBoundingClientRect().top+w.scrollY)});return}
say("link",{href,mark:a.getAttribute("data-link")||"",text:(a.textContent||"").slice(0,300)})};
d.addEventListener("click",follow,true);d.addEventListener("auxclick",follow,true)})();"""

SCRIPT_HASH: Final = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()

_LIGHT: Final = ":root{color-scheme:light;background:#fff;color:#1d1d1f}a{color:#0b57d0}"
_DARK: Final = ":root{color-scheme:dark;background:#1b1c1f;color:#e6e6e8}a{color:#8ab4f8}"
_INVERTED: Final = (
    ":root{color-scheme:light;background:#fff;color:#1d1d1f;"
    "filter:invert(1) hue-rotate(180deg)}img{filter:invert(1) hue-rotate(180deg)}a{color:#0b57d0}"
)
_BASE: Final = (
    "body{margin:0;padding:12px 16px;font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}"
    "img{max-width:100%}table{max-width:100%}pre{white-space:pre-wrap;font:inherit}"
    "blockquote{margin:0 0 0 4px;padding-left:12px;border-left:3px solid #8888}"
    "img:not([src]){outline:1px dashed #8888;min-width:1em;min-height:1em}"
    "img:not([src]):is([width='0'],[width='1'],[height='0'],[height='1']){display:none}"
    "a:focus-visible{outline:2px solid;outline-offset:2px}"
)
# Behind the message's own: a height that depends on the frame's would grow for ever.
_LAST: Final = (
    "html,body{height:auto!important;min-height:0!important;max-height:none!important;"
    "position:static!important;overflow-y:hidden!important}html{overflow-x:auto}"
    "a[data-link*='shows='],a[data-link~='mixed']{outline:2px dotted #c5221f!important}"
)
_SHEETS: Final = {"light": _LIGHT, "dark": _DARK, "inverted": _INVERTED}
_ORIGIN: Final = re.compile(r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.ASCII)


def page(shown: Sanitized, title: str, sheet: str) -> str:
    """Return the document of a message. title: escaped already. sheet: one of SHEETS.

    "dark" only counts for messages that set no colours of their own.
    """
    chosen = "light" if sheet == "dark" and shown.colours else sheet
    return (
        '<!doctype html><html><head><meta charset="utf-8"><base target="_blank">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_SHEETS[chosen]}{_BASE}</style>"
        f"<style>{shown.sheet}</style><style>{_LAST}</style><script>{SCRIPT}</script></head>"
        f'<body dir="auto">{shown.markup}</body></html>'
    )


def policy(origin: str, images: Sequence[str]) -> str:
    """Return the Content-Security-Policy of a frame.

    origin: scheme and host as the browser asked. images: paths of ours that images may come from.
    """
    sources = [f"{origin}{path}" for path in images] if _ORIGIN.fullmatch(origin) else []
    return "; ".join(
        [
            f"sandbox {SANDBOX}",
            "default-src 'none'",
            f"script-src 'sha256-{SCRIPT_HASH}'",
            "style-src 'unsafe-inline'",
            " ".join(["img-src data:", *sources]),
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'self'",
        ]
    )


def headers(content_policy: str) -> dict[str, str]:
    """Return the header fields of a frame's page."""
    return {
        "Content-Security-Policy": content_policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, max-age=86400, immutable",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "X-DNS-Prefetch-Control": "off",
    }
