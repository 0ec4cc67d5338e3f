"""The drawing of a process: whole, legible, told in words too, and patient with drafts in pieces."""

from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import pytest
from django.conf import settings

from procedures import catalogue
from procedures.drawing import Heat, describe, draw, heat_level
from procedures.laying import in_order, lay_out
from procedures.measuring import width_of, wrap
from procedures.spec import Item, Move, Spec, Step

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def specs() -> dict[str, Spec]:
    return {entry.spec.code: entry.spec for entry in catalogue.read(settings.CATALOGUE_DIR).entries}


@pytest.fixture(scope="module")
def linked(specs) -> Spec:
    """Birth, residence and health insurance: a linked one."""
    return specs["2.000986"]


def parsed(spec: Spec, **options):
    return ElementTree.fromstring(draw(spec, **options))


def texts(svg) -> list[str]:
    return [element.text for element in svg.iter(f"{SVG}text")]


def test_no_words_lie_on_others_in_any_of_the_150(specs):
    assert len(specs) == 150
    for code, spec in specs.items():
        for strips in (False, True):
            picture = lay_out(spec, strips=strips)
            boxes = picture.boxes()
            assert not [pair for pair in combinations(boxes, 2) if pair[0].meets(pair[1])], code
            assert all(b.x >= 0 and b.right <= picture.width and b.bottom <= picture.height for b in boxes), code


def test_lines_of_one_side_never_run_in_the_same_lane_at_the_same_height(specs):
    for code, spec in specs.items():
        runs = [line.points[1:3] for line in lay_out(spec).lines if len(line.points) == 4]
        for (a, b), (c, d) in combinations(runs, 2):
            apart = max(a[1], b[1]) < min(c[1], d[1]) or max(c[1], d[1]) < min(a[1], b[1])
            assert a[0] != c[0] or apart, code


def test_every_step_move_and_item_is_on_the_drawing(linked):
    picture = lay_out(linked)
    assert [node.step for node in picture.nodes[1:]] == in_order(linked)
    assert {id(line.move) for line in picture.lines} == {id(move) for move in linked.moves}
    assert [place.item.name for node in picture.nodes for place in node.items] == [
        "Đăng ký thường trú cho trẻ", "Cấp thẻ bảo hiểm y tế",
    ]  # fmt: skip
    assert "Đủ việc bắt buộc mới đi tiếp" in texts(parsed(linked))


def test_the_drawing_has_a_name_a_description_and_no_style_of_its_own(linked):
    svg = parsed(linked)
    named = {element.get("id"): element.text for element in svg if element.tag in (f"{SVG}title", f"{SVG}desc")}
    assert svg.get("role") == "img"
    assert list(named) == svg.get("aria-labelledby").split()
    assert linked.short_name in next(iter(named.values()))
    assert not [e for e in svg.iter() if e.get("style")]  # the Content-Security-Policy forbids it


def test_a_refusal_says_so_in_words_and_a_way_back_runs_on_the_left(linked):
    picture = lay_out(linked)
    sides = {line.move.key: line.side for line in picture.lines}
    assert sides["send_back"] == "left" and sides["reject"] == "right" and sides["sign"] == "spine"
    refusal = next(line for line in picture.lines if line.move.key == "reject")
    assert refusal.label.more == ["từ chối · cần nêu lý do"]


def test_live_figures_are_written_out_not_only_coloured(linked):
    heat = {"appraise": Heat(12, 70, 2), "sign": (4, 300, 3)}
    said = texts(parsed(linked, heat=heat))
    assert "12 hồ sơ · thường chờ 3 ngày · 2 quá hạn" in said
    assert "4 hồ sơ · thường chờ 12 ngày · 3 quá hạn" in said
    assert said.count("Không có hồ sơ chờ") == 3 + 2  # the other steps, and the two linked results
    assert not [line for line in texts(parsed(linked)) if "hồ sơ chờ" in line]


@pytest.mark.parametrize(
    ("heat", "level"), [(Heat(0), 0), (Heat(3, 5, 0), 1), (Heat(5, 5, 1), 2), (Heat(4, 5, 2), 3), (Heat(2, 5, 2), 3)]
)
def test_the_colour_follows_the_share_that_is_late(heat, level):
    assert heat_level(heat) == level


def test_the_list_in_words_names_every_step_move_and_item(linked):
    said = "\n".join(describe(linked))
    for step in linked.steps:
        assert step.name in said
        assert all(item.name in said for item in step.items)
    assert all(f"“{move.label}”" in said for move in linked.moves)
    assert "khi mọi ý kiến và việc liên thông cần có đã xong" in said


def test_names_of_the_draft_cannot_put_markup_on_the_page(linked):
    step = replace(linked.steps[0], name='<script>alert("x")</script> & more')
    svg = draw(replace(linked, short_name="<b>", steps=(step, *linked.steps[1:])))
    assert "<script" not in svg and "<b>" not in svg
    ElementTree.fromstring(svg)


# --- drafts in pieces ---------------------------------------------------------------------------------------------
def test_a_draft_without_steps_says_so(linked):
    empty = replace(linked, steps=(), moves=())
    assert "⚠ Quy trình chưa có bước nào" in texts(parsed(empty))
    assert describe(empty) == ["Quy trình chưa có bước nào."]


def test_a_move_to_a_step_that_is_gone_is_marked_at_the_step_it_leaves(linked):
    stray = Move("lost", "Chuyển đi đâu đó", "appraise", "nowhere", role="OFFICER")
    broken = replace(linked, moves=(*linked.moves, stray))
    line = next(line for line in lay_out(broken).lines if line.move.key == "lost")
    assert line.side == "stub"
    assert line.label.more == ["⚠ bước “nowhere” không có"]
    assert "bước “nowhere” không có" in "\n".join(describe(broken))


def test_a_move_from_a_step_that_is_gone_is_named_below(linked):
    stray = Move("ghost", "Đi từ hư không", "nowhere", "sign", role="OFFICER")
    said = " ".join(texts(parsed(replace(linked, moves=(*linked.moves, stray)))))
    assert "Chuyển bước “Đi từ hư không” đi từ bước “nowhere” không có" in said


def test_steps_without_a_way_in_or_out_are_marked(linked):
    lonely = Step("lonely", "Bước bỏ quên", "OFFICER")
    said = texts(parsed(replace(linked, steps=(*linked.steps, lonely))))
    assert "⚠ Chưa có đường tới bước này" in said
    assert "⚠ Chưa có đường đi tiếp" in said


@pytest.mark.parametrize(
    "changes",
    [
        {"condition": {"nonsense": [1]}},
        {"condition": "text"},
        {"target": ""},
        {"source": "sign", "target": "sign"},
        {"label": "Một nhãn rất dài " * 20},
        {"role": "NOBODY", "effects": ("unknown",)},
    ],
)
def test_nothing_an_admin_can_type_into_a_move_stops_the_drawing(linked, changes):
    move = replace(linked.moves[2], key="odd", **changes)
    broken = replace(linked, moves=(*linked.moves, move))
    ElementTree.fromstring(draw(broken, heat={}))
    assert describe(broken)
    boxes = lay_out(broken).boxes()
    assert not [pair for pair in combinations(boxes, 2) if pair[0].meets(pair[1])]


def test_odd_steps_and_items_do_not_stop_it_either(linked):
    item = Item("x", "other", "", "", 0, unit="", after="none")
    step = Step("appraise", "A" * 120, "", produces="what", amount=3, unit="?", items=(item, item))
    ElementTree.fromstring(draw(replace(linked, steps=(step, step))))


# --- lines of text ------------------------------------------------------------------------------------------------
def test_long_words_and_long_texts_are_shortened_to_their_room():
    for text in ("Ủy ban nhân dân " * 30, "W" * 200, "một hai"):
        lines = wrap(text, 150, 12, 2)
        assert 1 <= len(lines) <= 2
        assert all(width_of(line, 12) <= 150 for line in lines)
    assert wrap("Ủy ban nhân dân " * 30, 150, 12, 2)[-1].endswith("…")
    assert wrap("", 150, 12, 2) == []


@pytest.mark.browser
def test_words_as_a_browser_draws_them_stay_in_their_boxes(page_factory, specs, live_server):
    """Widths are estimated on the server: the real font must agree, for the largest of each family."""
    families = {}
    for spec in specs.values():
        if lay_out(spec).height > lay_out(families.get(spec.family, spec)).height or spec.family not in families:
            families[spec.family] = spec
    page = page_factory()
    page.goto("/thu-tuc/")
    for spec in families.values():
        page.evaluate("svg => { document.body.innerHTML = svg }", draw(spec, heat={}))
        page.evaluate("document.fonts.ready")
        assert page.evaluate(_SPILLED) == [], spec.code


_SPILLED = """() => [...document.querySelectorAll('.process-node')].flatMap(node => {
    const box = node.querySelector('rect').getBBox()
    return [...node.querySelectorAll('text')].filter(text => {
        const at = text.getBBox()
        return at.x + at.width > box.x + box.width || at.y + at.height > box.y + box.height + 1
    }).map(text => text.textContent)
})"""
