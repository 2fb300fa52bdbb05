"""The browser that the page's tests drive: whichever Chromium the machine has."""

from __future__ import annotations

import shutil

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def path() -> str | None:
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def missing() -> str | None:
    """What is missing and how to install it, or None."""
    return None if path() else "the page's tests drive Chromium: install it (on Debian: apt-get install chromium)"
