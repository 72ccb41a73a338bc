"""A Pod's spec as the API server's own struct, which is what its messages show.

The struct has Go's field names, every field whether set or not, and the host namespaces among
the security context. Only what Pods of the sandbox commonly have is spelled out; what lies deeper
is shown as far as it is set.
"""

import re
from typing import Any, cast

from kubeproof.sandbox.kinds.parts import part
from kubeproof.sandbox.objects import Object

_STRUCTS: dict[str, str] = {
    "PodSpec": """
        Volumes*Volume InitContainers*Container Containers*Container EphemeralContainers
        RestartPolicy$ TerminationGracePeriodSeconds ActiveDeadlineSeconds DNSPolicy$ NodeSelector=
        ServiceAccountName$ AutomountServiceAccountToken NodeName$
        SecurityContext?PodSecurityContext ImagePullSecrets*LocalObjectReference Hostname$
        Subdomain$ SetHostnameAsFQDN Affinity SchedulerName$ Tolerations*Toleration HostAliases
        PriorityClassName$ Priority PreemptionPolicy DNSConfig ReadinessGates RuntimeClassName
        Overhead= EnableServiceLinks TopologySpreadConstraints OS SchedulingGates ResourceClaims
        Resources?ResourceRequirements HostnameOverride SchedulingGroup""",
    "PodSecurityContext": """
        HostNetwork! HostPID! HostIPC! ShareProcessNamespace HostUsers SELinuxOptions
        WindowsOptions RunAsUser RunAsGroup RunAsNonRoot SupplementalGroups
        SupplementalGroupsPolicy FSGroup FSGroupChangePolicy Sysctls SeccompProfile
        AppArmorProfile SELinuxChangePolicy""",
    "Container": """
        Name$ Image$ Command Args WorkingDir$ Ports*ContainerPort EnvFrom Env*EnvVar
        Resources>ResourceRequirements ResizePolicy RestartPolicy RestartPolicyRules
        VolumeMounts*VolumeMount VolumeDevices LivenessProbe?Probe ReadinessProbe?Probe
        StartupProbe?Probe Lifecycle?Lifecycle TerminationMessagePath$ TerminationMessagePolicy$
        ImagePullPolicy$ SecurityContext Stdin! StdinOnce! TTY!""",
    "ContainerPort": "Name$ HostPort# ContainerPort# Protocol$ HostIP$",
    "EnvVar": "Name$ Value$ ValueFrom",
    "ResourceRequirements": "Limits= Requests= Claims",
    "VolumeMount": "Name$ ReadOnly! RecursiveReadOnly MountPath$ SubPath$ MountPropagation "
    "SubPathExpr$",
    "Probe": """
        Exec HTTPGet?HTTPGetAction TCPSocket?TCPSocketAction GRPC InitialDelaySeconds#
        TimeoutSeconds# PeriodSeconds# SuccessThreshold# FailureThreshold#
        TerminationGracePeriodSeconds""",
    "Lifecycle": "PostStart?LifecycleHandler PreStop?LifecycleHandler StopSignal",
    "LifecycleHandler": "Exec HTTPGet?HTTPGetAction TCPSocket?TCPSocketAction Sleep",
    "HTTPGetAction": "Path$ Port# Host$ Scheme$ HTTPHeaders",
    "TCPSocketAction": "Port# Host$",
    "LocalObjectReference": "Name$",
    "Toleration": "Key$ Operator$ Value$ Effect$ TolerationSeconds",
    "Volume": """
        Name$ HostPath EmptyDir?EmptyDir GCEPersistentDisk AWSElasticBlockStore GitRepo
        Secret?Secret NFS ISCSI Glusterfs PersistentVolumeClaim RBD Quobyte FlexVolume Cinder
        CephFS Flocker DownwardAPI FC AzureFile ConfigMap?ConfigMap VsphereVolume AzureDisk
        PhotonPersistentDisk Projected?Projected PortworxVolume ScaleIO StorageOS CSI Ephemeral
        Image""",
    "EmptyDir": "Medium$ SizeLimit",
    "Secret": "SecretName$ Items*KeyToPath DefaultMode Optional",
    "ConfigMap": "Name$ Items*KeyToPath DefaultMode Optional",
    "KeyToPath": "Key$ Path$ Mode",
    "Projected": "Sources*Source DefaultMode",
    "Source": """
        Secret?ProjectedMap DownwardAPI?DownwardAPI ConfigMap?ProjectedMap
        ServiceAccountToken?ServiceAccountToken ClusterTrustBundle PodCertificate""",
    "ProjectedMap": "Name$ Items*KeyToPath Optional",
    "DownwardAPI": "Items*DownwardAPIFile",
    "DownwardAPIFile": "Path$ FieldRef?FieldRef ResourceFieldRef Mode",
    "FieldRef": "APIVersion$ FieldPath$",
    "ServiceAccountToken": "Audience$ ExpirationSeconds# Path$",
}
"""Fields in order. A mark tells what stands for a field that is not set: ``$`` an empty string,
``#`` zero, ``!`` false, ``>`` an empty struct of that name, otherwise null; ``?`` is a struct,
``*`` a list of structs, ``=`` a map whose keys are shown as they are."""

_FIELD = re.compile(r"(?P<name>\w+)(?:(?P<mark>[$#!=])|(?P<kind>[*?>])(?P<struct>\w+))?")
_ACRONYM = re.compile(r"[A-Z]+(?=[A-Z][a-z]|$)")
_ODD = {"CephFS": "cephfs", "StorageOS": "storageos"}
_ZEROES: dict[str | None, Any] = {"$": "", "#": 0, "!": False}
_NAMESPACES = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers")


def pod_struct(spec: Object) -> Object:
    """The spec of a Pod in the form of the struct."""
    moved = {name: spec[name] for name in _NAMESPACES if name in spec}
    context = {**part(spec, "securityContext"), **moved}
    return _struct({**spec, "securityContext": context}, "PodSpec")


def _struct(obj: Object, name: str) -> Object:
    fields = _FIELD.finditer(_STRUCTS[name])
    return {field["name"]: _value(obj.get(_key(field["name"])), field) for field in fields}


def _key(name: str) -> str:
    """The field's name in JSON: HTTPGet is httpGet, TTY is tty, HostIP is hostIP."""
    acronym = _ACRONYM.match(name)
    head = acronym[0] if acronym else name[0]
    return _ODD.get(name) or head.lower() + name[len(head) :]


def _value(value: Any, field: re.Match[str]) -> Any:
    if field["kind"] == "*":
        return [_struct(item, field["struct"]) for item in value] if value else None
    if field["kind"] == ">" or (field["kind"] == "?" and value is not None):
        return _struct(value or {}, field["struct"])
    if value is None:
        return _ZEROES.get(field["mark"])
    return dict(sorted(value.items())) if field["mark"] == "=" else _deeper(value)


def _deeper(value: Any) -> Any:
    if isinstance(value, dict):
        items = cast("Object", value).items()
        return {key[:1].upper() + key[1:]: _deeper(item) for key, item in items}
    if isinstance(value, list):
        return [_deeper(item) for item in cast("list[Any]", value)]
    return value
