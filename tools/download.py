"""Download of one file over HTTP: resumed when cut, checked by size, then shown."""

import http.client
import os
import urllib.error
import urllib.request

from tools.console import Percent, Problem

TRIES = 5


def fetch(url, target, timeout=10):
    """Fetch `url` into the file `target`, which appears only when it is whole."""
    part = target.with_name(target.name + ".part")
    shown = Percent(f"Download of {target.name}")
    reason = "it was cut again and again"
    for _try in range(TRIES):
        try:
            if _fetch_rest(url, part, timeout, shown):
                os.replace(part, target)
                return target
        except urllib.error.HTTPError as error:
            if error.code == 416:  # the file changed at the peer: start anew
                part.unlink(missing_ok=True)
                continue
            raise Problem(f"{url} answers {error.code} {error.reason}.") from error
        except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
            reason = str(getattr(error, "reason", error)) or type(error).__name__
            if not part.exists() or not part.stat().st_size:
                break  # it never began: no use in asking again
    raise Problem(f"{url} could not be downloaded: {reason}.")


def _fetch_rest(url, part, timeout, shown):
    """Append what is missing of the file; return whether it is whole now."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url)
    if have:
        request.add_header("Range", f"bytes={have}-")
    with urllib.request.urlopen(request, timeout=timeout) as reply:
        if have and reply.status != 206:  # the peer does not resume
            have = 0
        length = reply.headers.get("Content-Length")
        total = have + int(length) if length else None
        with part.open("ab" if have else "wb") as file:
            while block := reply.read(1 << 18):
                file.write(block)
                have += len(block)
                if total:
                    shown.show(have * 100 / total)
    return total is None or have == total
