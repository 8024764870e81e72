"""The import map of a page: how the browser finds the modules of static/js by their names."""

import json
from pathlib import Path

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

MODULES = settings.BASE_DIR / "static" / "js"
ENTRIES = MODULES / "entries"
LIBRARIES = {
    "sortablejs": "vendor/sortablejs/sortable.core.esm.js",
    "wavesurfer.js": "vendor/wavesurfer/wavesurfer.esm.js",
    "wavesurfer.js/plugins/regions": "vendor/wavesurfer/plugins/regions.esm.js",
}


@register.simple_tag(takes_context=True)
def import_map(context: template.Context) -> SafeString:
    """`<script type="importmap">` with the page's nonce; it comes before all modules."""
    request: HttpRequest = context["request"]
    imports = {name: static(path) for name, path in (modules() | LIBRARIES).items()}
    # "</script>" in an address would end the element.
    document = json.dumps({"imports": imports}, indent=1).replace("<", "\\u003c")
    return format_html(
        '<script type="importmap" nonce="{}">{}</script>',
        getattr(request, "csp_nonce", ""),
        mark_safe(document),  # noqa: S308 - nothing in it comes from outside
    )


def modules() -> dict[str, str]:
    """Static paths by module name: `voicecms/board/acts` is js/board/acts.js."""
    found = sorted(path for path in MODULES.rglob("*.js") if not path.is_relative_to(ENTRIES))
    return {f"voicecms/{_name(path)}": f"js/{_name(path)}.js" for path in found}


def _name(path: Path) -> str:
    return path.relative_to(MODULES).with_suffix("").as_posix()
