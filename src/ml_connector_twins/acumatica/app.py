"""The ASGI application of a site: the ERP below its virtual directory, the control interface below ``/twin``.

Only joins the two; neither room knows the other.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ml_connector_twins.acumatica.control.routes import answer_control
from ml_connector_twins.acumatica.instance import Site
from ml_connector_twins.acumatica.web.calls import Answer, Call, exception_answer
from ml_connector_twins.acumatica.web.room import Room

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]


def build_app(site: Site) -> Starlette:
    """The application that serves one site."""
    room = Room(site)

    async def serve(request: Request) -> Response:
        body = await request.body()
        path = str(request.scope["path"])  # percent-decoded on purpose: a slash inside a key cannot be escaped (1)
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = request.scope["query_string"].decode("latin-1")
        call = Call(request.method, path, query, headers, body)
        if path.startswith("/twin/"):
            return _response(answer_control(site, room.sessions, room.operations, call))
        root = site.options.virtual_directory
        if root and not path.startswith(f"{root}/"):
            return _response(exception_answer("Not found.", status=404))
        host = f"{request.url.scheme}://{request.url.netloc}"
        below = Call(request.method, path.removeprefix(root), query, headers, body)
        return _response(await room.answer(below, host, str(request.scope.get("twin.fault", ""))))

    return Starlette(routes=[Route("/{path:path}", serve, methods=_METHODS)])


def _response(answer: Answer) -> Response:
    response = Response(answer.body, status_code=answer.status)
    for name, value in answer.headers:
        response.headers.append(name, value)
    return response
