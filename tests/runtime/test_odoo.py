"""Which Odoo is found where, in which order, and what is said when there is none."""

import pytest

from tools import debian_odoo, odoo
from tools.console import Problem


def make_tree(path, version="18, 0", layout="."):
    root = path / layout / "odoo"
    (root / "addons" / "base").mkdir(parents=True)
    (root / "addons" / "base" / "__manifest__.py").write_text("{}")
    (root / "release.py").write_text(f"version_info = ({version}, 0, FINAL, 0, '')\n")
    return path


@pytest.fixture
def no_network(monkeypatch):
    """Neither Odoo's site nor the distribution can be reached."""

    def refuse(*_args, **_kwargs):
        raise Problem("There is no network.")

    monkeypatch.setattr(odoo.download, "fetch", refuse)
    monkeypatch.setattr(debian_odoo, "unpack", refuse)


def test_a_checkout_and_an_unpacked_package_are_read(tmp_path):
    checkout = odoo.read_tree(make_tree(tmp_path / "a"))
    package = odoo.read_tree(
        make_tree(tmp_path / "b", "19, 0", "usr/lib/python3/dist-packages")
    )
    assert (checkout.series, checkout.root) == ("18.0", tmp_path / "a")
    assert package.series == "19.0"
    assert package.root.name == "dist-packages"


@pytest.mark.parametrize("version", ["17, 0", "saas~18, 1"])
def test_another_series_is_not_taken(tmp_path, version):
    assert odoo.read_tree(make_tree(tmp_path / "a", version)) is None


def test_several_paths_can_be_named_and_win(work, monkeypatch, no_network):
    make_tree(odoo.cache_dir() / "odoo-18.0")
    named = [make_tree(work / "x"), make_tree(work / "y", "19, 0")]
    monkeypatch.setenv("ODOO_PATH", f"{named[0]}:{named[1]}")
    found = odoo.find()
    assert list(found) == ["18.0", "19.0"]
    assert [tree.root for tree in found.values()] == named


def test_a_named_path_without_odoo_is_an_error(work, monkeypatch):
    monkeypatch.setenv("ODOO_PATH", str(work))
    with pytest.raises(Problem, match="has to be a checkout"):
        odoo.find()


def test_the_cache_is_used_and_the_other_series_is_told_missing(
    work, no_network, capsys
):
    make_tree(odoo.cache_dir() / "odoo-18.0")
    assert list(odoo.find(every=True)) == ["18.0"]
    told = capsys.readouterr().out
    assert "Odoo 19.0 cannot be had from the distribution" in told
    assert "Odoo 19.0: not found, so nothing is run on it" in told


def test_one_series_is_enough_unless_every_one_is_asked_for(work, monkeypatch):
    make_tree(odoo.cache_dir() / "odoo-18.0")
    asked = []
    monkeypatch.setattr(
        debian_odoo,
        "unpack",
        lambda folder: asked.append(make_tree(folder, "19, 0")),
    )
    assert list(odoo.find()) == ["18.0"]
    assert not asked
    assert list(odoo.find(every=True)) == ["18.0", "19.0"]


def test_no_odoo_at_all_names_the_four_ways(work, no_network):
    with pytest.raises(Problem) as caught:
        odoo.find()
    text = str(caught.value)
    assert "There is no network." in text
    for way in ("ODOO_PATH=", "odoo-18.0", "nightly", "development suite"):
        assert way in text


def test_a_cut_off_unpacking_leaves_nothing_behind(work, monkeypatch):
    def half(folder):
        make_tree(folder, "19, 0")
        raise KeyboardInterrupt

    monkeypatch.setattr(odoo, "_nightly", dict)
    monkeypatch.setattr(debian_odoo, "unpack", half)
    with pytest.raises(KeyboardInterrupt):
        odoo.find()
    assert not list(odoo.cache_dir().glob("odoo-19.0*"))


def test_the_package_is_mended(tmp_path):
    icons = tmp_path / debian_odoo.ICONS
    icons.mkdir(parents=True)
    (icons / "fontawesome-webfont.woff2").write_bytes(b"font")
    library = tmp_path / debian_odoo.ADDONS / "web/static/lib/fontawesome/fonts"
    library.mkdir(parents=True)
    (library / "fontawesome-webfont.ttf").symlink_to("../gone.ttf")
    script = tmp_path / debian_odoo.ADDONS / "web/static/lib/jquery/jquery.js"
    script.parent.mkdir(parents=True)
    script.symlink_to("../../gone.js")

    left = debian_odoo.mend(tmp_path)

    assert left == [str(script.relative_to(tmp_path))]
    assert (tmp_path / debian_odoo.STUB).exists()
    moved = tmp_path.rename(tmp_path.with_name("elsewhere"))
    link = moved / (library / "fontawesome-webfont.ttf").relative_to(tmp_path)
    assert link.read_bytes() == b"font"
