"""Whether a window can open is found out beforehand, and what is missing is named with its package."""

import ctypes
import sys

import pytest

from cryptoprices import displays

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lacks libraries")


@pytest.fixture
def without(monkeypatch):
    """Hides a library of the system."""
    load = ctypes.CDLL

    def hide(name):
        def loading(library, *args, **kwargs):
            if library == name:
                raise OSError(f"{library}: cannot open shared object file: No such file or directory")
            return load(library, *args, **kwargs) if library is None else None

        monkeypatch.setattr(ctypes, "CDLL", loading)

    monkeypatch.setattr(displays, "_x_problem", lambda environ: None)
    monkeypatch.setattr(displays, "_wayland_problem", lambda: None)
    return hide


@linux
@pytest.mark.parametrize(
    ("library", "package"),
    [("libxcb-cursor.so.0", "libxcb-cursor0"), ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0")],
)
def test_a_missing_library_is_named_with_its_package(without, library, package):
    without(library)
    assert displays.why_no_window({"DISPLAY": ":0"}) == (
        f"The window needs the system library {library}, which is missing: install it, e.g. apt-get install {package}"
    )


@linux
def test_one_platform_that_works_is_enough(without):
    without("libxcb-cursor.so.0")
    assert displays.why_no_window({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}) is None
    without("libwayland-client.so.0")
    assert displays.why_no_window({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}) is None
    assert displays.why_no_window({"QT_QPA_PLATFORM": "wayland;xcb"}) is None
    assert "libwayland-client0" in displays.why_no_window({"QT_QPA_PLATFORM": "wayland"})


@linux
def test_off_screen_needs_no_display(without):
    without("libxcb-cursor.so.0")
    assert displays.why_no_window({"QT_QPA_PLATFORM": "offscreen"}) is None


@linux
def test_no_display_at_all_is_said_with_what_works_instead():
    assert displays.why_no_window({}) == (
        "There is no display here (DISPLAY and WAYLAND_DISPLAY are not set); `cryptoprices watch` needs none."
    )


def test_a_window_that_does_not_load_names_what_is_missing():
    assert displays.why_not_loaded(ModuleNotFoundError("No module named 'PySide6'", name="PySide6")) == displays.EXTRA
    broken = ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")
    assert displays.why_not_loaded(broken).endswith("apt-get install libegl1")
    broken = ImportError("/usr/lib/libEGL.so.1: file too short")
    assert displays.why_not_loaded(broken).endswith("apt-get install libegl1")
    broken = ImportError("libstrange.so.7: cannot open shared object file: No such file or directory")
    assert displays.why_not_loaded(broken) == (
        "The window needs the system library libstrange.so.7, which is missing: install the package that holds it"
    )


def test_a_fault_without_a_library_is_told_as_it_is():
    error = ImportError("DLL load failed while importing QtGui: The specified module could not be found.")
    assert displays.why_not_loaded(error) == (
        "The window cannot be loaded: DLL load failed while importing QtGui: The specified module could not be found."
    )


def test_a_missing_part_of_the_program_is_no_missing_extra():
    with pytest.raises(ModuleNotFoundError):
        displays.why_not_loaded(ModuleNotFoundError("No module named 'cryptoprices.x'", name="cryptoprices.x"))
