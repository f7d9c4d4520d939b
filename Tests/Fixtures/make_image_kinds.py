#!/usr/bin/env python3
"""Write image-kinds/: one small image of every kind a file can hold, and what Pillow makes of it.

    python3 make_image_kinds.py

Needs Pillow, pillow_heif and numpy (made with Pillow 13.0 over libjpeg-turbo 3.2 and libwebp 1.6, pillow_heif 1.8). `kinds.json` holds for
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
    yield from other_files(rgb, rgba, grey, palette)
    frames = [Image.fromarray(np.roll(rgb, s, 1)) for s in (0, 5, 9)]
    yield "animated.webp", encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)


def gif_header(width, height, data):
    """A GIF whose screen has another size than its frame."""
    return data[:6] + struct.pack("<HH", width, height) + data[10:]


def bmp(bits, rows, *, compression=0, masks=(), palette=(), height=H, length=40):
    """A BMP written by hand; rows are the packed bytes of each row from the bottom."""
    table = b"".join(struct.pack("<BBBB", b, g, r, 0) for r, g, b in palette)
    fields = b"".join(struct.pack("<I", m) for m in masks)
    info = struct.pack("<IiiHHIIiiII", length, W, height, 1, bits, compression, 0, 2835, 2835, len(palette), 0)
    info += (fields if length > 40 else b"").ljust(length - 40, b"\0")
    start = 14 + length + (0 if length > 40 else len(fields)) + len(table)
    data = b"".join(row + b"\0" * (-len(row) % 4) for row in rows) if not isinstance(rows, bytes) else rows
    return (struct.pack("<2sIHHI", b"BM", start + len(data), 0, 0, start) + info
            + (b"" if length > 40 else fields) + table + data)


def tiff_tags(**tags):
    from PIL import TiffImagePlugin
    directory = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in tags.items():
        directory[int(tag[1:])] = value
    return directory


def tiff(bits, samples, photometric, data, *, extra=(), order="<", planes=1):
    """An uncompressed TIFF written by hand, for the kinds Pillow does not write."""
    tags = [(256, 3, [W]), (257, 3, [H]), (258, 3, [bits] * samples), (259, 3, [1]), (262, 3, [photometric]),
            (273, 4, [0] * planes), (277, 3, [samples]), (278, 3, [H]), (279, 4, [len(data) // planes] * planes)]
    if planes > 1:
        tags.append((284, 3, [2]))
    if extra:
        tags.append((338, 3, list(extra)))
    tags.sort()
    start = 8 + 2 + 12 * len(tags) + 4
    out, more = b"", b""
    for tag, kind, values in tags:
        if tag == 273:
            values = [start + 64 + plane * (len(data) // planes) for plane in range(planes)]
        packed = b"".join(struct.pack(order + ("H" if kind == 3 else "I"), v) for v in values)
        if len(packed) > 4:
            place, more = start + len(more), more + packed
            packed = struct.pack(order + "I", place)
        out += struct.pack(order + "HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    return head + struct.pack(order + "H", len(tags)) + out + b"\0" * 4 + more.ljust(64, b"\0") + data


def other_files(rgb, rgba, grey, palette):
    """GIF, BMP, TIFF, AVIF and HEIC."""
    import pillow_heif
    pillow_heif.register_heif_opener()
    image = Image.fromarray(rgb)
    yield "palette.gif", encoded(palette, "GIF", interlace=0)
    yield "interlaced.gif", encoded(palette, "GIF", interlace=1)
    yield "transparent.gif", encoded(palette, "GIF", transparency=3)
    yield "grey.gif", encoded(Image.fromarray(grey), "GIF")
    yield "small-frame.gif", gif_header(25, 17, encoded(palette, "GIF"))
    yield "small-transparent-frame.gif", gif_header(25, 17, encoded(palette, "GIF", transparency=5))
    yield "large-frame.gif", gif_header(9, 7, encoded(palette, "GIF"))
    for disposal in (1, 2, 3):
        frames = []
        for shift in (0, 4, 9):
            frame = palette.copy()
            pixels = np.asarray(frame).copy()
            pixels[: shift + 2, shift:] = 4
            moved = Image.fromarray(pixels)
            moved.putpalette(palette.getpalette())
            frames.append(moved)
        yield f"animated{disposal}.gif", encoded(
            frames[0], "GIF", save_all=True, append_images=frames[1:], disposal=disposal, duration=[40, 60, 100],
            transparency=4, loop=0)
    yield "rgb.bmp", encoded(image, "BMP")
    yield "grey.bmp", encoded(Image.fromarray(grey), "BMP")
    yield "palette.bmp", encoded(palette, "BMP")
    yield "black-white.bmp", encoded(image.convert("1"), "BMP")
    yield "rgba.bmp", encoded(Image.fromarray(rgba), "BMP")
    bgr = rgb[::-1, :, ::-1]
    yield "top-down.bmp", bmp(24, [row.tobytes() for row in rgb[:, :, ::-1]], height=-H)
    five = (bgr.astype(np.uint16) >> 3)
    yield "555.bmp", bmp(16, [(row[:, 2] << 10 | row[:, 1] << 5 | row[:, 0]).astype("<u2").tobytes() for row in five])
    six = bgr[..., 1].astype(np.uint16) >> 2
    yield "565.bmp", bmp(16, [(row[:, 2] << 11 | green << 5 | row[:, 0]).astype("<u2").tobytes()
                              for row, green in zip(five, six)], compression=3, masks=(0xF800, 0x7E0, 0x1F))
    flipped = rgba[::-1]
    yield "bgra-fields.bmp", bmp(32, [row[:, [2, 1, 0, 3]].tobytes() for row in flipped], compression=3, length=108,
                                 masks=(0xFF0000, 0xFF00, 0xFF, 0xFF000000))
    yield "rgba-fields.bmp", bmp(32, [row.tobytes() for row in flipped], compression=3, length=56,
                                 masks=(0xFF, 0xFF00, 0xFF0000, 0xFF000000))
    yield "xbgr.bmp", bmp(32, [row[:, [2, 1, 0, 3]].tobytes() for row in flipped])
    colors = [tuple(palette.getpalette()[3 * i:3 * i + 3]) for i in range(11)]
    indices = np.asarray(palette)[::-1]
    yield "palette4.bmp", bmp(4, [np.packbits(np.unpackbits(np.append(row, 0).astype(np.uint8)[:, None], axis=1)[:, 4:].reshape(-1)).tobytes()
                                  for row in indices], palette=colors)
    runs = b"".join(bytes(v for i in row for v in (1, i)) + b"\0\0" for row in indices) + b"\0\1"
    yield "rle8.bmp", bmp(8, runs, compression=1, palette=colors)
    literal = b"".join(bytes([0, W]) + row.tobytes() + b"\0" * (W % 2) + b"\0\0" for row in indices) + b"\0\1"
    yield "rle8-literal.bmp", bmp(8, literal, compression=1, palette=colors)
    short = b"".join(bytes([W, int(row[0]) << 4 | int(row[1])]) + b"\0\0" for row in indices) + b"\0\1"
    yield "rle4.bmp", bmp(4, short, compression=2, palette=colors)
    yield "rgb.tif", encoded(image, "TIFF")
    yield "rgb-lzw.tif", encoded(image, "TIFF", compression="tiff_lzw")
    yield "rgb-deflate.tif", encoded(image, "TIFF", compression="tiff_adobe_deflate")
    yield "rgb-planar.tif", tiff(8, 3, 2, np.moveaxis(rgb, 2, 0).tobytes(), planes=3)
    yield "rgb-jpeg.tif", encoded(image, "TIFF", compression="jpeg", quality=90)
    yield "grey.tif", encoded(Image.fromarray(grey), "TIFF", compression="packbits")
    yield "black-white.tif", encoded(image.convert("1"), "TIFF", compression="group4")
    yield "palette.tif", encoded(palette, "TIFF")
    yield "rgba.tif", encoded(Image.fromarray(rgba), "TIFF")
    yield "la.tif", encoded(Image.fromarray(rgba).convert("LA"), "TIFF")
    yield "cmyk.tif", encoded(image.convert("CMYK"), "TIFF")
    yield "grey16.tif", encoded(Image.fromarray(grey.astype(np.uint16) * 3), "TIFF")
    wide = (rgba.astype(np.uint16) << 8) | 99
    yield "rgb16.tif", tiff(16, 3, 2, wide[..., :3].astype("<u2").tobytes())
    yield "rgb16-big-endian.tif", tiff(16, 3, 2, wide[..., :3].astype(">u2").tobytes(), order=">")
    yield "rgba16.tif", tiff(16, 4, 2, wide.astype("<u2").tobytes(), extra=(2,))
    yield "associated.tif", tiff(8, 4, 2, (rgba.astype(int) * [1, 1, 1, 1] * np.where(np.arange(4) < 3, rgba[..., 3:] / 255, 1)).astype(np.uint8).tobytes(), extra=(1,))
    yield "rgbx.tif", tiff(8, 4, 2, rgba.tobytes(), extra=(0,))
    yield "rgb4-no-extra.tif", tiff(8, 4, 2, rgba.tobytes())
    yield "white-is-zero.tif", tiff(8, 1, 0, grey.tobytes())
    yield "cmyk16.tif", tiff(16, 4, 5, wide.astype("<u2").tobytes())
    four = np.packbits(np.unpackbits(np.pad(grey >> 4, ((0, 0), (0, 1)))[..., None], axis=2)[..., 4:].reshape(H, -1), axis=1)
    yield "grey4.tif", tiff(4, 1, 1, four.tobytes())
    for o in (3, 6, 8):
        yield f"exif{o}.tif", encoded(image, "TIFF", tiffinfo=tiff_tags(_274=o))
    yield "rgb.avif", encoded(image, "AVIF", quality=90, subsampling="4:4:4")
    yield "rgb420.avif", encoded(image, "AVIF", quality=90, subsampling="4:2:0")
    yield "alpha.avif", encoded(Image.fromarray(rgba), "AVIF", quality=95)
    for o in range(2, 9):
        yield f"exif{o}.avif", encoded(image, "AVIF", quality=90, subsampling="4:4:4", exif=exif(o))
    yield "rgb.heic", encoded(image, "HEIF", quality=90, chroma=444)
    yield "rgb420.heic", encoded(image, "HEIF", quality=90)
    yield "alpha.heic", encoded(Image.fromarray(rgba), "HEIF", quality=95)
    yield "exif6.heic", encoded(image, "HEIF", quality=90, chroma=444, exif=exif(6))


def text(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def described(data):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    entry = dict(width=image.width, height=image.height, rgb=text(np.asarray(image.convert("RGB"))))
    if image.mode == "RGBA":
        white = Image.new("RGB", image.size, (255, 255, 255))
        white.paste(image, mask=image.split()[3])
        entry["onWhite"] = text(np.asarray(white))
    if data[4:8] == b"ftyp":
        entry["within"] = 2  # lossy, by other releases of the libraries
    animation = Image.open(io.BytesIO(data))
    if data[:3] == b"GIF" and animation.n_frames > 1:
        entry["frames"] = []
        for number in range(animation.n_frames):
            animation.seek(number)
            entry["frames"].append(text(np.asarray(animation.convert("RGB"))))
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
