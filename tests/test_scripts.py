"""The runner of the tests of the browser's modules."""

import subprocess
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY


@pytest.mark.parametrize(
    ("test", "code"),
    [
        ("test('one', () => {})", 0),
        ("test.skip('one', () => {})", 1),
        ("test.todo('one')", 1),
        ("test('one', () => { throw new Error('no') })", 1),
        ("await import('voicecms/absent')", 1),
    ],
)
def test_only_tests_that_pass_are_a_success(tmp_path: Path, test: str, code: int) -> None:
    file = tmp_path / "one.test.mjs"
    file.write_text(f"import {{ test }} from 'node:test';\n{test};\n")
    command = ["node", "tests/js/run.mjs", str(file)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
