"""The pages on which a procedure is designed, filed and handled, as a person's hand uses them: tests of the whole way
say what is done, this says where it is pressed."""

from collections.abc import Iterable, Mapping
from typing import Any

from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from dossiers.models import Dossier
from tests import world

PDF = "application/pdf"
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}


def press(page: Page, name: str) -> None:
    """A button or a link that looks like one, by its words."""
    page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True)).first.click()
    page.wait_for_load_state()


def no_findings(page: Page) -> None:
    """Nobody is shut out of the page, and nobody scrolls it sideways."""
    found = Axe().run(page, options=AXE)["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"wider than the screen: {page.url}"


class Editor:
    """The page of a draft: tabs, lists of rows, save."""

    def __init__(self, page: Page):
        self.page = page

    def tab(self, name: str) -> None:
        self.page.locator("[data-tab]", has_text=name).first.click()

    def write(self, **cells: Any) -> None:
        """The inputs of the head that stand in the open tab."""
        _fill(self.page.locator("[data-panel]:not([hidden])"), "", cells)

    def add(self, part: str, **cells: Any) -> Locator:
        """A new row at the end of a list: `fields`, `documents`, `steps` …"""
        rows = self.page.locator(f"#danh-sach-{part}")
        rows.locator("[data-add]").click()
        return self._write_row(rows.locator("> .row:not([hidden])").last, cells)

    def change(self, part: str, row: str, **cells: Any) -> Locator:
        """The row that bears this name."""
        return self._write_row(self.row(part, row), cells)

    def row(self, part: str, name: str) -> Locator:
        rows = self.page.locator(f"#danh-sach-{part} > .row")
        for n in range(rows.count()):
            shown = rows.nth(n).locator("[name$='-label'], [name$='-name'], [name$='-title']").first
            if shown.input_value() == name:
                return rows.nth(n)
        raise AssertionError(f"no row {name!r} among {part}")

    def remove(self, part: str, name: str) -> None:
        self.row(part, name).locator("[name$='-DELETE']").check(force=True)

    def save(self) -> None:
        self.page.click("[name=_save]")
        self.page.wait_for_load_state()
        wrong = self.page.locator(".errornote, .errorlist").all_inner_texts()
        assert not wrong, wrong
        self.page.get_by_text("Đã lưu bản nháp.").wait_for()

    def problems(self) -> list[str]:
        return [text.strip() for text in self.page.locator(".editor-problems li").all_text_contents()]

    def translate(self, words: Mapping[str, str]) -> None:
        """English for the texts that have none, on the tab of texts."""
        for row in self.page.locator("#loi-van tr.is-missing").all():
            said = row.locator("[name=text_vi]").input_value()
            if said in words:
                row.locator("[name=text_en]").fill(words[said])

    def _write_row(self, row: Locator, cells: Mapping[str, Any]) -> Locator:
        more = row.locator("details.row-more")
        if not more.evaluate("details => details.open"):
            row.locator("summary").first.click()
        _fill(row, "-", cells)
        return row


def _fill(within: Locator, sign: str, cells: Mapping[str, Any]) -> None:
    for name, value in cells.items():
        box = within.locator(f"[name$='{sign}{name}']" if sign else f"[name='{name}']")
        if isinstance(value, bool):
            box.set_checked(value)
        elif isinstance(value, list):  # ticks, by their words
            for one in value:
                within.locator(f".cell-{name} label", has_text=one).locator("input").check()
        elif box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(label=value)
        else:
            box.fill(value)
            box.press("Tab")  # the key is made from the name when the box is left


class Phone:
    """A citizen's telephone: begin, answer part by part, attach, file."""

    def __init__(self, page: Page):
        self.page = page

    def begin(self, code: str) -> Dossier:
        """Found by its code, begun; a second time one says that it is another one."""
        self.page.goto(f"/thu-tuc/?q={code}")
        self.page.click(f"a[href='/thu-tuc/{code}/']")
        self.page.locator(f"form[action*='bat-dau/{code}'] button").first.click()
        self.page.wait_for_url("**/ho-so/nhap/*/")
        return Dossier.objects.get(pk=int(self.page.url.rstrip("/").rsplit("/", 1)[1]))

    def open(self, draft: Dossier, section: str) -> None:
        self.page.goto(f"/ho-so/nhap/{draft.pk}/{section}/")

    def answer(self, typed: Mapping[str, Any]) -> None:
        """Inputs of the open part by their names; a row is asked for where the next one is missing."""
        for name, value in typed.items():
            boxes = self.page.locator(f"[name='{name}']")
            if not boxes.count():
                self.page.click(f"#add-{name.split('-')[0]}")
                boxes.first.wait_for(state="attached")
            kind = boxes.first.evaluate("box => box.tagName + ':' + (box.type || '')")
            if kind.startswith("SELECT"):
                boxes.first.select_option(value, force=True)
            elif kind in ("INPUT:radio", "INPUT:checkbox"):
                self.page.locator(f"[name='{name}'][value='{value}']").check(force=True)
            else:
                boxes.first.fill(value)
                boxes.first.blur()
            self.settle()

    def settle(self) -> None:
        """Whatever an answer asked of the server has come."""
        expect(self.page.locator(".htmx-request")).to_have_count(0)

    def save(self) -> None:
        press(self.page, "Lưu và tiếp tục")

    def attach(self, draft: Dossier, papers: Iterable[str]) -> None:
        self.page.goto(f"/ho-so/nhap/{draft.pk}/giay-to/")
        for key in papers:
            self.page.set_input_files(f"#id_file_{key}", {"name": "giay.pdf", "mimeType": PDF, "buffer": world.PDF})
            self.page.wait_for_load_state("networkidle")
        self.page.click("button[name=next]")
        self.page.wait_for_url("**/noi-nhan/**")

    def deliver(self) -> None:
        self.page.locator("[name=return_by]").first.check(force=True)
        self.page.locator("main form.form .actions button").first.click()
        self.page.wait_for_load_state()

    def submit(self, draft: Dossier) -> Dossier:
        self.page.goto(f"/ho-so/nhap/{draft.pk}/xem-lai/")
        self.page.check("#declare", force=True)
        press(self.page, "Nộp hồ sơ")
        self.page.wait_for_url("**/da-nop/")
        return Dossier.objects.get(pk=draft.pk)


class Desk:
    """One of the staff at their desk."""

    def __init__(self, page: Page, user):
        self.page, self.user = page, user

    def forward(self, dossier: Dossier) -> str:
        """Press the way forward that this person has now and fill in what it asks; its name, or nothing."""
        action = world.forward(Dossier.objects.get(pk=dossier.pk), self.user)
        if action is None:
            return ""
        self.page.goto(f"/can-bo/ho-so/{dossier.code}/")
        form = self.page.locator(f"form[action*='/lam/{action.name}/']")
        if action.fields:
            self.page.goto(f"/can-bo/ho-so/{dossier.code}/lam/{action.name}/")
            answer(self.page, action)
        form.locator("button.btn").first.click()
        self.page.wait_for_load_state()
        return str(action.label)


def answer(page: Page, action) -> None:
    """What an act must be told, by its own examples."""
    for field in (f for f in action.fields if f.required):
        boxes = page.locator(f"[name='{field.key}']")
        value = (
            {True: "yes", False: "no"}.get(field.example, field.example) if field.kind == "yes_no" else field.example
        )
        kind = boxes.first.evaluate("box => box.tagName + ':' + (box.type || '')")
        if kind.startswith("SELECT"):
            boxes.first.select_option(str(value), force=True)
        elif kind in ("INPUT:radio", "INPUT:checkbox"):
            page.locator(f"[name='{field.key}'][value='{value}']").check(force=True)
        else:
            boxes.first.fill(str(value))
