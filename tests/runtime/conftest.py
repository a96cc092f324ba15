import pytest


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A work directory and a cache of the test's own."""
    monkeypatch.setenv("WORK_DIR", str(tmp_path / "work"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("ODOO_PATH", raising=False)
    monkeypatch.delenv("PORT_BASE", raising=False)
    return tmp_path
