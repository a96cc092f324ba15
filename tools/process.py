"""Child processes that never outlive us, and free ports."""

import contextlib
import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from tools.console import Problem

# Linux sends the death signal when the *thread* that started the child ends, so one
# thread that lives as long as the program starts them all.
_spawner = ThreadPoolExecutor(1, thread_name_prefix="spawner")
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1
_children = set()
_stopping = threading.Event()
_given_ports = set()
_port_lock = threading.Lock()


def _before_exec():
    # Ignored when we were started in the background by a shell, and inherited then.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if _libc:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def spawn(command, **options):
    """Start `command` in a group of its own; it is interrupted when we are gone."""
    options.setdefault("preexec_fn", _before_exec)
    options.setdefault("stdin", subprocess.DEVNULL)
    command = [str(part) for part in command]
    if stopping():
        raise KeyboardInterrupt
    start = _spawner.submit(
        subprocess.Popen, command, start_new_session=True, **options
    )
    child = start.result()
    _children.add(child)
    return child


def stopping():
    """Return whether everything is being stopped, so that nothing new is begun."""
    return _stopping.is_set()


def stop_all():
    """Stop every child, for the threads that wait for them; start none any more."""
    _stopping.set()
    stop(*_children)


def stop(*processes, patience=10):
    """Interrupt children, kill the groups of those that do not listen, reap them."""
    deadline = time.monotonic() + patience
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(deadline - time.monotonic(), 0))
        # Whatever it started in turn (a browser) is in the same group.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        _children.discard(process)


def in_pairs(function, items):
    """Return `function` of each item, two at a time; stop all children on an error."""
    with ThreadPoolExecutor(2) as pool:
        try:
            futures = [pool.submit(function, item) for item in items]
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_all()
            raise


def run(command, log, timeout=None, **options):
    """Run `command` to its end with all it prints in the file `log`; return its rc."""
    with log.open("ab") as output:
        process = spawn(command, stdout=output, stderr=subprocess.STDOUT, **options)
        try:
            return process.wait(timeout)
        finally:
            stop(process)


def is_free(port):
    """Return whether a server may listen on this port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(preferred=None):
    """Return a port nobody listens on and that was not given out before.

    With $PORT_BASE the ports are that one and those after it, in order of asking;
    one that is taken is an error, because whoever set it wants to know where to look.
    """
    base = os.environ.get("PORT_BASE")
    with _port_lock:
        if base:
            port = int(base) + len(_given_ports)
            if not is_free(port):
                raise Problem(
                    f"Port {port} is taken by another program. Stop it, or choose "
                    f"other ports: PORT_BASE={int(base) + 100} make …"
                )
        else:
            # below the ports that the system hands to outgoing connections
            choices = [preferred] if preferred else []
            choices += random.sample(range(18000, 28000), 200)
            port = next(p for p in choices if p not in _given_ports and is_free(p))
        _given_ports.add(port)
        return port
