"""The maildrop is locked against a second POP3 session (RFC 1939 §4), and only against that."""

import contextlib
import os
import poplib
import signal

import pytest

pytestmark = pytest.mark.e2e


def sign_in(server, user="user1@example.test"):
    client = poplib.POP3("127.0.0.1", server.ports["pop3"], timeout=20)
    try:
        client.user(user)
        client.pass_("pw")
    except BaseException:
        client.close()
        raise
    return client


def test_one_session_at_a_time(server):
    first = sign_in(server)
    # Several, so that some reach the other worker.
    for _ in range(6):
        with pytest.raises(poplib.error_proto, match="IN-USE"):
            sign_in(server)
    sign_in(server, "user2@example.test").quit()
    first.quit()
    sign_in(server).quit()


def test_a_connection_that_breaks_frees_it(server):
    first = sign_in(server)
    first.close()
    for _ in range(200):
        with contextlib.suppress(poplib.error_proto):
            sign_in(server).quit()
            return
    pytest.fail("the maildrop stays locked")


def test_a_worker_that_dies_frees_it(server):
    first = sign_in(server)
    for pid in server.workers():
        os.kill(pid, signal.SIGKILL)
    first.close()
    for _ in range(200):
        with contextlib.suppress(poplib.error_proto, OSError, EOFError):
            sign_in(server).quit()
            return
    pytest.fail("the maildrop stays locked")
