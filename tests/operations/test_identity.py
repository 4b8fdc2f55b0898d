"""What a connection is, fixed at the first check: another system is refused, the same one under a new name is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.values.records import Identity
from ml_connector.errors import ConfigurationError
from ml_connector.operations.identity import confirm_identity, require_identity, require_pin

PLACE = ("https://erp.example.com/erp", "HRB", "HRB01")
MOVED = ("https://new.example.com/erp", "HRB", "HRB01")


class Kept:
    """Where the identity is kept."""

    def __init__(self, identity: Identity | None = None) -> None:
        self.identity = identity

    def load_identity(self) -> Identity | None:
        return self.identity

    def save_identity(self, identity: Identity) -> None:
        assert self.identity is None, "it is written once"
        self.identity = identity

    def save_confirmed(self, url: str, tenant: str, company: str) -> None:
        assert self.identity is not None
        self.identity = replace(self.identity, confirmed=(url, tenant, company))


class SignIns:
    """Counts sign-ins, or refuses one."""

    def __init__(self, error: Exception | None = None) -> None:
        self.count = 0
        self.error = error

    def __call__(self) -> None:
        self.count += 1
        if self.error is not None:
            raise self.error


def test_the_first_use_signs_in_and_keeps_what_is_named() -> None:
    kept, sign_in = Kept(), SignIns()
    require_identity(kept, PLACE, sign_in)
    require_identity(kept, PLACE, sign_in)
    assert (kept.identity, sign_in.count) == (Identity(*PLACE), 1)


def test_nothing_is_kept_where_nobody_could_sign_in() -> None:
    kept = Kept()
    with pytest.raises(ConfigurationError):
        require_identity(kept, PLACE, SignIns(ConfigurationError("the password is refused")))
    assert kept.identity is None


@pytest.mark.parametrize(
    "now",
    [PLACE, ("https://ERP.example.com/erp/", "hrb", "HRB01")],
)
def test_the_same_system_is_known_by_any_spelling_of_host_and_tenant(now: tuple[str, str, str]) -> None:
    sign_in = SignIns()
    require_identity(Kept(Identity(*PLACE)), now, sign_in)
    assert sign_in.count == 0


@pytest.mark.parametrize(
    ("now", "named"),
    [
        (MOVED, "acumatica.url was 'https://erp.example.com/erp' and is now 'https://new.example.com/erp'"),
        ((PLACE[0], "OTHER", PLACE[2]), "acumatica.tenant was 'HRB' and is now 'OTHER'"),
        ((*PLACE[:2], "hrb01"), "stampli.company was 'HRB01' and is now 'hrb01'"),
    ],
)
def test_another_system_is_refused_by_name(now: tuple[str, str, str], named: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        require_identity(Kept(Identity(*PLACE)), now, SignIns())
    assert (raised.value.code, raised.value.at) == ("settings.identity_differs", "settings")
    assert named in raised.value.message and "--new-identity" in raised.value.fix


def test_a_check_keeps_a_first_identity_and_refuses_another_one() -> None:
    kept = Kept()
    confirm_identity(kept, PLACE, new_identity=False)
    confirm_identity(kept, PLACE, new_identity=False)
    with pytest.raises(ConfigurationError):
        confirm_identity(kept, MOVED, new_identity=False)
    assert kept.identity == Identity(*PLACE)


def test_a_confirmed_name_is_good_from_then_on_and_the_stored_identity_stays() -> None:
    kept = Kept(Identity(*PLACE))
    confirm_identity(kept, MOVED, new_identity=True)
    assert kept.identity == Identity(*PLACE, confirmed=MOVED)
    for place in (PLACE, MOVED):
        require_identity(kept, place, SignIns())
        confirm_identity(kept, place, new_identity=False)
    with pytest.raises(ConfigurationError):
        require_identity(kept, (*PLACE[:2], "OTHER"), SignIns())


def test_a_connection_without_a_pinned_host_key_goes_no_further() -> None:
    require_pin("harbor", ["ssh-ed25519 AAAA"])
    with pytest.raises(ConfigurationError) as raised:
        require_pin("harbor", [])
    assert (raised.value.code, raised.value.at) == ("settings.no_host_key", "settings")
