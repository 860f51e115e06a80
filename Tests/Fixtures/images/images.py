"""Image files of many kinds, and beside each its pixels as PGM or PPM: images.py FOLDER. Those in this folder are of
Pillow 13.0.0, which applied the Exif orientation by ImageOps.exif_transpose."""

import os
import sys

import numpy as np
from PIL import Image, ImageOps

folder = sys.argv[1]
rows, columns = np.mgrid[0:13, 0:18]
gray = Image.fromarray((rows * 19 + columns * 3).astype("u1"))
color = Image.fromarray(np.stack([rows * 19, columns * 14, 255 - rows * columns], -1).astype("u1"))
alpha = color.copy()
alpha.putalpha(gray)


def save(name, image, pixels=True, **options):
    path = os.path.join(folder, name)
    image.save(path, **options)
    if pixels:
        seen = ImageOps.exif_transpose(Image.open(path))
        if seen.mode == "RGBA":
            values = np.asarray(seen).astype(int)
            seen = Image.fromarray(((values[..., :3] * values[..., 3:] + 127) // 255).astype("u1"))
        seen.save(path + (".pgm" if seen.mode == "L" else ".ppm"))


def orientation(number):
    exif = Image.Exif()
    exif[0x0112] = number
    exif[0x010F] = "maker"
    return exif


save("gray.jpg", gray, quality=90)
save("color.jpg", color, quality=90)
save("progressive.jpg", color, quality=80, progressive=True, subsampling="4:4:4")
for number in range(2, 9):
    save(f"turned{number}.jpg", color, quality=90, exif=orientation(number))
save("cmyk.jpg", color.convert("CMYK"), pixels=False)
save("lossless.webp", color, lossless=True)
save("lossy.webp", color, quality=80)
save("alpha.webp", alpha, lossless=True, exact=True)
save("turned.webp", color, lossless=True, exif=orientation(6))
save("turned.png", color, exif=orientation(8))
save("animation.webp", color, pixels=False, save_all=True, append_images=[ImageOps.mirror(color)], lossless=True)
save("plain.webp", Image.new("RGB", (16383, 16383), (9, 9, 9)), pixels=False, lossless=True)
