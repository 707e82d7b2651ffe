"""A browser as far as an ASGI application sees one: it keeps cookies, and says where it is."""

import json
from http.cookies import SimpleCookie
from urllib.parse import urlencode


class Answer:
    """An answer. cookies: the Set-Cookie fields, parsed."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {k.decode().lower(): v.decode() for k, v in headers}
        self.body = body
        self.set_cookie = [v.decode() for k, v in headers if k.lower() == b"set-cookie"]

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def type(self):
        return self.json["type"]


class Browser:
    """Sends requests. base: its origin. same: headers that a browser's own pages send."""

    def __init__(self, app, base="https://mail.example.org", ip="192.0.2.7", **headers):
        self.app = app
        self.base = base
        self.ip = ip
        self.headers = {"user-agent": "Testfox/1.0", **headers}
        self.cookies = {}

    async def request(self, method, path, body=b"", headers=None, *, bare=False):
        """Send a request. bare: without what tells our own pages from others."""
        scheme, _, host = self.base.partition("://")
        given = {"host": host, **self.headers}
        if not bare:
            given["sec-fetch-site"] = "same-origin"
            if method != "GET":
                given["origin"] = self.base
        if self.cookies:
            given["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        given |= headers or {}
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": scheme,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(k.encode(), v.encode()) for k, v in given.items() if v is not None],
            "client": (self.ip, 40000),
            "server": (host, 443),
        }
        sent = []
        requests = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive():
            return requests.pop(0) if requests else {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        await self.app(scope, receive, send)
        start = sent[0]
        answer = Answer(
            start["status"], start["headers"], b"".join(m.get("body", b"") for m in sent[1:])
        )
        self._keep(answer)
        return answer

    def _keep(self, answer):
        for field in answer.set_cookie:
            for name, morsel in SimpleCookie(field).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value

    async def get(self, path, **more):
        return await self.request("GET", path, **more)

    async def post(self, path, value=None, headers=None, **more):
        """Post JSON."""
        given = {"content-type": "application/json"} | (headers or {})
        body = json.dumps(value if value is not None else {}).encode()
        return await self.request("POST", path, body, given, **more)

    async def form(self, path, headers=None, **fields):
        """Post a form."""
        given = {"content-type": "application/x-www-form-urlencoded"} | (headers or {})
        return await self.request("POST", path, urlencode(fields).encode(), given)

    def twin(self):
        """Return a browser that has the same cookies now, and its own from here on."""
        other = Browser(self.app, self.base, self.ip)
        other.headers = dict(self.headers)
        other.cookies = dict(self.cookies)
        return other
