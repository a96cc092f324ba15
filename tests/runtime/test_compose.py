"""docker-compose.yml mounts what exists and installs what it mounts."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from tools.paths import FIXTURES, ROOT, needs

SERVICES = {"distributor", "bpo", "dealer"}
# What the Compose specification allows, as far as we use it.
KEYS = {
    "build",
    "image",
    "depends_on",
    "restart",
    "healthcheck",
    "environment",
    "ports",
    "volumes",
}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def mounts(service):
    return dict(volume.split(":")[:2] for volume in service["volumes"])


def test_the_file_is_as_the_specification_wants_it(compose):
    assert {key for key in compose if not key.startswith("x-")} == {
        "services",
        "volumes",
    }
    assert set(compose["services"]) == SERVICES | {"db"}
    for name, service in compose["services"].items():
        assert set(service) <= KEYS, name
        assert isinstance(service["environment"], dict), name
        assert all(isinstance(port, str) for port in service.get("ports", ())), name
        assert set(service["healthcheck"]) <= {
            "test",
            "interval",
            "timeout",
            "retries",
            "start_period",
        }


def test_the_images_are_the_official_ones(compose):
    assert compose["services"]["db"]["image"] == "postgres:16"
    for name in SERVICES:
        build = ROOT / compose["services"][name]["build"]
        assert re.search(r"^FROM odoo:18$", (build / "Dockerfile").read_text(), re.M)


def test_everything_that_is_copied_or_run_exists(compose):
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text()
    copied, target = re.search(r"^COPY (\S+) (\S+)$", dockerfile, re.M).groups()
    assert (ROOT / "docker" / copied).is_file()
    assert f'ENTRYPOINT ["{target}"]' in dockerfile


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_addons_are_mounted_read_only_with_all_they_need(compose, name):
    service = compose["services"][name]
    wanted, _theirs = needs(service["environment"]["ADDONS"])
    assert wanted, "installs nothing of ours"
    mounted = {}
    for volume in service["volumes"]:
        source, target, *mode = volume.split(":")
        if source.startswith("./"):
            assert mode == ["ro"]
            assert (ROOT / source / "__manifest__.py").is_file()
            assert target == f"/mnt/addons/{Path(source).name}"
            mounted[Path(source).name] = source
    assert sorted(mounted) == wanted


def test_the_bpo_and_the_dealer_do_not_see_each_others_addons(compose):
    bpo, dealer = (compose["services"][name] for name in ("bpo", "dealer"))
    shared = set(mounts(bpo)) & set(mounts(dealer))
    assert shared == {"./remote_odoo", "./vehicle_crm"}


def test_data_is_kept_in_volumes_that_are_declared(compose):
    for name, service in compose["services"].items():
        named = [v.split(":")[0] for v in service["volumes"] if not v.startswith(".")]
        assert named == [name]
        assert name in compose["volumes"]


def test_nothing_is_reachable_from_other_machines(compose):
    assert "ports" not in compose["services"]["db"]
    for name in SERVICES:
        (port,) = compose["services"][name]["ports"]
        assert port.startswith("127.0.0.1:")
        assert port.endswith(":8069")


def test_no_password_has_a_default(compose):
    for service in compose["services"].values():
        for key, value in service["environment"].items():
            if "PASSWORD" in key:
                assert re.fullmatch(r"\$\{\w+:\?.+\}", value), key
    example = (ROOT / "docker" / "env.example").read_text()
    assert re.findall(r"^\w+_PASSWORD=(.*)$", example, re.M) == ["", ""]


def test_each_waits_for_the_database_and_is_watched(compose):
    for name in SERVICES:
        service = compose["services"][name]
        assert service["depends_on"] == {"db": {"condition": "service_healthy"}}
        assert service["healthcheck"]["test"][-1].endswith("/web/health")
    assert "pg_isready" in compose["services"]["db"]["healthcheck"]["test"][1]


def test_the_images_libraries_are_those_the_addons_declare():
    """The official image has `requests` and `cryptography`, as Odoo needs them."""
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text()
    declared = set()
    for file in [*ROOT.glob("*/__manifest__.py"), *FIXTURES.glob("*/__manifest__.py")]:
        manifest = ast.literal_eval(file.read_text())
        declared |= set(manifest.get("external_dependencies", {}).get("python", ()))
    for library in declared - {"requests", "cryptography"}:
        assert f"python3-{library}" in dockerfile


def test_the_distributor_is_filled_by_a_model_that_exists():
    script = (ROOT / "docker" / "start.sh").read_text()
    (model,) = set(re.findall(r'env\["([\w.]+)"\]', script))
    sources = FIXTURES.glob("distributor_fixture/models/*.py")
    assert any(f'_name = "{model}"' in source.read_text() for source in sources)
