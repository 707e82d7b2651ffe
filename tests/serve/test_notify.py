"""Hints reach their worker, others' hints do not, and nothing fails without a server."""

import asyncio

from pillarbox.serve.notify import QUEUE, Hub, hint

ACCOUNT = 7


def test_a_hint_from_another_process_wakes_every_worker(tmp_path):
    async def run():
        woken: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
        hubs = [Hub(tmp_path, slot, 2) for slot in range(2)]
        for hub in hubs:
            hub.open()
        with (
            hubs[0].subscribe(QUEUE, lambda: woken.put_nowait((0, QUEUE))),
            hubs[1].subscribe(QUEUE, lambda: woken.put_nowait((1, QUEUE))),
            hubs[1].subscribe(ACCOUNT, lambda: woken.put_nowait((1, ACCOUNT))),
        ):
            await asyncio.to_thread(hint, tmp_path, [QUEUE, ACCOUNT])
            async with asyncio.timeout(10):
                found = {await woken.get() for _ in range(3)}
        for hub in hubs:
            hub.close()
        return found, list(tmp_path.iterdir())

    found, left = asyncio.run(run())
    assert found == {(0, QUEUE), (1, QUEUE), (1, ACCOUNT)}
    assert left == []


def test_a_change_in_one_worker_wakes_itself_and_the_other(tmp_path):
    async def run():
        woken: asyncio.Queue[int] = asyncio.Queue()
        hubs = [Hub(tmp_path, slot, 2) for slot in range(2)]
        for hub in hubs:
            hub.open()
        with (
            hubs[0].subscribe(ACCOUNT, lambda: woken.put_nowait(0)),
            hubs[1].subscribe(ACCOUNT, lambda: woken.put_nowait(1)),
        ):
            await asyncio.to_thread(hubs[0].changed_from_thread, ACCOUNT)
            async with asyncio.timeout(10):
                found = {await woken.get(), await woken.get()}
            hubs[0].changed(ACCOUNT + 1)
            hubs[0].changed(ACCOUNT)
            async with asyncio.timeout(10):
                await woken.get()
                await woken.get()
        for hub in hubs:
            hub.close()
        return found, woken.empty()

    assert asyncio.run(run()) == ({0, 1}, True)


def test_without_a_server_nothing_happens(tmp_path):
    hint(tmp_path / "none", [QUEUE])
    hint(tmp_path, [])
    (tmp_path / "worker-0.1.sock").touch()
    hint(tmp_path, [QUEUE])


def test_sockets_of_dead_workers_are_removed(tmp_path):
    stale = tmp_path / "worker-3.4194305.sock"
    stale.touch()

    async def run():
        hub = Hub(tmp_path, 0, 1)
        hub.open()
        hub.close()

    asyncio.run(run())
    assert not stale.exists()
