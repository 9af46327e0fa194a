# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of Debian, fetched once and kept outside of the tree.  A kernel's folder holds image (an
ELF vmlinux), config, lib/modules/RELEASE, and packages: what it was made of."""

import fcntl
import lzma
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from apt import Apt, AptError

CACHE = Path(os.environ.get("FDS_VM_CACHE", "/var/cache/fdscope-vm"))
# Since 7.x a kernel is split over these; before, all is in the first.
PARTS = r"linux-(image|binary|modules|base)-\d.*"
# Of drivers and sound, which are most of a kernel and hours of depmod's work, what a guest may need.
DRIVERS = ("block", "char", "net/tun", "net/veth", "vhost", "virtio")


class KernelError(Exception):
    """Why there is no such kernel."""


@dataclass(frozen=True)
class Kernel:
    folder: Path

    @property
    def image(self) -> Path:
        return self.folder / "image"

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def modules(self) -> Path:
        return next((self.folder / "lib/modules").iterdir())

    @property
    def release(self) -> str:
        return self.modules.name


def decompress(data: bytes) -> bytes:
    """What xz or zstd has made of something, whatever follows it; other data as it is."""
    if data.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMADecompressor().decompress(data)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        # It complains of what follows, and has written all by then.
        return subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return data


def extract_vmlinux(data: bytes) -> bytes:
    """The ELF file inside a bzImage.  It boots by its PVH entry: no unpacking under emulation, which
    takes seconds, and no KASLR."""
    if data[0x202:0x206] == b"HdrS":
        # Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length.
        start = ((data[0x1F1] or 4) + 1) * 512
        offset, length = struct.unpack_from("<II", data, 0x248)
        data = decompress(data[start + offset:start + offset + length])
    if not data.startswith(b"\x7fELF"):
        raise KernelError("its image is packed in a way that is not known here")
    return data


def _first(root: Path, *patterns: str) -> Path:
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            return path
    raise KernelError(f"its packages have no {patterns[0]}")


def _thin_out(tree: Path) -> None:
    """Remove drivers of hardware that a guest has not."""
    for path in [*tree.glob("drivers/**/*.ko*"), *tree.glob("sound/**/*.ko*")]:
        if not str(path.relative_to(tree)).startswith(tuple(f"drivers/{driver}" for driver in DRIVERS)):
            path.unlink()


def _assemble(unpacked: Path, folder: Path) -> None:
    """Make a kernel's folder of unpacked packages."""
    modules = _first(unpacked, "usr/lib/modules/*/kernel", "lib/modules/*/kernel").parent
    image = _first(unpacked, "boot/vmlinuz-*", "usr/lib/modules/*/vmlinuz")
    config = _first(unpacked, "boot/config-*", "usr/lib/modules/*/config")
    _thin_out(modules / "kernel")
    (folder / "lib/modules").mkdir(parents=True)
    (folder / "image").write_bytes(extract_vmlinux(image.read_bytes()))
    shutil.copy(config, folder / "config")
    shutil.move(modules, folder / "lib/modules" / modules.name)
    # For modprobe in the guest.
    subprocess.run(["busybox", "depmod", "-b", folder, modules.name], check=True)


def _fetch(name: str, suites: list[str], series: str, update: bool) -> None:
    """Put the newest kernel of the suites, or of a series of theirs, in the cache's folder `name`."""
    dest = CACHE / name
    with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=CACHE) as work:
        apt = Apt(Path(work, "apt"), suites)
        # Not the kernels for clouds: they have no 9p.
        package = "linux-image-amd64"
        if series:
            package = apt.newest(rf"linux-image-{re.escape(series)}(?!\d)(?!.*(cloud|rt|dbg)).*-amd64(?!-)")
        packages = apt.closure(package, PARTS)
        stamp = "".join(f"{pkg} {version}\n" for pkg, version in sorted(packages.items()))
        if update and dest.is_dir() and (dest / "packages").exists() and (dest / "packages").read_text() == stamp:
            return
        apt.unpack(packages, Path(work, "unpacked"))
        made = Path(work, "kernel")
        _assemble(Path(work, "unpacked"), made)
        (made / "packages").write_text(stamp)
        if dest.is_dir():
            dest.rename(Path(work, "old"))
        made.rename(dest)


@contextmanager
def _locked(name: str):
    """One at a time fetches a kernel, and finds it there when its turn comes."""
    with open(CACHE / f".{name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def get(name: str, suites: list[str], series: str = "", update: bool = False) -> Kernel:
    """The kernel from the cache, fetched if it is not there; with `update`, if there is a newer."""
    try:
        CACHE.mkdir(parents=True, exist_ok=True)
        if update or not (CACHE / name).is_dir():
            with _locked(name):
                for stale in CACHE.glob(f".{name}.*/"):
                    # Of one that was killed: whoever works there holds the lock.
                    shutil.rmtree(stale, ignore_errors=True)
                if update or not (CACHE / name).is_dir():
                    print(f"vm: fetching kernel {name} from {' '.join(suites)}", file=sys.stderr, flush=True)
                    _fetch(name, suites, series, update)
    except (AptError, OSError, subprocess.CalledProcessError) as error:
        raise KernelError(f"kernel {name} cannot be fetched: {error}") from error
    return Kernel(CACHE.resolve() / name)
