"""Is this the endpoint and the tenant that were set up: the endpoint list and the canary vendor.

Read after each sign-in, before anything else is asked (``posting_protocol.md 4.4``, ``fault_catalogue.md 63, 67``).
"""

from __future__ import annotations

from ml_connector.acumatica import values
from ml_connector.acumatica.contract import Contract, require_supported
from ml_connector.acumatica.ports import CanaryStore
from ml_connector.acumatica.reading import Reader
from ml_connector.acumatica.wire.client import ApiClient
from ml_connector.errors import ConfigurationError


class TenantProof:
    """The proof a session must give."""

    def __init__(self, contract: Contract, canary: CanaryStore, extended: str = "") -> None:
        self._contract = contract
        self._extended = extended
        self._canary = canary
        self._endpoint_seen = False

    def prove(self, client: ApiClient) -> None:
        """The pinned endpoint is served, and the canary vendor is the one we know; a first sign-in chooses it.

        Raises ConfigurationError ``acumatica.endpoint_version_missing`` or ``acumatica.wrong_tenant``.
        """
        if not self._endpoint_seen:
            self.recheck(client)
            self._endpoint_seen = True
        known = self._canary.load_canary()
        if known is None:
            self.choose(client)
            return
        vendor_id, record_id = known
        found = Reader(client, self._contract).fetch_record("Vendor", (vendor_id,))
        if found is None or values.record_id(found) != record_id.lower():
            raise _wrong_tenant(vendor_id, is_gone=found is None)

    def recheck(self, client: ApiClient) -> None:
        """The pinned endpoint and version, and the one to read by where there is one, stand in ``GET /entity``, in
        either of its shapes (1), and we know the pinned one."""
        served = parse_endpoints(client.read_from("entity"))
        pinned = (self._contract.endpoint.casefold(), self._contract.version)
        listed = {(name.casefold(), version) for name, version in served}
        if pinned in listed:
            require_supported(self._contract)
            self._require_extended(listed)
            return
        versions = sorted(version for name, version in served if name.casefold() == pinned[0])
        raise ConfigurationError(
            f"The instance does not serve endpoint {self._contract.endpoint}/{self._contract.version}; "
            + (f"it has {', '.join(versions)}." if versions else "it has no endpoint of that name."),
            fix="Set acumatica.version to one of these after checking the upgrade, and run connection check.",
            stage="endpoint_version",
            code="acumatica.endpoint_version_missing",
        )

    def _require_extended(self, listed: set[tuple[str, str]]) -> None:
        name, _, version = self._extended.partition("/")
        if name and (name.casefold(), version) not in listed:
            raise ConfigurationError(
                f"The instance does not serve endpoint {self._extended}, which acumatica.extended_endpoint names.",
                fix="Correct acumatica.extended_endpoint or leave it out, and run connection check.",
                stage="endpoint_version",
                code="acumatica.endpoint_version_missing",
            )

    def choose(self, client: ApiClient) -> str | None:
        """Choose the first Active vendor by id as the canary, and keep it; None where there is no Active vendor."""
        rows = Reader(client, self._contract).fetch_keys("Vendor", ("Status",))
        active = [row for row in rows if (values.text(row, "Status") or "").casefold() == "active"]
        if not active:
            return None
        first = min(active, key=lambda row: values.required_text(row, "VendorID").casefold())
        vendor_id = values.required_text(first, "VendorID")
        self._canary.save_canary(vendor_id, values.record_id(first))
        return vendor_id


def parse_endpoints(answer: object) -> set[tuple[str, str]]:
    """Name and version of every endpoint; an object with ``endpoints``, on older builds a bare array (1)."""
    listed = answer.get("endpoints") if isinstance(answer, dict) else answer
    found: set[tuple[str, str]] = set()
    for row in values.parse_rows(listed):
        name, version = row.get("name"), row.get("version")
        if isinstance(name, str) and isinstance(version, str):
            found.add((name, version))
    return found


def _wrong_tenant(vendor_id: str, *, is_gone: bool) -> ConfigurationError:
    saw = f"vendor {vendor_id} is not there" if is_gone else f"vendor {vendor_id} is another record"
    return ConfigurationError(
        f"Signed in to another company than set up: {saw}. Nothing was posted.",
        fix="Check tenant and client_id. If that vendor was deleted or renamed on purpose, run connection check with "
        "--new-canary.",
        stage="sign_in",
        code="acumatica.wrong_tenant",
    )
