"""Pages from templates/: one Jinja2 environment for all of them. Pages hold no times and no paths of this machine but those
that the run was given, so that the same results give the same bytes. A field that a transcript lacks is shown as nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, Environment, FileSystemLoader

from reports.folder import shown

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=ChainableUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,
)


def _cell(text: object) -> str:
    """Text for a cell of a Markdown table: one line, its bars and markup harmless."""
    return str(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _list(value: object) -> list[object]:
    """What a broken subject's transcript holds may be of any shape."""
    return value if isinstance(value, list) else []


_ENVIRONMENT.filters["cell"] = _cell
_ENVIRONMENT.filters["as_list"] = _list
_ENVIRONMENT.filters["shown"] = shown


def page(template: str, **values: Any) -> str:
    return _ENVIRONMENT.get_template(template).render(**values)
