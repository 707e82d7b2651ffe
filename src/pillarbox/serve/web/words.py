"""Texts of the pages and errors of signing in, in the reader's language."""

from typing import Any, Final

from starlette.requests import HTTPConnection

from pillarbox.trace.catalogue import catalogue, choose

PACKAGE: Final = "pillarbox.serve.web"


class Words:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = catalogue(language, PACKAGE)

    def __call__(self, id_: str, **params: Any) -> str:
        """Return a text. Plain text: whoever puts it on a page escapes it."""
        return self._texts.text(id_, params)

    def error(self, kind: str, **params: Any) -> str:
        """Return what to tell of a failure."""
        return self("error", kind=kind, **params)


def words(conn: HTTPConnection) -> Words:
    """Return the texts in the language that the browser asks for (RFC 9110 §12.5.4)."""
    return Words(choose(conn.headers.get("accept-language", "")))
