# SPDX-License-Identifier: GPL-2.0-or-later
"""Which tests run in which boot, with which storms and how long they may take."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from boots import TIERS, Boot

ROOT = Path(__file__).resolve().parents[3]
VM_TESTS = ROOT / "tests/vm/tests"
# At least one storm for each hook and each odd way: what makes (open, scm-rights), copies over
# (dup2), closes, closes at exec, copies a table (fork, unshare), ends (shared tables, killed
# threads), reserves without installing (accept), fails (emfile), changes limits; and what comes to
# a task without a call of its own (io_uring, seccomp), in 32 bits, or half (truncated, a fault).
SHORT_STORMS = (
    "open", "pipe2", "dup", "dup2-empty", "dup2-used", "dup3-used", "fcntl-dupfd", "accept-blocked",
    "pidfd_getfd", "scm-rights-truncated", "close", "close-range", "close-range-cloexec",
    "close-range-unshare", "fork", "exec-thread", "clone-files", "clone-files-exit", "unshare-thread",
    "threads", "io_uring", "io_uring-sqpoll", "seccomp-addfd", "exit-killed", "zombie-leader", "prlimit",
    "emfile", "fanotify-read", "compat-calls", "recvmsg-fault", "bad-pointers",
)
# The tiers without hooks look at what is there: how it came about is nothing to them, odd tables are.
HOOKLESS = ("sample", "procfs")
HOOKLESS_STORMS = ("accept-blocked", "clone-files", "unshare-thread", "zombie-leader", "prlimit")
# Tests that a row must ask for by name.
ON_REQUEST = {"ia32.sh", "systemd.sh"}
# Left out unless LONG=1, -k or the row (`also`) asks for them.
SHORT_WITHOUT = {
    "api": "100,000 requests and idle time-outs, no matter of kernels: minutes under emulation",
    "bad_input.sh": "hundreds of programs started: minutes under emulation",
    "fdtop.sh": "a terminal is no matter of kernels: minutes under emulation",
    "hooks_examples.sh": "programs that are no matter of kernels",
    "service.sh": "many starts of the daemon: minutes under emulation",
    "alerts.sh": "many starts of the daemon: minutes under emulation",
    "hazards.sh": "each trap in each of its modes: minutes under emulation",
    "hazard_deeds.sh": "each trap in each of its modes: minutes under emulation",
    "hazard_exec.sh": "what shells and their children say, no matter of kernels",
    "hazard_scan.sh": "waits for scans: minutes under emulation",
    "hazard_truncate.sh": "no matter of kernels but for what hazards.sh has",
    "kinds": "a start of the daemon and a maker for each kind: minutes under emulation",
    "traps.sh": "the traps alone: no matter of the daemon",
    "who": "two hundred questions: minutes under emulation",
    "real_world.sh": "servers under load: minutes under emulation",
    "gate.sh": "a start of the daemon for each hook: minutes under emulation",
    "losses": "a minute or two under emulation",
}
# Never run here.
WITHOUT = {"scale": "10,000 processes: too many under emulation"}
SECONDS = 600  # that a test may take
SECONDS_LONG = 3000
BOOT_SECONDS = 120  # that a guest may take besides


@dataclass
class Selection:
    """What the caller asked for."""

    long: bool = False
    tiers: list[str] = field(default_factory=list)
    pattern: str = ""


@dataclass
class Plan:
    boot: Boot
    tiers: list[str]
    tests: list[str]
    left_out: dict[str, str]  # test -> reason
    storms: dict[str, list[str]]  # tier -> those that exact goes through; empty: all
    seconds: int  # for a test
    rounds: int  # of each storm

    @property
    def specs(self) -> list[str]:
        """As guest/suite takes them.  Tiers that have the same storms go through them in one run."""
        specs = []
        for test in self.tests:
            groups: dict[str, list[str]] = {}
            for tier in self.tiers:
                groups.setdefault(" ".join(self.storms[tier]) if test == "exact" else "", []).append(tier)
            specs += [f"{test}:{self.seconds}:{' '.join(tiers)}:{storms}" for storms, tiers in groups.items()]
        return specs

    @property
    def timeout_s(self) -> int:
        return BOOT_SECONDS + self.seconds * len(self.specs)

    @property
    def env(self) -> dict[str, str]:
        return {
            "FDS_DISPOSABLE": "1",  # tests may lower limits of the whole host
            "FDS_ROUNDS": str(self.rounds),
            "FDS_EXPECTED_TIERS": " ".join(self.boot.tiers),
            "FDS_EXPECTED_AUTO": self.boot.auto,
        }


def all_tests(build: Path) -> list[str]:
    programs = [path.name for path in (build / "tests/integration").iterdir()
                if path.is_file() and os.access(path, os.X_OK)]
    scripts = [path.name for folder in (ROOT / "tests/integration", VM_TESTS) for path in folder.glob("*.sh")]
    # The cheap ones that tell most come first.
    first = ["tiers.sh", "exact", "events"]
    return sorted(programs + scripts, key=lambda name: (first.index(name) if name in first else len(first), name))


def make(boot: Boot, selection: Selection, tests: list[str], storms: list[str]) -> Plan:
    tiers = [tier for tier in TIERS if tier in boot.tiers and (not selection.tiers or tier in selection.tiers)]
    chosen: list[str] = []
    left_out: dict[str, str] = {}
    for test in tests:
        wanted = test in boot.tests + boot.also
        asked_for = selection.pattern and selection.pattern in test
        if (boot.tests or test in ON_REQUEST) and not wanted:
            continue
        if test in WITHOUT:
            left_out[test] = WITHOUT[test]
        elif test in SHORT_WITHOUT and not (selection.long or wanted or asked_for):
            left_out[test] = SHORT_WITHOUT[test] + " (LONG=1)"
        else:
            chosen.append(test)
    plan = Plan(boot, tiers, chosen if tiers else [], left_out, {},
                seconds=SECONDS_LONG if selection.long else SECONDS, rounds=2 if selection.long else 1)
    for tier in tiers:
        usual = HOOKLESS_STORMS if tier in HOOKLESS else SHORT_STORMS
        picked = boot.storms or ([] if selection.long else usual)
        plan.storms[tier] = [storm for storm in picked if storm in storms]
    if selection.pattern:
        _narrow(plan, selection.pattern, storms)
    return plan


def _narrow(plan: Plan, pattern: str, storms: list[str]) -> None:
    """To tests with the pattern in their name; is there none, to storms."""
    plan.left_out = {}
    matching = [test for test in plan.tests if pattern in test]
    picked = [storm for storm in storms if pattern in storm]
    if not matching and picked and "exact" in plan.tests:
        matching = ["exact"]
        plan.storms = {tier: picked for tier in plan.tiers}
    plan.tests = matching
