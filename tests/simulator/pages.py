"""What proxies and portals answer in the provider's place."""

from aiohttp import web

from .faults import Fault
from .strikes import Strike

PROXY = (
    "<html><head><title>{status} Bad Gateway</title></head><body><center>"
    "<h1>{status} Bad Gateway</h1></center><hr><center>nginx</center></body></html>"
)
LOGIN = (
    "<!doctype html><html><head><title>Welcome to the guest network</title></head><body>"
    '<form method="post" action="/login"><input name="room"><button>Connect</button></form></body></html>'
)
LOGIN_PATH = "/login"


def login_page() -> web.Response:
    """Return the page of a network that wants to be logged in to."""
    return web.Response(text=LOGIN, content_type="text/html")


def redirect(status: int, location: str) -> web.Response:
    """Return an answer that leads elsewhere."""
    return web.Response(status=status, headers={"Location": location})


def page(strike: Strike) -> web.Response:
    """Return the page that a fault puts in the place of an answer."""
    if strike.fault in {Fault.HTTP_REDIRECT, Fault.HANDSHAKE_REDIRECT}:
        return redirect(int(strike.number("status", 302)), str(strike.parameters.get("location", LOGIN_PATH)))
    status = int(strike.number("status", 502))
    return web.Response(status=status, text=PROXY.format(status=status), content_type="text/html")
