"""Templates to pages: the environment of jinja2 with the filters that templates use, and Markdown by markdown-it-py."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

from flows.site.shown import day

MENU = (
    ("Sections", "sections.html"),
    ("Localities", "localities.html"),
    ("Changes", "changes.html"),
    ("Evidence", "evidence.html"),
)
# Names that a view may leave out.
_EMPTY: dict[str, Any] = {"structured": "", "is_hidden": False, "menu": MENU}


@cache
def _markdown() -> MarkdownIt:
    """CommonMark with tables, without HTML: words are text that people wrote, not markup of the page."""
    found = MarkdownIt("commonmark", {"html": False}).enable("table")
    for cell in ("th_open", "td_open"):
        found.add_render_rule(cell, _cell)
    found.add_render_rule("table_open", _table)
    found.add_render_rule("table_close", lambda *_: "</table></div>\n")
    found.add_render_rule("fence", _fence)
    return found


def _table(*_: Any) -> str:
    """A table that may be wider than a phone can be moved by touch and by keyboard."""
    return '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>\n'


def _fence(_: RendererHTML, tokens: Sequence[Token], number: int, *__: Any) -> str:
    """So can lines of a terminal."""
    return f'<pre tabindex="0"><code>{escape(tokens[number].content)}</code></pre>\n'


def _cell(renderer: RendererHTML, tokens: Sequence[Token], number: int, options: Any, env: Any) -> str:
    """A cell of a table: alignment by class, since the pages allow no style of their own."""
    token = tokens[number]
    if token.attrs.pop("style", None) == "text-align:right":
        token.attrs["class"] = "n"
    return renderer.renderToken(tokens, number, options, env)


def markdown(text: str) -> Markup:
    """Markdown as HTML."""
    return Markup(_markdown().render(text))


def markdown_line(text: str) -> Markup:
    """One line of Markdown as HTML, without a paragraph around it."""
    return Markup(_markdown().renderInline(text))


class _Environment(Environment):
    """What templates name with a dot is nearly always the key of a mapping, which jinja2 asks for last."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return obj[attribute] if type(obj) is dict and attribute in obj else super().getattr(obj, attribute)


@cache
def environment() -> Environment:
    """The templates of this package. A name that a view lacks is an error, so that no part of a page is lost unseen."""
    found = _Environment(
        loader=PackageLoader("flows.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.filters.update(day=day, markdown=markdown, markdown_line=markdown_line)
    return found


def render(template: str, site: Any, view: dict[str, Any]) -> bytes:
    """A page as it is written."""
    return environment().get_template(template).render({**_EMPTY, "site": site, **view}).encode()
