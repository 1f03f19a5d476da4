#!/usr/bin/env python3
"""Verifies an export of Backstop's audit trail without Backstop: Python 3.9 or newer, and nothing else.

    python verify_export.py export.jsonl [--key KEY-ID …] [--checkpoint checkpoints.jsonl …]

It hashes every event anew, follows the chain, and checks the Ed25519 signatures of the checkpoints. `--key` names a
key that you trust (its id was told to you, or stands in your notes); keys that it introduced are trusted too.
`--checkpoint` adds checkpoints that you kept yourself, such as those copied from a channel. Ends with 0 when everything
fits.

Signatures are checked by the package `cryptography` where it is installed, and else by the code below (RFC 8032).
"""

import argparse
import hashlib
import json
import sys
from datetime import datetime
from pathlib import Path

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None

FORMAT = "backstop audit export 1"
GENESIS = hashlib.sha256(b"backstop audit trail").hexdigest()


class Broken(Exception):
    """Something does not fit; the text says what."""


def read(path):
    """The lines of a file, each a JSON object."""
    with Path(path).open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError:
                    raise Broken(f"line {number} of {path} is not JSON; the file was cut off or changed") from None


def verify(path, trusted, kept):
    """Checks the export; returns what is proven and what is not, as lines."""
    lines = read(path)
    header = next(lines, None)
    if not header or header.get("format") != FORMAT:
        raise Broken(f"{path} is not an export that this script knows")
    keys, checkpoints, number, previous = {}, [], header["first"] - 1, header["previous"]
    if number == 0 and previous != GENESIS:
        raise Broken("it does not begin where a trail begins")
    hashes, events = {number: previous}, []
    for one in lines:
        if one["kind"] == "key":
            keys[one["id"]] = one
        elif one["kind"] == "checkpoint":
            checkpoints.append(one)
        else:
            number += 1
            previous = hashes[number] = follow(previous, number, one)
            events.append((number, one["kind"] == "event", moment(one["at"])))
    shown = sum(is_shown for _, is_shown, _ in events)
    if shown != header["events"] or number != header["last"]:
        raise Broken(f"it has {shown} events up to {number}; there were {header['events']} up to {header['last']}")
    own = [one for other in kept for one in read(other) if one.get("kind", "checkpoint") == "checkpoint"]
    believed = believe(keys, trusted)
    signed = {check(one, keys, believed, hashes) for one in checkpoints + own if one["number"] in hashes}
    if number not in signed:
        raise Broken(f"no checkpoint signs event {number}, where the export ends")
    is_complete = covers(header, events)
    used = sum(one["number"] in hashes for one in own)
    return report(header, events, sorted(signed), used, sorted(believed), bool(trusted), is_complete)


def covers(header, events):
    """Whether it can be seen that nothing was left out which was asked for: so if only a period was."""
    if set(header["filters"]) - {"since", "until"}:
        return False
    since, until = (moment(header["filters"].get(name, "")) for name in ("since", "until"))
    for number, is_shown, at in events:
        if not is_shown and (since is None or at >= since) and (until is None or at < until):
            raise Broken(f"event {number} lies in the period that was asked for, and was left out")
    return header["first"] == 1 or (since is not None and events[0][2] < since)


def moment(text):
    """A time of the file; None for an empty text."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


def follow(previous, number, one):
    """The hash of the next event."""
    if one["number"] != number:
        raise Broken(f"event {number} is missing: event {one['number']} stands in its place")
    digest = one.get("digest", "")
    if one["kind"] == "event":
        digest = hashlib.sha256(bytes.fromhex(one["salt"]) + one["body"].encode()).hexdigest()
    found = hashlib.sha256(bytes.fromhex(previous) + f"{number}\n{one['at']}\n{digest}".encode()).hexdigest()
    if found != one["hash"]:
        raise Broken(f"event {number} is not what was written: its text, its time or its place was changed")
    return found


def believe(keys, trusted):
    """The ids of the keys that count: all, when none is named; else those, and the ones that they introduced."""
    for id, key in keys.items():
        if hashlib.sha256(bytes.fromhex(key["public"])).hexdigest()[:16] != id:
            raise Broken(f"the key {id} is not the one that its id says")
    if not trusted:
        return set(keys)
    believed = {id for id in keys if id in trusted}
    for _ in keys:
        for id, key in keys.items():
            by = key["introduced_by"]
            said = f"backstop audit key\n{key['public']}".encode()
            if by in believed and is_signed(keys[by]["public"], key["introduction"], said):
                believed.add(id)
    return believed


def check(one, keys, believed, hashes):
    """The number of a checkpoint that fits."""
    name = f"the checkpoint of event {one['number']} ({one['written']})"
    if one["key"] not in believed:
        raise Broken(f"{name} is signed with the key {one['key']}, which is not trusted")
    said = f"backstop audit checkpoint\n{one['number']}\n{one['hash']}\n{one['written']}\n{one['key']}".encode()
    if not is_signed(keys[one["key"]]["public"], one["signature"], said):
        raise Broken(f"{name} does not carry the signature of the key {one['key']}")
    if hashes[one["number"]] != one["hash"]:
        raise Broken(f"{name} names another hash: the chain was written anew")
    return one["number"]


def report(header, events, signed, used, believed, is_trusted, is_complete):
    """What is proven, and what is not."""
    told = "; ".join(f"{name} {value}" for name, value in header["filters"].items()) or "everything"
    shown = [at for _, is_shown, at in events if is_shown]
    span = f"from {shown[0]:%Y-%m-%d %H:%M:%S} to {shown[-1]:%Y-%m-%d %H:%M:%S} UTC" if shown else "none"
    yield f"PROVEN  {len(shown)} events ({told}) are as they were written, in their order, {span}."
    if len(shown) < len(events):
        yield f"PROVEN  {len(events) - len(shown)} other events stand at their places; only number and time are shown."
    if is_complete:
        yield "PROVEN  Nothing of that was left out."
    own = f", {used} of them kept by you" if used else ""
    yield f"PROVEN  {len(signed)} checkpoints fit{own}, the last at event {signed[-1]}; keys: {', '.join(believed)}."
    if not is_trusted:
        yield "NOT PROVEN  Whose keys these are: compare their ids with what you were told, and name them with --key."
    if not is_complete:
        yield "NOT PROVEN  That nothing else fits what was asked for; an export of the whole period shows that."
    yield f"NOT PROVEN  Anything after event {signed[-1]}."


def is_signed(public, signature, message):
    """Whether an Ed25519 signature holds; key and signature in hex."""
    try:
        key, given = bytes.fromhex(public), bytes.fromhex(signature)
    except ValueError:
        return False
    if Ed25519PublicKey is None:
        return is_signed_by_hand(key, given, message)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(given, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# Ed25519 as in RFC 8032, section 6, with points in extended coordinates. Only public values are used here.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def is_signed_by_hand(public, signature, message):
    """The same without any package."""
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r, s = point(public), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = times(s, BASE), add(r, times(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def point(data):
    """The point that 32 bytes stand for; None when there is none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def add(p, q):
    """The sum of two points."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, p):
    """A point so many times."""
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, p)
        p, number = add(p, p), number >> 1
    return total


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def main():
    """Reads the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("export")
    parser.add_argument("--key", action="append", default=[], help="the id of a key that you trust")
    parser.add_argument("--checkpoint", action="append", default=[], help="a file of checkpoints that you kept")
    asked = parser.parse_args()
    try:
        for line in verify(asked.export, set(asked.key), asked.checkpoint):
            sys.stdout.write(line + "\n")
    except Broken as error:
        sys.stdout.write(f"BROKEN  {error}.\n")
        return 1
    except (LookupError, TypeError, ValueError, OSError) as error:
        sys.stdout.write(f"BROKEN  the file cannot be read: {error!r}.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
