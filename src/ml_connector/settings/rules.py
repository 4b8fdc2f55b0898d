"""Rules of single values, pure: each takes a text and says what is wrong with it, or None.

A sentence has no subject (the value stands before it) and no full stop. Nothing here looks at the network or the disk:
whether a host answers or a file exists is found out where it is used.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from ml_connector.settings.faults import nearest_name

_PATTERN_PARTS = 2
_LOOPBACK_NAMES = frozenset({"127.0.0.1", "::1", "localhost"})
_HOST_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_HOST_LENGTH_MAX = 253
_ATTRIBUTE = re.compile(r"[A-Za-z0-9_]{1,30}")
_DIMENSIONS = frozenset({"BRANCH", "PROJECT", "TASK", "COSTCODE", "TERMS", "TAXCATEGORY", "ITEM"})
_KEY_ALGORITHMS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "rsa-sha2-256",
    "rsa-sha2-512",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_BLACKOUT = re.compile(
    r"((Mon|Tue|Wed|Thu|Fri|Sat|Sun)(-(Mon|Tue|Wed|Thu|Fri|Sat|Sun))? )?"
    r"([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"
)
_CRON_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")),
    ("day of the week", 0, 7, ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")),
)
_CRON_PART = re.compile(r"(\*|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(/[0-9]{1,4})?")


def instance_url_rule(text: str) -> str | None:
    """An instance address: https, http on this machine only, no user, no query (``security_checklist.md 24``)."""
    if not text.isprintable() or " " in text or "\\" in text:
        return "must not hold blanks, backslashes or control characters"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return "must begin with https:// and a host, such as https://erp.example.com/AcumaticaERP"
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK_NAMES:
        return "must begin with https:// (plain http only for 127.0.0.1, ::1 or localhost)"
    if "@" in text:
        return "must not hold a user or a password"
    if "?" in text or "#" in text:
        return "must not hold a question mark or a number sign"
    if port == 0:
        return "must not name port 0"
    return _path_rule(parts) or _named_host_rule(parts.hostname)


def _path_rule(parts: SplitResult) -> str | None:
    segments = parts.path.split("/")
    if ".." in segments or "." in segments:
        return "must not hold . or .. as a folder"
    if any(segment in ("entity", "identity") for segment in segments):
        return "must end with the virtual directory, before /entity or /identity"
    return None


def host_rule(text: str) -> str | None:
    """The name or the numeric address of a server, nothing around it."""
    if "://" in text:
        return "must be the host alone, without sftp://"
    if "@" in text:
        return "must be the host alone; the user goes to username"
    if text.count(":") == 1:
        return "must be the host alone; the port goes to port"
    return _named_host_rule(text)


def _named_host_rule(host: str) -> str | None:
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return "is not a numeric address"
        return None
    labels = host.removesuffix(".").split(".")
    if len(host) > _HOST_LENGTH_MAX or not all(_HOST_LABEL.fullmatch(label) for label in labels):
        return "is not the name of a host"
    return None


def host_key_rule(text: str) -> str | None:
    """One OpenSSH public key: algorithm, base64, optional comment; the pin of ``security_checklist.md 31``."""
    words = text.split()
    if words and words[0].startswith(("SHA256:", "MD5:")):
        return "is a fingerprint; the full public key is needed"
    if words and words[0] == "ssh-dss":
        return "is a DSA key, which is too weak"
    if not words or words[0] not in _KEY_ALGORITHMS:
        return "must begin with the algorithm, such as ssh-ed25519 AAAA..., with no host name before it"
    if len(words) == 1 or not _BASE64.fullmatch(words[1]):
        return "must hold the whole key in base64 after the algorithm"
    return None


def remote_folder_rule(text: str) -> str | None:
    """A folder on the SFTP server, with slashes."""
    if not text.isprintable() or "\\" in text:
        return "must not hold backslashes or control characters"
    if ".." in text.split("/"):
        return "must not hold .. as a folder"
    return None


def pattern_rule(text: str) -> str | None:
    """A pattern of file names, such as ``invoices_*.csv``, or of folders with one, such as ``*/invoice.csv``."""
    parts = text.split("/")
    if not text.isprintable() or "\\" in text or len(parts) > _PATTERN_PARTS or {"", ".", ".."} & {*parts}:
        return "must be a pattern of file names such as invoices_*.csv, with one folder before it at most"
    return None


def time_zone_rule(text: str) -> str | None:
    """A name of the time zone database, such as ``America/New_York``."""
    try:
        ZoneInfo(text)
        return None
    except (KeyError, OSError, ValueError):
        # Not found is a KeyError, a folder of the database an OSError, a path a ValueError.
        near = nearest_name(text, available_timezones())
    return f"is no time zone{f' (nearest: {near})' if near else ', such as America/New_York'}"


def version_rule(text: str) -> str | None:
    """A contract version such as ``24.200.001``."""
    if not re.fullmatch(r"[0-9A-Za-z]+([._-][0-9A-Za-z]+)*", text):
        return "must be a version such as 24.200.001"
    return None


def endpoint_rule(text: str) -> str | None:
    """The name of a contract endpoint, such as ``Default``."""
    if not re.fullmatch(r"[0-9A-Za-z_]+", text):
        return "must be the name of an endpoint, such as Default"
    return None


def extended_endpoint_rule(text: str) -> str | None:
    """Name and version of an endpoint, such as ``Extended/24.200.001``."""
    name, slash, version = text.partition("/")
    if not slash or endpoint_rule(name) or version_rule(version):
        return "must be name/version, such as Extended/24.200.001"
    return None


def attribute_rule(text: str) -> str | None:
    """The id of an attribute, such as ``STAMPLIMARK``, without the word Attribute before it."""
    return None if _ATTRIBUTE.fullmatch(text) else "must be the attribute's id: letters, digits and _ alone"


def dimension_attribute_rule(text: str) -> str | None:
    """The id of an attribute whose values are a dimension under that name."""
    if text.upper() in _DIMENSIONS or text.upper().startswith("SEGMENT"):
        return "is the name of another dimension"
    return attribute_rule(text)


def client_id_rule(text: str) -> str | None:
    """The identity of a connected application; after an @ stands the tenant (``acumatica_api.md``)."""
    if not text.isprintable() or " " in text:
        return "must not hold blanks or control characters"
    identity, at, tenant = text.partition("@")
    if not identity or (at and not tenant) or "@" in tenant:
        return "must be GUID@Tenant"
    return None


def plain_text_rule(text: str) -> str | None:
    """Text on one line."""
    return None if text.isprintable() else "must not hold control characters"


def blackout_rule(text: str) -> str | None:
    """A span of the week in which nothing is posted, such as ``Mon-Fri 06:00-06:30``."""
    if not _BLACKOUT.fullmatch(text):
        return "must be days and hours such as Mon-Fri 06:00-06:30, or hours alone"
    return None


def cron_rule(text: str) -> str | None:
    """A cron line of five fields; the engine's own parser has the last word."""
    fields = text.split()
    if len(fields) != len(_CRON_FIELDS):
        return "must have five fields: minute, hour, day of the month, month, day of the week"
    for field, (name, least, most, names) in zip(fields, _CRON_FIELDS, strict=True):
        for part in field.split(","):
            if not _CRON_PART.fullmatch(part) or not _cron_part_holds(part, least, most, names=names):
                return f"has a wrong {name} ({field}): numbers from {least} to {most}, *, a-b, a,b or */n"
    return None


def _cron_part_holds(part: str, least: int, most: int, *, names: tuple[str, ...]) -> bool:
    span, slash, step = part.partition("/")
    if slash and int(step) == 0:
        return False
    if span == "*":
        return True
    values = [_cron_value(word, least, names) for word in span.split("-")]
    return all(value is not None and least <= value <= most for value in values)


def _cron_value(word: str, least: int, names: tuple[str, ...]) -> int | None:
    if word.upper() in names:
        return names.index(word.upper()) + least
    return int(word) if word.isascii() and word.isdigit() and len(word) <= len("59") else None
