"""The shop and its front desk: one aiohttp application over one database."""

import sys

# Most Pythons link an SQLite that can corrupt a WAL written by several connections (3.7.0-3.51.2).
# The pysqlite3 wheel brings a newer one; it must take the name before any driver imports it.
if sys.platform == "linux":
    import pysqlite3
    import pysqlite3.dbapi2

    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
