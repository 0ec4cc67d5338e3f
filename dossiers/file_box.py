"""Opens what strangers sent, in a process of its own that may use little and is thrown away.

The libraries that read PDFs and pictures are large programs in C: whatever a made-up file does to them, it does to a
process that holds no key, no connection and one file, writes nothing, and ends after ten seconds. Run as a program
(`python -I file_box.py <job> …`, the file on its input) this module imports nothing of the portal.
"""

import io
import json
import re
import subprocess
import sys
from typing import NamedTuple

SECONDS = 10
MEMORY = 1024**3
# Names that make a PDF do something by itself, or carry another file. qpdf writes names in their plain spelling.
_ACTIVE = re.compile(
    rb"/(?:JavaScript|JS|Launch|ImportData|SubmitForm|GoToE|EmbeddedFiles?|EF|FileAttachment|RichMedia\w*|XFA)(?![\w.+-])"
)
_ACTIVE_RAW = re.compile(rb"/(?:JavaScript|EmbeddedFiles?|RichMedia\w*|FileAttachment)(?![\w.+-])")
MAX_WIDTH, MAX_DRAWN = 1600, 5_000_000  # pixels
MAX_PICTURE = 60_000_000


class Broken(ValueError):
    """The file does not open, or took more time or memory than any honest file takes."""


class PdfFacts(NamedTuple):
    pages: int
    active: bool


PdfFacts.LOCKED = PdfFacts(-1, False)


# --- asked by the portal --------------------------------------------------------------------------------------------
def pdf_facts(content: bytes) -> PdfFacts:
    """How many pages, and whether it would run or carry anything. Raises Broken."""
    if b"stream" not in content:
        return _pdf_facts(content)  # nothing in it is packed, so it cannot unpack to more than it weighs
    return PdfFacts(*json.loads(_apart(content, "facts")))


def draw(content: bytes, kind: str, page: int) -> bytes:
    """One page of a PDF (from 1), or a picture, as a JPEG of our own making. Raises Broken."""
    return _apart(content, "pdf" if kind == "application/pdf" else "picture", str(page))


def _apart(content: bytes, *job: str) -> bytes:
    command = [sys.executable, "-I", __file__, *job]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS + 2, env={}, check=True)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise Broken(f"{job[0]}: {type(error).__name__}") from None
    return done.stdout


# --- done by the process apart ----------------------------------------------------------------------------------------
def _pdf_facts(content: bytes) -> PdfFacts:
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(content), suppress_warnings=True) as pdf:
            pages = len(pdf.pages)
            active = bool(_ACTIVE_RAW.search(content)) or any(_ACTIVE.search(_written(o)) for o in pdf.objects)
    except pikepdf.PasswordError:
        return PdfFacts.LOCKED
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError) as error:
        raise Broken(str(error)) from None
    if not pages:
        raise Broken("no pages")
    return PdfFacts(pages, active)


def _written(thing) -> bytes:
    import pikepdf

    if isinstance(thing, pikepdf.Stream):
        return thing.stream_dict.unparse()
    return thing.unparse(resolved=True)


def _draw_pdf(content: bytes, page: int) -> bytes:
    import pypdfium2

    pdf = pypdfium2.PdfDocument(content)
    pdf.init_forms()  # what was typed into the boxes of a form shows too; this build runs no scripts
    drawn = pdf[page - 1]
    width, height = drawn.get_size()
    scale = min(MAX_WIDTH / width, (MAX_DRAWN / (width * height)) ** 0.5)
    return _jpeg(drawn.render(scale=scale).to_pil())


def _draw_picture(content: bytes) -> bytes:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MAX_PICTURE
    with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture:
        picture.draft("RGB", (MAX_WIDTH, MAX_WIDTH))
        picture.thumbnail((MAX_WIDTH, MAX_WIDTH * 4))
        turned = ImageOps.exif_transpose(picture)
    if turned.mode in ("RGBA", "LA", "PA", "P"):
        ground = Image.new("RGBA", turned.size, "white")
        turned = Image.alpha_composite(ground, turned.convert("RGBA"))
    return _jpeg(turned)


def _jpeg(picture) -> bytes:
    """The pixels and nothing else: no place, no camera, no thumbnail, no comment."""
    from PIL import Image

    bare = Image.new("RGB", picture.size)
    bare.paste(picture.convert("RGB"))
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=85)
    return out.getvalue()


def _main(job: str, page: int) -> bytes:
    import resource

    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    content = sys.stdin.buffer.read()
    if job == "facts":
        return json.dumps(_pdf_facts(content)).encode()
    return _draw_pdf(content, page) if job == "pdf" else _draw_picture(content)


if __name__ == "__main__":
    sys.stdout.buffer.write(_main(sys.argv[1], int(sys.argv[2]) if sys.argv[2:] else 0))
