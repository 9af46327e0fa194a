# SPDX-License-Identifier: GPL-2.0-or-later
"""What guest/suite prints, taken apart into tests and their cases."""

import re
from dataclasses import dataclass, field

TAIL_LINES = 80


@dataclass
class Case:
    test: str
    name: str
    state: str  # passed, failed, skipped
    why: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.test}: {self.name}"


@dataclass
class Test:
    """A program of the suite."""

    name: str
    cases: list[Case] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # all but what passed
    seconds: float = 0
    planned: int = 0
    ended: bool = False

    def add(self, name: str, state: str, why: str = "") -> None:
        self.cases.append(Case(self.name, name, state, why))

    def count(self, state: str) -> int:
        return sum(case.state == state for case in self.cases)

    @property
    def tail(self) -> list[str]:
        return self.said[-TAIL_LINES:]


def _signal_or_status(status: int) -> str:
    if status in (124, 137):
        return "it did not end in its time"
    return f"it died of signal {status - 128}" if status > 128 else f"exit status {status}"


class Reader:
    """Takes lines as they come; `tests` grows with them."""

    def __init__(self) -> None:
        self.tests: list[Test] = []
        self.current: Test | None = None
        self.stray: list[str] = []  # said outside of tests

    def line(self, text: str) -> Test | None:
        """The test that ended with this line, if one did."""
        if text.startswith("@@begin "):
            self.current = Test(text.split()[1])
            self.tests.append(self.current)
        elif text.startswith("@@end ") and self.current:
            return self._end(text.split()[2:])
        elif not self.current:
            self.stray.append(text)
        else:
            self._case(self.current, text)
        return None

    def cut_off(self, why: str) -> Test | None:
        """The guest is gone: the test that ran then, which has failed."""
        test, self.current = self.current, None
        if test:
            test.add("end", "failed", why)
        return test

    @staticmethod
    def _case(test: Test, text: str) -> None:
        match = re.match(r"(not )?ok\b *\d* *-? *(.*)", text)
        plan = re.match(r"1\.\.(\d+)", text)
        if plan:
            test.planned += int(plan[1])
        elif not match:
            if text.startswith("Bail out!"):
                test.add(text, "failed")
            if text.strip():
                test.said.append(text)
        elif skip := re.match(r"(.*?) *# *skip *(.*)", match[2], re.I):
            test.add(skip[1], "skipped", skip[2] or "no reason given")
        elif match[1]:
            test.add(match[2], "failed")
            test.said.append(text)
        else:
            test.add(match[2], "passed")

    def _end(self, words: list[str]) -> Test:
        test, self.current = self.current, None
        assert test
        status, test.seconds, left = int(words[0]), int(words[1]) / 1000, words[2:]
        test.ended = True
        if status == 127 and not test.said:
            test.add("start", "failed", "no such program is built")
        elif status and (status > 123 or not test.count("failed")):
            test.add("end", "failed", _signal_or_status(status))
        if left:
            test.add("processes left behind", "failed", " ".join(left))
        if test.planned > len(test.cases):
            test.add("plan", "failed", f"{test.planned - len(test.cases)} of {test.planned} cases did not run")
        if not test.cases:
            test.add("cases", "failed", "none ran")
        return test
