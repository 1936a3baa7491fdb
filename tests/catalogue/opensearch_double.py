"""So much of OpenSearch's REST interface as the shop uses, written from its documentation.

It refuses what it does not know, as a server would, and reads every document for every query. What it cannot say is
whether a server agrees: the same tests run against one when `OPENSEARCH_URL` is set.
"""

import fnmatch
import json
import math
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

K1, B = 1.2, 0.75
MOST_CLAUSES = 1_024
MOST_HITS = 10_000

Source = dict[str, Any]


class Refused(Exception):
    def __init__(self, status: int, type_: str, reason: str = "") -> None:
        self.status = status
        self.error = {"type": type_, "reason": reason}


class Index:
    def __init__(self, body: dict[str, Any]) -> None:
        self.mappings = body.get("mappings", {})
        self.aliases: set[str] = set()
        self.written: dict[str, Source] = {}
        self.visible: dict[str, Source] = {}

    def write(self, operation: str, document: str, source: Source) -> dict[str, Any]:
        if operation == "delete":
            is_there = self.written.pop(document, None) is not None
            return {"status": 200 if is_there else 404, "result": "deleted" if is_there else "not_found"}
        properties = self.mappings["properties"]
        unknown = sorted(source.keys() - properties.keys())
        if unknown and self.mappings.get("dynamic") == "strict":
            raise Refused(400, "strict_dynamic_mapping_exception", f"[{unknown[0]}] is not allowed")
        is_new = document not in self.written
        self.written[document] = source
        return {"status": 201 if is_new else 200, "result": "created" if is_new else "updated"}

    def lengths(self, field: str) -> tuple[int, float]:
        """How many documents have the field, and how many words it has in them on average."""
        texts = [source[field].split() for source in self.visible.values() if source.get(field)]
        return len(texts), sum(map(len, texts)) / len(texts) if texts else 0.0


class Search:
    def __init__(self, index: Index) -> None:
        self.index = index
        self.clauses = 0

    def score(self, clause: dict[str, Any], document: str, source: Source) -> float | None:
        """None where it does not match."""
        ((kind, of),) = clause.items()
        known = getattr(self, f"_{kind}", None)
        if known is None:
            raise Refused(400, "parsing_exception", f"unknown query [{kind}]")
        found: float | None = known(of, document, source)
        return found

    def _match_all(self, of: Source, document: str, source: Source) -> float:
        return 1.0

    def _match_none(self, of: Source, document: str, source: Source) -> None:
        return None

    def _ids(self, of: Source, document: str, source: Source) -> float | None:
        return 1.0 if document in of["values"] else None

    def _range(self, of: Source, document: str, source: Source) -> float | None:
        ((field, bounds),) = of.items()
        within = (
            bounds.get("gte", value) <= value <= bounds.get("lte", value) for value in values(source, field)
        )
        return 1.0 if any(within) else None

    def _terms(self, of: Source, document: str, source: Source) -> float | None:
        ((field, wanted),) = of.items()
        return None if set(wanted).isdisjoint(values(source, field)) else 1.0

    def _term(self, of: Source, document: str, source: Source) -> float | None:
        ((field, said),) = of.items()
        value, boost = (said["value"], said.get("boost", 1.0)) if isinstance(said, dict) else (said, 1.0)
        if self.index.mappings["properties"].get(field, {}).get("type") != "text":
            return boost if value in values(source, field) else None
        return self._bm25(field, value, source, boost)

    def _bm25(self, field: str, word: str, source: Source, boost: float) -> float | None:
        said = source.get(field, "").split()
        if word not in said:
            return None
        count, average = self.index.lengths(field)
        having = sum(word in other.get(field, "").split() for other in self.index.visible.values())
        rarity = math.log(1 + (count - having + 0.5) / (having + 0.5))
        frequency = said.count(word)
        return boost * rarity * frequency / (frequency + K1 * (1 - B + B * len(said) / average))

    def _dis_max(self, of: Source, document: str, source: Source) -> float | None:
        scores = [self.score(clause, document, source) for clause in of["queries"]]
        matching = [score for score in scores if score is not None]
        return of.get("boost", 1.0) * max(matching) if matching else None

    def _bool(self, of: Source, document: str, source: Source) -> float | None:
        must = [self.score(clause, document, source) for clause in of.get("must", [])]
        filters = [self.score(clause, document, source) for clause in of.get("filter", [])]
        should = [self.score(clause, document, source) for clause in of.get("should", [])]
        wanted = [score for score in should if score is not None]
        least = of.get("minimum_should_match", 0 if must or filters or not should else 1)
        refused = [self.score(clause, document, source) is not None for clause in of.get("must_not", [])]
        if None in must or None in filters or any(refused) or len(wanted) < least:
            return None
        return float(of.get("boost", 1.0) * sum(score for score in [*must, *wanted] if score is not None))


def values(source: Source, field: str) -> list[Any]:
    """None, one or several: a server makes no difference."""
    value = source.get(field)
    return value if isinstance(value, list) else [] if value is None else [value]


def aggregated(sources: list[Source], aggregation: Source) -> Source:
    ((kind, of),) = aggregation.items()
    found = [set(values(source, of["field"])) for source in sources]
    if kind == "terms":
        counts = Counter(value for each in found for value in each).most_common(of.get("size", 10))
        return {"buckets": [{"key": _key(value), "doc_count": count} for value, count in counts]}
    if kind not in ("min", "max"):
        raise Refused(400, "parsing_exception", f"unknown aggregation [{kind}]")
    all_values = [float(value) for each in found for value in each]
    return {"value": {"min": min, "max": max}[kind](all_values) if all_values else None}


def _key(value: Any) -> Any:
    """Of yes and no it is a number."""
    return int(value) if isinstance(value, bool) else value


def checked(clause: Any) -> int:
    """How many words the query has; refuses what a server does not parse."""
    if isinstance(clause, list):
        return sum(checked(part) for part in clause)
    if not isinstance(clause, dict):
        return 0
    if clause.get("dis_max", {"queries": True})["queries"] == []:
        raise Refused(400, "parsing_exception", "[dis_max] requires 'queries' field with at least one clause")
    return ("term" in clause) + sum(checked(part) for part in clause.values())


class Server:
    """The indexes, and what shall go wrong from now on."""

    def __init__(self) -> None:
        self.indexes: dict[str, Index] = {}
        self.calls: Counter[str] = Counter()
        self.failures: list[int] = []
        """Statuses of the next answers."""
        self.busy_documents: list[str] = []
        """Refused once with 429, each."""
        self.poisoned: set[str] = set()
        self.delay_seconds = 0.0
        self.authorization: str | None = None
        self.lock = threading.Lock()

    def answer(self, method: str, path: str, parameters: Source, body: bytes) -> Any:
        parts = [unquote(part) for part in path.strip("/").split("/")]
        if parts[-1] == "_aliases":
            return self._update_aliases(json.loads(body)["actions"])
        if parts[-1] == "_bulk":
            return self._bulk(parts[0], parameters, body.decode())
        if parts[-1] == "_alias":
            matching = {name for name in self.indexes if fnmatch.fnmatch(name, parts[0])}
            return {name: {"aliases": {a: {} for a in self.indexes[name].aliases}} for name in matching}
        if len(parts) == 1:
            return self._index(method, parts[0], body)
        return self._of_one(method, *parts, body)  # type: ignore[call-arg]

    def _index(self, method: str, name: str, body: bytes) -> Any:
        if method == "DELETE":
            self._named(name)
            del self.indexes[name]
        elif name in self.indexes:
            raise Refused(400, "resource_already_exists_exception", f"index [{name}] already exists")
        else:
            self.indexes[name] = Index(json.loads(body))
        return {"acknowledged": True}

    def _of_one(self, method: str, name: str, operation: str, body: bytes) -> Any:
        real, index = self._named(name)
        if operation == "_mapping" and method == "GET":
            return {real: {"mappings": index.mappings}}
        if operation == "_mapping":
            index.mappings |= json.loads(body)
            return {"acknowledged": True}
        if operation == "_refresh":
            index.visible = dict(index.written)
            return {"_shards": {"failed": 0}}
        if operation == "_count":
            return {"count": len(index.visible)}
        if operation == "_search":
            return self._search(index, json.loads(body))
        raise Refused(405, "method_not_allowed", operation)

    def _named(self, name: str) -> tuple[str, Index]:
        for real, index in self.indexes.items():
            if name == real or name in index.aliases:
                return real, index
        raise Refused(404, "index_not_found_exception", f"no such index [{name}]")

    def _update_aliases(self, actions: list[Any]) -> Any:
        for action in actions:
            ((kind, of),) = action.items()
            aliases = self._named(of["index"])[1].aliases
            aliases.add(of["alias"]) if kind == "add" else aliases.remove(of["alias"])
        return {"acknowledged": True}

    def _bulk(self, name: str, parameters: Source, body: str) -> Any:
        assert body.endswith("\n")
        lines = iter([json.loads(line) for line in body.splitlines()])
        items = []
        for line in lines:
            ((operation, of),) = line.items()
            source = next(lines) if operation == "index" else {}
            try:
                outcome = self._written(name, parameters, operation, of["_id"], source)
            except Refused as refused:
                outcome = {"status": refused.status, "error": refused.error}
            items.append({operation: {"_index": name, "_id": of["_id"], **outcome}})
        return {
            "took": 1,
            "errors": any("error" in item for (item,) in map(dict.values, items)),
            "items": items,
        }

    def _written(self, name: str, parameters: Source, operation: str, document: str, source: Source) -> Any:
        if document in self.poisoned or len(document.encode()) > 512:
            raise Refused(400, "mapper_parsing_exception", "failed to parse")
        if document in self.busy_documents:
            self.busy_documents.remove(document)
            raise Refused(429, "rejected_execution_exception", "the queue is full")
        if name in self.indexes and parameters.get("require_alias") == ["true"]:
            raise Refused(404, "index_not_found_exception", f"[require_alias] and [{name}] is no alias")
        return self._named(name)[1].write(operation, document, source)

    def _search(self, index: Index, body: Source) -> Any:
        if checked(body["query"]) > MOST_CLAUSES:
            raise Refused(400, "too_many_clauses", f"maxClauseCount is set to {MOST_CLAUSES}")
        if body["size"] > MOST_HITS:
            raise Refused(400, "illegal_argument_exception", "Result window is too large")
        search = Search(index)
        scored = [
            (score, document, source)
            for document, source in index.visible.items()
            if (score := search.score(body["query"], document, source)) is not None
        ]
        scored.sort(key=lambda hit: -hit[0])
        for field, order in (rule for rules in body.get("sort", []) for rule in rules.items()):
            sign = -1 if order["order"] == "desc" else 1
            scored.sort(key=lambda hit: (field not in hit[2], sign * hit[2].get(field, 0)))
        counts = {
            name: aggregated([source for _, _, source in scored], each)
            for name, each in body.get("aggs", {}).items()
        }
        after = body.get("post_filter", {"match_all": {}})
        kept = [hit for hit in scored if search.score(after, hit[1], hit[2]) is not None]
        hits = [
            {
                "_id": document,
                "_score": None if "sort" in body else score,
                "_source": {field: source[field] for field in body["_source"]},
                **(
                    {"sort": [source.get(field) for rule in body["sort"] for field in rule]}
                    if "sort" in body
                    else {}
                ),
            }
            for score, document, source in kept[: body["size"]]
        ]
        return {"hits": {"hits": hits}, "aggregations": counts}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    of: Server

    def respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        time.sleep(self.of.delay_seconds)
        with self.of.lock:
            self.of.calls[f"{self.command} {url.path}"] += 1
            self.of.authorization = self.headers.get("Authorization")
            status, answer = self._answered(url.path, parse_qs(url.query), body)
        written = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def _answered(self, path: str, parameters: Source, body: bytes) -> tuple[int, Any]:
        if self.of.failures:
            status = self.of.failures.pop(0)
            return status, {"error": {"type": "told_to_fail", "reason": ""}, "status": status}
        try:
            return 200, self.of.answer(self.command, path, parameters, body)
        except Refused as refused:
            return refused.status, {"error": refused.error, "status": refused.status}

    do_GET = do_POST = do_PUT = do_DELETE = respond

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@contextmanager
def opensearch() -> Iterator[tuple[Server, str]]:
    """The double and its address."""
    server = Server()
    handler = type("Bound", (Handler,), {"of": server})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        http.daemon_threads = True
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server, f"http://127.0.0.1:{http.server_port}"
        finally:
            http.shutdown()
            thread.join()
