# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the list of boots (tests/vm/boots.ini) and the known failures."""

import configparser
import fnmatch
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
TIERS = ("trampoline", "kprobe", "syscall", "sample", "procfs")
INITS = ("session", "systemd")
KEYS = {"suites", "series", "tiers", "auto", "tests", "also", "storms", "append", "prepare", "smp", "mem", "init"}


class ListError(Exception):
    """What is wrong in a list."""


@dataclass
class Boot:
    """A row: a kernel, how it is booted, and what is expected there."""

    name: str
    kernel: str
    suites: list[str]
    series: str = ""
    append: str = ""
    prepare: str = ""
    smp: int = 2
    mem_mb: int = 1024
    init: str = "session"  # who is the first process
    tiers: list[str] = field(default_factory=list)
    auto: str = ""
    tests: list[str] = field(default_factory=list)  # empty: all
    also: list[str] = field(default_factory=list)  # besides, of what a short run leaves out
    storms: list[str] = field(default_factory=list)  # empty: the usual selection


@dataclass
class KnownFailure:
    boots: str
    case: str
    reason: str
    line: int


def _boot(name: str, section: configparser.SectionProxy, kernels: dict[str, Boot]) -> Boot:
    unknown = set(section) - KEYS
    if unknown:
        raise ListError(f"[{name}]: unknown key {', '.join(sorted(unknown))}")
    kernel = name.partition("/")[0]
    base = kernels.get(kernel)
    suites = section.get("suites", "").split() or (base.suites if base else [])
    if not suites:
        raise ListError(f"[{name}]: no suites, and no row [{kernel}] before it")
    boot = Boot(
        name=name, kernel=kernel, suites=suites,
        series=section.get("series", base.series if base else ""),
        append=section.get("append", ""),
        prepare=section.get("prepare", ""),
        smp=section.getint("smp", 2), mem_mb=section.getint("mem", 1024),
        init=section.get("init", "session"),
        tiers=section.get("tiers", "").split(), auto=section.get("auto", ""),
        tests=section.get("tests", "").split(), also=section.get("also", "").split(), storms=section.get("storms", "").split(),
    )
    if boot.init not in INITS:
        raise ListError(f"[{name}]: init is to be among {' '.join(INITS)}")
    wrong = [tier for tier in (*boot.tiers, boot.auto) if tier not in TIERS]
    if wrong or boot.auto not in boot.tiers:
        raise ListError(f"[{name}]: its tiers are to be among {' '.join(TIERS)}, and auto among them")
    return boot


def read_boots(path: Path = HERE / "boots.ini") -> list[Boot]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8"), source=path.name)
    except configparser.Error as error:
        raise ListError(str(error)) from error
    kernels: dict[str, Boot] = {}
    boots = []
    for name in parser.sections():
        boot = _boot(name, parser[name], kernels)
        kernels.setdefault(boot.kernel, boot)
        boots.append(boot)
    return boots


def select(boots: list[Boot], patterns: list[str]) -> list[Boot]:
    """Those whose names match one of the patterns; none given: all."""
    if not patterns:
        return boots
    for pattern in patterns:
        if not any(fnmatch.fnmatchcase(boot.name, pattern) for boot in boots):
            raise ListError(f"no boot '{pattern}'; there are: {' '.join(boot.name for boot in boots)}")
    return [boot for boot in boots if any(fnmatch.fnmatchcase(boot.name, pattern) for pattern in patterns)]


def read_known(path: Path = HERE / "known-failures") -> list[KnownFailure]:
    known = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split(" | ")]
        if len(parts) != 3 or not all(parts):
            raise ListError(f"{path.name}:{number}: not 'BOOTS | CASE | REASON'")
        known.append(KnownFailure(*parts, number))
    return known
