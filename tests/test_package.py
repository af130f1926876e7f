"""`pip install .` installs `transformer` with the shipped models, and requires what the requirements say."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.messages import ROOT
from tests.test_layers import imported, sources

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def versions(lines: list[str]) -> dict[str, str]:
    """The required version of each package."""
    return dict(line.strip().split("==") for line in lines if "==" in line)


def required(name: str) -> dict[str, str]:
    return versions((ROOT / name).read_text().splitlines())


def test_a_package_has_one_version_wherever_it_is_asked_for():
    asked = [required(path.name) for path in ROOT.glob("requirements*.txt")]
    asked.append(versions(PROJECT["dependencies"]))
    for name in {name for file in asked for name in file}:
        assert len({file[name] for file in asked if name in file}) == 1, name


def test_the_package_needs_what_its_modules_import():
    files = [path.read_text() for path in sources("transformer")]
    third_party = {name for text in files for name in imported(text)} - sys.stdlib_module_names
    third_party.remove("transformer")
    assert third_party == set(versions(PROJECT["dependencies"])) <= set(required("requirements.txt"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel as pip builds it, from a copy of the source because building leaves files behind."""
    source = tmp_path_factory.mktemp("source")
    shutil.copytree(
        ROOT / "transformer", source / "transformer", ignore=shutil.ignore_patterns("__pycache__")
    )
    for folder in ("ui", "tests"):
        (source / folder).mkdir()
        (source / folder / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", source)
    build = "from setuptools import build_meta; build_meta.build_wheel('.')"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    (built,) = source.glob("*.whl")
    return built


def test_the_package_is_the_model_and_what_it_has_learned_and_nothing_else(wheel: Path):
    own = ROOT / "transformer"
    wanted = {
        str(path.relative_to(ROOT))
        for path in own.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == wanted
    assert "transformer/checkpoints/sort/checkpoint.safetensors" in held


def test_what_pip_is_told_to_install_beside_it(wheel: Path):
    archive = zipfile.ZipFile(wheel)
    (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
    told = re.findall(r"^Requires-Dist: (\S+)$", archive.read(metadata).decode(), re.MULTILINE)
    assert sorted(told) == sorted(PROJECT["dependencies"])
