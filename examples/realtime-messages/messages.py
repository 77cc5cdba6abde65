"""The messages that arrived, in one SQLite table, and those who wait for the next one."""

import sqlite3
import threading

# Someone who opens the page for the first time gets so many.
HISTORY = 500


class Messages:
    """Every thread of the server shares one; what it does, it does one at a time."""

    def __init__(self, path):
        # As SQLite comes, a commit is on disk when it returns.
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.execute(
            """create table if not exists message (
                position integer primary key autoincrement,
                webhook_id text not null unique,
                event text not null
            )"""
        )
        self._changed = threading.Condition()
        self._is_closed = False

    def add(self, webhook_id, event):
        """Keeps an event. False where this webhook-id is known already: the sender repeats what it has doubts about.

        Message and id are one row: there is no moment at which a crash could leave one without the other.
        """
        with self._changed:
            with self._database:
                added = self._database.execute(
                    "insert into message (webhook_id, event) values (?, ?) on conflict (webhook_id) do nothing",
                    (webhook_id, event),
                )
            if added.rowcount == 1:
                self._changed.notify_all()
            return added.rowcount == 1

    def after(self, position, timeout):
        """What came behind a position, oldest first; waits so many seconds for it.

        None once the server stops. Positions are given in the order of commits, so nothing can appear before one that
        was read.
        """
        with self._changed:
            rows = self._rows(position)
            if not rows and not self._is_closed:
                self._changed.wait(timeout)
                rows = self._rows(position)
            return None if self._is_closed else rows

    def newest(self):
        """The position from which a new page reads on."""
        with self._changed:
            (last,) = self._database.execute("select coalesce(max(position), 0) from message").fetchone()
        return max(0, last - HISTORY)

    def close(self):
        """Lets go of everyone who waits."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _rows(self, position):
        return self._database.execute(
            "select position, event from message where position > ? order by position limit ?", (position, HISTORY)
        ).fetchall()
