"""Discovery: which groups, versions and resources there are, plain and aggregated.

Source: the Kubernetes API's discovery documents (kubernetes.io, "The Kubernetes API").
"""

from kubeproof.sandbox.api.resources import ResourceType, groups
from kubeproof.sandbox.objects import Object

AGGREGATED = "APIGroupDiscoveryList"
AGGREGATED_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_PREFERRED = dict(groups().keys())


def core_versions(address: str) -> Object:
    """/api: the versions of the core group."""
    server: Object = {"clientCIDR": "0.0.0.0/0", "serverAddress": address}
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [server],
    }


def group_list() -> Object:
    """/apis: every group but the core one."""
    found = [_group(name) for name in _named_groups()]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": found}


def group(name: str) -> Object | None:
    """/apis/GROUP: one group; None where there is none of that name."""
    if name not in _named_groups():
        return None
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name)}


def resource_list(group_name: str, version: str) -> Object | None:
    """/api/v1 and /apis/GROUP/VERSION: the resources of a version; None where it is not served."""
    kinds = groups().get((group_name, version))
    if kinds is None:
        return None
    resources: list[Object] = []
    for kind in kinds:
        resources.append(_resource(kind))
        resources += _subresources(kind)
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": kinds[0].api_version,
        "resources": resources,
    }


def paths() -> list[str]:
    """The paths of all groups and versions, those of the groups themselves included."""
    found = ["/api", "/apis"]
    for name, version in groups():
        root = f"/apis/{name}" if name else "/api"
        found += [root, f"{root}/{version}"]
    return sorted(set(found))


def aggregated(core: bool) -> Object:
    """/api (core) or /apis with everything in one document: KEP-3352."""
    found = [
        _aggregated_group(name, version, kinds)
        for (name, version), kinds in groups().items()
        if (name == "") is core
    ]
    return {
        "kind": AGGREGATED,
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": found,
    }


def _named_groups() -> list[str]:
    return [name for name, _ in groups() if name]


def _group(name: str) -> Object:
    version = _PREFERRED[name]
    shown = {"groupVersion": f"{name}/{version}", "version": version}
    return {"name": name, "versions": [shown], "preferredVersion": shown}


def _resource(kind: ResourceType) -> Object:
    shown: Object = {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": list(kind.verbs),
    }
    if kind.short_names:
        shown["shortNames"] = list(kind.short_names)
    if kind.categories:
        shown["categories"] = list(kind.categories)
    return shown


def _subresources(kind: ResourceType) -> list[Object]:
    return [
        {
            "name": f"{kind.plural}/{found.name}",
            "singularName": "",
            "namespaced": kind.namespaced,
            **({"group": found.group} if found.group else {}),
            **({"version": found.version} if found.version else {}),
            "kind": found.kind,
            "verbs": list(found.verbs),
        }
        for found in kind.subresources
    ]


def _aggregated_group(name: str, version: str, kinds: list[ResourceType]) -> Object:
    resources = [_aggregated_resource(kind) for kind in kinds]
    shown = {"version": version, "resources": resources, "freshness": "Current"}
    metadata: Object = {"name": name} if name else {}
    return {"metadata": metadata, "versions": [shown]}


def _aggregated_resource(kind: ResourceType) -> Object:
    shown: Object = {
        "resource": kind.plural,
        "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": list(kind.verbs),
    }
    if kind.short_names:
        shown["shortNames"] = list(kind.short_names)
    if kind.categories:
        shown["categories"] = list(kind.categories)
    if kind.subresources:
        shown["subresources"] = [
            {
                "subresource": found.name,
                "responseKind": {
                    "group": found.group or kind.group,
                    "version": found.version or kind.version,
                    "kind": found.kind,
                },
                "verbs": list(found.verbs),
            }
            for found in kind.subresources
        ]
    return shown
