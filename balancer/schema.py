"""The API's description: what no view can say of itself, and how it is served."""

from functools import cache
from hashlib import sha256
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

from access.openapi import HEADERS


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular's hook: the path of this host as the server, so that no host's name is in the document; and what the
    headers mean, once."""
    result["servers"] = [{"url": "/", "description": "this service"}]
    result["components"]["headers"] = HEADERS
    return result


class SchemaView(SpectacularAPIView):
    """The description as JSON, or as YAML for whoever asks for it. It is the same for everybody and takes long to make: each
    process makes it once in each form."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        renderer: Any = type(request.accepted_renderer)
        media, body, tag = _rendered(renderer)
        if request.headers.get("If-None-Match") == tag:
            return HttpResponse(status=304, headers={"ETag": tag})
        return HttpResponse(body, content_type=media, headers={"ETag": tag, "Cache-Control": "public, max-age=300"})


@cache
def _rendered(renderer: Any) -> tuple[str, bytes, str]:
    """Media type, body and entity tag of the description by one of DRF's renderers."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    body = renderer().render(document, renderer_context={})
    return renderer.media_type, body, f'"{sha256(body).hexdigest()[:24]}"'
