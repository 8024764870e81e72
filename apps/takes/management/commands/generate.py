"""`manage.py generate`: order takes of a Series, and wait for them or render them here."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.errors import DomainError, Invalid
from apps.takes.models import Run
from apps.takes.ordering.generation_order import GenerationOrder, find_language, find_series
from apps.takes.ordering.services.runs import order_run
from apps.takes.ordering.take_requests import DEFAULT_FORMAT
from apps.takes.progress.queries import (
    batches_of,
    failures_of,
    progress_of,
    render_seconds,
    takes_of,
    waiting_for,
)
from apps.takes.progress.states import Progress
from apps.takes.rendering import finishing
from apps.takes.rendering.slices import render_slice
from apps.voices.library.services import find_voice
from apps.work.limiter import LocalLimiter

BAR = 30


class Command(BaseCommand):
    help = (
        "Turn lines into takes. Example: manage.py generate --series Lantern --language en "
        "--voice espeak:Annie --voice espeak:Michael --takes 3 --inline"
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--series", required=True, metavar="SLUG")
        parser.add_argument("--language", default="", metavar="TAG")
        parser.add_argument(
            "--voice", action="append", required=True, dest="voices", metavar="ALIAS:ID"
        )
        parser.add_argument("--takes", type=int, default=3, help="Per line and voice, 1 to 20.")
        parser.add_argument("--lines", default="", metavar="GLOB", help="Such as 'Intro_*'.")
        parser.add_argument("--without-audio", action="store_true")
        parser.add_argument(
            "--settings",
            "--voice-settings",
            dest="voice_settings",
            default="{}",
            metavar="JSON",
            help='Values or ranges, such as {"stability": [0.5, 0.75], "speed": 1.0}.',
        )
        parser.set_defaults(settings=None)  # Django's own option of this name gives way
        parser.add_argument("--model", default="")
        parser.add_argument("--format", default=DEFAULT_FORMAT, dest="output_format")
        parser.add_argument("--no-reuse", action="store_true", help="Buy identical takes again.")
        parser.add_argument("--dry-run", action="store_true", help="Say what it would cost.")
        parser.add_argument("--json", action="store_true", dest="as_json")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--wait", action="store_true", help="Follow the workers to the end.")
        how.add_argument("--inline", action="store_true", help="Render here, without a queue.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            ask = self._ask(options)
            if options["dry_run"]:
                self._estimate(ask, options["as_json"])
                return
            run = order_run(
                ask.requests(),
                by=None,
                params=ask.params(),
                reuse_identical=ask.reuse_identical,
                queue=not options["inline"],
            )
        except Invalid as error:
            wrong = "\n".join(f"  {field}: {problem}" for field, problem in error.errors.items())
            raise CommandError(f"Nothing was ordered:\n{wrong}") from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        self._say_left_out(run.left_out)
        if options["inline"]:
            render_inline(run)
        elif options["wait"]:
            self._follow(run)
        self._report(run, options["as_json"], finished=options["inline"] or options["wait"])

    def _ask(self, options: dict[str, Any]) -> GenerationOrder:
        series = find_series(options["series"])
        return GenerationOrder(
            series=series,
            language=find_language(series, options["language"]).tag,
            voices=[find_voice(address) for address in options["voices"]],
            takes=options["takes"],
            lines=options["lines"],
            without_audio=options["without_audio"],
            settings=read_settings(options["voice_settings"]),
            model=options["model"],
            output_format=options["output_format"],
            reuse_identical=not options["no_reuse"],
        )

    def _estimate(self, ask: GenerationOrder, as_json: bool) -> None:
        plan = ask.plan(by=None)
        rows = [
            {
                "provider": one.provider,
                "takes": one.takes,
                "reusable": one.reusable,
                "characters": one.characters,
                "cost": None if one.cost is None else str(one.cost),
            }
            for one in plan.estimates
        ]
        self._say_left_out(plan.left_out)
        if as_json:
            self.stdout.write(json.dumps(rows))
            return
        for row in rows:
            self.stdout.write(
                "{provider}: {takes} takes, {reusable} exist already, {characters} characters, "
                "about {cost} US dollars".format(**row)
            )

    def _say_left_out(self, left_out: str) -> None:
        """On stderr: what `--json` prints stays one document."""
        if left_out:
            self.stderr.write(f"{left_out}.")

    def _follow(self, run: Run) -> None:
        while True:
            progress = progress_of("run", [run.pk])[run.pk]
            if self.stderr.isatty():
                self.stderr.write(f"\r{bar(progress)} {waiting_for(run)}", ending="")
                self.stderr.flush()
            if progress.done == progress.total:
                break
            time.sleep(0.5)
        if self.stderr.isatty():
            self.stderr.write("")

    def _report(self, run: Run, as_json: bool, *, finished: bool) -> None:
        progress = progress_of("run", [run.pk])[run.pk]
        batches = list(run.batches.order_by("pk").values("batch_id", "path"))
        if as_json:
            document = {
                "run": str(run.task_id),
                "state": progress.state,
                "batches": [{"id": row["batch_id"], "path": row["path"]} for row in batches],
                "takes_total": progress.total,
                "takes_complete": progress.complete,
                "takes_failed": progress.failed,
                "left_out": run.left_out,
                "render_seconds": render_seconds(run),
            }
            self.stdout.write(json.dumps(document))
        else:
            self.stdout.write(f"Run {run.pk} ({run.task_id}): {bar(progress)}")
            self.stdout.write("\n".join(f"  {row['path']}" for row in batches))
        if finished and progress.complete < progress.total:
            reasons = "\n".join(f"  {number} x {why}" for why, number in failures_of(run))
            raise CommandError(
                f"{progress.total - progress.complete} takes are missing:\n{reasons}"
            )


def read_settings(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Invalid({"settings": f"This is no JSON: {error}"}) from error
    if not isinstance(found, dict):
        raise Invalid({"settings": 'Give an object such as {"stability": [0.5, 0.75]}.'})
    return found


def render_inline(run: Run) -> None:
    """Render a run in this process, batch by batch, without queue or workers."""
    for batch_pk in batches_of(run).order_by("pk").values_list("pk", flat=True):
        render_slice(
            takes_of(run).filter(batch=batch_pk).values_list("pk", flat=True),
            limiter_for=lambda provider: LocalLimiter(default=provider.default_concurrency),
            asked_to_stop=lambda: False,
        )
        finishing.finish_batches([batch_pk])


def bar(progress: Progress) -> str:
    """`[######------] 312 of 618 takes, 4 failed`"""
    filled = BAR * progress.done // max(progress.total, 1)
    failed = f", {progress.failed} failed" if progress.failed else ""
    drawn = "#" * filled + "-" * (BAR - filled)
    return f"[{drawn}] {progress.complete} of {progress.total} takes{failed}"
