# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian packages by a private apt: lists, caches and sources of its own in a folder that its owner
removes.  The mirror is the one the system's own sources name, found at run time."""

import re
import subprocess
from pathlib import Path

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
OPTIONS = {
    "Dir::Etc::SourceList": "sources",
    "Dir::Etc::SourceParts": "parts",
    "Dir::Etc::PreferencesParts": "parts",
    "Dir::State::Lists": "lists",
    "Dir::Cache": "cache",
    # Containers' own configurations tend to switch these off, and each question takes seconds then.
    "Dir::Cache::pkgcache": "pkgcache.bin",
    "Dir::Cache::srcpkgcache": "srcpkgcache.bin",
}


class AptError(Exception):
    """What apt could not do, in a line or a few."""


def _hide_mirror(text: str) -> str:
    return re.sub(r"(https?://)[^/\s]+", r"\1MIRROR", text)


def _run(args: list[str], **kwargs) -> str:
    try:
        done = subprocess.run(args, stdin=subprocess.DEVNULL, capture_output=True, text=True, **kwargs)
    except FileNotFoundError:
        raise AptError(f"there is no {args[0]} here: tests/deps vm") from None
    if done.returncode:
        raise AptError(_hide_mirror(f"{args[0]} {args[-1]}: {done.stderr.strip()}"))
    return done.stdout


def _mirrors() -> tuple[str, str]:
    """The addresses of Debian's archive and of its security archive, as the system has them."""
    targets = _run(["apt-get", "indextargets", "--format", "$(COMPONENT) $(REPO_URI)", "Created-By: Packages"])
    uris = [uri for component, _, uri in (line.partition(" ") for line in targets.splitlines())
            if component == "main"]

    def first(pattern: str) -> str:
        return next((uri for uri in uris if re.search(pattern, uri)), "")

    return first(r"/debian(/|$)"), first(r"/debian-security(/|$)")


def version_key(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name)]


class Apt:
    """The packages of some suites, e.g. ["trixie", "trixie-security"]."""

    def __init__(self, folder: Path, suites: list[str]) -> None:
        archive, security = _mirrors()
        lines = []
        for suite in suites:
            uri = security if suite.endswith("-security") else archive
            if not uri:
                raise AptError(f"the system's apt sources name no archive with {suite}")
            lines.append(f"deb [signed-by={KEYRING}] {uri} {suite} main\n")
        self.folder = folder
        for name in ("parts", "lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True)
        (folder / "sources").write_text("".join(lines))
        self.options = [f"-o{key}={folder / value}" for key, value in OPTIONS.items()]
        self.options += ["-oAcquire::Languages=none", "-oAPT::Sandbox::User=root", "-oAcquire::Retries=3"]
        # An index that could not be read is an error here, not a warning.
        self._apt("apt-get", "-q", "-oAPT::Update::Error-Mode=any", "update")

    def _apt(self, tool: str, *args: str) -> str:
        return _run([tool, *self.options, *args], cwd=self.folder)

    def newest(self, pattern: str) -> str:
        """The name with the highest numbers among those that match the whole pattern."""
        names = [name for name in self._apt("apt-cache", "pkgnames").split() if re.fullmatch(pattern, name)]
        if not names:
            raise AptError(f"no package {pattern} there")
        return max(names, key=version_key)

    def show(self, package: str) -> dict[str, str]:
        """The fields of its newest version; empty: there is none."""
        try:
            text = self._apt("apt-cache", "show", "--no-all-versions", package)
        except AptError:
            return {}
        return dict(re.findall(r"^([A-Za-z-]+): (.*)", text, re.M))

    def closure(self, package: str, follow: str) -> dict[str, str]:
        """The package and what it depends on by names that match `follow`: {name: version}.  A
        dependency that the suites lack is left out; the package itself must be there."""
        todo, found = [package], {}
        while todo:
            name = todo.pop()
            fields = self.show(name)
            if not fields:
                if name == package:
                    raise AptError(f"no package {package} there")
                continue
            found[name] = fields["Version"]
            words = re.findall(r"[a-z0-9][a-z0-9+.-]+", fields.get("Depends", ""))
            todo += [word for word in words if re.fullmatch(follow, word) and word not in found]
        return found

    def unpack(self, packages: dict[str, str], into: Path) -> None:
        """Download, check and unpack these versions."""
        self._apt("apt-get", "-q", "download", *(f"{name}={version}" for name, version in packages.items()))
        for deb in self.folder.glob("*.deb"):
            _run(["dpkg-deb", "-x", str(deb), str(into)])
            deb.unlink()
