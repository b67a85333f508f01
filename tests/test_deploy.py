"""What is shipped for containers and clusters: well-formed, within the rules for safe pods, and true of the program."""

import argparse
import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from packaging.requirements import Requirement

from cryptoprices import __version__, headless_serve
from cryptoprices.api.access import EXEMPT
from cryptoprices.api.hosts import Hosts
from cryptoprices.api.server import STOP_S
from cryptoprices.core.grants import Scope
from cryptoprices.settings.options import API_PORT
from cryptoprices.storage.tokens import TokenFile

DEPLOY = Path(__file__).resolve().parent.parent / "resources" / "deploy"
CLUSTER = "1.33"  # whose rules hold
NAMESPACE = "money"  # where they are applied
KUBECTL = shutil.which("kubectl")
HADOLINT = str(Path(sys.executable).with_name("hadolint"))
OVERLAYS = ("single", "redis")
QT = {"pyside6", "pyside6-essentials", "shiboken6", "pyqtgraph"}


def written() -> list[dict[str, Any]]:
    """Every whole object that is in the files, before overlays change it."""
    paths = sorted(path for path in DEPLOY.rglob("*.yaml") if path.name not in ("kustomization.yaml", "patch.yaml"))
    return [each for path in paths for each in yaml.safe_load_all(path.read_text("utf-8"))]


def rendered(overlay: str) -> list[dict[str, Any]]:
    """What a cluster is told."""
    if KUBECTL is None:
        pytest.skip("kubectl is not installed")
    command = [KUBECTL, "kustomize", str(DEPLOY / "overlays" / overlay)]
    return list(yaml.safe_load_all(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def of_kind(kind: str, objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in objects if each["kind"] == kind]


def ours(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """The deployment of the program itself."""
    (found,) = (each for each in of_kind("Deployment", objects) if each["metadata"]["name"] == "cryptoprices")
    return found


def told(container: dict[str, Any]) -> list[str]:
    """The arguments as the program gets them: with what is in their variables."""
    of_the_pod = {"metadata.namespace": NAMESPACE}
    fields = {each["name"]: each["valueFrom"]["fieldRef"]["fieldPath"] for each in container["env"] if of_field(each)}
    return [re.sub(r"\$\((\w+)\)", lambda name: of_the_pod[fields[name[1]]], word) for word in container["args"]]


def of_field(variable: dict[str, Any]) -> bool:
    """Whether the pod itself is asked for it."""
    return "fieldRef" in variable["valueFrom"]


def served_by(objects: list[dict[str, Any]]) -> headless_serve.ServeOptions:
    """What the program makes of its arguments."""
    (container,) = ours(objects)["spec"]["template"]["spec"]["containers"]
    command, *words = told(container)
    assert command == "serve"
    parser = argparse.ArgumentParser(exit_on_error=False)
    headless_serve.add_words(parser)
    return headless_serve.options_of(parser.parse_args(words))


@pytest.mark.parametrize("thing", written(), ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_every_object_is_of_its_schema(thing):
    if thing["kind"] == "Deployment" and "selector" not in thing["spec"]:
        labels = {"app": "x"}  # the labels come with the overlay
        thing["spec"]["selector"] = {"matchLabels": labels}
        thing["spec"]["template"]["metadata"] = {"labels": labels}
    kubernetes_validate.validate(thing, CLUSTER, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_overlay_renders_to_objects_of_their_schemas(overlay):
    objects = rendered(overlay)
    for thing in objects:
        kubernetes_validate.validate(thing, CLUSTER, strict=True)
    selected = ours(objects)["spec"]["selector"]["matchLabels"].items()
    assert selected <= ours(objects)["spec"]["template"]["metadata"]["labels"].items()
    for service in of_kind("Service", objects):
        pods = [each["spec"]["template"]["metadata"]["labels"] for each in of_kind("Deployment", objects)]
        assert [labels for labels in pods if service["spec"]["selector"].items() <= labels.items()]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_container_has_no_more_rights_than_it_needs_and_says_what_it_takes(overlay):
    for deployment in of_kind("Deployment", rendered(overlay)):
        pod = deployment["spec"]["template"]["spec"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"] + pod.get("initContainers", []):
            rights = container["securityContext"]
            assert rights["readOnlyRootFilesystem"] is True
            assert rights["allowPrivilegeEscalation"] is False
            assert rights["capabilities"] == {"drop": ["ALL"]}
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
            assert "memory" in container["resources"]["limits"]
        for container in pod["containers"]:
            assert "/tmp" in [mount["mountPath"] for mount in container["volumeMounts"]]  # in the pod
            assert {"livenessProbe", "readinessProbe"} <= container.keys()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_a_pod_is_told_is_what_the_program_knows(overlay):
    objects = rendered(overlay)
    pod = ours(objects)["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert served_by(objects).host == "0.0.0.0"  # in the pod
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"http": API_PORT.default, "stream": API_PORT.default + 1}
    (service,) = (each for each in of_kind("Service", objects) if each["metadata"]["name"] == "cryptoprices")
    assert {port["targetPort"]: port["port"] for port in service["spec"]["ports"]} == ports
    probes = [container[name]["httpGet"] for name in ("livenessProbe", "startupProbe", "readinessProbe")]
    assert [probe["path"] for probe in probes] == ["/healthz", "/healthz", "/readyz"]
    assert {probe["path"] for probe in probes} == EXEMPT  # without a token, by any name
    assert {probe["port"] for probe in probes} == {"http"}
    assert container["image"] == f"cryptoprices:{__version__}"
    (secret,) = (each for each in container["env"] if not of_field(each))
    assert secret["name"] == headless_serve.GIVEN_TOKEN
    assert secret["valueFrom"]["secretKeyRef"] == {"name": "cryptoprices", "key": "token"}
    before_s = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > before_s + STOP_S
    folder = next(mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == "profile")
    assert f'"--profile", "{folder}"' in (DEPLOY / "Containerfile").read_text("utf-8")


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("after", ["", ".money", ".money.svc", ".money.svc.cluster.local"])
def test_pods_find_it_by_every_name_of_its_service(overlay, after):
    objects = rendered(overlay)
    (service,) = (each for each in of_kind("Service", objects) if each["metadata"]["name"] == "cryptoprices")
    for port in service["spec"]["ports"]:
        hosts = Hosts("0.0.0.0", port["port"], served_by(objects).allowed)
        host = f"{service['metadata']['name']}{after}:{port['port']}".encode()
        assert hosts.origins(host) is not None


def test_one_replica_keeps_what_it_writes_and_several_keep_nothing():
    single, several = rendered("single"), rendered("redis")
    (claim,) = of_kind("PersistentVolumeClaim", single)
    volumes = {each["name"]: each for each in ours(single)["spec"]["template"]["spec"]["volumes"]}
    assert volumes["profile"] == {"name": "profile", "persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}}
    assert ours(single)["spec"]["strategy"] == {"type": "Recreate"}
    assert ours(single)["spec"]["replicas"] == 1
    # what the program wrote for itself alone stays so when the volume is mounted again
    assert ours(single)["spec"]["template"]["spec"]["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"
    assert served_by(single).redis_url is None
    assert not of_kind("HorizontalPodAutoscaler", single)
    assert not of_kind("PersistentVolumeClaim", several)
    volumes = ours(several)["spec"]["template"]["spec"]["volumes"]
    assert all("emptyDir" in each for each in volumes if "secret" not in each)


@pytest.mark.skipif(sys.platform == "win32", reason="it is run as in the pod")
@pytest.mark.parametrize("given", [True, False])
def test_replicas_take_the_tokens_of_a_file_that_they_are_given(tmp_path, fake_clock, given):
    pod = ours(rendered("redis"))["spec"]["template"]["spec"]
    (copying,), (serving,) = pod["initContainers"], pod["containers"]
    assert copying["image"] == serving["image"]
    (secret,) = (each for each in pod["volumes"] if "secret" in each)
    assert secret["secret"]["optional"] is True
    assert secret["secret"]["items"] == [{"key": "tokens.json", "path": "tokens.json"}]
    folders = {mount["mountPath"]: tmp_path / mount["name"] for mount in copying["volumeMounts"]}
    assert set(folders.values()) == {tmp_path / secret["name"], tmp_path / "profile"}
    for folder in folders.values():
        folder.mkdir()
    if given:
        token = TokenFile(tmp_path / secret["name"] / "tokens.json", fake_clock.clock).create("reader", Scope.READ)
        (tmp_path / secret["name"] / "tokens.json").chmod(0o644)  # as it is in a secret's folder
    *shell, script = copying["command"]
    for path, folder in folders.items():
        script = script.replace(path, str(folder))
    subprocess.run([*shell, script], check=True)
    kept = TokenFile(tmp_path / "profile" / "tokens.json", fake_clock.clock)
    assert kept.problem() == ""
    assert [each.name for each in kept.all()] == (["reader"] if given else [])
    assert not given or kept.find(token)


def test_several_replicas_share_a_redis_that_nobody_else_reaches():
    objects = rendered("redis")
    found = re.fullmatch(r"redis://([\w-]+):(\d+)/0", served_by(objects).redis_url or "")
    assert found
    (service,) = (each for each in of_kind("Service", objects) if each["metadata"]["name"] == found[1])
    assert [port["port"] for port in service["spec"]["ports"]] == [int(found[2])]
    (policy,) = of_kind("NetworkPolicy", objects)
    assert policy["spec"]["podSelector"]["matchLabels"] == service["spec"]["selector"]
    assert set(policy["spec"]["policyTypes"]) == {"Ingress", "Egress"}
    assert "egress" not in policy["spec"]
    (rule,) = policy["spec"]["ingress"]
    (source,) = rule["from"]
    api = ours(objects)["spec"]["template"]["metadata"]["labels"]
    assert source["podSelector"]["matchLabels"].items() <= api.items()
    assert [port["port"] for port in rule["ports"]] == [int(found[2])]
    (scale,) = of_kind("HorizontalPodAutoscaler", objects)
    (least,) = of_kind("PodDisruptionBudget", objects)
    assert scale["spec"]["minReplicas"] > least["spec"]["minAvailable"] > 1
    assert "replicas" not in ours(objects)["spec"]  # the autoscaler's, which another number here would undo


@pytest.mark.skipif(not Path(HADOLINT).exists(), reason="hadolint is not installed")
def test_the_container_file_is_clean_and_makes_the_image_that_the_pods_expect():
    linted = subprocess.run([HADOLINT, str(DEPLOY / "Containerfile")], capture_output=True, text=True, check=False)
    assert (linted.returncode, linted.stdout) == (0, "")
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    assert "'.[server]'" in text
    user = ours(written())["spec"]["template"]["spec"]["securityContext"]
    assert f"USER {user['runAsUser']}:{user['runAsGroup']}" in text
    assert f"EXPOSE {API_PORT.default} {API_PORT.default + 1}" in text
    assert f"http://127.0.0.1:{API_PORT.default}/readyz" in text
    assert f"-t cryptoprices:{__version__}" in text
    assert f"e {headless_serve.GIVEN_TOKEN}=" in text


def test_what_the_container_file_copies_is_there_and_all_that_is_sent():
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    copied = {name for line in re.findall(r"(?m)^COPY (?!--)(.+) \S+$", text) for name in line.split()}
    assert [name for name in copied if not (DEPLOY.parent.parent / name).exists()] == []
    sent = (DEPLOY / "Containerfile.dockerignore").read_text("utf-8").splitlines()
    assert {line[1:] for line in sent if line.startswith("!")} == copied
    assert "*" in sent


def test_the_service_needs_nothing_of_qt():
    ours_ = distribution("cryptoprices")
    asked, due = set[str](), [ours_]
    while due:
        one = due.pop()
        for text in one.requires or ():
            wanted = Requirement(text)
            extras = ("", "server") if one is ours_ else ("",)
            if wanted.marker and not any(wanted.marker.evaluate({"extra": extra}) for extra in extras):
                continue
            if (name := wanted.name.lower().replace("_", "-")) not in asked:
                asked.add(name)
                due.append(distribution(name))
    assert {"fastapi", "uvicorn", "redis", "pydantic"} <= asked
    assert not asked & QT
