"""Where everything of a process stands on its drawing: boxes, labels and lines, worked out without a graph library.

The way forward is a spine from top to bottom. What goes back leaves a step on its left, what skips ahead or refuses on
its right; every such line has a slot of its own on the box it leaves and on the box it enters, its label stands in the
slot, and it runs in a lane that no other line uses at that height. So nothing lies on anything, whatever the process.
"""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from procedures import process_words as words
from procedures.measuring import width_of, wrap
from procedures.spec import Item, Move, Spec, Step

BOX, ITEM, LABEL = 300, 216, 186  # widths
FORK, LANE, EDGE, PAD = 26, 14, 10, 12
TITLE, TEXT, SMALL = 14, 12, 11  # sizes of letters
TITLE_LINE, TEXT_LINE, SMALL_LINE = 19, 16, 14  # heights of lines
STRIP, ITEM_STRIP = 26, 22  # the strip of live figures, on a step and on work asked of others


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    @property
    def center(self) -> float:
        return self.x + self.width / 2

    def meets(self, other: "Box") -> bool:
        return (
            self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom
        )  # fmt: skip


@dataclass
class Label:
    """A move's words: its name, then smaller what is special about it. `x` is where each line begins."""

    name: list[str]
    more: list[str]
    x: float = 0
    y: float = 0

    @property
    def height(self) -> float:
        return len(self.name) * TEXT_LINE + len(self.more) * SMALL_LINE

    @property
    def box(self) -> Box:
        widths = [width_of(line, TEXT) for line in self.name] + [width_of(line, SMALL) for line in self.more]
        return Box(self.x, self.y, max(widths, default=0), self.height)


@dataclass
class ItemPlace:
    item: Item
    name: list[str]
    more: list[str]
    box: Box

    @property
    def height(self) -> float:
        return self.box.height


@dataclass
class Node:
    """The beginning (without a step) or a step, with its lines of text and its slots on both sides."""

    step: Step | None
    title: list[str]
    lines: list[str]
    problems: list[str] = field(default_factory=list)
    strip: bool = False
    items: list[ItemPlace] = field(default_factory=list)
    join: Label | None = None
    join_y: float = 0
    box: Box = Box(0, 0, 0, 0)

    @property
    def content(self) -> float:
        text = len(self.title) * TITLE_LINE + (len(self.lines) + len(self.problems)) * TEXT_LINE
        return PAD + text + PAD + (STRIP + (6 if self.step and self.step.end else 0) if self.strip else 0)


@dataclass
class Line:
    """One move as it is drawn. `side` is spine, left, right, or stub for a move to a step that is not there."""

    move: Move
    source: int
    target: int | None
    side: str
    label: Label
    out_y: float = 0
    in_y: float = 0
    lane: int = 0
    points: list[tuple[float, float]] = field(default_factory=list)


@dataclass
class Picture:
    nodes: list[Node]
    lines: list[Line]
    problems: list[str]
    width: float
    height: float

    def boxes(self) -> list[Box]:
        """Everything that carries text; no two of them meet."""
        boxes = [node.box for node in self.nodes] + [line.label.box for line in self.lines]
        boxes += [place.box for node in self.nodes for place in node.items]
        return boxes + [node.join.box for node in self.nodes if node.join]


def lay_out(spec: Spec, *, strips: bool = False) -> Picture:
    """Place the whole process; `strips` leaves room for live figures. Never raises on a draft in pieces."""
    nodes = _nodes(spec, strips)
    lines = _lines(spec, nodes)
    column = _Column(nodes, lines)
    column.place()
    problems = [
        wrapped for one in words.process_problems(spec) for wrapped in wrap("⚠ " + one, BOX + 150, TEXT, 3, bold=True)
    ]
    height = column.bottom + (len(problems) * TEXT_LINE + PAD if problems else 0) + EDGE
    return Picture(nodes, lines, problems, max(column.width, BOX + 170 + 2 * EDGE), height)


# --- what there is to place ---------------------------------------------------------------------------------------
def in_order(spec: Spec) -> list[Step]:
    """The steps down the spine: along the primary moves, the others after the step they follow, ends last."""
    steps = list(spec.steps_by_key.values())
    way = list(spec.way_forward())
    for at, step in enumerate(steps):
        if step not in way:
            way.insert(way.index(steps[at - 1]) + 1 if at else 0, step)
    return [s for s in way if not s.end] + [s for s in way if s.end]


def _nodes(spec: Spec, strips: bool) -> list[Node]:
    start = Node(None, wrap(_("Hồ sơ được tiếp nhận"), BOX - 2 * PAD, TITLE, 2, bold=True), [])
    reached = words.reached_steps(spec)
    inside = BOX - 2 * PAD
    nodes = [start]
    for number, step in enumerate(in_order(spec), 1):
        node = Node(step, wrap(f"{number}. {step.name}", inside, TITLE, 3, bold=True), [])
        node.lines = [line for said in words.step_words(step) for line in wrap(said, inside, TEXT, 2)]
        node.problems = [
            line
            for said in words.step_problems(step, spec, reached)
            for line in wrap("⚠ " + said, inside, TEXT, 2, bold=True)
        ]
        node.strip = strips
        node.items = [_item(item, spec, step, strips) for item in step.items]
        if node.items:
            waits = words.waits_for_items(spec.moves_from(step.key))
            said = _("Đủ việc bắt buộc mới đi tiếp") if waits else _("Không chờ đủ kết quả")
            node.join = Label(wrap(said, ITEM - 10, TEXT, 2), [])
        nodes.append(node)
    return nodes


def _item(item: Item, spec: Spec, step: Step, strip: bool) -> ItemPlace:
    name = wrap(f"{words.item_kind_words(item)}: {item.name}", ITEM - 2 * PAD, TEXT, 3, bold=True)
    more = [line for said in words.item_words(item, spec, step) for line in wrap(said, ITEM - 2 * PAD, SMALL, 2)]
    height = len(name) * TEXT_LINE + len(more) * SMALL_LINE + 2 * PAD - 4 + (ITEM_STRIP if strip else 0)
    return ItemPlace(item, name, more, Box(0, 0, ITEM, height))


def _lines(spec: Spec, nodes: list[Node]) -> list[Line]:
    """Every move that leaves something drawn; the first way forward to the next box down is the spine."""
    at = {node.step.key if node.step else "": index for index, node in enumerate(nodes)}
    lines, spines = [], set()
    for move in sorted(spec.moves, key=lambda m: not (m.primary or not m.source)):
        source, target = at.get(move.source), at.get(move.target) if move.target else None
        if source is None:
            continue
        side = "stub" if target is None else "left" if target <= source else "right"
        if target == source + 1 and (move.primary or not move.source) and source not in spines:
            side = "spine"
            spines.add(source)
        lines.append(Line(move, source, target, side, _label(move, spec, side)))
    return lines


def _label(move: Move, spec: Spec, side: str) -> Label:
    width = LABEL - 14 if side != "spine" else LABEL + BOX / 2 - 40
    said = words.move_words(move, spec)
    if side == "stub":
        said = "⚠ " + _("bước “%(key)s” không có") % {"key": move.target}
    return Label(wrap(move.label, width, TEXT, 3), wrap(said, width, SMALL, 3))


# --- placing ------------------------------------------------------------------------------------------------------
class _Column:
    """The boxes one below the other, then the lanes at both sides, then the lines."""

    def __init__(self, nodes: list[Node], lines: list[Line]):
        self.nodes, self.lines = nodes, lines
        self.left = [line for line in lines if line.side == "left"]
        self.right = [line for line in lines if line.side in ("right", "stub")]
        self.bottom = self.width = 0.0

    def place(self) -> None:
        lefts, rights = _lanes(self._spans(self.left)), _lanes(self._spans(self.right))
        beside = EDGE + (LABEL + LANE * (lefts + 1) if self.left else 0)
        y = float(EDGE)
        for index, node in enumerate(self.nodes):
            y = self._node(index, node, beside, y) + self._gap(index)
        self.bottom = self.nodes[-1].box.bottom
        column = max(LABEL if self.right else 0, FORK + ITEM + 14 if any(n.items for n in self.nodes) else 0)
        self.inner = beside + BOX + column
        self.width = self.inner + (LANE * (rights + 1) if self.right else 0) + EDGE
        for line in self.lines:
            line.points = self._points(line, beside)
        furthest = max((line.label.box.right for line in self.lines), default=0)
        self.width = max(self.width, furthest + EDGE)

    def _spans(self, lines: list[Line]) -> list[tuple[int, int, Line]]:
        return [(min(x.source, x.target), max(x.source, x.target), x) for x in lines if x.target is not None]

    def _gap(self, index: int) -> float:
        spine = next((x for x in self.lines if x.side == "spine" and x.source == index), None)
        return spine.label.height + 26 if spine else 30

    def _node(self, index: int, node: Node, x: float, top: float) -> float:
        """Give the node its box, its items and its slots; return where it ends."""
        left, right = top + 8, top + 8
        for line in [one for one in self.left if one.source == index]:
            left = self._slot(line, x - LABEL + 8, left)
        for line in [one for one in self.left if one.target == index]:
            line.in_y, left = left + 10, left + 18
        for line in [one for one in self.right if one.target == index]:
            line.in_y, right = right + 10, right + 18
        if node.items:
            right = self._items(node, x + BOX, right)
        for line in [one for one in self.right if one.source == index]:
            right = self._slot(line, x + BOX + 10, right)
        height = max(node.content, left - top + 6, right - top + 6)
        node.box = Box(x, top, BOX, height)
        for line in self.lines:
            if line.side == "spine" and line.source == index:
                line.label.x, line.label.y = x + BOX / 2 + 12, node.box.bottom + 9
        return node.box.bottom

    def _slot(self, line: Line, x: float, y: float) -> float:
        line.label.x, line.label.y = x, y
        line.out_y = y + line.label.height + 4
        return line.out_y + 8

    def _items(self, node: Node, edge: float, y: float) -> float:
        for place in node.items:
            place.box = Box(edge + FORK, y, ITEM, place.height)
            y += place.height + 14
        node.join.x, node.join.y = edge + FORK, y - 4
        node.join_y = node.join.y + node.join.height + 5
        return node.join_y + 12

    def _points(self, line: Line, x: float) -> list[tuple[float, float]]:
        source = self.nodes[line.source].box
        if line.side == "spine":
            return [(source.center, source.bottom), (source.center, self.nodes[line.target].box.y)]
        if line.side == "stub":
            return [(source.right, line.out_y), (source.right + LABEL - 10, line.out_y)]
        edge, way = (x, -1) if line.side == "left" else (x + BOX, 1)
        lane = x - LABEL - LANE * (line.lane + 1) if way < 0 else self.inner + LANE * (line.lane + 1)
        return [(edge, line.out_y), (lane, line.out_y), (lane, line.in_y), (edge, line.in_y)]


def _lanes(spans: list[tuple[int, int, Line]]) -> int:
    """Give each line the innermost lane that is free along its whole way, short ways first; how many were needed."""
    taken: list[list[tuple[int, int]]] = []
    for low, high, line in sorted(spans, key=lambda span: (span[1] - span[0], span[0])):
        lane = next((i for i, used in enumerate(taken) if all(high < a or b < low for a, b in used)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((low, high))
        line.lane = lane
    return len(taken)
