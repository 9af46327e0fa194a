# SPDX-License-Identifier: GPL-2.0-or-later
"""The first root of a guest: busybox, the modules that reach the host's files, our guest scripts."""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from kernels import Kernel, KernelError, decompress

GUEST = Path(__file__).resolve().parent.parent / "guest"
BUSYBOX = Path("/bin/busybox")
# What a guest needs to get at its root and its channels; what these need comes along.
MODULES = ("virtio_pci", "virtio_console", "virtio_rng", "9pnet_virtio", "9p", "overlay")
APPLETS = ("sh", "mount", "umount", "mkdir", "insmod", "ln", "cp", "touch", "sleep", "poweroff",
           "ifconfig", "hostname", "rm", "switch_root")
FOLDERS = ("bin", "proc", "sys", "dev", "modules", "vm", "lower", "upper", "new")


@dataclass
class Task:
    """What a guest is to do."""

    command: list[str]
    cwd: Path
    env: dict[str, str] = field(default_factory=dict)
    see: list[Path] = field(default_factory=list)  # paths of the host below its /tmp that the guest sees
    nofile: int = 1024  # soft limit of descriptors
    init: str = "session"  # the first process: that of the command, or "systemd"


def _module_name(path: str) -> str:
    return Path(path).name.partition(".ko")[0].replace("-", "_")


def _modules(kernel: Kernel) -> dict[str, bytes]:
    """Name and contents of the modules, in an order in which they can be loaded."""
    files = {_module_name(path.name): path for path in kernel.modules.glob("kernel/**/*.ko*")}
    builtin = {_module_name(line) for line in (kernel.modules / "modules.builtin").read_text().split()}
    found: dict[str, bytes] = {}

    def add(name: str) -> None:
        if name in found or name in builtin:
            return
        if name not in files:
            raise KernelError(f"{kernel.release} has no module {name}")
        data = decompress(files[name].read_bytes())
        needs = re.search(rb"\0depends=([^\0]*)\0", data)
        for other in filter(None, needs[1].decode().split(",") if needs else []):
            add(_module_name(other))
        found[name] = data

    for module in MODULES:
        add(module)
    return found


class _Cpio:
    """An archive in the format that the kernel unpacks (Documentation/driver-api/early-userspace)."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.count = 0

    def add(self, path: str, mode: int, content: bytes = b"") -> None:
        name = path.encode() + b"\0"
        self.count += 1
        numbers = (self.count, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0)
        self.data += b"070701" + b"".join(b"%08x" % number for number in numbers)
        for part in (name, content):
            self.data += part
            self.data += bytes(-len(self.data) % 4)

    def end(self) -> bytes:
        self.add("TRAILER!!!", 0)
        return bytes(self.data)


def _assignments(values: dict[str, str]) -> str:
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def _command_script(task: Task) -> str:
    """What the session in the guest runs; it begins with an empty environment."""
    env = {
        "HOME": "/root", "USER": "root", "LOGNAME": "root", "SHELL": "/bin/bash", "TERM": "dumb", "LANG": "C.UTF-8",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", **task.env,
    }
    return ("set -a\n" + _assignments(env) + "set +a\n"
            f"ulimit -Hn 1048576 && ulimit -Sn {task.nofile} && cd {shlex.quote(str(task.cwd))} || exit 125\n"
            f"exec {shlex.join(task.command)}\n")


def build(kernel: Kernel, task: Task) -> bytes:
    modules = _modules(kernel)
    values = {
        "MODULES": " ".join(modules),
        "RELEASE": kernel.release,
        "MODULE_DIR": str(kernel.modules),
        "CONFIG": str(kernel.config),
        "INIT": task.init,
    }
    cpio = _Cpio()
    for folder in FOLDERS:
        cpio.add(folder, 0o40755)
    cpio.add("bin/busybox", 0o100755, BUSYBOX.read_bytes())
    for applet in APPLETS:
        cpio.add(f"bin/{applet}", 0o120777, b"busybox")
    for name, data in modules.items():
        cpio.add(f"modules/{name}.ko", 0o100644, data)
    cpio.add("init", 0o100755, (GUEST / "init").read_bytes())
    cpio.add("vm/session", 0o100755, (GUEST / "session").read_bytes())
    cpio.add("vm/session.service", 0o100644, (GUEST / "session.service").read_bytes())
    cpio.add("vm/values", 0o100644, _assignments(values).encode())
    cpio.add("vm/see", 0o100644, "".join(f"{path}\n" for path in task.see).encode())
    cpio.add("vm/command", 0o100644, _command_script(task).encode())
    return cpio.end()
