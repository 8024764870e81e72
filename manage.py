#!/usr/bin/env python
"""VoiceCMS on the command line: `manage.py help` lists what it can do."""

import os
import sys

from django.core.management import execute_from_command_line


def own_settings_option(argv: list[str]) -> list[str]:
    """`generate --settings JSON` is about voices; Django would take it for its settings module."""
    if argv[1:2] != ["generate"]:
        return argv
    return [
        "--voice-" + part[2:] if part.partition("=")[0] == "--settings" else part for part in argv
    ]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicecms.settings")
    execute_from_command_line(own_settings_option(sys.argv))
