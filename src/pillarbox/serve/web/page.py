"""The pages of signing in and out: small, without a framework, and whole without JavaScript.

Everything that is put in is escaped here, in one place (`_e`). Style and script stand in the page
and are named by hash in its policy, so nothing else runs.
"""

import base64
import hashlib
from html import escape as _e
from importlib import resources
from typing import Final

from starlette.responses import HTMLResponse

from pillarbox.serve.web.words import PACKAGE, Words

_FOLDER: Final = resources.files(PACKAGE) / "sign_in"
_STYLE: Final = (_FOLDER / "page.css").read_text("utf-8")
_SCRIPT: Final = (_FOLDER / "page.js").read_text("utf-8")


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


HEADERS: Final = {
    "content-security-policy": (
        f"default-src 'none'; style-src {_hash(_STYLE)}; script-src {_hash(_SCRIPT)}; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    # Not "no-referrer": then browsers say "Origin: null" with our own forms.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def _page(words: Words, title: str, body: str, status: int = 200) -> HTMLResponse:
    text = (
        f'<!doctype html><html lang="{words.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{_e(title)} · Pillarbox</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main><script>{_SCRIPT}</script></body></html>"
    )
    return HTMLResponse(text, status, HEADERS)


def _error(text: str) -> str:
    hidden = "" if text else " hidden"
    return f'<p id="error" class="error" role="alert"{hidden}>{_e(text)}</p>'


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{_e(value)}">'


def password_page(
    words: Words,
    next_: str,
    *,
    error: str = "",
    username: str = "",
    stay: bool = True,
    passkeys: bool = True,
) -> HTMLResponse:
    """Ask for address and password.

    error: what was wrong before, "" for nothing. passkeys: whether the page has a host name.
    """
    w = words
    # Whoever mistyped the password goes on there.
    focus_name, focus_password = ("", " autofocus") if username else (" autofocus", "")
    wrong = ' aria-invalid="true" aria-describedby="error"' if error else ""
    body = (
        f"<h1>{_e(w('heading'))}</h1>{_error(error)}"
        f'<form id="form" method="post" action="/sign-in">{_hidden("next", next_)}'
        f'<label for="username">{_e(w("address"))}</label>'
        '<input id="username" name="username" type="email" required maxlength="320" '
        'autocomplete="username webauthn" autocapitalize="none" spellcheck="false" '
        f'value="{_e(username)}"{wrong}{focus_name}>'
        f'<label for="password">{_e(w("password"))}</label>'
        '<input id="password" name="password" type="password" required maxlength="1024" '
        f'autocomplete="current-password"{wrong}{focus_password}>'
        f'<label class="check" hidden><input id="show" type="checkbox">'
        f"<span>{_e(w('show-password'))}</span></label>"
        f'<label class="check"><input name="stay" type="checkbox" value="1"'
        f"{' checked' if stay else ''}><span>{_e(w('stay'))}"
        f'<span class="hint">{_e(w("stay-hint"))}</span></span></label>'
        f"<button>{_e(w('button'))}</button></form>" + _passkeys(w, there=passkeys)
    )
    return _page(words, w("title"), body, 200 if not error else 403)


def _passkeys(w: Words, *, there: bool) -> str:
    if not there:
        return ""
    return (
        f'<div id="passkeys" hidden><p class="or">{_e(w("or"))}</p>'
        f'<button id="passkey" type="button" class="second">{_e(w("passkey"))}</button></div>'
        f'<noscript><p class="hint">{_e(w("no-script"))}</p></noscript>'
    )


def code_page(words: Words, next_: str, ticket: str, error: str = "") -> HTMLResponse:
    """Ask for the code that follows a password."""
    w = words
    wrong = ' aria-invalid="true"' if error else ""
    body = (
        f"<h1>{_e(w('code-title'))}</h1>{_error(error)}"
        f'<form id="form" method="post" action="/sign-in">{_hidden("next", next_)}'
        f"{_hidden('ticket', ticket)}"
        f'<label for="code">{_e(w("code"))}</label>'
        '<input id="code" name="code" required maxlength="30" autocomplete="one-time-code" '
        'inputmode="text" autocapitalize="none" spellcheck="false" '
        f'aria-describedby="code-hint error"{wrong} autofocus>'
        f'<p id="code-hint" class="hint">{_e(w("code-hint"))}</p>'
        f"<button>{_e(w('code-button'))}</button></form>"
        f'<p><a href="/sign-in">{_e(w("again"))}</a></p>'
    )
    return _page(words, w("code-title"), body, 200 if not error else 403)


def link_page(words: Words, next_: str, link: str, address: str) -> HTMLResponse:
    """Ask before a link is used up: what only looks at pages must not use it."""
    w = words
    title = w("link-title", address=address)
    body = (
        f"<h1>{_e(title)}</h1><p>{_e(w('link-hint'))}</p>"
        f'<form id="form" method="post" action="/sign-in">{_hidden("next", next_)}'
        f"{_hidden('link', link)}"
        f"<button autofocus>{_e(w('link-button', address=address))}</button></form>"
        f'<p><a href="/sign-in">{_e(w("other-account"))}</a></p>'
    )
    return _page(words, title, body)


def sign_out_page(words: Words) -> HTMLResponse:
    """Ask before signing out."""
    w = words
    body = (
        f"<h1>{_e(w('out-title'))}</h1><p>{_e(w('out-hint'))}</p>"
        f'<form method="post" action="/sign-out"><button>{_e(w("out-button"))}</button></form>'
        f'<a class="button second" href="/">{_e(w("stay-in"))}</a>'
    )
    return _page(words, w("out-title"), body)


def signed_out_page(words: Words) -> HTMLResponse:
    """Say that it is done."""
    w = words
    body = f'<h1>{_e(w("out-done"))}</h1><a class="button" href="/sign-in">{_e(w("button"))}</a>'
    return _page(words, w("out-done"), body)
