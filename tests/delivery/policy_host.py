"""A web server for policies that exists only as a value, and what counts its visits."""

from pillarbox.delivery.https import NotFetched, Page

POLICY = "version: STSv1\r\nmode: {mode}\r\nmx: {mx}\r\nmax_age: {max_age}\r\n"


def policy(mode="enforce", mx="mx.peer.example", max_age=604800):
    return POLICY.format(mode=mode, mx=mx, max_age=max_age)


class FakeFetcher:
    """Answers with `page`, a text, a Page or an exception. asked: (host, path) of each visit."""

    def __init__(self, page=None):
        self.page = policy() if page is None else page
        self.asked: list[tuple[str, str]] = []
        self.posted: list[tuple[str, str, bytes, str]] = []

    async def get(self, host, path, *, max_octets, seconds):  # noqa: ARG002 - as Https
        self.asked.append((host, path))
        if isinstance(self.page, Exception):
            raise self.page
        if isinstance(self.page, Page):
            return self.page
        return Page(200, "text/plain", self.page.encode())

    async def post(self, host, path, body, media_type, *, seconds):  # noqa: ARG002 - as Https
        self.posted.append((host, path, body, media_type))
        if isinstance(self.page, NotFetched):
            raise self.page
        return Page(self.page.status if isinstance(self.page, Page) else 201, "", b"")
