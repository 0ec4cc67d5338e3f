"""Conditions and formulas as text: read by a real parser, written in one canonical way. docs/conditions.md teaches it.

    quan_he trong ("cha", "me") và không trống(ngay_sinh)      tuổi(ngay_sinh) < 14
    nếu(dien_tich > 500, 2_000_000, 1_000_000) × so_ban

The text only ever becomes the JSON tree of `conditions`: nothing is evaluated here, and a name is nothing but a name.
"""

import json
import re
import unicodedata
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args

from procedures.conditions import NAME, problems
from procedures.evaluating import LARGEST, is_number
from procedures.explained import words_of
from procedures.written import FUNCTIONS, SIGNS, normalised, text_of

__all__ = ["ExpressionError", "normalised", "parse", "parse_formula", "text_of", "words_of"]

MAX_LENGTH = 2000
_OPERATIONS = {sign: name for name, sign in SIGNS.items()} | {
    "==": "eq", "!=": "ne", "<>": "ne", "<=": "le", ">=": "ge", "*": "mul", "/": "div", "−": "sub", "–": "sub",
}  # fmt: skip
_CALLED = {spelling: name for name, spellings in FUNCTIONS.items() for spelling in spellings}
_ANY_FUNCTION = "|".join(sorted((s.replace("_", "[ _]") for s in _CALLED), key=len, reverse=True))

GRAMMAR = rf"""
?start: any
?any: all (_OR all)*
?all: not (_AND not)*
?not: _NOT not -> negation | comparison
?comparison: sum | sum COMPARE sum -> compare | sum _IN values -> among | sum _NOT _IN values -> not_among
values: "(" constant ("," constant)* ")"
?constant: literal | MINUS literal -> negative
?sum: product | sum (PLUS|MINUS) product -> arithmetic
?product: unary | product (TIMES|DIVIDE) unary -> arithmetic
?unary: atom | MINUS unary -> negative
?atom: literal | NAME -> name | QUOTED_NAME -> name | TODAY -> today
    | FUNCTION "(" any ("," any)* ")" -> call | "(" any ")"
literal: NUMBER | DATE | STRING | CURLY | BOOLEAN

FUNCTION.5: /({_ANY_FUNCTION})(?=\s*\()/i
_AND.4: /(và|and)(?![\w.])/i
_OR.4: /(hoặc|or)(?![\w.])/i
_NOT.4: /(không|not)(?![\w.])/i
_IN.4: /(trong|in)(?![\w.])/i
BOOLEAN.4: /(đúng|sai|true|false)(?![\w.])/i
TODAY.4: /(hôm[ _]nay|today)(?![\w.])/i
DATE.3: /\d{{1,2}}\/\d{{1,2}}\/\d{{4}}(?!\w)/
NUMBER.2: /\d[\w.]*/
NAME.1: /[^\W\d]\w*(\.\w+)*/
QUOTED_NAME: /`[^`]*`/
STRING: /"(?:[^"\\]|\\.)*"/
CURLY: /“[^”]*”/
COMPARE: /==|!=|<>|<=|>=|[=≠≤≥<>]/
PLUS: "+"
MINUS: /[-−–]/
TIMES: /[*×]/
DIVIDE: /[\/÷]/
%ignore /\s+/
"""


class ExpressionError(ValueError):
    """Text that is no condition or formula: `message` says in plain words what is wrong and near which word, and
    `position` counts the characters before it."""

    def __init__(self, message: str, position: int):
        super().__init__(message)
        self.message, self.position = message, position


# --- from text to tree --------------------------------------------------------------------------------------------
def parse(text: str) -> dict[str, Any]:
    """The condition that `text` says; {} (always true) for no text. Raises ExpressionError."""
    node = _read(text)
    return _checked(_condition(node), formula=False) if node else {}


def parse_formula(text: str) -> Any:
    """The formula that `text` says: an operand that gives a number; {} for no text. Raises ExpressionError."""
    node = _read(text)
    return _checked(_operand(node), formula=True) if node else {}


def _checked(tree: Any, *, formula: bool) -> Any:
    for problem in problems(tree, formula=formula):
        raise ExpressionError(_("Biểu thức chưa dùng được: %(problem)s.") % {"problem": problem}, 0)
    return normalised(tree)


class _Node(NamedTuple):
    """What a part of the text is: a "name" or a "literal" (either may yet become a condition or an operand), an
    "operand" or a "condition"; with its tree, and the word it begins with."""

    kind: str
    tree: Any
    token: Token


def _condition(node: _Node) -> dict[str, Any]:
    if node.kind == "condition":
        return node.tree
    if node.kind == "name":
        return {"field": node.tree, "is": True}
    if isinstance(node.tree, bool):
        return {} if node.tree else {"not": {}}
    raise _wrong(node.token, _("ở đây cần một điều kiện đúng hoặc sai, ví dụ so_ban > 2"))


def _operand(node: _Node) -> Any:
    if node.kind == "condition":
        raise _wrong(node.token, _("ở đây cần một giá trị, không phải một điều kiện; có thể viết nếu(điều kiện, a, b)"))
    return {"field": node.tree} if node.kind == "name" else node.tree


def _path(node: _Node) -> str:
    if node.kind != "name":
        raise _wrong(node.token, _("ở đây cần tên một câu hỏi"))
    return node.tree


@v_args(inline=True)
class _Build(Transformer):
    """Each rule of the grammar makes its part of the tree as soon as it is read."""

    def name(self, token: Token) -> _Node:
        name = token.strip("`")
        if name.lower() == "có":
            raise _wrong(token, _("trả lời có hoặc không thì viết đúng hoặc sai"))
        if not NAME.fullmatch(name):
            raise _wrong(token, _("tên câu hỏi chỉ gồm chữ không dấu, số và gạch dưới; chữ thì đặt trong ngoặc kép"))
        return _Node("name", name, token)

    def literal(self, token: Token) -> _Node:
        return _Node("literal", _LITERALS[token.type](token), token)

    def negative(self, _sign: Token, inner: _Node) -> _Node:
        if inner.kind == "literal" and is_number(inner.tree):
            return inner._replace(tree=-inner.tree)
        return _Node("operand", {"sub": [0, _operand(inner)]}, inner.token)

    def today(self, token: Token) -> _Node:
        return _Node("operand", {"today": True}, token)

    def arithmetic(self, a: _Node, sign: Token, b: _Node) -> _Node:
        return _Node("operand", {_OPERATIONS[sign]: [_operand(a), _operand(b)]}, a.token)

    def compare(self, a: _Node, sign: Token, b: _Node) -> _Node:
        name = _OPERATIONS[sign]
        field, other = (a, b) if a.kind == "name" else (b, a)
        if (
            name in ("eq", "ne")
            and field.kind == "name"
            and isinstance(other.tree, (str, bool))
            and other.kind == "literal"
        ):
            tree = {"field": field.tree, "is": other.tree}
            return _Node("condition", tree if name == "eq" else {"not": tree}, a.token)
        return _Node("condition", {name: [_operand(a), _operand(b)]}, a.token)

    def values(self, *nodes: _Node) -> list[Any]:
        return [node.tree for node in nodes]

    def among(self, node: _Node, values: list[Any]) -> _Node:
        return _Node("condition", {"field": _path(node), "in": values}, node.token)

    def not_among(self, node: _Node, values: list[Any]) -> _Node:
        return _Node("condition", {"not": {"field": _path(node), "in": values}}, node.token)

    def negation(self, inner: _Node) -> _Node:
        return _Node("condition", {"not": _condition(inner)}, inner.token)

    def all(self, *nodes: _Node) -> _Node:
        return _Node("condition", {"all": [_condition(n) for n in nodes]}, nodes[0].token)

    def any(self, *nodes: _Node) -> _Node:
        return _Node("condition", {"any": [_condition(n) for n in nodes]}, nodes[0].token)

    def call(self, token: Token, *nodes: _Node) -> _Node:
        name, count = _CALLED[re.sub(r"\s", "_", token.lower())], len(nodes)
        low, high = {"age": (1, 2), "days": (2, 2), "if": (3, 3), "min": (1, 99), "max": (1, 99)}.get(name, (1, 1))
        if not low <= count <= high:
            wanted = str(low) if low == high else _("%(low)s hoặc %(high)s") % {"low": low, "high": high}
            raise _wrong(token, _("phép tính này cần %(wanted)s giá trị trong ngoặc") % {"wanted": wanted})
        if name in ("empty", "sum", "count"):
            return _Node("condition" if name == "empty" else "operand", {name: _path(nodes[0])}, token)
        if name == "age":
            inner: Any = _path(nodes[0]) if count == 1 else [_path(nodes[0]), _operand(nodes[1])]
        elif name == "round":
            inner = _operand(nodes[0])
        elif name == "if":
            inner = [_condition(nodes[0]), _operand(nodes[1]), _operand(nodes[2])]
        else:
            inner = [_operand(n) for n in nodes]
        return _Node("operand", {name: inner}, token)


def _number(token: Token) -> int | float:
    text = str(token)
    if re.fullmatch(r"[1-9]\d{0,2}(\.\d{3})+", text):
        plain, spaced = text.replace(".", ""), text.replace(".", "_")
        message = _(
            "số nghìn viết liền hoặc cách bằng gạch dưới: %(plain)s hay %(spaced)s; nếu là số lẻ thì thêm một số 0"
        )
        raise _wrong(token, message % {"plain": plain, "spaced": spaced})
    if not re.fullmatch(r"\d+(_\d+)*(\.\d+)?", text, re.ASCII):
        raise _wrong(token, _("số viết như 5000000, 5_000_000 hoặc 1.5"))
    number = Decimal(text.replace("_", ""))
    if number > LARGEST:
        raise _wrong(token, _("số quá lớn, tối đa 10^18"))
    return int(number) if number == int(number) else float(number)


def _day(token: Token) -> str:
    try:
        return datetime.strptime(token, "%d/%m/%Y").date().isoformat()
    except ValueError:
        raise _wrong(token, _("không có ngày này; ngày viết như 24/11/2026")) from None


def _string(token: Token) -> str:
    try:
        return json.loads(token)
    except ValueError:
        raise _wrong(token, _("dấu \\ trong ngoặc kép phải viết thành hai dấu \\\\")) from None


_LITERALS = {
    "NUMBER": _number, "DATE": _day, "STRING": _string, "CURLY": lambda token: token[1:-1],
    "BOOLEAN": lambda token: token.lower() in ("đúng", "true"),
}  # fmt: skip


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="basic", transformer=_Build(), maybe_placeholders=False)


def _read(text: str) -> _Node | None:
    if not isinstance(text, str):
        raise ExpressionError(_("Biểu thức phải là một đoạn chữ."), 0)
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            _("Biểu thức dài %(length)s ký tự, tối đa %(limit)s.") % {"length": len(text), "limit": MAX_LENGTH},
            MAX_LENGTH,
        )
    text = unicodedata.normalize("NFC", text)
    for at, char in enumerate(text):
        if unicodedata.category(char)[0] == "C" and char not in "\t\r\n":
            raise ExpressionError(_("Có ký tự lạ không nhìn thấy ở vị trí %(at)s, hãy xóa đi.") % {"at": at + 1}, at)
    try:
        return _parser().parse(text) if text.strip() else None
    except UnexpectedCharacters as error:
        raise _stray(text[error.pos_in_stream], error.pos_in_stream) from None
    except UnexpectedToken as error:
        raise _unexpected(text, error) from None


# --- what is wrong with the text ----------------------------------------------------------------------------------
def _wrong(token: Token, what: str) -> ExpressionError:
    word = token if len(token) <= 40 else f"{token[:40]}…"
    return ExpressionError(_("Gần “%(word)s”: %(what)s.") % {"word": word, "what": what}, token.start_pos or 0)


def _stray(char: str, at: int) -> ExpressionError:
    hints = {
        "'": _("chữ đặt trong ngoặc kép, ví dụ \"cha\""), '"': _("còn thiếu dấu ngoặc kép đóng"),
        "“": _("còn thiếu dấu ngoặc kép đóng"), "`": _("còn thiếu dấu ` đóng"),
        ";": _("các giá trị cách nhau bằng dấu phẩy"),
        "&": _("viết “và”"), "|": _("viết “hoặc”"), "!": _("viết “không”, hoặc ≠ để nói khác"),
    }  # fmt: skip
    what = hints.get(char, _("không dùng được ký tự này"))
    return ExpressionError(
        _("Gần “%(word)s” (ký tự thứ %(at)s): %(what)s.") % {"word": char, "at": at + 1, "what": what}, at
    )


def _unexpected(text: str, error: UnexpectedToken) -> ExpressionError:
    token, accepts = error.token, error.accepts or set()
    if token.type == "$END":
        words = text.split()
        message = _("Biểu thức còn thiếu ở cuối, sau “%(word)s”: cần %(wanted)s.")
        return ExpressionError(message % {"word": words[-1][-40:], "wanted": _wanted(accepts)}, len(text))
    before, after = text[: token.start_pos].rstrip(), text[token.end_pos :].lstrip()
    if token == "(" and (name := re.search(r"[\w.]+$", before)) and "PLUS" in accepts:
        known = ", ".join(spellings[0] for spellings in FUNCTIONS.values())
        message = _("Không có phép tính “%(name)s”. Các phép tính: %(known)s.")
        return ExpressionError(message % {"name": name[0][-40:], "known": known}, name.start())
    if token == "," and before[-1:].isdigit() and after[:1].isdigit():
        return _wrong(token, _("số lẻ viết bằng dấu chấm, ví dụ 1.5"))
    if token.type == "_NOT" and "NAME" in accepts:
        return _wrong(token, _("trả lời có hoặc không thì viết đúng hoặc sai"))
    if token.type == "COMPARE" and "_AND" in accepts:
        return _wrong(token, _("chỉ so sánh hai giá trị một lần; viết a < b và b < c"))
    return _wrong(token, _("cần %(wanted)s") % {"wanted": _wanted(accepts)})


def _wanted(accepts: set[str]) -> str:
    if "NAME" in accepts:
        return _("một câu hỏi, một giá trị hoặc một phép tính")
    if "NUMBER" in accepts:
        return _("một giá trị")
    words = {
        "_IN": _("“trong”"), "COMPARE": _("dấu so sánh (= ≠ < ≤ > ≥)"), "_AND": _("“và”, “hoặc”"),
        "COMMA": _("dấu phẩy"),
        "LPAR": _("dấu “(”"), "RPAR": _("dấu “)”"), "$END": _("hết biểu thức"),
    }  # fmt: skip
    return _(" hoặc ").join(word for key, word in words.items() if key in accepts)
