"""Routing below the virtual directory: which room answers which URL (``acumatica_api.md`` 1)."""

from __future__ import annotations

from ml_connector_twins.acumatica.contract import ENDPOINT, VERSIONS, Contract, contracts, original_20, without_fields
from ml_connector_twins.acumatica.instance import RequestEntry, Site
from ml_connector_twins.acumatica.web.calls import Answer, Call, Refused, exception_answer, json_answer, not_found
from ml_connector_twins.acumatica.web.journal import logged
from ml_connector_twins.acumatica.web.odata.requests import answer_odata, is_odata
from ml_connector_twins.acumatica.web.query.reading import Target, read_list, read_single
from ml_connector_twins.acumatica.web.schema.documents import endpoint_document
from ml_connector_twins.acumatica.web.schema.skeletons import schema_answer
from ml_connector_twins.acumatica.web.sign_in.authorize import Codes, authorize
from ml_connector_twins.acumatica.web.sign_in.identity import (
    SESSION_COOKIE,
    discovery,
    login,
    login_limit_answer,
    logout,
    need_length,
    session_of,
    user_info,
)
from ml_connector_twins.acumatica.web.sign_in.sessions import LoginLimit, NotSignedIn, Session, Sessions
from ml_connector_twins.acumatica.web.sign_in.tokens import revocation_answer, token_answer
from ml_connector_twins.acumatica.web.throttle import Throttle
from ml_connector_twins.acumatica.web.writes.actions import poll_action, start_action
from ml_connector_twins.acumatica.web.writes.attachments import answer_files, attach_by_keys
from ml_connector_twins.acumatica.web.writes.operations import Operations
from ml_connector_twins.acumatica.web.writes.writing import delete_record, patch_record, put_record

_LOGIN = "/entity/auth/login"
_LOGOUT = "/entity/auth/logout"
_STATUS_PARTS = 3


class Room:
    """Answers one site's requests."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.sessions = Sessions(site)
        self.codes = Codes(site)
        self.operations = Operations()
        self.throttle = Throttle(site)

    async def answer(self, call: Call, host: str, fault: str) -> Answer:
        """The answer to one call; the request is logged whatever becomes of it."""
        entry = logged(self.site, call, fault)
        never_queued = not entry.counted or call.path.rstrip("/") == _LOGOUT
        try:
            async with self.throttle.admitted(counted=not never_queued):
                answer = await self._routed(call, host, entry)
        except Refused as refused:
            answer = refused.answer
        except LoginLimit:
            answer = login_limit_answer(self.site)
        except NotSignedIn:
            answer = exception_answer("You are not currently logged in.", status=401)
        entry.status = answer.status
        return answer

    async def _routed(self, call: Call, host: str, entry: RequestEntry) -> Answer:
        path = call.path.rstrip("/")
        if path.startswith("/identity/"):
            return self._identity(call, path.removeprefix("/identity/"), host)
        if path == "/entity" and call.method == "GET":
            return self._endpoint_list()
        if path == _LOGIN and call.method == "POST":
            return login(self.site, self.sessions, call)
        if is_odata(path):
            return answer_odata(self.site, self.sessions, call, f"{host}{self.site.options.virtual_directory}")
        if not path.startswith("/entity/"):
            raise not_found(call.path)
        session = session_of(self.sessions, call)
        entry.session = session.id
        if path == _LOGOUT and call.method == "POST":
            need_length(call)
            return logout(self.sessions, session)
        answer = await self._endpoint(call, session, host)
        if call.cookies().get(SESSION_COOKIE) != session.id:
            cookie = f"{SESSION_COOKIE}={session.id}; path=/; HttpOnly; SameSite=Lax"
            answer = Answer(answer.status, answer.body, (*answer.headers, ("set-cookie", cookie)))
        return answer

    def _identity(self, call: Call, path: str, host: str) -> Answer:
        match (call.method, path):
            case ("GET", ".well-known/openid-configuration"):
                return discovery(self.site, f"{host}{self.site.options.virtual_directory}")
            case ("GET" | "POST", "connect/authorize"):
                return authorize(self.site, self.codes, self.sessions.door, call)
            case ("POST", "connect/token"):
                return token_answer(self.site, self.sessions, self.codes, call)
            case ("GET" | "POST", "connect/userinfo"):
                return user_info(self.site, self.sessions, call)
            case ("POST", "connect/revocation") if self.site.switches.on("revocation_endpoint"):
                return revocation_answer(self.site, self.sessions, call)
            case _:
                raise not_found(call.path)

    def _endpoint_list(self) -> Answer:
        root = self.site.options.virtual_directory
        rows = [{"name": ENDPOINT, "version": v, "href": f"{root}/entity/{ENDPOINT}/{v}/"} for v in self._versions()]
        if self.site.switches.at("endpoint_list_shape") == "bare_array":
            return json_answer(rows)
        version = {"acumaticaBuildVersion": self.site.options.build, "databaseVersion": self.site.options.build}
        return json_answer({"version": version, "endpoints": rows})

    def _versions(self) -> list[str]:
        return [version for version in VERSIONS if version in self.site.switches.words("versions")]

    def _contract(self, version: str) -> Contract | None:
        if version not in self._versions():
            return None
        original = version == VERSIONS[0] and self.site.switches.at("version_20_fields") == "original"
        contract = original_20() if original else contracts()[version]
        return without_fields(contract, tuple(self.site.switches.words("fields_gone")))

    async def _endpoint(self, call: Call, session: Session, host: str) -> Answer:
        endpoint, version, *tail = [*call.path.removeprefix("/entity/").split("/"), ""]
        tail = [part for part in tail if part]
        contract = self._contract(version) if endpoint == ENDPOINT else None
        if contract is None or not tail:
            raise not_found(f"Endpoint {endpoint}/{version}")
        base_url = f"{self.site.options.virtual_directory}/entity/{ENDPOINT}/{version}"
        books = self.site.books[session.tenant]
        if tail[0] == "files":
            return answer_files(books, call, tail[1:], base_url)
        if tail == ["swagger.json"] and call.method == "GET":
            return json_answer(endpoint_document(contract, f"{host}{base_url}"))
        entity = contract.top_level(tail[0])
        if entity is None:
            raise not_found(f"Entity {tail[0]}")
        if entity.name == "Subaccount" and not self.site.switches.on("subaccounts_feature"):
            raise Refused(exception_answer("Access denied: the Subaccounts feature is off.", status=403))
        return await self._entity(Target(self.site, books, contract, entity, base_url), call, session, tail[1:])

    async def _entity(self, target: Target, call: Call, session: Session, rest: list[str]) -> Answer:
        if call.method == "GET" and len(rest) == _STATUS_PARTS and rest[1] == "status":
            return poll_action(session, rest[2], self.operations)
        if self.site.switches.at("busy_session") == "refuse":
            self.operations.check_free(session, target.entity.screen)
        match call.method:
            case "GET" if rest == ["$adHocSchema"]:
                return schema_answer(target)
            case "GET":
                return read_single(target, call, rest) if rest else read_list(target, call)
            case "PUT" if "files" in rest:
                return attach_by_keys(target, call, rest)
            case "PUT":
                return await put_record(target, call, session)
            case "PATCH" if self.site.switches.on("patch"):
                return await patch_record(target, call, session, rest)
            case "DELETE":
                return delete_record(target, rest)
            case "POST":
                return start_action(target, call, rest, session=session, operations=self.operations)
            case _:
                return exception_answer("The requested resource does not support this method.", status=405)
