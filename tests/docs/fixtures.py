"""What a page may ask for in its front comment: programs that run while its commands do."""

import contextlib


class CannotStart(Exception):
    """A fixture that does not exist, or did not come up."""


@contextlib.contextmanager
def start(name, folder, variables):
    """Runs the fixture and gives the environment variables that it adds."""
    if name not in KNOWN:
        raise CannotStart(f"no fixture '{name}'; there are: {', '.join(sorted(KNOWN)) or 'none'}")
    with KNOWN[name](folder, variables) as added:
        yield added


KNOWN = {}
