"""Every service that writes records exactly one event for what it was asked."""

from tests.effects import MANY, Ways, public_functions
from tests.source import Module, modules

# Services that write without an Event of their own, or with several, and why.
UNSUBMITTED = "answers are a partner's own until they are submitted, and that is recorded"
EXCEPTIONS = {
    "apps.accounts.services.switch_keys": "a preference of one's own pages, nobody else's matter",
    "apps.catalog.scripts.services.hold_upload": "nothing is imported: an upload waits a day",
    "apps.catalog.scripts.services.confirm_import": "carry_out records what is imported",
    "apps.catalog.scripts.services.discard_upload": "nothing was imported",
    "apps.review.clips.services.adoption.adopt_clips": "nothing is recorded where nothing changed",
    "apps.review.clips.services.adoption.link_voices": "adopt_clips records the whole",
    "apps.review.clips.services.adoption.write_live_clip": "adopt_clips records the whole",
    "apps.review.links.services.comments.hide_for_partner": "hide_drafts records it",
    "apps.review.links.services.reviewers.introduce": "link.opened is recorded once",
    "apps.review.links.services.reviewers.choose_page_language": "a preference of one's own page",
    "apps.review.links.services.submitting.submit": "each wanted change is told of its draft too",
    "apps.review.links.services.verdicts.report_heard": UNSUBMITTED,
    "apps.review.links.services.verdicts.decide": UNSUBMITTED,
    "apps.review.links.services.verdicts.undecide": UNSUBMITTED,
    "apps.review.links.services.verdicts.choose_heard": UNSUBMITTED,
    "apps.takes.ordering.services.control.reset_failed": "retry_takes records it",
    "apps.takes.ordering.services.previews.keep_preview": "draft.saved tells of the take",
    "apps.takes.ordering.services.previews.expire_previews": "nobody's act: their time is over",
    "apps.takes.ranking.services.rank_take": "the RankingAct is the record",
    "apps.takes.ranking.services.undo_ranking": "the RankingAct is the record",
}


def services() -> list[Module]:
    """Modules named `services`, or in a package of that name; `audit` is what records."""
    found = modules().values()
    return [one for one in found if "services" in one.parts and one.app != "apps.audit"]


def does_something(ways: Ways) -> bool:
    return any(way.wrote or way.events for way in ways)


def problem_of(ways: Ways) -> str:
    """What is wrong with the ways through a service; empty when each records what it writes."""
    if any(way.events == MANY for way in ways):
        return "may record two events: record one, with all that belongs to it in its data"
    if any(way.wrote and not way.events for way in ways):
        return "may write without an event: record() one, in the same transaction"
    return ""


def problems() -> dict[str, str]:
    """Service -> where it stands and what to do."""
    found = {}
    for module in services():
        for name, ways in public_functions(module, does_something).items():
            if problem := problem_of(ways):
                where = module.at(module.functions[name])
                found[f"{module.name}.{name}"] = f"{where} {name} {problem}."
    return found


def test_a_service_that_writes_records_one_event() -> None:
    found = problems()
    new = [advice for name, advice in found.items() if name not in EXCEPTIONS]
    assert not new, "\n".join(new)
    stale = EXCEPTIONS.keys() - found.keys()
    assert not stale, f"No longer exceptions, take them out: {sorted(stale)}"


SOURCE = """
def good(thing, *, by):
    if not Thing.objects.filter(pk=thing.pk).update(done=True):
        return False
    record("thing.done", thing, by=by)
    return True

def silent(thing, *, by):
    _write(thing)

def twice(things, *, by):
    for thing in things:
        thing.save()
        record("thing.saved", thing, by=by)
    record("things.saved", thing, by=by)

def only_when_told(thing, tell, *, by):
    thing.delete()
    if tell:
        record("thing.deleted", thing, by=by)

def reads(thing):
    return thing.parts.all()

def _write(thing):
    Thing.objects.create(name=thing)
"""


def test_writes_and_events_are_read_from_the_source(tmp_path) -> None:
    path = tmp_path / "services.py"
    path.write_text(SOURCE)
    ways = public_functions(Module("apps.things.services", path), does_something)
    assert set(ways) == {"good", "silent", "twice", "only_when_told"}
    assert [name for name in ways if problem_of(ways[name])] == [
        "silent",
        "twice",
        "only_when_told",
    ]
