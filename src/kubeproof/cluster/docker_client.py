"""Docker's Engine API, as far as clusters in containers need it, over its socket."""

import getpass
import json
import os
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx

from kubeproof.cluster.docker_host import docker_host
from kubeproof.cluster.docker_stream import plain
from kubeproof.errors import ClusterUnavailable
from kubeproof.model import Object

# The oldest API that Docker Engine 20.10.5 speaks, which k3d needs; every later engine to date
# speaks this one too (docs.docker.com/reference/api/engine, "Versioned API").
API_VERSION = "v1.41"
OLDEST_NEW_API = (1, 44)  # Engine 29 and later refuse anything below


class DockerRefused(ClusterUnavailable):
    """Raised when Docker answers a request with an error; ``code`` is its HTTP status."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"Docker: {message} (HTTP {code})")
        self.code = code


@dataclass(frozen=True, slots=True)
class Executed:
    """What a command in a container came to."""

    code: int
    output: str


class Docker:
    """One Docker daemon.

    Raises:
        ClusterUnavailable: there is none, or it may not be used.
    """

    def __init__(self, host: str = "") -> None:
        self.host = host or docker_host()
        self._http = _client(self.host)
        version = self.ask("GET", "/version")
        self.version = str(version["Version"])
        self._prefix = "/" + _spoken(str(version.get("MinAPIVersion", "1.12")))

    @property
    def local(self) -> bool:
        """Whether it listens on a socket of this machine, so that 127.0.0.1 is its own too."""
        return self.host.startswith("unix://")

    @property
    def address(self) -> str:
        """The host on which published ports are to be found."""
        return "127.0.0.1" if self.local else httpx.URL(self.host).host

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
        *,
        timeout: float = 60.0,
    ) -> Any:
        """One request; the decoded answer, None where there is no body.

        Raises:
            DockerRefused: Docker said no.
            ClusterUnavailable: Docker did not answer.
        """
        answer = self._answer(method, path, query, body, timeout)
        return answer.json() if answer.content.strip() else None

    def _answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Object | None,
        timeout: float,
    ) -> httpx.Response:
        url = getattr(self, "_prefix", "") + path
        try:
            answer = self._http.request(method, url, params=query, json=body, timeout=timeout)
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            raise ClusterUnavailable(f"Docker at {self.host} does not answer: {why}") from error
        if answer.status_code >= 400:
            raise DockerRefused(answer.status_code, _message(answer))
        return answer

    def containers(self, *labels: str) -> list[Object]:
        """Every container with all of these labels (``key`` or ``key=value``), running or not."""
        query = {"all": "true", "filters": json.dumps({"label": list(labels)})}
        return cast(list[Object], self.ask("GET", "/containers/json", query))

    def inspect(self, container: str) -> Object:
        """All that Docker knows of a container."""
        return self.ask("GET", f"/containers/{container}/json")

    def networks(self) -> list[Object]:
        """Every network."""
        return cast(list[Object], self.ask("GET", "/networks"))

    def network(self, name: str) -> Object | None:
        """The network of this very name; None where there is none."""
        try:
            return self.ask("GET", f"/networks/{name}")
        except DockerRefused as error:
            if error.code == 404:
                return None
            raise

    def volumes(self, prefix: str) -> list[str]:
        """The names of the volumes that begin so."""
        return [one["Name"] for one in self.volume_objects() if one["Name"].startswith(prefix)]

    def volume_objects(self) -> list[Object]:
        """Every volume."""
        return cast(list[Object], self.ask("GET", "/volumes")["Volumes"] or [])

    def remove(self, what: str, name: str) -> None:
        """Remove a container (with its anonymous volumes), a network or a volume, if it is there.

        Args:
            what: ``containers``, ``networks`` or ``volumes``.
            name: its name or id.
        """
        query = {"force": "true", "v": "true"} if what == "containers" else {}
        try:
            self.ask("DELETE", f"/{what}/{name}", query)
        except DockerRefused as error:
            if error.code != 404:
                raise

    def start(self, name: str, settings: Object) -> None:
        """Create a container with these settings and start it."""
        made = self.ask("POST", "/containers/create", {"name": name}, settings)
        self.ask("POST", f"/containers/{made['Id']}/start")

    def logs(self, container: str, lines: int = 2000) -> str:
        """The last lines that a container wrote."""
        query = {"stdout": "1", "stderr": "1", "timestamps": "1", "tail": str(lines)}
        answer = self._answer("GET", f"/containers/{container}/logs", query, None, 30.0)
        return plain(answer.content)

    def execute(self, container: str, command: Sequence[str], *, timeout: float = 15.0) -> Executed:
        """Run a command in a container and wait for it."""
        settings = {"Cmd": list(command), "AttachStdout": True, "AttachStderr": True}
        made = self.ask("POST", f"/containers/{container}/exec", body=settings)["Id"]
        begin = {"Detach": False, "Tty": False}
        answer = self._answer("POST", f"/exec/{made}/start", None, begin, timeout)
        code = self.ask("GET", f"/exec/{made}/json")["ExitCode"]
        return Executed(-1 if code is None else int(code), plain(answer.content))

    def has_image(self, image: str) -> bool:
        """Whether an image is there already."""
        try:
            self.ask("GET", f"/images/{image}/json")
        except DockerRefused as error:
            if error.code == 404:
                return False
            raise
        return True

    def need_image(self, image: str) -> None:
        """Pull an image unless it is there.

        Raises:
            ClusterUnavailable: it cannot be pulled.
        """
        if self.has_image(image):
            return
        name, tag = _split(image)
        try:
            answer = self._answer(
                "POST", "/images/create", {"fromImage": name, "tag": tag}, None, 600.0
            )
        except DockerRefused as error:
            raise _unpullable(image, str(error)) from error
        lines = [json.loads(line) for line in answer.text.splitlines() if line.strip()]
        if told := next((str(line["error"]) for line in lines if "error" in line), ""):
            raise _unpullable(image, told)

    def download(self, path: str, query: Mapping[str, str | list[str]], file: Path) -> None:
        """Write the body of an answer to a file, which is there only if it is whole.

        Raises:
            DockerRefused: Docker said no.
            ClusterUnavailable: Docker did not answer.
            OSError: the file cannot be written.
        """
        part = file.with_name(f".{file.name}.part")
        try:
            with self._http.stream("GET", self._prefix + path, params=dict(query)) as answer:
                if answer.status_code >= 400:
                    answer.read()
                    raise DockerRefused(answer.status_code, _message(answer))
                with part.open("wb") as written:
                    for chunk in answer.iter_bytes():
                        written.write(chunk)
            part.replace(file)
        except httpx.HTTPError as error:
            raise ClusterUnavailable(f"Docker at {self.host} does not answer: {error}") from error
        finally:
            part.unlink(missing_ok=True)

    def upload(self, path: str, file: Path) -> str:
        """Send a file as the body of a request; the text of the answer.

        Raises:
            DockerRefused: Docker said no.
            ClusterUnavailable: Docker did not answer.
        """
        headers = {"Content-Type": "application/x-tar"}
        try:
            with file.open("rb") as content:
                url = self._prefix + path
                answer = self._http.post(url, content=content, headers=headers, timeout=600.0)
        except httpx.HTTPError as error:
            raise ClusterUnavailable(f"Docker at {self.host} does not answer: {error}") from error
        if answer.status_code >= 400:
            raise DockerRefused(answer.status_code, _message(answer))
        return answer.text

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _client(host: str) -> httpx.Client:
    scheme, _, rest = host.partition("://")
    if scheme == "unix":
        _try(rest)
        transport = httpx.HTTPTransport(uds=rest)
        return httpx.Client(transport=transport, base_url="http://docker", trust_env=False)
    if scheme not in ("tcp", "http", "https"):
        raise ClusterUnavailable(
            f"cannot speak to Docker at {host}; use unix:// or tcp:// in DOCKER_HOST"
        )
    folder = os.environ.get("DOCKER_CERT_PATH") if os.environ.get("DOCKER_TLS_VERIFY") else None
    if folder is None:
        return httpx.Client(base_url=f"http://{rest}", trust_env=False)
    context = ssl.create_default_context(cafile=str(Path(folder) / "ca.pem"))
    context.load_cert_chain(Path(folder) / "cert.pem", Path(folder) / "key.pem")
    return httpx.Client(base_url=f"https://{rest}", verify=context, trust_env=False)


def _try(path: str) -> None:
    """Say what is wrong with Docker's socket, in words that lead to the remedy."""
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.connect(path)
        except FileNotFoundError as error:
            raise ClusterUnavailable(
                f"no Docker here: {path} does not exist; start Docker, or name it in DOCKER_HOST"
            ) from error
        except PermissionError as error:
            raise ClusterUnavailable(
                f"Docker's socket {path} is closed to user {_user()}; let the user in with: "
                f"sudo usermod -aG docker {_user()} (and log in again)"
            ) from error
        except OSError as error:
            raise ClusterUnavailable(
                f"no Docker listens on {path} ({error.strerror}); start Docker"
            ) from error


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())  # a user id without an account, as in containers


def _spoken(oldest: str) -> str:
    numbers = tuple(int(part) for part in oldest.split("."))
    return "v1.44" if numbers >= OLDEST_NEW_API else API_VERSION


def _message(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return answer.text.strip()[:300]


def _split(image: str) -> tuple[str, str]:
    """Name and tag of an image; a digest stays with the name, as Docker wants it."""
    if "@" in image:
        return image, ""
    name, colon, tag = image.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (image, "latest")


def _unpullable(image: str, why: str) -> ClusterUnavailable:
    return ClusterUnavailable(
        f"image {image} is not there and cannot be pulled: {why}; "
        f"try: docker pull {image} (or load it from a file with docker load)"
    )
