"""Templates are read like code: in short lines, indented by a tool."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.template.loader import get_template, render_to_string

from tests.conftest import REPOSITORY

TEMPLATES = REPOSITORY / "templates"
LONGEST_LINE = 120  # columns
FILES = sorted(TEMPLATES.rglob("*.html"))
WITHOUT_END = {TEMPLATES / "pieces" / "time.html"}


def test_lines_are_short() -> None:
    long = [
        f"{path.relative_to(REPOSITORY)}:{number} has {len(line)} columns"
        for path in FILES
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > LONGEST_LINE
    ]
    assert len(FILES) > 100
    assert not long, "\n".join(long)


def test_indentation_is_that_of_the_tool() -> None:
    djhtml = Path(sys.executable).parent / "djhtml"
    command = [str(djhtml), "--check", "--tabwidth", "2", str(TEMPLATES)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", FILES, ids=str)
def test_every_template_can_be_read(path: Path) -> None:
    get_template(str(path.relative_to(TEMPLATES)))


def test_no_script_and_no_style_stands_in_a_page() -> None:
    """The content security policy allows neither; the import map is made by its tag."""
    inline = re.compile(
        r"<script(?![^>]*\b(?:src=|type=.application/json))|<style\b|\son\w+=|\sstyle="
    )
    assert [str(path) for path in FILES if inline.search(path.read_text())] == []


def test_files_end_with_a_line() -> None:
    """Except where what follows in a sentence follows at once."""
    ends = {path for path in FILES if not path.read_text().endswith("\n")}
    assert ends == WITHOUT_END


def test_a_difference_has_no_spaces_but_those_of_the_text() -> None:
    pairs = [("old", "red"), ("same", " "), ("new", "green"), ("same", "!")]
    shown = render_to_string("pieces/difference.html", {"pairs": pairs})
    spoken = re.sub(r'<span\s+class="visually-hidden".*?</span>', "", shown)
    assert re.sub("<[^>]*>", "", spoken).strip() == "red green!"
    assert "removed:" in shown and "added:" in shown


def test_buttons_end_with_their_words() -> None:
    """White space behind a hidden word is an item of its own in a button: a gap is drawn for it."""
    gap = re.compile(r'visually-hidden"[^\n]*</span>\s+</(?:a|button)>')
    assert [str(path) for path in FILES if gap.search(path.read_text())] == []
