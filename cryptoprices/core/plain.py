"""Text from outside made harmless: what an exchange, a server or a file says is shown as plain text, or not at all."""

LIMIT = 64


def plain(text: str, limit: int = LIMIT) -> str:
    """`text` on one line without control, direction and other invisible characters, at most `limit` long (with "…").

    Markup stays what it is, characters: whoever shows it must show it as plain text. Lone surrogates are dropped too,
    so that the result can always be encoded.
    """
    head = text[: 16 * limit]  # bounds the work: a text may be megabytes long
    if not head.isprintable():
        head = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in head)
    line = " ".join(head.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
