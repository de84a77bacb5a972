"""The tests depend on nothing of the machine, and leave nothing there, whoever runs them."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.inner_run import ROOT, inner_run, outside

PROBE = """
import json
import os
from pathlib import Path

def test_probe(tmp_path):
    said = tmp_path, Path.home(), [name for name in os.environ if name.startswith("PG")]
    (Path(__file__).parent / "said").write_text(json.dumps(list(map(str, said))))
"""


@pytest.mark.seconds(3)
@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_another_users_environment(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """As after `setpriv` or `docker exec -u`: neither home, folder nor PostgreSQL is another's."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    names = dict.fromkeys(("USER", "LOGNAME", "LNAME", "USERNAME"), "somebody")
    done = subprocess.run(  # noqa: S603 - our own probe
        inner_run(tmp_path, PROBE, workers),
        cwd=ROOT,
        env=outside()
        | names
        | {"HOME": "/nowhere", "PGHOST": "/nowhere", "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    folder, home, variables = json.loads((tmp_path / "said").read_text())
    (left,) = temporary.iterdir()
    assert left.name.startswith("pytest-of-")
    assert left.name != "pytest-of-somebody"
    assert Path(folder).is_relative_to(left)
    assert Path(home).is_relative_to(left)
    assert variables == "[]"
