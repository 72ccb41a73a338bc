"""The Kubernetes API through the official client, as plain JSON and with errors of our own."""

# The client is generated code without usable type information; what leaves this file is typed.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import ipaddress
import json
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar, cast

import httpx
import kubernetes
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import DynamicApiError, ResourceNotFoundError
from urllib3.exceptions import HTTPError

from kubeproof.cluster.freshness import Freshness
from kubeproof.cluster.rejected import ApiUnanswered, Rejected
from kubeproof.errors import CheckBroken, Misuse
from kubeproof.model import Object
from kubeproof.probing.shell import PodProxy

T = TypeVar("T")

MANAGER = "kubeproof"
SERVER_SIDE_APPLY = "application/apply-patch+yaml"
MERGE_PATCH = "application/merge-patch+json"
_TOO_NEW = (410, 504)  # an API server that has fallen behind what another one has told
STRATEGIC_MERGE = "application/strategic-merge-patch+json"
# A path that can be neither found nor written: the client would keep its discovery in a file.
_NO_CACHE = "/dev/null/none"


class Api:
    """The API of one cluster. Thread-safe, as urllib3's and httpx's pools are."""

    def __init__(self, configuration: Any, within: float = 10.0) -> None:
        """Reach the API server, which has to answer within some seconds.

        Raises:
            CheckBroken: it does not.
        """
        self._configuration = configuration
        self._freshness = Freshness()
        client = kubernetes.client.ApiClient(configuration)
        _asked(lambda: _first_answer(client, configuration.host, within))
        self._dynamic = _asked(lambda: _discovered(client, configuration.host))
        self._http = _http_client(configuration)

    @property
    def configuration(self) -> Any:
        """How the API server is reached, and as whom: the client's own object."""
        return self._configuration

    @property
    def url(self) -> str:
        """Where the API server is."""
        return str(self._configuration.host)

    def answers(self, within: float) -> bool:
        """Whether the API server answers at all, whatever it says."""
        try:
            _asked(lambda: _first_answer(self._dynamic.client, self.url, within))
        except ApiUnanswered:
            return False
        return True

    def version(self) -> str:
        """The API server's version, such as ``v1.36.2``."""
        return str(cast(Any, self._dynamic.version)["kubernetes"]["gitVersion"])

    def get(self, kind: str, name: str, namespace: str = "", *, group: str = "v1") -> Object:
        """One object.

        Raises:
            Rejected: among others with code 404 where there is none.
        """
        resource = self._resource(group, kind)
        return self._ask(partial(resource.get, name=name, namespace=namespace or None))

    def list(
        self, kind: str, namespace: str = "", *, group: str = "v1", labels: str = ""
    ) -> list[Object]:
        """All objects of a kind, in one namespace or everywhere, with these labels."""
        resource = self._resource(group, kind)
        ask = partial(resource.get, namespace=namespace or None, label_selector=labels or None)
        newer = self._freshness.asked_of((group, kind))
        try:
            found = self._ask(partial(ask, resource_version=newer))
        except Rejected as error:
            if newer is None or error.code not in _TOO_NEW:
                raise
            found = self._ask(ask)
        self._freshness.met((group, kind), found)
        return cast(list[Object], found["items"])

    def create(self, obj: Object, *, dry_run: bool = False) -> Object:
        """Create an object, or with ``dry_run`` only hear what the API server says to it.

        Raises:
            Rejected: the API server did not take it.
        """
        resource = self._resource(obj["apiVersion"], obj["kind"])
        only = "All" if dry_run else None
        ask = partial(resource.create, body=obj, field_manager=MANAGER, dry_run=only)
        return self._written(ask, obj["apiVersion"], obj["kind"])

    def apply(self, obj: Object) -> Object:
        """Server-side apply: create the object or bring it to what is given."""
        resource = self._resource(obj["apiVersion"], obj["kind"])
        ask = partial(
            resource.server_side_apply, body=obj, field_manager=MANAGER, force_conflicts=True
        )
        return self._written(ask, obj["apiVersion"], obj["kind"])

    def replace(self, obj: Object) -> Object:
        """Put an object in place of the one of its name, as ``kubectl replace`` does.

        Raises:
            Rejected: the API server did not take it.
        """
        resource = self._resource(obj["apiVersion"], obj["kind"])
        ask = partial(resource.replace, body=obj, field_manager=MANAGER)
        return self._written(ask, obj["apiVersion"], obj["kind"])

    def patch(
        self, kind: str, name: str, namespace: str, patch: Object, *, group: str = "v1"
    ) -> Object:
        """Change some fields of an object (JSON merge patch).

        Raises:
            Rejected: the API server did not take it.
        """
        resource = self._resource(group, kind)
        ask = partial(
            resource.patch, body=patch, name=name, namespace=namespace, content_type=MERGE_PATCH
        )
        return self._written(ask, group, kind)

    def patch_status(self, kind: str, name: str, namespace: str, status: Object) -> Object:
        """Change some of the status of one of the core kinds (strategic merge patch).

        Conditions are told apart by their type.

        Raises:
            Rejected: the API server did not take it.
        """
        resource = self._resource("v1", kind).subresources["status"]
        body = {"status": status}
        ask = partial(
            resource.patch, body=body, name=name, namespace=namespace, content_type=STRATEGIC_MERGE
        )
        return self._ask(ask)

    def delete(
        self,
        kind: str,
        name: str,
        namespace: str = "",
        *,
        group: str = "v1",
        grace_seconds: int | None = None,
    ) -> None:
        """Delete an object; one that is gone already is as good."""
        resource = self._resource(group, kind)
        ask = partial(
            resource.delete,
            name=name,
            namespace=namespace or None,
            # In the body: of the query the client leaves out a zero.
            body={} if grace_seconds is None else {"gracePeriodSeconds": grace_seconds},
        )
        try:
            self._ask(ask)
        except Rejected as error:
            if error.code != 404:
                raise
        finally:
            self._freshness.unsure((group, kind))

    def delete_collection(
        self, kind: str, namespace: str = "", *, group: str = "v1", labels: str
    ) -> None:
        """Delete all objects of a kind that have these labels, in one request."""
        resource = self._resource(group, kind)
        namespace_or_all = namespace or None
        self._ask(
            partial(resource.delete, namespace=namespace_or_all, label_selector=labels, body={})
        )

    def watch(
        self,
        kind: str,
        namespace: str = "",
        *,
        group: str = "v1",
        since: str,
        within: float,
        until: Callable[[Object], bool],
    ) -> Iterator[Object]:
        """What happens to objects of a kind after a version, up to an event or for some seconds.

        Each is ``type`` and ``object``, as the API has them.
        """
        watching = self._dynamic.watch(
            self._resource(group, kind),
            namespace=namespace or None,
            resource_version=since,
            timeout=max(1, round(within)),
        )
        for seen in cast(Iterator[Object], watching):
            event = {"type": seen["type"], "object": seen["raw_object"]}
            yield event
            if until(event):
                return

    def pod_proxy(self, namespace: str, name: str, port: int) -> PodProxy:
        """Asks pages of a Pod through the API server (…/pods/NAME:PORT/proxy/PAGE)."""
        base = f"/api/v1/namespaces/{namespace}/pods/{name}:{port}/proxy/"

        def ask(page: str, query: dict[str, str]) -> httpx.Response:
            return self.http_get(base + page, query)

        return ask

    def http_get(self, path: str, query: dict[str, str] | None = None) -> httpx.Response:
        """A GET with the cluster's credentials, for what the API server proxies.

        Raises:
            httpx.HTTPError: the API server could not be reached.
        """
        return self._http.get(path, params=query, headers=_authorization(self._configuration))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _resource(self, api_version: str, kind: str) -> Any:
        try:
            return _asked(partial(self._dynamic.resources.get, api_version=api_version, kind=kind))
        except ResourceNotFoundError as error:
            raise Rejected(
                404, "NotFound", f"the cluster has no {kind} in {api_version}"
            ) from error

    def _written(self, ask: Callable[[], Any], group: str, kind: str) -> Object:
        """What was written, which every later list of its kind has to show."""
        told = self._ask(ask)
        self._freshness.met((group, kind), told)
        return told

    def _ask(self, ask: Callable[[], Any]) -> Object:
        return cast(Object, _asked(ask).to_dict())


def _asked(ask: Callable[[], T]) -> T:
    """The client's answer, with its errors told apart.

    Raises:
        Rejected: the API server said no.
        ApiUnanswered: the API server could not be reached or did not speak its protocol.
    """
    try:
        return ask()
    except DynamicApiError as error:
        raise _rejected(error) from error
    except (HTTPError, OSError) as error:
        raise ApiUnanswered(f"the API server does not answer: {_innermost(error)}") from error


def _innermost(error: BaseException) -> object:
    """What went wrong in the end; urllib3 wraps that more than once."""
    reason = getattr(error, "reason", None) or error
    inner = [one for one in getattr(reason, "args", ()) if isinstance(one, Exception)]
    return _innermost(inner[-1]) if inner else reason


def _first_answer(client: Any, host: str, within: float) -> None:
    """Any answer will do; the client itself would wait for one without end, and more than once."""
    client.rest_client.pool_manager.request("GET", f"{host}/version", timeout=within, retries=False)


def _discovered(client: Any, host: str) -> DynamicClient:
    try:
        return DynamicClient(client, cache_file=_NO_CACHE)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CheckBroken(f"what answers at {host} is no Kubernetes API server") from error


def _rejected(error: DynamicApiError) -> Rejected:
    body = (
        error.body
        if isinstance(error.body, str)
        else (error.body or b"").decode("utf-8", "replace")
    )
    try:
        status = json.loads(body)
    except ValueError:
        return Rejected(error.status, error.reason or "", body.strip()[:300])
    return Rejected(error.status, status.get("reason", ""), status.get("message", body))


def _authorization(configuration: Any) -> dict[str, str]:
    token = configuration.get_api_key_with_prefix("authorization", "BearerToken")
    return {"Authorization": token} if token else {}


def _http_client(configuration: Any) -> httpx.Client:
    verify: ssl.SSLContext | bool = bool(configuration.verify_ssl)
    if configuration.host.startswith("https") and verify:
        verify = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
        if configuration.cert_file:
            verify.load_cert_chain(configuration.cert_file, configuration.key_file)
    # agnhost gives each of its dials some seconds, one after the other.
    timeout = httpx.Timeout(10.0, read=120.0)
    return httpx.Client(
        base_url=configuration.host, verify=verify, timeout=timeout, trust_env=False
    )


def configuration_of(path: str = "", context: str = "", text: str = "") -> Any:
    """The client's configuration from a kubeconfig file, or from its text.

    Raises:
        Misuse: it cannot be read, is no kubeconfig, or has no such context.
    """
    made = kubernetes.client.Configuration()
    try:
        if text:
            import yaml  # the sandbox's own kubeconfig; never a user's

            kubernetes.config.load_kube_config_from_dict(
                yaml.safe_load(text), client_configuration=made
            )
        else:
            kubernetes.config.load_kube_config(
                path, context=context or None, client_configuration=made
            )
    except (TypeError, AttributeError) as error:  # the client takes any YAML for a kubeconfig
        raise Misuse(_unusable(path, context, "it is no kubeconfig")) from error
    except Exception as error:  # a kubeconfig may run commands, and they may fail in any way
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise Misuse(_unusable(path, context, first)) from error
    host = httpx.URL(made.host).host
    if not host:
        raise Misuse(_unusable(path, context, "it names no server"))
    if _is_loopback(host):
        made.proxy = None  # as kubectl does: no proxy leads to this machine (Go's net/http)
    return made


def _unusable(path: str, context: str, why: str) -> str:
    which = f"kubeconfig {path}" + (f", context {context}" if context else "")
    return f"cannot use {which}: {why}; check it with: kubectl --kubeconfig {path} get nodes"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
