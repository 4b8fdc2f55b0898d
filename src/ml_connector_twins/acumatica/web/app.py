"""Routing below the virtual directory: which room answers which URL (``acumatica_api.md`` 1)."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ml_connector_twins.acumatica.contract import ENDPOINT, VERSIONS, contracts
from ml_connector_twins.acumatica.control.routes import answer_control
from ml_connector_twins.acumatica.instance import RequestEntry, Site
from ml_connector_twins.acumatica.records.values import render_instant
from ml_connector_twins.acumatica.web.actions import poll_action, start_action
from ml_connector_twins.acumatica.web.calls import (
    Answer,
    Call,
    Refused,
    exception_answer,
    json_answer,
    not_found,
)
from ml_connector_twins.acumatica.web.identity import (
    SESSION_COOKIE,
    discovery,
    login,
    login_limit_answer,
    logout,
    need_length,
    session_of,
    token_answer,
)
from ml_connector_twins.acumatica.web.reading import Target, read_list, read_single
from ml_connector_twins.acumatica.web.sessions import LoginLimit, NotSignedIn, Session, Sessions
from ml_connector_twins.acumatica.web.writing import delete_record, put_record

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
_LOGIN = "/entity/auth/login"
_LOGOUT = "/entity/auth/logout"


class Room:
    """Answers one site's requests."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.sessions = Sessions(site)

    async def answer(self, call: Call, host: str) -> Answer:
        """The answer to one call; the request is logged whatever becomes of it."""
        entry = self._logged(call)
        try:
            answer = await self._routed(call, host, entry)
        except Refused as refused:
            answer = refused.answer
        except LoginLimit:
            answer = login_limit_answer(self.site)
        except NotSignedIn:
            answer = exception_answer("You are not currently logged in.", status=401)
        entry.status = answer.status
        return answer

    def _logged(self, call: Call) -> RequestEntry:
        is_poll = "/status/" in call.path
        entry = RequestEntry(
            index=len(self.site.requests) + 1,
            at=render_instant(self.site.clock.now()),
            method=call.method,
            path=call.path,
            query=call.query,
            body="" if call.path.startswith(("/identity", _LOGIN)) else call.body.decode("utf-8", "replace"),
            counted=not is_poll,
            branch=call.header("px-cbapibranch"),
        )
        self.site.requests.append(entry)
        return entry

    async def _routed(self, call: Call, host: str, entry: RequestEntry) -> Answer:
        path = call.path.rstrip("/")
        base = f"{host}{self.site.options.virtual_directory}"
        if path == "/identity/.well-known/openid-configuration":
            return discovery(base)
        if path == "/identity/connect/token" and call.method == "POST":
            return token_answer(self.site, self.sessions, call)
        if path == "/entity" and call.method == "GET":
            return self._endpoint_list()
        if path == _LOGIN and call.method == "POST":
            return login(self.site, self.sessions, call)
        if not path.startswith("/entity/"):
            raise not_found(call.path)
        session = session_of(self.sessions, call)
        entry.session = session.id
        if path == _LOGOUT and call.method == "POST":
            need_length(call)
            return logout(self.sessions, session)
        answer = await self._entity(call, session)
        if call.cookies().get(SESSION_COOKIE) != session.id:
            cookie = f"{SESSION_COOKIE}={session.id}; path=/; HttpOnly; SameSite=Lax"
            answer = Answer(answer.status, answer.body, (*answer.headers, ("set-cookie", cookie)))
        return answer

    def _endpoint_list(self) -> Answer:
        root = self.site.options.virtual_directory
        rows = [{"name": ENDPOINT, "version": v, "href": f"{root}/entity/{ENDPOINT}/{v}/"} for v in VERSIONS]
        if self.site.switches.at("endpoint_list_shape") == "bare_array":
            return json_answer(rows)
        version = {"acumaticaBuildVersion": self.site.options.build, "databaseVersion": self.site.options.build}
        return json_answer({"version": version, "endpoints": rows})

    async def _entity(self, call: Call, session: Session) -> Answer:
        endpoint, version, *tail = [*call.path.removeprefix("/entity/").split("/"), ""]
        tail = [part for part in tail if part]
        contract = contracts().get(version) if endpoint == ENDPOINT else None
        if contract is None or not tail:
            raise not_found(f"Endpoint {endpoint}/{version}")
        entity = contract.top_level(tail[0])
        if entity is None:
            raise not_found(f"Entity {tail[0]}")
        base_url = f"{self.site.options.virtual_directory}/entity/{ENDPOINT}/{version}"
        target = Target(self.site, self.site.books[session.tenant], contract, entity, base_url)
        rest = tail[1:]
        match call.method:
            case "GET" if rest and len(rest) == 3 and rest[1] == "status":
                return poll_action(target, session, rest[2])
            case "GET":
                return read_single(target, call, rest) if rest else read_list(target, call)
            case "PUT":
                return await put_record(target, call, session)
            case "DELETE":
                return delete_record(target, rest)
            case "POST":
                return start_action(target, call, session, rest)
            case _:
                return exception_answer("The requested resource does not support this method.", status=405)


def build_app(site: Site) -> Starlette:
    """The ASGI application of a site: the ERP below its virtual directory, the control interface below ``/twin``."""
    room = Room(site)

    async def serve(request: Request) -> Response:
        body = await request.body()
        path = str(request.scope["path"])  # percent-decoded on purpose: a slash inside a key cannot be escaped (1)
        headers = {name.lower(): value for name, value in request.headers.items()}
        host = f"{request.url.scheme}://{request.url.netloc}"
        query = request.scope["query_string"].decode("latin-1")
        call = Call(request.method, path, query, headers, body)
        if path.startswith("/twin/"):
            return _response(answer_control(site, room.sessions, call))
        root = site.options.virtual_directory
        if root and not path.startswith(f"{root}/"):
            return _response(exception_answer("Not found.", status=404))
        below = Call(request.method, path.removeprefix(root), query, headers, body)
        return _response(await room.answer(below, host))

    return Starlette(routes=[Route("/{path:path}", serve, methods=_METHODS)])


def _response(answer: Answer) -> Response:
    response = Response(answer.body, status_code=answer.status)
    for name, value in answer.headers:
        response.headers.append(name, value)
    return response
