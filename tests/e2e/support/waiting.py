"""Waiting for what is to come, never for a time that somebody guessed."""

import time

PATIENCE = 30.0  # seconds: what takes none of it on an idle machine may take some on a loaded one
PAUSE = 0.02


def until(condition, what: str, patience: float = PATIENCE, pause: float = PAUSE):
    """Calls `condition` until it gives something that is true, and gives that back."""
    deadline = time.monotonic() + patience
    while not (result := condition()):
        assert time.monotonic() < deadline, f"waited {patience:g} s in vain for {what}"
        time.sleep(pause)
    return result
