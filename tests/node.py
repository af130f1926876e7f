"""JavaScript run by Node: the system's, or the one that comes with Playwright."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import playwright

ROOT = Path(__file__).parent.parent
NODE = shutil.which("node") or str(Path(playwright.__file__).parent / "driver" / "node")


def run(code: str, given: object) -> Any:
    """Run a module and return the JSON that it prints.

    It can use the constant `given`, and imports by paths from the root of the project.
    """
    program = f"const given = {json.dumps(given)};\n{code}"
    command = [NODE, "--input-type=module", "-"]
    done = subprocess.run(command, input=program, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
