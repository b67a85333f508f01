"""`python store_migration.py FILE`: bring an old history up to date, for the tests that kill it on the way."""

import sys
from pathlib import Path

from cryptoprices.storage.history_file import MIGRATIONS, open_for_writing


def double(connection) -> None:
    """A change of every row, in Python."""
    for number, price in connection.execute("SELECT id, price FROM sample").fetchall():
        connection.execute("UPDATE sample SET price = ? WHERE id = ?", (2 * price, number))


LATER = (*MIGRATIONS, "ALTER TABLE gap ADD COLUMN note TEXT; CREATE TABLE extra (x)", double)

if __name__ == "__main__":
    open_for_writing(Path(sys.argv[1]), LATER).close()
