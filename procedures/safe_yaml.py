"""YAML from strangers, read as plain data: what JSON could say, with the line of every part, and nothing that explodes.

Anchors, aliases, tags, merge keys, keys given twice, deep or huge files are refused with a sentence and a line. What a
file of the catalogue means (numbers, true/false, quoted text) is what `yaml.safe_load` makes of it.
"""

import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _

MAX_BYTES = 2_000_000
MAX_DEPTH = 30
MAX_PARTS = 100_000
_LONGEST_NUMBER = 30
_NEVER_STORED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")  # PostgreSQL or a reader cannot have them
_BASE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null")}
_STR, _NULL = "tag:yaml.org,2002:str", "tag:yaml.org,2002:null"

Path = tuple[str | int, ...]


class UnsafeYaml(ValueError):
    """`message` is a sentence for the reader, `line` counts from 1 (0: the whole file)."""

    def __init__(self, message: str, line: int = 0):
        super().__init__(_("dòng %(line)d: %(message)s") % {"line": line, "message": message} if line else message)
        self.message, self.line = message, line


@dataclass
class Document:
    """The data of one file and where each part of it stands."""

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line_of(self, path) -> int:
        """The line of the part at `path`, or of the nearest part around it."""
        path = tuple(path)
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


def read(text: str | bytes) -> Document:
    """The document in `text`. Raises UnsafeYaml with a sentence and a line."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > MAX_BYTES:
        raise UnsafeYaml(_("Tệp lớn hơn 2 MB."))
    try:
        loader = _BASE(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnsafeYaml(_("Tệp không phải chữ Unicode (UTF-8).")) from None
    except yaml.YAMLError as error:  # characters that YAML does not allow, found before anything is read
        raise _broken(error) from None
    try:
        return _Builder(loader).document()
    except yaml.YAMLError as error:
        raise _broken(error) from None
    finally:
        loader.dispose()


def _broken(error: yaml.YAMLError) -> UnsafeYaml:
    mark = getattr(error, "problem_mark", None)
    return UnsafeYaml(_("Không đọc được theo YAML: kiểm tra thụt dòng, dấu hai chấm và ngoặc kép."), _line(mark))


def _line(mark) -> int:
    return mark.line + 1 if mark is not None else 0


class _Builder:
    """Makes the data straight from the parser's events, so that nothing is built that will be refused."""

    def __init__(self, loader):
        self.loader, self.parts, self.lines = loader, 0, {}

    def document(self) -> Document:
        self._next(yaml.StreamStartEvent)
        if self.loader.check_event(yaml.StreamEndEvent):
            raise UnsafeYaml(_("Tệp trống."))
        self._next(yaml.DocumentStartEvent)
        data = self._part((), 1)
        self._next(yaml.DocumentEndEvent)
        if not self.loader.check_event(yaml.StreamEndEvent):
            raise UnsafeYaml(_("Một tệp chỉ có một tài liệu."), _line(self.loader.get_event().start_mark))
        return Document(data, self.lines)

    def _next(self, kind):
        event = self.loader.get_event()
        assert isinstance(event, kind)
        return event

    def _part(self, path: Path, depth: int) -> Any:
        event = self.loader.get_event()
        line = _line(event.start_mark)
        self.lines.setdefault(path, line)
        self.parts += 1
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise UnsafeYaml(_("Không dùng được dấu neo (& và *): hãy viết đủ ở từng chỗ."), line)
        if self.parts > MAX_PARTS:
            raise UnsafeYaml(_("Tệp có quá nhiều mục."), line)
        if depth > MAX_DEPTH:
            raise UnsafeYaml(_("Các mục lồng vào nhau sâu hơn %(depth)d tầng.") % {"depth": MAX_DEPTH}, line)
        if event.tag is not None and not (isinstance(event, yaml.ScalarEvent) and event.tag == _STR):
            raise UnsafeYaml(_("Không dùng được nhãn kiểu “%(tag)s”.") % {"tag": event.tag[:60]}, line)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, line)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(path, depth)
        return self._map(path, depth)

    def _list(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        while not self.loader.check_event(yaml.SequenceEndEvent):
            items.append(self._part((*path, len(items)), depth + 1))
        self.loader.get_event()
        return items

    def _map(self, path: Path, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while not self.loader.check_event(yaml.MappingEndEvent):
            key, line = self._key(depth)
            if key in made:
                raise UnsafeYaml(_("Khóa “%(key)s” có hai lần.") % {"key": key[:60]}, line)
            self.lines[(*path, key)] = line
            made[key] = self._part((*path, key), depth + 1)
        self.loader.get_event()
        return made

    def _key(self, depth: int) -> tuple[str, int]:
        if not self.loader.check_event(yaml.ScalarEvent):
            line = _line(self.loader.peek_event().start_mark)
            raise UnsafeYaml(_("Tên khóa phải là chữ."), line)
        line = _line(self.loader.peek_event().start_mark)
        key = self._part((None,), depth)
        if not isinstance(key, str):
            raise UnsafeYaml(_("Tên khóa phải là chữ; hãy đặt “%(key)s” trong ngoặc kép.") % {"key": key}, line)
        return key, line

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> Any:
        text = event.value
        if _NEVER_STORED.search(text):
            raise UnsafeYaml(_("Có ký tự điều khiển không nhìn thấy, hãy xóa đi."), line)
        tag = event.tag or self.loader.resolve(yaml.ScalarNode, text, event.implicit)
        if tag == _STR:
            return text
        if tag not in _PLAIN_TAGS or (tag != _NULL and len(text) > _LONGEST_NUMBER) or ":" in text:
            message = _("Hãy đặt “%(text)s” trong ngoặc kép: không có ngoặc, nó được hiểu là ngày hoặc số.")
            raise UnsafeYaml(message % {"text": text[:40]}, line)
        value = self.loader.construct_object(yaml.ScalarNode(tag, text))
        if isinstance(value, float) and not math.isfinite(value):
            raise UnsafeYaml(_("“%(text)s” không phải là một số dùng được.") % {"text": text[:40]}, line)
        return value
