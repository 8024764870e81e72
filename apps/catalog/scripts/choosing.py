"""Which of a file's texts are read, and in which language."""

from collections.abc import Iterable, Sequence

from apps.catalog.language_tags import header_tag
from apps.catalog.scripts.columns import Columns
from apps.catalog.scripts.options import ReadOptions
from apps.catalog.scripts.sheets import SheetRow, UnreadableFile, cell_of

Chosen = tuple[Columns, dict[str, int], tuple[str, ...]]


def choose_texts(
    columns: Columns,
    rows: Sequence[SheetRow],
    options: ReadOptions,
    *,
    asked: str,
    default: str,
) -> Chosen:
    """The columns, with the source text among the notes where it is one; the columns to read by
    language; the languages that stay out.

    A language that has a column is read from that column. Raises UnreadableFile for one that has
    none, and for a source text that may be in another language than the one that was asked for.
    """
    if columns.language is not None and columns.source is not None:
        return _by_row(columns, rows, columns.source, options, asked)
    if not columns.texts and columns.source is not None:
        return columns, {asked: columns.source}, ()
    if options.text_column and not options.all_languages:
        return _named(columns, options, asked)
    if columns.source is not None and default in columns.texts:
        columns = columns.with_source_as_note()
    texts = dict(columns.texts)
    if columns.source is not None and not (options.is_new_series and options.language):
        texts = {default: columns.source, **texts}
    if options.all_languages:
        return columns, texts, ()
    chosen, left_out = _only(asked, texts, "column")
    return columns, chosen, left_out


def _by_row(
    columns: Columns, rows: Iterable[SheetRow], source: int, options: ReadOptions, asked: str
) -> Chosen:
    """Each row says in which language its text is; a tag that is none is told with its row."""
    found = dict.fromkeys(header_tag(cell_of(row, columns.language)) for row in rows)
    texts = {tag: source for tag in found if tag}
    if options.all_languages or not texts:
        return columns, texts, ()
    chosen, left_out = _only(asked, texts, "row")
    return columns, chosen, left_out


def _named(columns: Columns, options: ReadOptions, asked: str) -> Chosen:
    """Somebody named the column of the text in a file that has columns of languages as well."""
    if columns.source is None:
        (tag,) = columns.texts
        if options.language and asked != tag:
            raise UnreadableFile(
                f"The column {options.text_column!r} holds {tag}, but {asked} was asked for."
            )
        return columns, dict(columns.texts), ()
    if asked in columns.texts:
        raise UnreadableFile(
            f"The file has a column for {asked}, so {options.text_column!r} cannot be its text. "
            f"Rename the column for {asked} if it is not meant, or name no text column."
        )
    return columns, {asked: columns.source}, tuple(columns.texts)


def _only(asked: str, texts: dict[str, int], what: str) -> tuple[dict[str, int], tuple[str, ...]]:
    if asked not in texts:
        has = ", ".join(texts)
        raise UnreadableFile(
            f"The file has no {what} for {asked}; it has {has}. Choose one of them (--language), "
            "or all (--all-languages)."
        )
    return {asked: texts[asked]}, tuple(tag for tag in texts if tag != asked)
