"""A process as an accessible SVG: the way forward from top to bottom, ways back on the left, other ways on the right.

Colours are classes of static/css/process.css, so that dark screens and paper have their own; the attributes in the
drawing are what a program without the stylesheet shows. Where everything stands: procedures.laying.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from procedures import process_words as words
from procedures.laying import (
    FORK,
    PAD,
    SMALL,
    SMALL_LINE,
    TEXT,
    TEXT_LINE,
    TITLE,
    TITLE_LINE,
    Box,
    ItemPlace,
    Label,
    Line,
    Node,
    Picture,
    lay_out,
)
from procedures.measuring import width_of, wrap
from procedures.process_words import describe
from procedures.spec import Spec

__all__ = ["Heat", "describe", "draw", "heat_level", "heat_words", "hours_words"]


class Heat(NamedTuple):
    """How work stands at a step: dossiers waiting there, the median hours they have waited, how many are late."""

    count: int
    hours: float = 0
    late: int = 0


def draw(spec: Spec, *, heat: Mapping[str, Heat | tuple] | None = None) -> SafeString:
    """The process of `spec`. With `heat` every step says how many dossiers wait in it and how long ("sign" → Heat),
    and so does the work that it asks of others ("consult.land" → Heat).

    Draws what is there of a draft in pieces, marks what is wrong, and never raises. Its text alternative for people
    who do not see it is `describe(spec)`; put both on the page.
    """
    picture = lay_out(spec, strips=heat is not None)
    live = None if heat is None else {key: Heat(*value) for key, value in heat.items()}
    parts = [_line(line) for line in picture.lines]
    for node in picture.nodes:
        parts += [_node(node, live), *_items(node, live)]
    parts += [_label(line.label, _class_of(line)) for line in picture.lines]
    parts += _problems(picture)
    return mark_safe(_frame(spec, picture, "".join(parts)))  # every text in it went through escape


def _frame(spec: Spec, picture: Picture, inside: str) -> str:
    name = "process-" + sha256(f"{spec.code} {spec.version_id} {len(inside)}".encode()).hexdigest()[:8]
    steps = ngettext("%(n)d bước", "%(n)d bước", len(spec.steps)) % {"n": len(spec.steps)}
    title = _("Sơ đồ quy trình: %(name)s") % {"name": spec.short_name or spec.code}
    problems = list(words.problems_in(spec))
    about = [_("%(steps)s. Danh sách bước và chuyển bước bằng lời ở ngay bên cạnh sơ đồ.") % {"steps": steps}]
    about += [_("Cần xem lại: %(problems)s.") % {"problems": "; ".join(problems)}] if problems else []
    width, height = round(picture.width), round(picture.height)
    return (
        f'<svg class="process" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-labelledby="{name}-title {name}-desc" '
        f"font-family=\"'Be Vietnam Pro', system-ui, sans-serif\">"
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(" ".join(about))}</desc>'
        f"{inside}</svg>"
    )


# --- boxes --------------------------------------------------------------------------------------------------------
def _node(node: Node, live: Mapping[str, Heat] | None) -> str:
    box, step = node.box, node.step
    kind = "start" if step is None else "end" if step.end else "step"
    classes = f"process-{kind}" + (" process-wrong" if node.problems else "")
    radius = 10 if kind == "step" else 22
    parts = [_rect(box, classes, radius)]
    if kind == "end":  # a second frame, as ends are drawn everywhere
        parts.append(_rect(Box(box.x + 4, box.y + 4, box.width - 8, box.height - 8), "process-end-inner", radius - 4))
    y = box.y + PAD + TITLE - 1
    for line in node.title:
        parts.append(_text(line, box.x + PAD, y, "process-title", TITLE, bold=True))
        y += TITLE_LINE
    for line in node.lines:
        parts.append(_text(line, box.x + PAD, y, "process-text", TEXT))
        y += TEXT_LINE
    for line in node.problems:
        parts.append(_text(line, box.x + PAD, y, "process-problem", TEXT, bold=True))
        y += TEXT_LINE
    if node.strip and live is not None:
        parts.append(_strip(box, live.get(step.key, Heat(0)), inset=14 if step.end else 6))
    return f'<g class="process-node">{"".join(parts)}</g>'


def _strip(box: Box, heat: Heat, *, size: int = TEXT, inset: int = 6) -> str:
    """The live figures along the lower edge, in words; the colour only says them again."""
    height = size + 12
    strip = Box(box.x + inset, box.bottom - height - max(4, inset - 6), box.width - 2 * inset, height)
    said = heat_words(heat)
    if width_of(said, size, bold=True) > strip.width - 12:
        said = heat_words(heat, short=True)
    line = wrap(said, strip.width - 12, size, 1, bold=True)[0]
    level = f"process-heat-{heat_level(heat)}"
    return _rect(strip, f"process-heat {level}", 6) + _text(
        line, strip.x + 8, strip.bottom - 8, f"{level}-text", size, bold=True
    )


def heat_level(heat: Heat) -> int:
    """0 nobody waits, 1 all in time, 2 some late, 3 half of them late or more."""
    if not heat.count:
        return 0
    return 1 if not heat.late else 2 if heat.late * 2 < heat.count else 3


def heat_words(heat: Heat, *, short: bool = False) -> str:
    """ "12 hồ sơ · thường chờ 3 ngày · 2 quá hạn", in short "12 hồ sơ · 3 ngày · 2 quá hạn"."""
    if not heat.count:
        return _("Không có hồ sơ chờ")
    count = ngettext("%(n)d hồ sơ", "%(n)d hồ sơ", heat.count) % {"n": heat.count}
    late = _("%(n)d quá hạn") % {"n": heat.late} if heat.late else _("đúng hạn")
    time = hours_words(heat.hours)
    waiting = time if short else _("thường chờ %(time)s") % {"time": time}
    return f"{count} · {waiting} · {late}"


def hours_words(hours: float) -> str:
    """A length of waiting in the unit that people think in."""
    if hours < 1:
        return _("dưới 1 giờ")
    if hours < 24:
        return ngettext("%(n)d giờ", "%(n)d giờ", round(hours)) % {"n": round(hours)}
    days = round(hours / 24)
    return ngettext("%(n)d ngày", "%(n)d ngày", days) % {"n": days}


def _items(node: Node, live: Mapping[str, Heat] | None) -> list[str]:
    """The work asked of others beside its step, with the fork to it and the join from it."""
    if not node.items:
        return []
    edge, parts = node.box.right, []
    fork, bar = edge + FORK / 2, node.items[0].box.right + 8
    first, asked = node.items[0].box, [place.box for place, above in _chained(node) if above is None]
    parts.append(_path([(edge, first.middle), (fork, first.middle), (fork, asked[-1].middle)], "process-fork"))
    back = [(bar, first.middle), (bar, node.join_y), (edge, node.join_y)]
    parts += [_path(back, "process-join"), _arrow((bar, node.join_y), (edge, node.join_y), "process-join-tip")]
    for place, above in _chained(node):
        parts += [
            _item(place, fork, above),
            _item_strip(node, place, live),
            _path([(place.box.right, place.box.middle), (bar, place.box.middle)], "process-join"),
        ]
    return [f'<g class="process-items">{"".join(parts)}</g>', _label(node.join, "process-join-label")]


def _chained(node: Node) -> list[tuple[ItemPlace, Box | None]]:
    """Each item with the box right above it, where it waits for just that one."""
    pairs = zip(node.items, [None, *node.items], strict=False)
    return [(one, prev.box if prev and one.item.after == prev.item.key else None) for one, prev in pairs]


def _item(place: ItemPlace, fork: float, above: Box | None) -> str:
    box, y = place.box, place.box.y + PAD + TEXT - 4
    way = (
        [(fork, box.middle), (box.x, box.middle)]
        if above is None
        else [(box.center, above.bottom), (box.center, box.y)]
    )
    parts = [_path(way, "process-fork"), _arrow(*way, "process-fork-tip")]
    parts.append(_rect(box, "process-item" if place.item.required else "process-item process-optional", 6))
    for line in place.name:
        parts.append(_text(line, box.x + PAD, y, "process-text", TEXT, bold=True))
        y += TEXT_LINE
    for line in place.more:
        parts.append(_text(line, box.x + PAD, y - 1, "process-more", SMALL))
        y += SMALL_LINE
    return "".join(parts)


def _item_strip(node: Node, place: ItemPlace, live: Mapping[str, Heat] | None) -> str:
    if live is None:
        return ""
    return _strip(place.box, live.get(f"{node.step.key}.{place.item.key}", Heat(0)), size=SMALL)


def _problems(picture: Picture) -> list[str]:
    y = picture.height - len(picture.problems) * TEXT_LINE
    return [
        _text(line, PAD, y + at * TEXT_LINE, "process-problem", TEXT, bold=True)
        for at, line in enumerate(picture.problems)
    ]


# --- lines --------------------------------------------------------------------------------------------------------
def _class_of(line: Line) -> str:
    if line.side == "stub":
        return "process-broken"
    return "process-refusal" if words.is_refusal(line.move) else f"process-{line.side}"


def _line(line: Line) -> str:
    name = _class_of(line)
    tip = _arrow(line.points[-2], line.points[-1], f"{name}-tip")
    return f'<g class="process-move"><title>{escape(line.move.label)}</title>{_path(line.points, name)}{tip}</g>'


def _label(label: Label, name: str) -> str:
    parts, y = [], label.y + TEXT
    for line in label.name:
        parts.append(_text(line, label.x, y, f"process-label {name}-label", TEXT))
        y += TEXT_LINE
    for line in label.more:
        parts.append(_text(line, label.x, y - 2, f"process-more {name}-label", SMALL))
        y += SMALL_LINE
    return "".join(parts)


# --- the pieces of SVG --------------------------------------------------------------------------------------------
_PLAIN_FILL, _INK, _QUIET = "#ffffff", "#17212e", "#5b6776"


def _rect(box: Box, name: str, radius: float) -> str:
    return (
        f'<rect class="{name}" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" '
        f'rx="{radius:g}" fill="{_PLAIN_FILL}" stroke="{_QUIET}"/>'
    )


def _text(line: str, x: float, y: float, name: str, size: int, *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text class="{name}" x="{x:g}" y="{y:g}" font-size="{size}"{weight} fill="{_INK}">{escape(line)}</text>'


def _path(points: list[tuple[float, float]], name: str) -> str:
    way = " ".join(f"{'L' if at else 'M'}{x:g} {y:g}" for at, (x, y) in enumerate(points))
    return f'<path class="{name}" d="{way}" fill="none" stroke="{_QUIET}" stroke-linejoin="round"/>'


def _arrow(before: tuple[float, float], tip: tuple[float, float], name: str) -> str:
    """A head at `tip` for a line that comes straight from `before`."""
    (x, y), across = tip, tip[0] != before[0]
    back = -8 if (tip[0] > before[0] if across else tip[1] > before[1]) else 8
    corners = [(x + back, y - 4), (x + back, y + 4)] if across else [(x - 4, y + back), (x + 4, y + back)]
    shape = " ".join(f"{a:g},{b:g}" for a, b in [tip, *corners])
    return f'<polygon class="{name}" points="{shape}" fill="{_QUIET}"/>'
