"""What a person says about a script file."""

from dataclasses import dataclass

from apps.catalog.lines.faults import MAX_TEXT


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a person said about the file.

    Without `language` and `all_languages` the Series' default language is read. `key_column` and
    `text_column` name columns that are called otherwise than usual. `max_text` is the longest
    text that the provider takes, in characters. `is_new_series`: the Series' default language is
    only the one that was asked for, and says nothing about the file's source text.
    """

    language: str = ""
    all_languages: bool = False
    encoding: str = ""
    key_column: str = ""
    text_column: str = ""
    max_text: int = MAX_TEXT
    is_new_series: bool = False
