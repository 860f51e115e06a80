"""Tar archives in every form that Python writes, for TarShardsTests: shards.py FOLDER. Example i is a PGM image of 2 × 2
pixels, all 20 i, and its class i % 3."""

import io
import json
import os
import sys
import tarfile

folder = sys.argv[1]
tarfile.RECORDSIZE = 1024  # Without the usual filling to 10 KiB.


def image(i):
    return b"P5\n2 2\n255\n" + bytes([20 * i] * 4)


def write(name, files, mode="w", **options):
    with tarfile.open(os.path.join(folder, name), mode, **options) as archive:
        for path, content in files:
            member = tarfile.TarInfo(path)
            if content is None:
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            elif path.endswith("/"):
                member.type = tarfile.DIRTYPE
            else:
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content or b""))


def examples(rows, prefix=""):
    return [f for i in rows for f in ((f"{prefix}{i:03}.pgm", image(i)), (f"{prefix}{i:03}.cls", b"%d\n" % (i % 3)))]


long = "a-folder-of-a-name/" * 8
write("data-008.tar", examples(range(0, 4)), format=tarfile.USTAR_FORMAT)
write("data-009.tar", examples(range(4, 7), long), format=tarfile.GNU_FORMAT)
write("data-010.tar", examples(range(7, 10), long), format=tarfile.PAX_FORMAT)
write("data.tar.gz", examples(range(0, 10)), "w:gz")
# Labels as JSON, after all images; a folder, a link, a mask and text beside them.
write(
    "json.tar",
    [("set/", b"")]
    + [(f"set/{i}.pgm", image(i)) for i in range(3)]
    + [(f"set/{i}.seg.pgm", image(i)) for i in range(3)]
    + [(f"set/{i}.json", json.dumps({"label": ["cat", "dog"][i % 2], "width": 2}).encode()) for i in range(3)]
    + [("set/link.pgm", None), ("../../escape.txt", b"no path")],
)
