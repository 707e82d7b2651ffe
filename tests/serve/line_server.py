"""A whole little server for test_supervisor.py: says its pid and generation, then echoes."""

import os
import sys
from pathlib import Path

from pillarbox.base.clock import SystemClock
from pillarbox.base.errors import Invalid
from pillarbox.base.metrics import REGISTRY
from pillarbox.serve import listener, supervisor, worker


def work(generation, folder):
    async def build(seat):
        async def handle(conn, _endpoint):
            conn.write(b"%d %d %d\n" % (os.getpid(), seat.slot, generation))
            while data := await conn.read(30):
                if data.startswith(b"crash"):
                    os._exit(9)
                conn.write(data)

        async def stop():
            (folder / f"stopped-{os.getpid()}").touch()

        return worker.Service(
            {"smtp": handle}, None, listener.Gate(total=100, per_address=50), [], stop, {}
        )

    return lambda seat: worker.run(seat, build)


def main():
    folder = Path(sys.argv[1])
    port = listener.bind(listener.Endpoint("smtp", "127.0.0.1", 0, "none", False), 2)
    generation = [1]

    def reload():
        if (folder / "broken").exists():
            raise Invalid("conf: broken")
        generation[0] += 1
        return work(generation[0], folder)

    def ready():
        (folder / "port.new").write_text(str(port[0].port))
        (folder / "port.new").rename(folder / "port")

    REGISTRY.bind(memoryview(bytearray(REGISTRY.row_octets)), 1, 0)
    return supervisor.Supervisor([port], 2, SystemClock(), work(1, folder), reload, ready).run()


if __name__ == "__main__":
    sys.exit(main())
