"""The files for serving with several processes agree with each other and with the app.

tests/faults/test_serving.py runs them.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEMPLATE = (ROOT / "nginx.conf.template").read_text()


def test_compose_fills_in_everything_that_the_template_asks_for():
    asked = set(re.findall(r"\$\{(\w+)\}", TEMPLATE))
    nginx = (ROOT / "compose.yaml").read_text().partition("  nginx:\n")[2]
    given = set(re.findall(r"^ {6}(\w+): ", nginx, re.MULTILINE))
    assert asked == {"PORT", "APP_1", "APP_2"} & given


def test_compose_gives_each_process_the_address_that_nginx_looks_for():
    compose = (ROOT / "compose.yaml").read_text()
    given = re.findall(r"ipv4_address: ([\d.]+)", compose)
    port = re.search(r"--server\.port=(\d+)", (ROOT / "Dockerfile").read_text())[1]
    assert re.findall(r"APP_\d: (\S+)", compose) == [f"{address}:{port}" for address in given]
    assert len(set(given)) == 2


def test_nginx_takes_any_upload_that_the_app_takes():
    allowed = int(re.search(r"client_max_body_size (\d+)m;", TEMPLATE)[1])
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert allowed > settings["server"]["maxUploadSize"]
