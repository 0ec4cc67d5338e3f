"""Small real PDF and PNG files that stand for the papers of an applicant."""

import io
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from places.text import fold


@cache
def pdf(title: str) -> bytes:
    """One A4 page with the title; the standard font has no accents, so it is written without."""
    lines = [
        f"BT /F1 18 Tf 72 760 Td ({_escaped(title)[:60]}) Tj ET",
        "BT /F1 11 Tf 72 730 Td (Ban chup dung thu) Tj ET",
    ]
    lines += [f"72 {690 - 26 * i} m {520 - 40 * (i % 3)} {690 - 26 * i} l S" for i in range(14)]
    stream = "\n".join(lines).encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return (
        out + head + table + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    )


@cache
def png(title: str) -> bytes:
    """A page as a telephone's camera would take it."""
    image = Image.new("RGB", (620, 877), "#f6f2e8")
    draw = ImageDraw.Draw(image)
    draw.rectangle((24, 24, 596, 853), outline="#b9ad94", width=3)
    draw.text((60, 70), _escaped(title)[:48], fill="#2b2b2b", font=ImageFont.load_default(24))
    draw.text((60, 110), "BAN CHUP DUNG THU", fill="#8a1f1f", font=ImageFont.load_default(16))
    for i in range(18):
        draw.line((60, 170 + 34 * i, 560 - 50 * (i % 3), 170 + 34 * i), fill="#9a9a9a", width=2)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _escaped(title: str) -> str:
    return fold(title).upper().encode("ascii", "ignore").decode().replace("\\", "").replace("(", "").replace(")", "")
