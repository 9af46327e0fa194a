# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest: QEMU with a kernel, an initramfs and channels; what came of it."""

import ctypes
import os
import re
import selectors
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import initramfs
from kernels import Kernel

# tsc, no_timer_check: emulation is late at times, which is no fault of a clock.  panic, oops: both
# end the guest.  The rest spares time.
CMDLINE = ("console=ttyS0 loglevel=5 panic=-1 oops=panic tsc=reliable no_timer_check nowatchdog "
           "mitigations=off cryptomgr.notests=1 random.trust_cpu=on audit=0")
# One thread for all CPUs.  With one for each, QEMU before 8.1 loses a change that one CPU makes to
# code that another runs, and kernels that patch themselves die of it.
ACCEL = "tcg,tb-size=256,thread={}"
# QEMU 7.2 leaves random flags behind cmpxchg16b.  Where an interrupt follows at once they come
# back with it, a trap flag among them, and the kernel stumbles; without cx16 it does not use it.
CPU = "max,-cx16"
POWER_OFF_S = 10
# Documentation/admin-guide/tainted-kernels.rst: died, warned, soft lockup.
TAINTS = {1 << 7: "died", 1 << 9: "warned", 1 << 14: "had a soft lockup"}
TROUBLE = r"WARNING: |BUG: |Oops|Kernel panic|soft lockup|invalid opcode"
LOG_LINES = 60

FAILED = 125
TIMED_OUT = 124


@dataclass
class Machine:
    kernel: Kernel
    append: str = ""
    smp: int = 2
    mem_mb: int = 1024
    icount: bool = False  # the clock counts instructions
    mttcg: bool = False  # a thread for each CPU
    timeout_s: float = 300


@dataclass
class Outcome:
    status: int  # the command's; FAILED: the guest failed, TIMED_OUT
    complaint: str  # of the guest or its kernel, "": none
    log: str  # what the kernel said

    @property
    def excerpt(self) -> str:
        """The log from the first trouble on, or its end."""
        lines = self.log.splitlines()
        start = next((i for i, line in enumerate(lines) if re.search(TROUBLE, line)), len(lines) - LOG_LINES)
        return "\n".join(lines[max(0, start):][:LOG_LINES])


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _qemu(machine: Machine, initrd_fd: int, ports: dict[str, int], sockets: dict[str, socket.socket]) -> list[str]:
    args = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]
    args += ["-M", "q35", "-cpu", CPU, "-accel", ACCEL.format("multi" if machine.mttcg else "single")]
    args += ["-smp", str(machine.smp), "-m", str(machine.mem_mb)]
    args += ["-kernel", str(machine.kernel.image), "-initrd", f"/proc/self/fd/{initrd_fd}"]
    args += ["-append", f"{CMDLINE} {machine.append}".strip()]
    if machine.icount:
        args += ["-icount", "shift=0,sleep=off"]
    # First of its bus, which makes its ports /dev/vport0pN.
    args += ["-device", "virtio-serial-pci", "-device", "virtio-rng-pci"]
    for name, end in sockets.items():
        args += ["-chardev", f"socket,id={name},fd={end.fileno()}"]
    args += ["-serial", "chardev:console"]
    for name, number in ports.items():
        args += ["-device", f"virtserialport,chardev={name},nr={number}"]
    args += ["-fsdev", "local,id=host,path=/,security_model=none,multidevs=remap,readonly=on"]
    args += ["-device", "virtio-9p-pci,fsdev=host,mount_tag=host"]
    return args


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data):]


class _Relay:
    """Passes on what comes from the guest, until it ends or its time is over."""

    def __init__(self, sinks: dict[str, int | None], timeout_s: float) -> None:
        self.sinks = sinks  # channel -> descriptor that its data goes to as well
        self.data = {"console": bytearray(), "status": bytearray()}
        self.deadline = time.monotonic() + timeout_s
        self.late = False

    def run(self, sockets: dict[str, socket.socket]) -> None:
        with selectors.DefaultSelector() as selector:
            for name, end in sockets.items():
                selector.register(end, selectors.EVENT_READ, name)
            while selector.get_map():
                left = self.deadline - time.monotonic()
                if left <= 0:
                    self.late = True
                    return
                for key, _ in selector.select(left):
                    data = key.fileobj.recv(1 << 16)
                    if data:
                        self._got(key.data, data)
                    else:
                        selector.unregister(key.fileobj)

    def _got(self, name: str, data: bytes) -> None:
        if name in self.data:
            self.data[name] += data
        if name == "status":
            self.deadline = min(self.deadline, time.monotonic() + POWER_OFF_S)
        sink = self.sinks.get(name)
        if sink is not None:
            _write_all(sink, data)


def _judge(relay: _Relay, machine: Machine, said: str) -> Outcome:
    log = relay.data["console"].decode(errors="replace").replace("\r", "") + said
    ended = re.match(rb"ended (\d+) (\d+)\n", relay.data["status"])
    if "Kernel panic" in log:
        return Outcome(FAILED, "the kernel panicked", log)
    if ended:
        taint = int(ended[2])
        faults = [text for bit, text in TAINTS.items() if taint & bit]
        return Outcome(int(ended[1]), f"the kernel {', '.join(faults)}" if faults else "", log)
    if relay.late:
        return Outcome(TIMED_OUT, f"it did not end within {machine.timeout_s:g} s", log)
    return Outcome(FAILED, "the guest ended before its command", log)


def run(machine: Machine, task: initramfs.Task, out: int = 1, err: int = 2, console: int | None = None) -> Outcome:
    """Run a task; its output goes to these descriptors as it comes."""
    ports = {"status": 1, "stdout": 2}
    # Where both are one file, one channel keeps the order.
    if not os.path.sameopenfile(out, err):
        ports["stderr"] = 3
    with ExitStack() as stack:
        pairs = {name: socket.socketpair() for name in ("console", *ports)}
        for pair in pairs.values():
            for end in pair:
                stack.enter_context(end)
        initrd = stack.enter_context(tempfile.TemporaryFile())
        initrd.write(initramfs.build(machine.kernel, task))
        initrd.flush()
        said = stack.enter_context(tempfile.TemporaryFile())
        theirs = {name: pair[1] for name, pair in pairs.items()}
        relay = _Relay({"stdout": out, "stderr": err, "console": console}, machine.timeout_s)
        with subprocess.Popen(
            _qemu(machine, initrd.fileno(), ports, theirs),
            stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
            pass_fds=[initrd.fileno(), *(end.fileno() for end in theirs.values())],
            preexec_fn=_die_with_parent,
        ) as qemu:
            try:
                for end in theirs.values():
                    end.close()
                relay.run({name: pair[0] for name, pair in pairs.items()})
            finally:
                qemu.kill()
        said.seek(0)
        return _judge(relay, machine, said.read().decode(errors="replace"))
