# SPDX-License-Identifier: GPL-2.0-or-later
"""Results: known failures taken out, lines for each test, the table of all."""

import fnmatch
from dataclasses import dataclass, field

from boots import TIERS, Boot, KnownFailure
from tap import Case, Test

STATES = ("passed", "failed", "skipped")


@dataclass
class Result:
    """What came of one boot."""

    boot: Boot
    release: str = "-"
    tests: list[Test] = field(default_factory=list)
    seconds: float = 0
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def cases(self) -> list[Case]:
        return [case for test in self.tests for case in test.cases]


class Known:
    """The failures that are known, and whether they still are."""

    def __init__(self, known: list[KnownFailure]) -> None:
        self.known = known
        self.failed: set[int] = set()
        self.passed: dict[int, list[str]] = {}

    def apply(self, boot: Boot, test: Test) -> None:
        """A case that is known to fail and does becomes a skipped one."""
        for case in test.cases:
            for row in self.known:
                if not (fnmatch.fnmatchcase(boot.name, row.boots) and fnmatch.fnmatchcase(case.full_name, row.case)):
                    continue
                if case.state == "failed":
                    case.state, case.why = "skipped", f"known failure: {row.reason}"
                    self.failed.add(row.line)
                elif case.state == "passed":
                    self.passed.setdefault(row.line, []).append(f"{boot.name}: {case.full_name}")

    def outdated(self, complete: bool) -> list[str]:
        """A line for each row that nothing needs any more.  Where all was run, that is also one that
        met no case at all."""
        lines = []
        for row in self.known:
            if row.line in self.failed:
                continue
            if row.line in self.passed:
                lines.append(f"known-failures:{row.line}: no longer fails: remove it ({self.passed[row.line][0]})")
            elif complete:
                lines.append(f"known-failures:{row.line}: there is no such failure: remove it ({row.case})")
        return lines


def counts(cases: list[Case]) -> dict[str, int]:
    return {state: sum(case.state == state for case in cases) for state in STATES}


def in_words(count: dict[str, int]) -> str:
    return ", ".join(f"{count[state]} {state}" for state in STATES)


def test_lines(boot: str, test: Test) -> list[str]:
    lines = [f"{boot:<20} {test.name:<16} {in_words(counts(test.cases))}  ({test.seconds:.1f} s)"]
    lines += [f"    skipped: {case.name}: {case.why}" for case in test.cases if case.state == "skipped"]
    failed = [case for case in test.cases if case.state == "failed"]
    lines += [f"    FAILED: {case.name}{': ' if case.why else ''}{case.why}" for case in failed]
    if failed and test.said:
        lines.append("    what it said last, but for what passed:")
        lines += [f"    | {line}" for line in test.tail]
    return lines


def _column_of(case: Case) -> str:
    """Cases name their tier first."""
    word = case.name.partition(":")[0]
    return word if word in TIERS else "other"


def _cell(cases: list[Case]) -> str:
    if not cases:
        return "."
    count = counts(cases)
    text = str(count["passed"])
    if count["skipped"]:
        text += f"+{count['skipped']}s"
    if count["failed"]:
        text += f" {count['failed']} FAILED"
    return text


def table(results: list[Result]) -> list[str]:
    """A row for each boot, a column for each tier: cases passed, "+3s" skipped; "." nothing run."""
    head = ["boot", "kernel", "auto", *TIERS, "other", "time"]
    rows = [head]
    for result in results:
        row = [result.boot.name, result.release, result.boot.auto]
        for column in (*TIERS, "other"):
            row.append(_cell([case for case in result.cases if _column_of(case) == column]))
        rows.append([*row, f"{result.seconds:.0f} s"])
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)).rstrip() for row in rows]
