"""What an expert arranges before a peer starts. A library to load first must be there when the process starts, so it
starts again."""
import os
import subprocess
import sys
import tempfile

TCMALLOC = "/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4"


def tcmalloc():
    """In place of malloc: glibc gives the megabytes of every step back to the kernel and faults them in again."""
    return TCMALLOC if os.path.exists(TCMALLOC) else None


def mkl_avx512():
    """See mkl_avx512.c. Built at first use into STRATA_PEERS_CACHE (~/.cache/strata-peers); None without avx512 or
    a C compiler."""
    with open("/proc/cpuinfo") as file:
        if "avx512f" not in file.read():
            return None
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mkl_avx512.c")
    folder = os.environ.get("STRATA_PEERS_CACHE", os.path.expanduser("~/.cache/strata-peers"))
    library = os.path.join(folder, "libmkl_avx512.so")
    if not os.path.exists(library) or os.path.getmtime(library) < os.path.getmtime(source):
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            partial = os.path.join(scratch, "partial.so")
            try:
                subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", partial, source], check=True, capture_output=True)
            except (OSError, subprocess.CalledProcessError):
                return None
            os.replace(partial, library)
    return library


def start_again_with(*libraries):
    """Replaces this process by one with the libraries loaded first; its start in /proc stays the old one's."""
    loaded = os.environ.get("LD_PRELOAD", "").split(":")
    missing = [library for library in libraries if library and library not in loaded]
    if missing:
        os.environ["LD_PRELOAD"] = ":".join(missing + [library for library in loaded if library])
        os.execv(sys.executable, [sys.executable, *sys.argv])
