"""Run a PostgreSQL server as long as somebody holds the lock file, then stop it.

postgres_keeper.py LOCKFILE LOGFILE UID|-1 postgres [arguments]
"""

import ctypes
import fcntl
import os
import pwd
import signal
import subprocess
import sys
import threading


def main(lockfile, log, uid, *command):
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    options = {}
    if int(uid) >= 0:
        user = pwd.getpwuid(int(uid))
        options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    if libc:  # a fast shutdown should the keeper itself be killed
        options["preexec_fn"] = lambda: libc.prctl(1, signal.SIGINT)
    with open(log, "ab") as output:
        server = subprocess.Popen(
            command, stdout=output, stderr=output, cwd="/", **options
        )
    signal.signal(signal.SIGTERM, lambda *_: server.send_signal(signal.SIGINT))
    # A server that ends by itself ends the keeper, which else waits for the lock.
    threading.Thread(target=lambda: os._exit(server.wait()), daemon=True).start()
    with open(lockfile, "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server.send_signal(signal.SIGINT)
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
