"""Whether a window can open here, found out without Qt, which ends the whole process where no display plug-in loads."""

import ctypes
import importlib.util
import os
import sys
from collections.abc import Mapping

EXTRA = 'The window is not installed; install it with: pip install "cryptoprices[desktop]"'

# library -> Debian's package: what Qt itself and its plug-ins link to and a small system may lack.
_XCB = {
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
_WAYLAND = {"libwayland-client.so.0": "libwayland-client0", "libwayland-cursor.so.0": "libwayland-cursor0"}
_QT = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
}


def why_no_window(environ: Mapping[str, str] = os.environ) -> str | None:
    """One sentence that names what to install or to set, None where a window can open."""
    if any(importlib.util.find_spec(name) is None for name in ("PySide6", "pyqtgraph")):
        return EXTRA
    if sys.platform != "linux":
        return None
    chosen = environ.get("QT_QPA_PLATFORM", "")
    platforms = [name.split(":")[0] for name in chosen.split(";")] if chosen else _offered(environ)
    if not platforms:
        return "There is no display here (DISPLAY and WAYLAND_DISPLAY are not set); `cryptoprices watch` needs none."
    problems = [_platform_problem(name, environ) for name in platforms]
    return None if None in problems else problems[0]


def why_not_loaded(error: ImportError) -> str:
    """One sentence for a window that could not be loaded: the extra, or the system's library, by name.

    Raises the error itself where a part of the program is missing.
    """
    if isinstance(error, ModuleNotFoundError):
        if error.name is None or error.name.startswith("cryptoprices"):
            raise error
        return EXTRA
    library = str(error).split(":")[0].rpartition("/")[2]
    if ".so" not in library:  # Windows and macOS do not name it
        return f"The window cannot be loaded: {' '.join(str(error).split())}"
    return _advice(library, (_QT | _XCB | _WAYLAND).get(library))


def _offered(environ: Mapping[str, str]) -> list[str]:
    """The platforms that Qt tries here by itself."""
    wayland = ["wayland"] if environ.get("WAYLAND_DISPLAY") else []
    return wayland + (["xcb"] if environ.get("DISPLAY") else [])


def _platform_problem(platform: str, environ: Mapping[str, str]) -> str | None:
    if platform.startswith("wayland"):
        return _missing(_WAYLAND) or _wayland_problem()
    if platform == "xcb":
        return _missing(_XCB) or _x_problem(environ)
    return None


def _missing(libraries: Mapping[str, str]) -> str | None:
    for library, package in libraries.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            return _advice(library, package)
    return None


def _advice(library: str, package: str | None) -> str:
    how = f"install it, e.g. apt-get install {package}" if package else "install the package that holds it"
    return f"The window needs the system library {library}, which is missing: {how}"


def _x_problem(environ: Mapping[str, str]) -> str | None:
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return f"The display {environ.get('DISPLAY', '')!r} cannot be reached; check DISPLAY." if failed else None


def x_tray() -> bool:
    """Whether an X11 panel takes tray icons here (https://specifications.freedesktop.org/systemtray-spec)."""
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return False
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = x11.XGetSelectionOwner.restype = ctypes.c_ulong
    x11.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    x11.XGetSelectionOwner.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    display = x11.XOpenDisplay(None)
    if not display:
        return False
    owner = x11.XGetSelectionOwner(display, x11.XInternAtom(display, b"_NET_SYSTEM_TRAY_S0", False))
    x11.XCloseDisplay(display)
    return bool(owner)


def _wayland_problem() -> str | None:
    wayland = ctypes.CDLL("libwayland-client.so.0")
    wayland.wl_display_connect.restype = ctypes.c_void_p
    wayland.wl_display_connect.argtypes = [ctypes.c_char_p]
    wayland.wl_display_disconnect.argtypes = [ctypes.c_void_p]
    display = wayland.wl_display_connect(None)
    if not display:
        return "The Wayland display cannot be reached; check WAYLAND_DISPLAY."
    wayland.wl_display_disconnect(display)
    return None
