"""Where the files that are shipped beside the code lie: icons, desktop entry, screenshots."""

from pathlib import Path


def resource(name: str) -> Path:
    """The file `name` of resources/, e.g. "icons/cryptoprices.svg": inside the package once installed or frozen."""
    package = Path(__file__).resolve().parent
    shipped = package / "resources"
    return (shipped if shipped.is_dir() else package.parent / "resources") / name
