"""What can happen to the files of a bundle: damaged, mixed up, linked elsewhere, signed by others."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from scoring.bundle_verify import signature_bytes
from scoring.manifest import MANIFEST, SIGNATURE, Manifest
from scoring.signing_key import SigningKey
from tests.serving.places import APPROVER, TRAINER

Chance = random.Random
Mutation = Callable[[Path, Chance], None]

_EXTRA = (
    "extra.txt",
    "risk.pickle",
    ".hidden",
    "__init__.py",
    "a b.txt",
    "RISK.TXT",
    "card.json~",
    "risk\n.txt",
)
_TARGETS = ("/dev/zero", "/etc/hostname", "nowhere", "risk.txt", "../../champion.json", "/proc/self/environ")
_HUGE = (300 * 2**20, 2**40)


def mutate(folder: Path, chance: Chance) -> str:
    """Change something in a bundle's folder, and give the name of the change."""
    before = _look(folder)
    mutation = chance.choices(_SELDOM, k=1)[0] if chance.random() < 0.02 else chance.choice(_OFTEN)
    mutation(folder, chance)
    if _look(folder) == before:
        mutation = flipped
        mutation(folder, chance)
    return mutation.__name__


def flipped(folder: Path, chance: Chance) -> None:
    """Some bits of one file."""
    file = _any(folder, chance)
    content = bytearray(file.read_bytes())
    for place in {chance.randrange(len(content)) for _ in range(chance.randint(1, 3))}:
        content[place] ^= 1 << chance.randrange(8)
    file.write_bytes(content)


def cut(folder: Path, chance: Chance) -> None:
    """The end of one file is gone."""
    file = _any(folder, chance)
    file.write_bytes(file.read_bytes()[: chance.randrange(file.stat().st_size)])


def grown(folder: Path, chance: Chance) -> None:
    """One file has more in it."""
    file = _any(folder, chance)
    content = file.read_bytes()
    at = chance.choice([0, len(content), chance.randrange(len(content))])
    added = chance.choice([b"\n", b"\xef\xbb\xbf", b"\0", content, chance.randbytes(99)])
    file.write_bytes(content[:at] + added + content[at:])


def noise(folder: Path, chance: Chance) -> None:
    """One file is noise of its size."""
    file = _any(folder, chance)
    file.write_bytes(chance.randbytes(file.stat().st_size))


def swapped(folder: Path, chance: Chance) -> None:
    """Two files have changed places."""
    one, other = chance.sample(sorted(folder.iterdir()), 2)
    held = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(held)


def renamed(folder: Path, chance: Chance) -> None:
    """One file has another name."""
    file = _any(folder, chance)
    file.rename(file.with_name(chance.choice([file.name.upper(), f"{file.stem}2{file.suffix}", file.stem])))


def missing(folder: Path, chance: Chance) -> None:
    """Some files are gone, or all."""
    files = sorted(folder.iterdir())
    for file in chance.sample(files, chance.choice([1, 1, 2, len(files)])):
        file.unlink()


def extra(folder: Path, chance: Chance) -> None:
    """A file too many, of a good or a strange name; or a hundred, or a folder."""
    way = chance.randrange(4)
    if way == 0:
        (folder / os.fsdecode(b"\xff\xfe.txt")).write_bytes(b"x")
    elif way == 1:
        for number in range(100):
            (folder / f"extra_{number}.txt").write_bytes(b"x")
    elif way == 2:
        (folder / "more").mkdir()
    else:
        (folder / chance.choice(_EXTRA)).write_bytes(b"x")


def linked(folder: Path, chance: Chance) -> None:
    """A file is a link: to a device, to nowhere, to itself, to its own content elsewhere."""
    file = _any(folder, chance)
    aside = folder.parent / f".aside-{file.name}"
    shutil.copy(file, aside)
    file.unlink()
    file.symlink_to(chance.choice([*_TARGETS, str(aside)]))


def folder_linked(folder: Path, _: Chance) -> None:
    """The folder is a link to the whole bundle elsewhere."""
    aside = folder.with_name(".aside")
    folder.rename(aside)
    folder.symlink_to(aside)


def no_file(folder: Path, chance: Chance) -> None:
    """A file is a folder, a pipe, or the bundle itself is a file or gone."""
    file = _any(folder, chance)
    file.unlink()
    way = chance.randrange(4)
    if way == 0:
        file.mkdir()
    elif way == 1:
        os.mkfifo(file)
    else:
        shutil.rmtree(folder)
        if way == 2:
            folder.write_bytes(b"a bundle")


def huge(folder: Path, chance: Chance) -> None:
    """A file is larger than any bundle, and as good as empty on the disk."""
    os.truncate(_any(folder, chance), chance.choice(_HUGE))


def edited_manifest(folder: Path, chance: Chance) -> None:
    """The manifest says something else."""
    told = json.loads((folder / MANIFEST).read_bytes())
    entry = told["files"][chance.choice(list(told["files"]))]
    change: Callable[[], object] = chance.choice(
        [
            lambda: told.update(schema="tamiz-bundle/2"),
            lambda: told.update(created_at=chance.choice(["2020-01-01T00:00:00+00:00", "", 7, None])),
            told["files"].popitem,
            lambda: told["files"].update({"../../x.txt": entry}),
            lambda: entry.update(size=chance.choice([0, -1, 1.5, "1", 2**70])),
            lambda: entry.update(sha256="0" * 64),
            lambda: told.update(files=chance.choice([[], None, {}, "all"])),
        ]
    )
    change()
    (folder / MANIFEST).write_text(json.dumps(told, sort_keys=True, indent=1) + "\n")


def edited_with_manifest(folder: Path, chance: Chance) -> None:
    """A model, or the calibration, is edited, and the manifest made to fit; nobody signed it."""
    _edit(folder, chance)
    _manifest_again(folder)


def signed_by_nobody(folder: Path, chance: Chance) -> None:
    """The same, signed by a key that nobody registered, or by the approver's."""
    _edit(folder, chance)
    _sign(folder, chance.choice([SigningKey.create(), APPROVER]))


def strange_signature(folder: Path, chance: Chance) -> None:
    """The signature is of another key, of other bytes, or none."""
    told = json.loads((folder / SIGNATURE).read_bytes())
    foreign = SigningKey.create()
    other = foreign.sign((folder / MANIFEST).read_bytes())
    told |= chance.choice(
        [
            {"signature": other.signature},
            {"fingerprint": other.fingerprint},
            {"signature": other.signature, "fingerprint": other.fingerprint},
            {"signature": told["signature"].upper()},
            {"signature": ""},
            {"signature": TRAINER.sign(b"other bytes").signature},
            {"fingerprint": APPROVER.fingerprint},
            {"extra": 1},
        ]
    )
    (folder / SIGNATURE).write_text(json.dumps(told, sort_keys=True) + "\n")


def signed_though_damaged(folder: Path, chance: Chance) -> None:
    """The trainer's own signature over a model that answers otherwise, or is no model."""
    _edit(folder, chance)
    _sign(folder, TRAINER)


def other_bundle(folder: Path, _: Chance) -> None:
    """Another whole bundle of the trainer's, which nobody approved, in the place of the one that was."""
    (folder / "card.md").write_text("# A bundle that nobody approved")
    _sign(folder, TRAINER)


def _any(folder: Path, chance: Chance) -> Path:
    return chance.choice(sorted(folder.iterdir()))


def _edit(folder: Path, chance: Chance) -> None:
    file = folder / chance.choice(["risk.txt", "value_50.txt", "anomaly.txt"])
    text = file.read_text()
    start = text.index("leaf_value=") + len("leaf_value=")
    file.write_text(f"{text[:start]}9{text[start:]}")


def _manifest_again(folder: Path) -> bytes:
    old = Manifest.read((folder / MANIFEST).read_bytes())
    contents = {name: (folder / name).read_bytes() for name in old.files}
    made = Manifest.of(contents, old.created_at).to_bytes()
    (folder / MANIFEST).write_bytes(made)
    return made


def _sign(folder: Path, key: SigningKey) -> None:
    signature = key.sign(_manifest_again(folder))
    (folder / SIGNATURE).write_bytes(signature_bytes(signature))


def _look(folder: Path) -> object:
    if folder.is_symlink() or not folder.is_dir():
        return None
    return {
        file.name: (file.lstat().st_size, file.read_bytes() if _is_small(file) else None)
        for file in folder.iterdir()
    }


def _is_small(file: Path) -> bool:
    return file.is_file() and not file.is_symlink() and file.stat().st_size < 2**26


_OFTEN: Sequence[Mutation] = (
    flipped, flipped, cut, grown, noise, swapped, renamed, missing, extra, linked, folder_linked, no_file,
    huge, edited_manifest, edited_with_manifest, signed_by_nobody, strange_signature,
)  # fmt: skip
_SELDOM: Sequence[Mutation] = (signed_though_damaged, other_bundle)
"""These are tried as models, which takes seconds."""
