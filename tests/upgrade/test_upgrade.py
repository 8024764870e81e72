"""An installation of before opens after `migrate`, and everything in it works on."""

import re
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from apps.audio.tagging import frames_sha256
from apps.review.models import Approval, Draft
from tests.upgrade.acting import (
    API_TOKEN,
    Partner,
    batch_folders,
    command,
    document,
    everything_in,
    pages,
    program,
    ranks,
    settle,
    sha256,
    signed_in,
)
from tests.upgrade.installation import stored_counts

# Tables whose rows lie elsewhere now: former name -> (present name, rows of it), or None where
# the rows became columns of others.
MOVED: dict[str, tuple[str, int] | None] = {
    "catalog_seriesplace": ("catalog_seriesprefix", 2),
    # One row for each audio: takes, drafts and clips that sound alike share it.
    "takes_waveform": ("takes_waveform", 33),
}
# Rows of the code itself, which grow with it.
OF_THE_CODE = {"django_content_type", "auth_permission", "auth_group_permissions"}

BOARD = "/admin/takes/batch/{}/rank/"


@pytest.fixture
def takes(installation: Path) -> Path:
    return installation / "takes"


@pytest.fixture
def bank(installation: Path) -> Path:
    """Where the drafts of the item bank lie."""
    return installation / "drafts" / "bank"


def find_batch(takes: Path, pattern: str, lines: set[str]) -> Path:
    """The batch of this folder pattern that holds takes of exactly these lines."""
    found = [
        folder
        for folder in batch_folders(takes)
        if folder.match(pattern) and {one["line"] for one in document(folder)["takes"]} == lines
    ]
    assert len(found) == 1, found
    return found[0]


@pytest.fixture
def ranked(takes: Path) -> Path:
    """The batch of the item bank that was ranked, with more takes and a trimmed one."""
    lines = {"hello", "stop", "bear", "bridge", "wait", "echo"}
    return find_batch(takes, "Levels/Annie-Annie/*", lines)


@pytest.fixture
def locked(takes: Path) -> Path:
    """The batch of the game that was locked."""
    return find_batch(takes, "Lantern/Annie-Annie/*", {"Intro_1", "Intro_2", "Oil_Found"})


# --- What is there -----------------------------------------------------------------------------


def rows_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT COUNT(*) FROM "{table}"')  # noqa: S608
        return cursor.fetchone()[0]


@pytest.mark.usefixtures("installation")
def test_every_row_of_before_is_kept():
    kept = {table: n for table, n in stored_counts().items() if table not in MOVED}
    found = {table: rows_of(table) for table in kept}
    grown = {table: min(found[table], kept[table]) for table in OF_THE_CODE & kept.keys()}
    assert found | grown == kept
    moved = dict(filter(None, MOVED.values()))
    assert {table: rows_of(table) for table in moved} == moved


@pytest.mark.usefixtures("installation")
def test_nothing_is_left_to_migrate_and_checks_pass():
    call_command("migrate", "--check", stdout=StringIO())
    out = StringIO()
    call_command("check", stdout=out, stderr=out)
    assert "no issues" in out.getvalue()


def test_directories_need_no_rewriting(takes):
    """PostgreSQL gives the names in a JSON value back in an order of its own."""
    rewritten = {"metadata.json"} if connection.vendor == "postgresql" else set()
    documents = {folder: document(folder) for folder in batch_folders(takes)}
    assert len(documents) == 8
    others = everything_in(takes, but=rewritten)
    told = command("rebuild_tree", "--all", "--dry-run")["batches"]
    assert {one["batch"] for one in told} == {folder.name for folder in documents}
    for one in told:
        assert set(one["changes"]) <= rewritten
        assert (one["missing"], one["alien"], one["error"]) == ([], [], "")
    command("rebuild_tree", "--all")
    assert everything_in(takes, but=rewritten) == others
    assert {folder: document(folder) for folder in batch_folders(takes)} == documents


# --- Pages and the API ---------------------------------------------------------------------------


@pytest.mark.usefixtures("installation")
def test_every_page_that_staff_can_click_to_opens():
    answers = dict(pages(signed_in("ada"), "/admin/"))
    assert {one: code for one, code in answers.items() if code not in (200, 301, 302)} == {}
    kinds = {re.sub(r"/\d[\w-]*", "/N", one.partition("?")[0]) for one in answers}
    assert kinds >= {
        "/admin/catalog/series/N/change/",
        "/admin/catalog/line/N/change/",
        "/admin/takes/run/N/change/",
        "/admin/takes/batch/N/rank/",
        "/admin/review/liveclip/N/",
        "/admin/review/liveclip/N/line/N/",
        "/admin/review/liveclip/N/line/N/compare/",
        "/admin/review/reviewlink/N/change/",
        "/admin/voices/voice/N/change/",
    }


def test_a_program_reads_every_batch_as_its_document_says(takes):
    ben = program()
    told = ben.get("/api/batches").json()["data"]
    seen = {takes / one["skin"] / one["voice"] / one["batch_id"] for one in told}
    assert seen > batch_folders(takes)  # one is not made yet
    for folder in batch_folders(takes):
        assert ben.get(f"/api/batch/{folder.name}").json()["data"] == document(folder)
    assert program(f"{API_TOKEN}-revoked").get("/api/batches").status_code == 401


def test_every_take_plays(takes):
    ben, played = signed_in("ben"), 0
    for folder in batch_folders(takes):
        for one in document(folder)["takes"]:
            file = folder / "takes" / one["file"]
            answer = ben.get(f"/audio/{file.relative_to(takes)}", headers={"Range": "bytes=0-99"})
            assert answer.status_code == 206
            assert b"".join(answer) == file.read_bytes()[:100]
            played += 1
    assert played == 34


@pytest.mark.usefixtures("installation")
@pytest.mark.parametrize(
    ("voice", "state"),
    [
        ("Annie", "public"),
        ("Michael", "internal"),
        ("anika", "friends"),
        ("f2", "expired"),
        ("grandpa", "revoked"),
        ("Abel", "no consent"),
    ],
)
def test_consent_is_what_it_was(voice, state):
    ada = signed_in("ada")
    listed = ada.get("/admin/voices/voice/", {"q": voice}).content.decode()
    address = re.search(r'/admin/voices/voice/\d+/change/(?="|\?)', listed)[0]
    page = ada.get(address).content.decode()
    assert re.search(r'id="consent".*?chip__word">([^<]*)<', page, re.DOTALL)[1] == state


@pytest.mark.usefixtures("installation")
def test_somebodys_own_key_can_still_be_read():
    answer = signed_in("ben").post("/admin/voices/credential/elevenlabs/test/", follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "ElevenLabs could not be reached" in page
    assert "cannot be read any more" not in page


# --- Ranking ------------------------------------------------------------------------------------


def test_ranks_go_on_from_where_they_were(ranked):
    before = {"hello_take_2.mp3": 1, "hello_take_1.mp3": 2}
    assert {file: rank for file, rank in ranks(ranked).items() if "hello" in file} == before
    answer = program().patch(
        f"/api/batch/{ranked.name}/take/hello_take_4.mp3",
        {"rank": 1},
        content_type="application/json",
    )
    assert answer.status_code == 200, answer.content
    after = {"hello_take_4.mp3": 1, "hello_take_2.mp3": 2, "hello_take_1.mp3": 3}
    assert {file: rank for file, rank in ranks(ranked).items() if "hello" in file} == after


def test_ranks_given_before_are_undone_now(ranked):
    ben, before = signed_in("ben"), ranks(ranked)
    assert before["bridge_take_4.mp3"] == 2
    undo = f"{BOARD.format(ranked.name)}undo/"
    answer = ben.post(undo, {}, content_type="application/json")
    assert answer.status_code == 200, answer.content
    del before["bridge_take_4.mp3"]
    assert ranks(ranked) == before


def test_a_locked_batch_is_still_locked_and_is_handed_over(locked, tmp_path):
    assert (locked / "LOCKED").exists()
    answer = program().patch(
        f"/api/batch/{locked.name}/take/Intro_1_take_1.mp3",
        {"rank": 2},
        content_type="application/json",
    )
    assert answer.status_code == 423
    command("export_batch", locked.name, "--to", tmp_path / "winners")
    handed_over = {path.name for path in (tmp_path / "winners").rglob("*.mp3")}
    assert len(handed_over) == 3


# --- Rendering ----------------------------------------------------------------------------------


def generate(*more: str) -> dict:
    asked = ["--series=Levels", "--language=de", "--voice=espeak:Annie", "--lines=hello"]
    how = ["--takes=3", '--settings={"stability": [0.2, 0.6]}', "--format=mp3_22050_32"]
    return command("generate", *asked, *how, *more)


def test_identical_takes_of_before_are_reused(takes, ranked):
    assert [one["reusable"] for one in generate("--dry-run")] == [3]
    done = generate("--inline")
    assert (done["takes_complete"], done["takes_total"]) == (3, 3)
    for number in (1, 2, 3):
        name = f"hello_take_{number}.mp3"
        old, new = ranked / "takes" / name, takes / done["batches"][0]["path"] / "takes" / name
        assert frames_sha256(new.read_bytes()) == frames_sha256(old.read_bytes())


def test_new_takes_are_rendered(takes):
    done = command(
        "generate",
        *("--series=Levels", "--language=en", "--voice=espeak:anika", "--lines=b*", "--takes=1"),
        "--inline",
    )
    assert (done["takes_complete"], done["takes_total"]) == (2, 2)
    folder = takes / done["batches"][0]["path"]
    assert [one["file"] for one in document(folder)["takes"]] == [
        "bear_take_1.mp3",
        "bridge_take_1.mp3",
    ]


def test_takes_that_a_dead_worker_left_are_rendered(takes):
    before = batch_folders(takes)
    settle()
    (folder,) = batch_folders(takes) - before
    assert {one["line"] for one in document(folder)["takes"]} == {"stop", "wait"}


def test_a_preview_is_in_no_list_and_can_be_saved(takes, bank):
    (preview,) = {
        path.parent
        for path in takes.glob("Levels/*/*/takes")
        if not (path.parent / "metadata.json").exists()
    }
    told = program().get("/api/batches").json()["data"]
    assert preview.name not in {one["batch_id"] for one in told}
    line = Draft.objects.filter(line__key="wait").first().line
    save = f"/admin/review/liveclip/{line.series_id}/line/{line.pk}/save/"
    assert signed_in("ben").post(save).status_code in (200, 302)
    assert (preview / "metadata.json").exists()
    assert preview.name in {one["batch_id"] for one in program().get("/api/batches").json()["data"]}
    saved = (bank / "audio/de/wait_v004.mp3").read_bytes()
    heard = (preview / "takes/wait_take_1.mp3").read_bytes()
    assert frames_sha256(saved) == frames_sha256(heard)


# --- Review -------------------------------------------------------------------------------------


def deployed(bank: Path) -> set[str]:
    return {path.stem for path in (bank / "deploy/de").glob("*.mp3")}


def same_audio(one: Path, other: Path) -> bool:
    return frames_sha256(one.read_bytes()) == frames_sha256(other.read_bytes())


def test_deploy_goes_on_holding_what_is_approved(bank):
    settle()
    assert deployed(bank) >= {"hello", "stop", "wait"}
    assert "bear" not in deployed(bank)
    for line, version in {"hello": 3, "stop": 3, "wait": 1}.items():
        draft = bank / f"audio/de/{line}_v{version:03}.mp3"
        assert same_audio(bank / f"deploy/de/{line}.mp3", draft)


def test_files_are_compared_with_receipts_of_before(bank):
    shutil.copy(bank / "audio/de/bear_v001.mp3", bank / "audio/de/stop_v003.mp3")
    (bank / "deploy/de/wait.mp3").unlink()
    settle()
    assert {"hello", "wait"} <= deployed(bank) and "stop" not in deployed(bank)
    stale = Approval.objects.outdated().values_list("line__key", flat=True)
    assert {"bear", "stop"} <= set(stale) and not {"hello", "wait"} & set(stale)


def test_receipts_say_what_they_said(bank):
    receipts = {
        (one.draft.name, one.by_name, bool(one.superseded_at), bool(one.withdrawn_at))
        for one in Approval.objects.select_related("draft__line")
    }
    assert receipts == {
        ("hello_v002", "Maria Lopez (German, first round)", True, False),
        ("hello_v003", "Juan Perez (German, first round)", False, False),
        ("stop_v003", "Maria Lopez (German, first round)", False, False),
        ("bear_v001", "Maria Lopez (German, first round)", False, False),
        ("bridge_v002", "Juan Perez (German, first round)", False, True),
        ("bridge_v001", "cleo", False, True),
        ("wait_v001", "cleo", False, False),
        ("echo_v001", "cleo", False, False),
    }
    for one in Approval.objects.select_related("draft"):
        assert one.sha256 == sha256(bank.parent / one.draft.key)


def test_a_partner_finds_their_answers_and_goes_on(bank):
    maria = Partner("Maria")
    page = maria.page()
    assert "Maria Lopez" in page and "A bit fast here." in page and "Never mind." not in page
    draft = Draft.objects.get(line__key="bridge", version=1, line__language__tag="de")
    answer = maria.client.get(f"{maria.home}audio/{draft.pk}/")
    assert b"".join(answer) == (bank / "audio/de/bridge_v001.mp3").read_bytes()
    # What she heard before counts: she has to listen to nothing again.
    maria.post("decide", draft=draft.pk, decision="approve")
    maria.post("submit")
    settle()
    assert same_audio(bank / "deploy/de/bridge.mp3", bank / "audio/de/bridge_v001.mp3")


def test_a_partner_who_heard_too_little_listens_first(installation):
    maria = Partner("Maria")
    draft = Draft.objects.get(line__key="wait", version=1, line__language__tag="de")
    answer = maria.client.post(f"{maria.home}decide/", {"draft": draft.pk, "decision": "approve"})
    assert answer.status_code == 409
    assert maria.hear(draft.pk, draft.duration)["may_approve"]
    maria.post("decide", draft=draft.pk, decision="approve")


@pytest.mark.usefixtures("installation")
def test_links_of_others_are_as_open_as_they_were():
    assert "Juan Perez" in Partner("Juan").page()
    team = Partner("Team")
    assert "passcode" in team.page()
    team.post("passcode", passcode="lighthouse")
    team.post("name", name="The team")
    assert "The team" in team.page()
    nobody = Partner("Nobody")
    assert nobody.client.get(nobody.home).status_code in (404, 410)


def test_winners_of_before_are_saved(installation, locked):
    page = f"/admin/review/reviewlink/winners/{locked.name}/"
    assert signed_in("ada").post(page).status_code == 302
    settle()
    saved = {path.name for path in (installation / "drafts").rglob("*_v001.mp3")}
    assert saved >= {"Intro_1_v001.mp3", "Intro_2_v001.mp3", "Oil_Found_v001.mp3"}


# --- Coming in -----------------------------------------------------------------------------------


def test_a_script_is_compared_with_the_lines_of_before(installation, tmp_path):
    script = tmp_path / "bank.csv"
    script.write_text("item_id,en,de\nhello,Hello.,Hallo.\nstop,Stop.,Halt.\nnew,New.,Neu.\n")
    told = command("import_script", script, "--series=Levels", "--all-languages", "--dry-run")
    assert (told["new"], told["changed"], told["unchanged"]) == (2, 1, 3)


def test_clips_that_are_live_are_found_again(installation):
    told = command("adopt_clips", "--series=Levels", "--language=de")
    assert sorted(told["adopted"]) == ["bear", "hello"]
    assert (told["gone"], told["broken"]) == ([], {})
