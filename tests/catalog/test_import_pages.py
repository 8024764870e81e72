"""Upload, preview, confirm: in the admin, by hand."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.catalog.models import Line, PendingImport, Script
from apps.catalog.scripts.services import import_script
from tests.factories import SeriesFactory, UserFactory

pytestmark = pytest.mark.django_db
SCRIPT = "Function,Line\nA,One\nB,“Two…\nC,\nA,again\n"


@pytest.fixture
def series():
    return SeriesFactory()


@pytest.fixture
def staff(series, client: Client):
    user = UserFactory()
    for permission in ("view", "edit"):
        assign_perm(f"catalog.{permission}_series", user, series)
    client.force_login(user)
    return client


def start(series) -> str:
    return reverse("admin:catalog_import", args=[series.pk])


def upload(staff, series, content: str | bytes = SCRIPT, name: str = "a.csv", **fields):
    data = content.encode() if isinstance(content, str) else content
    return staff.post(start(series), {"file": SimpleUploadedFile(name, data), **fields})


def preview(staff, series, content: str | bytes = SCRIPT, **fields) -> str:
    """The address of the preview of a file that was taken."""
    answer = upload(staff, series, content, **fields)
    assert answer.status_code == 302, answer.context["form"].errors
    return answer["Location"]


def confirm(staff, address: str):
    fingerprint = staff.get(address).context["plan"].fingerprint
    return staff.post(address, {"fingerprint": fingerprint}, follow=True)


def test_upload_preview_confirm(staff, series):
    address = preview(staff, series)
    page = staff.get(address)
    assert not Line.objects.exists(), "nothing is written before confirm"
    assert page.context["confirm_label"] == "Import 2 new lines"
    assert ">Import 2 new lines</button>" in page.text
    assert "“Two…" in page.text
    assert "2 bad rows will be left out" in page.text
    bad = staff.get(address, {"show": "bad"}).text
    assert "duplicate key: it stands in line 2 already" in bad
    assert "the text is empty" in bad

    done = confirm(staff, address)
    assert "Imported a.csv: 2 new, 0 changed" in done.text
    assert {line.key: line.text for line in Line.objects.all()} == {"A": "One", "B": "“Two…"}
    script = Script.objects.get()
    assert script.imported_by.pk == int(staff.session["_auth_user_id"])
    again = staff.post(address, {"fingerprint": "x"}, follow=True)
    assert "no longer there" in again.text
    assert Script.objects.count() == 1


def test_differences_are_readable_without_colour(staff, series):
    import_script(series, b"Function,Line\nA,One lamp\nZ,Gone\n", by=None)
    page = staff.get(preview(staff, series, "Function,Line\nA,Two lamp\nB,<script>\n"))
    assert page.context["confirm_label"] == "Import 1 new and 1 changed lines"
    assert "removed: </span>One</del>" in page.text
    assert "added: </span>Two</ins>" in page.text
    address = page.request["PATH_INFO"]
    assert "Gone" in staff.get(address, {"show": "missing"}).text
    assert "&lt;script&gt;" in staff.get(address, {"show": "new"}).text


def test_lines_that_cannot_be_spoken_are_imported_and_named(staff, series):
    rows = "A,One\nB,<br>\nC,no approved translation \n"
    address = preview(staff, series, f"Function,Line\n{rows}")
    said = "2 lines cannot be spoken yet: B (markup only), C (placeholder)."
    assert said in staff.get(address).text
    confirm(staff, address)
    assert Line.objects.count() == 3
    assert said not in staff.get(preview(staff, series, "Function,Line\nA,Two\n")).text


def test_every_kind_is_paged_and_found(staff, series):
    rows = "".join(f"K{n},Text {n}\n" for n in range(450))
    address = preview(staff, series, f"Function,Line\n{rows}")
    page = staff.get(address)
    assert page.text.count('<th scope="row">') == 200
    assert "450 rows, 1 to 200 shown" in " ".join(page.text.split())
    assert "K449" in staff.get(address, {"show": "new", "page": "3"}).text
    found = staff.get(address, {"show": "new", "q": "text 44"})
    assert found.context["preview"].found == 11
    for wrong in ({"show": "nix", "page": "-1"}, {"page": "x", "language": "zz"}):
        assert staff.get(address, wrong).status_code == 200


def test_languages_and_options_wait_with_the_file(staff, series):
    import_script(series, b"Function,Line\nold,Old\n", by=None)
    bank = "ident;en;de\nA;Hi;Grüße\n".encode("cp1252")
    address = preview(
        staff, series, bank, all_languages="on", retire_missing="on",
        key_column="ident", encoding="windows-1252",
    )  # fmt: skip
    page = staff.get(address, {"language": "de"})
    assert "Grüße" in page.text
    assert page.context["preview"].found == 1
    assert page.context["confirm_label"] == "Import 2 new lines, retire 1 line"
    confirm(staff, address)
    assert sorted(Line.objects.current().values_list("key", "language__tag")) == [
        ("A", "de"), ("A", "en"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04zip", "save the sheet as CSV"),
        (b"Function,Line\nA,\x00\n", "NUL characters"),
        (b"Function,Line\nA,\xfc\n", "Windows-1252"),
        (b"", "The file is empty"),
        (b"a,b\n", "no column with the key"),
        (b"Function,Line\nA,\n", "no line that can be imported"),
        (b"x" * (20 * 1024**2 + 1), "larger than 20 MB"),
    ],
)
def test_files_that_are_refused_are_not_kept(staff, series, content, said):
    page = upload(staff, series, content)
    assert page.status_code == 200
    assert said in str(page.context["form"].errors)
    assert not PendingImport.objects.exists()


def test_other_wrong_input_is_told_by_field(staff, series):
    assert "file" in staff.post(start(series), {}).context["form"].errors
    page = upload(staff, series, language="english")
    assert "no language tag" in str(page.context["form"].errors["language"])
    page = upload(staff, series, name="a\x00/../../etc.csv")
    assert page.status_code in (200, 302)


def test_a_plan_that_changed_meanwhile_is_shown_again(staff, series):
    address = preview(staff, series)
    fingerprint = staff.get(address).context["plan"].fingerprint
    import_script(series, b"Function,Line\nA,Else\n", by=None)
    page = staff.post(address, {"fingerprint": fingerprint})
    assert "The Series changed after this plan was made" in page.text
    assert page.context["confirm_label"] == "Import 1 new and 1 changed lines"
    assert Line.objects.get().text == "Else"
    assert staff.post(address, {}).status_code == 200, "no fingerprint, no import"
    assert Line.objects.get().text == "Else"
    confirm(staff, address)
    assert Line.objects.count() == 2


def test_uploads_end_after_a_day_or_when_discarded(staff, series):
    address = preview(staff, series)
    PendingImport.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert staff.get(address)["Location"] == start(series)
    other = preview(staff, series)
    assert PendingImport.objects.count() == 1, "the expired one is gone"
    assert staff.get(f"{other}discard/").status_code == 405
    staff.post(f"{other}discard/")
    assert not PendingImport.objects.exists()
    assert not Line.objects.exists()


def test_the_bad_rows_as_a_file(staff, series):
    address = preview(staff, series, "Function,Line\nA,One\n=1+1,Two\n")
    answer = staff.get(f"{address}bad-rows.csv")
    assert answer["Content-Type"] == "text/csv"
    assert "3,'=1+1," in answer.content.decode("utf-8-sig")


def test_nobody_imports_into_the_series_of_others(staff, series):
    other = SeriesFactory()
    mine = preview(staff, series)
    pending = PendingImport.objects.get()
    theirs = reverse("admin:catalog_import_preview", args=[other.pk, pending.pk])
    for address in (start(other), theirs, f"{theirs}discard/", f"{theirs}bad-rows.csv"):
        method = staff.post if "discard" in address else staff.get
        assert method(address).status_code == 404, address
    assert upload(staff, other).status_code == 404
    assert not Line.objects.exists()

    viewer = UserFactory()
    assign_perm("catalog.view_series", viewer, series)
    staff.force_login(viewer)
    assert staff.get(start(series)).status_code == 404
    assign_perm("catalog.edit_series", viewer, series)
    assert "older than a day" in staff.get(mine, follow=True).text, "uploads are one's own"
    staff.logout()
    assert staff.get(mine)["Location"].startswith(reverse("admin:login"))


def test_a_preview_takes_few_queries(staff, series, django_assert_max_num_queries):
    rows = "".join(f"K{n},Text {n}\n" for n in range(1_000))
    import_script(series, f"Function,Line\n{rows}".encode(), by=None)
    address = preview(staff, series, f"Function,Line\n{rows.replace('Text', 'Word')}")
    with django_assert_max_num_queries(20):
        assert len(staff.get(address).context["plan"].changed) == 1_000
