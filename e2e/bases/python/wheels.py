"""wheels.py DIRECTORY NAME[:NEEDED,...]... packs installed Debian packages of Python into wheels and takes them out of the system.

Debian ships the metadata of a distribution as egg-info, without the list of files that pip wants, and without what it needs.
"""
import base64
import hashlib
import pathlib
import shutil
import sys
import zipfile

SITE = pathlib.Path("/usr/lib/python3/dist-packages")


def metadata(info, needs):
    """The text of METADATA: PKG-INFO, and what the distribution needs."""
    head, _, body = (info / "PKG-INFO").read_text().partition("\n\n")
    return head + "".join("\nRequires-Dist: " + need for need in needs) + "\n\n" + body


def pack(directory, name, needs):
    info = next(p for p in SITE.glob("*.egg-info") if p.name.lower().startswith(name + "-"))
    base = "-".join(info.name.removesuffix(".egg-info").split("-")[:2])
    meta = base + ".dist-info/"
    files = {
        meta + "METADATA": metadata(info, needs).encode(),
        meta + "WHEEL": b"Wheel-Version: 1.0\nGenerator: e2e\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if (info / "entry_points.txt").exists():
        files[meta + "entry_points.txt"] = (info / "entry_points.txt").read_bytes()
    for module in (info / "top_level.txt").read_text().split():
        for path in sorted((SITE / module).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                files[str(path.relative_to(SITE))] = path.read_bytes()
        shutil.rmtree(SITE / module, ignore_errors=True)
    shutil.rmtree(info)
    record = ""
    for path, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(data)}\n"
    files[meta + "RECORD"] = (record + meta + "RECORD,,\n").encode()
    with zipfile.ZipFile(directory / (base + "-py3-none-any.whl"), "w") as wheel:
        for path, data in files.items():
            wheel.writestr(path, data)


def main():
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True)
    for argument in sys.argv[2:]:
        name, _, needs = argument.partition(":")
        pack(directory, name, [need for need in needs.split(",") if need])


main()
