"""What a server shows to whoever shakes hands with it from a site."""

from __future__ import annotations

import datetime as dt
import ssl

from ziggie_harness.lab.wire import Line


def ends(line: Line, context: ssl.SSLContext, name: str, until_seconds: float) -> dt.datetime:
    """Shake hands by a name; return when the server's certificate ends. Raises ssl.SSLError, OSError."""
    with line:
        line.connect(until_seconds)
        shown = line.start_tls(context, name, until_seconds).getpeercert() or {}
    return dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), dt.UTC)
