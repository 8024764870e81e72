"""Asset classes, and which place accepts which class."""

from enum import StrEnum


class AssetClass(StrEnum):
    TAKE = "take"
    DRAFT = "draft"
    ITEM = "item"
    COURSE = "course"
    CANONICAL = "canonical"
    SYSTEM = "system"


class WrongAssetClass(Exception):
    """The place does not accept files of this class; nothing was written."""


ACCEPTED: dict[str, AssetClass] = {
    "takes": AssetClass.TAKE,
    "drafts": AssetClass.DRAFT,
    "dev": AssetClass.ITEM,
    "prod": AssetClass.ITEM,
    "repo": AssetClass.ITEM,
    "course_stage": AssetClass.COURSE,
    "course_prod": AssetClass.COURSE,
    "canonical": AssetClass.CANONICAL,
}


def accepted_by(alias: str) -> frozenset[AssetClass]:
    """The classes that a place accepts: its own and `system`; none for an unknown alias."""
    asset_class = ACCEPTED.get(alias)
    return frozenset({asset_class, AssetClass.SYSTEM}) if asset_class else frozenset()


def check_asset_class(alias: str, asset_class: AssetClass) -> None:
    """Raise WrongAssetClass unless the place `alias` accepts files of this class."""
    accepted = accepted_by(alias)
    if asset_class not in accepted:
        raise WrongAssetClass(
            f"Place {alias!r} accepts {', '.join(sorted(accepted)) or 'nothing'},"
            f" not {asset_class}; nothing was written."
        )
