#!/usr/bin/env python3
"""Write image-kinds/: one small image of every kind a file can hold, and what Pillow makes of it.

    python3 make_image_kinds.py

Needs Pillow and numpy (made with Pillow 13.0 over libjpeg-turbo 3.2 and libwebp 1.6). `kinds.json` holds for
each file the upright size, the RGB bytes in base64 (`exif_transpose`, then `convert("RGB")`) and, where the file is RGBA,
the bytes over white. `resizes` holds bicubic resizes made one axis at a time, columns last: Pillow 13 sometimes
takes the columns first, the processors of the public models were made with the older order.
"""
import base64
import io
import json
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

OUT = pathlib.Path(__file__).resolve().parent / "image-kinds"
W, H = 21, 13


def photo():
    y, x = np.mgrid[0:H, 0:W]
    noise = np.random.default_rng(7).integers(-20, 20, (H, W, 3))
    base = np.stack([x * 255 // W, y * 255 // H, (x + y) * 255 // (W + H)], -1)
    return np.clip(base + noise, 0, 255).astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(depth, color, rows, extra=b"", interlaced=False):
    """A PNG written by hand, for the kinds Pillow does not write; rows are the packed bytes of each row."""
    header = struct.pack(">IIBBBBB", W, H, depth, color, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
            + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b""))


def plain(array):
    return [b"\0" + bytes(row.tobytes()) for row in array]


def adam7(array):
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    return [r for x, y, dx, dy in passes if array[y::dy, x::dx].size for r in plain(array[y::dy, x::dx])]


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation, order="<"):
    image_exif = Image.Exif()
    image_exif.endian = order
    image_exif[0x010F] = "maker"
    image_exif[0x0112] = orientation
    return image_exif.tobytes()


def files():
    rgb = photo()
    image = Image.fromarray(rgb)
    alpha = np.clip(np.add.outer(np.arange(H) * 12, np.arange(W) * 8), 0, 255).astype(np.uint8)
    rgba = np.dstack([rgb, alpha])
    wide = (rgb.astype(np.uint16) << 8) | 77
    grey = rgb[..., 0]
    palette = image.quantize(11)
    yield "rgb8.png", encoded(image, "PNG")
    yield "rgb8-interlaced.png", png(8, 2, adam7(rgb), interlaced=True)
    yield "rgb16.png", png(16, 2, plain(wide.astype(">u2")))
    yield "rgb16-interlaced.png", png(16, 2, adam7(wide.astype(">u2")), interlaced=True)
    yield "rgb8-trns.png", png(8, 2, plain(rgb), chunk(b"tRNS", struct.pack(">HHH", *map(int, rgb[0, 0]))))
    yield "rgba8.png", encoded(Image.fromarray(rgba), "PNG")
    yield "rgba8-interlaced.png", png(8, 6, adam7(rgba), interlaced=True)
    yield "rgba16.png", png(16, 6, plain(((rgba.astype(np.uint16) << 8) | 99).astype(">u2")))
    yield "grey1.png", encoded(image.convert("1"), "PNG")
    yield "grey2.png", png(2, 0, plain(np.packbits(np.unpackbits((grey >> 6)[..., None], axis=2)[..., 6:].reshape(H, -1), axis=1)))
    yield "grey4.png", png(4, 0, plain(np.packbits(np.unpackbits((grey >> 4)[..., None], axis=2)[..., 4:].reshape(H, -1), axis=1)))
    yield "grey8.png", encoded(Image.fromarray(grey), "PNG")
    yield "grey8-trns.png", png(8, 0, plain(grey), chunk(b"tRNS", struct.pack(">H", int(grey[0, 0]))))
    yield "grey16.png", png(16, 0, plain((grey.astype(np.uint16) * 3).astype(">u2")))
    yield "grey16-interlaced.png", png(16, 0, adam7((grey.astype(np.uint16) * 3).astype(">u2")), interlaced=True)
    yield "la8.png", encoded(Image.fromarray(np.dstack([grey, alpha])), "PNG")
    yield "la16.png", png(16, 4, plain(((np.dstack([grey, alpha]).astype(np.uint16) << 8) | 5).astype(">u2")))
    yield "palette.png", encoded(palette, "PNG")
    yield "palette-trns.png", encoded(palette, "PNG", transparency=bytes(range(0, 110, 10)))
    yield "palette4.png", encoded(palette, "PNG", bits=4)
    yield "grey.jpg", encoded(Image.fromarray(grey), "JPEG", quality=90)
    yield "444.jpg", encoded(image, "JPEG", quality=90, subsampling=0)
    yield "422.jpg", encoded(image, "JPEG", quality=90, subsampling=1)
    yield "420-progressive.jpg", encoded(image, "JPEG", quality=80, subsampling=2, progressive=True)
    yield "rgb.jpg", encoded(image, "JPEG", quality=90, keep_rgb=True)
    yield "cmyk.jpg", encoded(image.convert("CMYK"), "JPEG", quality=90)
    cmyk = bytearray(encoded(image.convert("CMYK"), "JPEG", quality=90))
    at = bytes(cmyk).index(b"Adobe")
    cmyk[at + 11] = 2
    yield "ycck.jpg", bytes(cmyk)
    for o in range(1, 9):
        yield f"exif{o}.jpg", encoded(image, "JPEG", quality=90, exif=exif(o, "<>"[o % 2]))
    yield "exif6.png", encoded(image, "PNG", exif=exif(6))
    yield "exif8.webp", encoded(image, "WEBP", lossless=True, exif=exif(8, ">"))
    yield "lossless.webp", encoded(image, "WEBP", lossless=True)
    yield "lossy.webp", encoded(image, "WEBP", quality=80)
    yield "lossy-alpha.webp", encoded(Image.fromarray(rgba), "WEBP", quality=80)
    yield "lossless-alpha.webp", encoded(Image.fromarray(rgba), "WEBP", lossless=True, exact=True)
    frames = [Image.fromarray(np.roll(rgb, s, 1)) for s in (0, 5, 9)]
    yield "animated.webp", encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)


def text(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def described(data):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    entry = dict(width=image.width, height=image.height, rgb=text(np.asarray(image.convert("RGB"))))
    if image.mode == "RGBA":
        white = Image.new("RGB", image.size, (255, 255, 255))
        white.paste(image, mask=image.split()[3])
        entry["onWhite"] = text(np.asarray(white))
    return entry


def main():
    OUT.mkdir(exist_ok=True)
    kinds = {}
    for name, data in files():
        (OUT / name).write_bytes(data)
        kinds[name] = described(data)
    image = Image.fromarray(photo())
    resizes = []
    for w, h in [(21, 40), (5, 13), (64, 48), (3, 2), (1, 1), (22, 12), (100, 3), (2, 90)]:
        across = image.resize((w, H), Image.BICUBIC) if w != W else image
        down = across.resize((w, h), Image.BICUBIC) if h != H else across
        resizes.append(dict(width=w, height=h, rgb=text(np.asarray(down))))
    (OUT / "kinds.json").write_text(json.dumps(dict(kinds=kinds, resizes=resizes), indent=1) + "\n")


if __name__ == "__main__":
    main()
