"""Pages from templates/: one Jinja2 environment for all of them. Pages hold no times and no paths of this machine but those
that the run was given, so that the same results give the same bytes. A field that a transcript lacks is shown as nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, Environment, FileSystemLoader
from markupsafe import Markup

from reports.folder import shown
from reports.notation import told

_TEMPLATES = Path(__file__).parent / "templates"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    undefined=ChainableUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=lambda name: name is not None and name.endswith(".html.j2"),
)


def _cell(text: object) -> str:
    """Text for a cell of a Markdown table: one line, its bars and markup harmless."""
    return str(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _list(value: object) -> list[object]:
    """What a broken subject's transcript holds may be of any shape."""
    return value if isinstance(value, list) else []


def _inline(name: str) -> Markup:
    """A style or a script as it stands in its file, for a page that is one file."""
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))


_ENVIRONMENT.globals["inline"] = _inline
_ENVIRONMENT.filters["number"] = "{:,}".format
_ENVIRONMENT.filters["cell"] = _cell
_ENVIRONMENT.filters["as_list"] = _list
_ENVIRONMENT.filters["shown"] = shown
_ENVIRONMENT.filters["told"] = told


def page(template: str, **values: Any) -> str:
    return _ENVIRONMENT.get_template(template).render(**values)
