"""Start the lab: DNS, CA, one server process for each domain, the page; stop it all.

The servers are ordinary `pillarbox serve` processes with settings files of their own in
the state folder: the same code path as production. The lab itself only prepares them,
answers DNS, plays scenes and looks at what they keep.
"""

import asyncio
import contextlib
import json
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Any, Final

import uvicorn
from rich.console import Console

from pillarbox import foundation
from pillarbox.base import log as base_log
from pillarbox.base.clock import SystemClock
from pillarbox.dns.authority import Authority
from pillarbox.lab import hosts, impostors
from pillarbox.lab.hosts import Network
from pillarbox.lab.panel import Panel
from pillarbox.lab.prepare import prepare
from pillarbox.lab.publishing import keep_published
from pillarbox.lab.scene import Result
from pillarbox.lab.scenes import SCENES, find
from pillarbox.lab.world import World
from pillarbox.serve.worker import loop_factory
from pillarbox.trace import view

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 25.0


def main(
    state: Path,
    *,
    reset: bool,
    once: bool,
    play: str | None,
    as_json: bool,
    port: int,
    network: int,
) -> int:
    """Run the lab until Ctrl-C; with `once` or `play`, until the scenes are over.

    Returns 0 if each scene that was played came out as it must (or none was), else 1.
    """
    base_log.configure(form="text", level="warning", clock=SystemClock())
    console = Console(stderr=as_json, highlight=False)
    if reset and state.exists():
        if not (state / "lab.json").exists() and any(state.iterdir()):
            console.print(f"[red]{state} is not a lab's folder; remove it yourself[/red]")
            return 2
        shutil.rmtree(state)
    names = [play] if play else [scene.name for scene in SCENES] if once else []
    unknown = [name for name in names if find(name) is None]
    if unknown:
        known = ", ".join(scene.name for scene in SCENES)
        console.print(f"There is no scene {unknown[0]!r}. There are: {known}")
        return 2
    lab = _Lab(state, Network(network), console, as_json=as_json, port=port)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(lab.run(names))


class _Lab:
    def __init__(
        self, state: Path, network: Network, console: Console, *, as_json: bool, port: int
    ) -> None:
        self._state = state.resolve()
        self._network = network
        self._console = console
        self._as_json = as_json
        self._port = port
        self._clock = SystemClock()

    async def run(self, names: list[str]) -> int:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        async with contextlib.AsyncExitStack() as stack:
            try:
                world = await self._start(stack)
            except (OSError, foundation.CannotStart) as exc:
                self._console.print(f"[red]The lab cannot start:[/red] {exc}")
                return 1
            if names:
                return await self._play(world, names)
            await self._serve(world, stop, stack)
        return 0

    async def _start(self, stack: contextlib.AsyncExitStack) -> World:
        """Bring everything up, in order; `stack` takes it down again."""
        with self._console.status("Making domains, keys and certificates …"):
            prepared = await prepare(self._state, self._network, self._clock)
        authority = Authority(prepared.zones, self._clock)
        await authority.start(self._network.dns, hosts.DNS)
        stack.push_async_callback(authority.stop)
        await impostors.start(self._state, self._network, stack)
        with self._console.status("Starting three mail servers …"):
            for name, settings in prepared.settings.items():
                stack.push_async_callback(_end, await self._spawn(name, settings))
            for domain in hosts.DOMAINS:
                await self._await_port(self._network.address(domain.host), hosts.SMTP)
        world = World(prepared, self._network, self._clock)
        await world.open()
        stack.push_async_callback(world.close)
        group = await stack.enter_async_context(asyncio.TaskGroup())
        publishing = group.create_task(
            keep_published(prepared, world.stores, self._network, authority)
        )
        stack.callback(publishing.cancel)
        return world

    async def _spawn(self, name: str, settings: Path) -> asyncio.subprocess.Process:
        log = (self._state / f"{name}.log").open("ab")
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "pillarbox", "serve", "--config", str(settings),
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        finally:
            log.close()

    async def _await_port(self, address: str, port: int) -> None:
        end = self._clock.monotonic() + START_SECONDS
        while True:
            try:
                _, writer = await asyncio.open_connection(address, port)
            except OSError:
                if self._clock.monotonic() > end:
                    raise foundation.CannotStart(
                        f"{address}:{port} did not open; see the logs in {self._state}"
                    ) from None
                await asyncio.sleep(0.05)
                continue
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            return

    async def _play(self, world: World, names: list[str]) -> int:
        results = []
        for name in names:
            scene = find(name)
            assert scene is not None
            result = await world.play(scene)
            results.append(result)
            if not self._as_json:
                self._show(result, scene.title, whole=len(names) == 1)
        if self._as_json:
            print(json.dumps({"scenes": [_as_json(result) for result in results]}))  # noqa: T201
        return 0 if all(result.ok for result in results) else 1

    def _show(self, result: Result, title: str, *, whole: bool) -> None:
        mark = "[green]✓[/green]" if result.ok else "[red]✗[/red]"
        self._console.print(f"{mark} [bold]{title}[/bold] ({result.name}): {result.verdict}")
        if not result.ok:
            self._console.print(f"  expected {result.expected}. {result.problem}")
        for domain, trace in result.traces if whole else []:
            told = view.story(trace)
            self._console.print(f"\n[bold]What {domain} saw[/bold]  (trace {told.id})")
            if told.verdict_sentence:
                self._console.print(f"  {told.mark} {told.verdict_sentence}")
            for line in told.lines:
                self._console.print(f"  {line.at:%H:%M:%S}  {line.sentence}", markup=False)

    async def _serve(
        self, world: World, stop: asyncio.Event, stack: contextlib.AsyncExitStack
    ) -> None:
        """Serve the page until told to stop."""
        origin = f"http://127.0.0.1:{self._port}"
        config = uvicorn.Config(
            Panel(world, origin).application(), log_config=None, lifespan="off", ws="none",
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        server = uvicorn.Server(config)
        sock = socket.socket()
        stack.callback(sock.close)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", self._port))
        serving = asyncio.ensure_future(server._serve(sockets=[sock]))  # noqa: SLF001
        self._console.print(f"\nThe lab is open: [bold link={origin}]{origin}[/]")
        self._console.print("  Its page opens the webmail of everybody who lives here.")
        for domain in hosts.DOMAINS:
            people = ", ".join(person.address for person in domain.people)
            address = self._network.address(domain.host)
            self._console.print(f"  {domain.name:<12} {address:<12} {people}")
        self._console.print(
            f"  IMAP {hosts.IMAP} (STARTTLS) or {hosts.IMAPS} (TLS), POP3 {hosts.POP3}/"
            f"{hosts.POP3S}, submission {hosts.SUBMISSION}/{hosts.SUBMISSIONS}; "
            f"password [bold]{hosts.PASSWORD}[/bold]\n  CA certificate: "
            f"{self._state / 'ca.pem'}\nCtrl-C ends it."
        )
        watching = asyncio.ensure_future(world.follow())
        await stop.wait()
        watching.cancel()
        server.should_exit = True
        await asyncio.gather(serving, watching, return_exceptions=True)


def _as_json(result: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        "expected": result.expected,
        "verdict": result.verdict,
        "ok": result.ok,
        "problem": result.problem,
        "traces": [{"domain": domain, "id": trace.id} for domain, trace in result.traces],
    }


async def _end(process: asyncio.subprocess.Process) -> None:
    """Stop a server that we started."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
