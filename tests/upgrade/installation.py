"""Builds the stored installation: its database in the state before, upgraded, and copies of it."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.apps.registry import Apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from tests.services import Services

HERE = Path(__file__).resolve().parent
ROWS = HERE / "before.sql"
TREE = HERE / "before"

# The newest migration of each app when the rows were stored.
STATE_BEFORE = [
    ("contenttypes", "0002_remove_content_type_name"),
    ("auth", "0012_alter_user_first_name_max_length"),
    ("admin", "0003_logentry_add_action_flag_choices"),
    ("sessions", "0001_initial"),
    ("guardian", "0003_remove_groupobjectpermission_guardian_gr_content_ae6aec_idx_and_more"),
    ("axes", "0010_accessattemptexpiration"),
    ("accounts", "0002_user_keys_off"),
    ("audit", "0001_initial"),
    ("catalog", "0002_places"),
    ("voices", "0002_credentials"),
    ("takes", "0004_finding_failures"),
    ("review", "0003_hidden_by_reviewer"),
]
INSERT = re.compile(r'INSERT INTO "(\w+)" ')
BYTES = re.compile(r"X'([0-9a-f]*)'")


def stored_statements() -> list[str]:
    return [line for line in ROWS.read_text().splitlines() if line.startswith("INSERT")]


def stored_counts() -> Mapping[str, int]:
    """Table -> rows that were stored of it."""
    return Counter(INSERT.match(statement)[1] for statement in stored_statements())


def load_state_before() -> None:
    """Tables as they were, with the stored rows, in the database that Django talks to."""
    executor = MigrationExecutor(connection)
    executor.migrate(STATE_BEFORE)
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in stored_statements():
            cursor.execute(as_spoken_here(statement))
    start_sequences(executor.loader.project_state(STATE_BEFORE).apps)


def as_spoken_here(statement: str) -> str:
    """The two databases write bytes in different ways, and all else alike."""
    if connection.vendor != "postgresql":
        return statement
    return BYTES.sub(r"'\\x\1'", statement)


def start_sequences(apps: Apps) -> None:
    """Numbers that PostgreSQL gives next lie above those that were stored."""
    models = apps.get_models(include_auto_created=True)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


@contextmanager
def talking_to(name: str) -> Iterator[None]:
    """Django, in every thread, talks to the database of this name instead of the tests' own."""
    connection.close()
    usual, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


class Databases:
    """The upgraded database, built once, and a copy of it for each test."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.copies = 0
        self.upgraded = self.create("upgraded")
        with talking_to(self.upgraded):
            load_state_before()
            call_command("migrate", verbosity=0)

    def create(self, name: str) -> str:
        """An empty database."""
        if self.services.postgres is None:
            return str(self.services.directory / f"{name}.sqlite3")
        self._administer(f"CREATE DATABASE {name}")
        return name

    @contextmanager
    def copy(self) -> Iterator[str]:
        self.copies += 1
        name = f"upgraded_{self.copies}"
        if self.services.postgres is None:
            file = self.services.directory / f"{name}.sqlite3"
            shutil.copy(self.upgraded, file)
            yield str(file)
            return
        self._administer(f"CREATE DATABASE {name} TEMPLATE {self.upgraded}")
        yield name
        self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def _administer(self, statement: str) -> None:
        place = {"host": str(self.services.postgres.directory), "user": "postgres"}
        with psycopg.connect(dbname="postgres", autocommit=True, **place) as session:
            session.execute(statement)


def copy_tree(target: Path) -> None:
    """The stored files, links as links, with the empty folders that git does not keep."""
    shutil.copytree(TREE, target, symlinks=True)
    for ranked in target.glob("takes/*/*/*/ranked"):
        for rank in range(1, 6):
            (ranked / f"{rank:02}").mkdir(exist_ok=True)
