"""Secrets at rest: Fernet, with keys that live outside the database.

Keys come from the environment ``REMOTE_ODOO_KEYS``, else from ``remote_odoo_keys``
in ``odoo.conf`` (comma separated; the first encrypts, all decrypt), else from the
file ``remote_odoo.key`` in Odoo's data directory, made on first use.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from odoo.tools import config


class SecretError(Exception):
    """A secret cannot be encrypted or read; the text says what to do."""


def encrypt(secret: str) -> str:
    return _fernet().encrypt(secret.encode()).decode()


def decrypt(token: str) -> str:
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise SecretError(
            "The stored password cannot be read with the present encryption key. "
            "Enter the password again, or restore the key (REMOTE_ODOO_KEYS)."
        ) from error


def rotate(token: str) -> str:
    """Return the token encrypted again with the first key."""
    try:
        return _fernet().rotate(token.encode()).decode()
    except InvalidToken as error:
        raise SecretError("No present key can read this secret.") from error


def _fernet() -> MultiFernet:
    keys = os.environ.get("REMOTE_ODOO_KEYS") or config.get("remote_odoo_keys")
    keys = (keys or _key_file()).replace(",", " ").split()
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise SecretError(
            "REMOTE_ODOO_KEYS holds no valid key. Each must be 32 bytes in URL-safe "
            "base64, as cryptography.fernet.Fernet.generate_key() makes them."
        ) from error


def _key_file() -> str:
    """Return the key of the data directory; make it when there is none."""
    path = Path(config["data_dir"]) / "remote_odoo.key"
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            # Made whole under another name, then linked: of two workers that start
            # together one wins, and nobody reads half a key.
            handle, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
            with os.fdopen(handle, "wb") as file:
                file.write(Fernet.generate_key())
            with suppress(FileExistsError):
                os.link(name, path)
            os.unlink(name)
        return path.read_text()
    except OSError as error:
        raise SecretError(
            "The encryption key in Odoo's data directory cannot be read or made "
            f"({error.strerror}). Set REMOTE_ODOO_KEYS, or mend the directory's rights."
        ) from error
