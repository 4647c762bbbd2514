"""deploy/: every configuration is accepted, and what has to agree agrees: ports, paths, secrets, labels, packages."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose"
KUBERNETES = DEPLOY / "kubernetes"
SYSTEMD = DEPLOY / "systemd"
PROGRAMS = (ROOT / os.environ.get("HUBWARDEN_BUILD", "build/dev")).resolve() / "bin"

ROUTE = re.compile(r'Method::kGet, "(/[a-z]+)"')
# What every Debian has, and bookworm-slim too: apt needs them.
ESSENTIAL = {"libc6", "libgcc-s1", "libstdc++6", "libgcc1"}
EXPOSURE = 20  # tenths: what `systemd-analyze security` calls OK begins at 2.0 to 4.9


def read(path):
    return path.read_text(encoding="utf-8")


def document(path):
    return yaml.safe_load(read(path))


def run(*command, **more):
    """Its output and error output, in one."""
    return subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                          check=False, **more)


def packages(group):
    """Of scripts/packages.sh."""
    return re.search(rf"^{group}=\((.*?)\)", read(ROOT / "scripts/packages.sh"), re.MULTILINE | re.DOTALL)[1].split()


def routes():
    return set(ROUTE.findall(read(ROOT / "src/apps/hubwarden/generation.cpp")))


class WithFolder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="deploy_")))

    def prepared(self):
        """The folder that deploy/compose/prepare fills."""
        made = run("openssl", "genrsa", "-out", self.folder / "app.pem", "2048")
        self.assertEqual(made.returncode, 0, made.stdout)
        secrets = self.folder / "secrets"
        done = run(COMPOSE / "prepare", self.folder / "app.pem", "hubwarden.example.com", secrets)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        return secrets


class Configurations(WithFolder):
    """With every file that they name in the place of secrets that were prepared."""

    # How they call what deploy/compose/prepare makes.
    NAMES = {"app.pem": "app-key", "tls.crt": "tls-certificate", "tls.key": "tls-key"}

    def named_files(self, value):
        if isinstance(value, dict):
            return [path for each in value.values() for path in self.named_files(each)]
        if isinstance(value, list):
            return [path for each in value for path in self.named_files(each)]
        return re.findall(r"^(?:file:)?(/(?:run|etc/hubwarden)/[^?]*)$", str(value))

    def test_are_accepted(self):
        secrets = self.prepared()
        found = sorted(DEPLOY.rglob("hubwarden.yaml"))
        self.assertGreater(len(found), 3)
        for path in found:
            text = read(path)
            for named in self.named_files(document(path)):
                if not named.endswith((".sock", ".db")):
                    name = pathlib.Path(named).name
                    text = text.replace(named, str(secrets / self.NAMES.get(name, name)))
            copy = self.folder / "hubwarden.yaml"
            copy.write_text(text)
            checked = run(PROGRAMS / "hubwarden", "config", "check", "--config", copy, env={"PATH": os.environ["PATH"]})
            self.assertEqual(checked.returncode, 0, f"{path}: {checked.stdout}")

    def test_share_their_records_where_they_share_redis(self):
        for path in DEPLOY.rglob("hubwarden.yaml"):
            configuration = document(path)
            self.assertEqual("redis" in configuration, "url" in configuration["records"], path)


class Compose(WithFolder):
    def setUp(self):
        super().setUp()
        self.whole = document(COMPOSE / "compose.yaml")
        self.services = self.whole["services"]
        self.replicas = {name: each for name, each in self.services.items() if each["image"] == "hubwarden"}
        self.configuration = document(COMPOSE / "hubwarden.yaml")
        self.nginx = read(COMPOSE / "nginx.conf")

    def test_gives_every_service_as_little_as_it_needs(self):
        for name, service in self.services.items():
            self.assertTrue(service["read_only"], name)
            self.assertEqual((service["cap_drop"], service["security_opt"]), (["ALL"], ["no-new-privileges:true"]), name)
            self.assertRegex(service["user"], r"^[1-9]\d*:[1-9]\d*$", name)
            self.assertIn("test", service["healthcheck"], name)

    def test_mounts_secrets_that_prepare_makes_and_configurations_name(self):
        made = {path.name for path in self.prepared().iterdir()}
        self.assertEqual({name: each["file"] for name, each in self.whole["secrets"].items()},
                         {name: f"./secrets/{name}" for name in made})
        for name, service in self.services.items():
            files = {"hubwarden": "hubwarden.yaml", "nginx": "nginx.conf"}
            text = read(COMPOSE / files[service["image"].partition(":")[0]]) if service["image"].startswith(
                tuple(files)) else str(service)
            self.assertEqual(set(re.findall(r"/run/secrets/([\w-]+)", text)), set(service["secrets"]), name)

    def test_leads_from_nginx_to_every_replica(self):
        [port] = [address.rpartition(":")[2] for address in self.configuration["listen"]["tcp"]]
        self.assertEqual(len(self.replicas), 2)
        self.assertEqual(set(re.findall(r"^ *server ([\w.:-]+)", self.nginx, re.MULTILINE)),
                         {f"{name}:{port}" for name in self.replicas})
        [listening] = re.findall(r"listen (\d+)", self.nginx)
        self.assertEqual([each.rpartition(":")[2] for each in self.services["nginx"]["ports"]], [listening])
        [address] = self.configuration["listen"]["trusted_proxies"]
        self.assertEqual(address, self.services["nginx"]["networks"]["service"]["ipv4_address"])

    def test_asks_for_health_where_it_is_answered(self):
        for name, service in self.services.items():
            for scheme, port, path in re.findall(r"(https?)://127\.0\.0\.1:(\d+)(/\w*)", str(service["healthcheck"])):
                self.assertIn(path, routes(), name)
                self.assertIn(f":{port}" if scheme == "http" else f" {port} ssl",
                              str(self.configuration["listen"]) + self.nginx, name)
        for service in self.replicas.values():
            self.assertIn("/readyz", str(service["healthcheck"]))
            self.assertIn("curl", packages("image"))

    def test_has_the_redis_and_postgresql_that_the_configuration_names(self):
        for section, port in (("redis", 6379), ("records", 5432)):
            url = self.configuration[section]["url"]
            user, host, named = re.match(r"\w+://(\w+)@([\w-]+):(\d+)/", url).groups()
            self.assertEqual((user, int(named)), ("hubwarden", port))
            self.assertIn(host, self.services)
            self.assertEqual(self.services[host]["networks"], ["data"])
        environment = self.services["postgresql"]["environment"]
        self.assertTrue(self.configuration["records"]["url"].endswith("/" + environment["POSTGRES_DB"]))
        self.assertTrue(self.whole["networks"]["data"]["internal"])

    def test_does_not_make_a_secret_twice(self):
        secrets = self.prepared()
        before = {path.name: path.read_bytes() for path in secrets.iterdir()}
        done = run(COMPOSE / "prepare", self.folder / "app.pem", "hubwarden.example.com", secrets)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual({path.name: path.read_bytes() for path in secrets.iterdir()}, before)
        self.assertEqual(secrets.stat().st_mode & 0o777, 0o700)
        self.assertEqual(run(COMPOSE / "prepare").returncode, 2)

    @unittest.skipUnless(shutil.which("nginx"), "needs nginx")
    def test_has_an_nginx_configuration_that_nginx_accepts(self):
        text = self.nginx.replace("/tmp/", f"{self.folder}/").replace("/run/secrets", str(self.prepared()))
        (self.folder / "nginx.conf").write_text(re.sub(r"hubwarden-\d:", "127.0.0.1:", text))
        tested = run("nginx", "-t", "-e", "stderr", "-c", self.folder / "nginx.conf")
        self.assertEqual(tested.returncode, 0, tested.stdout)
        self.assertNotIn("[warn]", tested.stdout)


class Kubernetes(unittest.TestCase):
    def setUp(self):
        self.kustomization = document(KUBERNETES / "kustomization.yaml")
        self.objects = {each["kind"]: each for name in self.kustomization["resources"]
                        for each in yaml.safe_load_all(read(KUBERNETES / name))}
        self.pod = self.objects["Deployment"]["spec"]["template"]
        [self.container] = self.pod["spec"]["containers"]
        self.configuration = document(KUBERNETES / "hubwarden.yaml")

    def test_has_all_its_manifests_and_none_beside(self):
        beside = {"kustomization.yaml", "hubwarden.yaml", "secret.example.yaml"}
        self.assertEqual({path.name for path in KUBERNETES.iterdir()}, set(self.kustomization["resources"]) | beside)

    def test_selects_the_pods_of_the_deployment_by_their_labels(self):
        labels = self.pod["metadata"]["labels"]
        for kind, field in (("Deployment", "selector"), ("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")):
            self.assertEqual(self.objects[kind]["spec"][field]["matchLabels"], labels, kind)
        self.assertEqual(self.objects["Service"]["spec"]["selector"], labels)
        [spread] = self.pod["spec"]["topologySpreadConstraints"]
        self.assertEqual(spread["labelSelector"]["matchLabels"], labels)
        self.assertEqual(self.objects["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"],
                         {"apiVersion": "apps/v1", "kind": "Deployment", "name": self.objects["Deployment"]["metadata"]["name"]})

    def test_scales_what_has_a_request_and_keeps_some(self):
        scaling = self.objects["HorizontalPodAutoscaler"]["spec"]
        self.assertNotIn("replicas", self.objects["Deployment"]["spec"], "two who say how many")
        self.assertIn(scaling["metrics"][0]["resource"]["name"], self.container["resources"]["requests"])
        self.assertGreater(scaling["minReplicas"], self.objects["PodDisruptionBudget"]["spec"]["maxUnavailable"])

    def test_probes_routes_that_exist(self):
        probed = {kind: self.container[f"{kind}Probe"]["httpGet"] for kind in ("readiness", "liveness", "startup")}
        self.assertLessEqual({each["path"] for each in probed.values()}, routes())
        self.assertEqual((probed["readiness"]["path"], probed["liveness"]["path"]), ("/readyz", "/healthz"))
        [port] = self.container["ports"]
        self.assertEqual({(each["port"], each["scheme"]) for each in probed.values()}, {(port["name"], "HTTPS")})

    def test_agrees_on_the_port(self):
        [port] = self.container["ports"]
        [address] = self.configuration["listen"]["tcp"]
        self.assertIn("tls", self.configuration["listen"])
        self.assertEqual(address, f"0.0.0.0:{port['containerPort']}")
        [served] = self.objects["Service"]["spec"]["ports"]
        self.assertEqual(served["targetPort"], port["name"])
        self.assertTrue(self.configuration["env"]["url"].endswith(f":{served['port']}"))
        [allowed] = self.objects["NetworkPolicy"]["spec"]["ingress"][0]["ports"]
        self.assertEqual(allowed["port"], port["containerPort"])
        out = {each["port"] for each in self.objects["NetworkPolicy"]["spec"]["egress"][0]["ports"]}
        for section in ("redis", "records"):
            self.assertIn(int(re.search(r":(\d+)/", self.configuration[section]["url"])[1]), out)

    def test_mounts_every_file_that_the_configuration_names(self):
        secrets = {each["metadata"]["name"]: each["stringData"]
                   for each in yaml.safe_load_all(read(KUBERNETES / "secret.example.yaml"))}
        self.assertTrue(all(value == "" for each in secrets.values() for value in each.values()), "examples have no values")
        volumes = {each["name"]: secrets[each["secret"]["secretName"]] for each in self.pod["spec"]["volumes"]
                   if "secret" in each}
        mounted = {f"{mount['mountPath']}/{file}" for mount in self.container["volumeMounts"]
                   for file in volumes.get(mount["name"], ())}
        named = set(re.findall(r"/etc/hubwarden/[\w./-]+", read(KUBERNETES / "hubwarden.yaml")))
        self.assertEqual(mounted, named)
        [generated] = self.kustomization["configMapGenerator"]
        [config] = [each for each in self.pod["spec"]["volumes"] if "configMap" in each]
        self.assertEqual(config["configMap"]["name"], generated["name"])
        [folder] = [mount["mountPath"] for mount in self.container["volumeMounts"] if mount["name"] == config["name"]]
        self.assertEqual(self.container["args"][-1], f"{folder}/{generated['files'][0]}")

    def test_gives_the_container_no_privilege_and_nothing_to_write(self):
        self.assertEqual(self.container["securityContext"], {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}})
        self.assertTrue(self.pod["spec"]["securityContext"]["runAsNonRoot"])
        self.assertFalse(self.pod["spec"]["automountServiceAccountToken"])
        self.assertTrue(all(mount["readOnly"] for mount in self.container["volumeMounts"]))

    @unittest.skipUnless(shutil.which("kubectl"), "needs kubectl")
    def test_is_put_together_by_kubectl(self):
        built = run("kubectl", "kustomize", KUBERNETES)
        self.assertEqual(built.returncode, 0, built.stdout)
        self.assertIn("ConfigMap", {each["kind"] for each in yaml.safe_load_all(built.stdout)})


class Image(unittest.TestCase):
    DOCKERFILE = DEPLOY / "container/Dockerfile"

    def setUp(self):
        joined = read(self.DOCKERFILE).replace("\\\n", " ")
        self.steps = [line.split(None, 1) for line in joined.splitlines() if line and line[0] not in "# "]

    def of(self, instruction):
        return [rest for name, rest in self.steps if name == instruction]

    def test_begins_twice_with_debian_and_names_no_registry(self):
        self.assertEqual(self.of("FROM"), ["debian:bookworm-slim AS build", "debian:bookworm-slim"])

    def test_installs_what_packages_sh_lists_and_nothing_else(self):
        installing = [words for rest in self.of("RUN") for words in re.findall(r"packages\.sh ([a-z ]+?) *(?:&&|$)", rest)]
        self.assertEqual(installing, ["build", "image"])
        self.assertNotIn("apt-get", read(self.DOCKERFILE))

    def test_is_a_user_without_privileges(self):
        self.assertEqual(self.of("USER"), ["10000:10000"])
        self.assertLess(self.steps.index(["COPY", "--from=build /programs/ /usr/local/bin/"]),
                        self.steps.index(["USER", "10000:10000"]), "and cannot change its programs")

    def test_copies_what_is_there(self):
        for rest in self.of("COPY"):
            if not rest.startswith("--from"):
                for source in rest.split()[:-1]:
                    self.assertTrue((ROOT / source).exists(), source)
        targets = re.search(r"--target ([a-z -]+?) *&&", " ".join(self.of("RUN")))[1].split()
        for target in targets:
            self.assertTrue((PROGRAMS / target).exists(), target)
            self.assertIn(f"build/release/bin/{target}", " ".join(self.of("RUN")))

    def test_has_every_library_of_its_programs(self):
        for program in ("hubwarden", "git-credential-hubwarden", "git-credential-hubwarden-https"):
            needed = re.findall(r"Shared library: \[(.*?)\]", run("readelf", "-d", PROGRAMS / program).stdout)
            places = dict(re.findall(r"^\s*(\S+) => (/\S+)", run("ldd", PROGRAMS / program).stdout, re.MULTILINE))
            for library in needed:
                if library not in places or "san.so" in library:
                    continue  # the loader itself; a sanitizer's
                # Debian's list knows /lib as it was before it became a link.
                found = run("dpkg-query", "-S", f"*/{pathlib.Path(os.path.realpath(places[library])).name}").stdout
                owners = {line.split(":")[0] for line in found.splitlines() if not line.startswith("dpkg-query")}
                self.assertTrue(owners & (set(packages("image")) | ESSENTIAL), f"{program}: {library} of {owners}")


class Systemd(WithFolder):
    UNIT = SYSTEMD / "hubwarden.service"

    def copy(self):
        """With the built program in the place of the installed one."""
        shutil.copytree(self.UNIT.with_suffix(".service.d"), self.folder / "hubwarden.service.d")
        unit = self.folder / "hubwarden.service"
        unit.write_text(read(self.UNIT).replace("/usr/local/bin/hubwarden", str(PROGRAMS / "hubwarden")))
        return unit

    @unittest.skipUnless(shutil.which("systemd-analyze"), "needs systemd")
    def test_accepts_the_unit(self):
        verified = run("systemd-analyze", "verify", "--man=no", self.copy())
        self.assertEqual((verified.returncode, verified.stdout), (0, ""))

    @unittest.skipUnless(shutil.which("systemd-analyze"), "needs systemd")
    def test_finds_little_exposed(self):
        judged = run("systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE}", self.copy())
        self.assertEqual(judged.returncode, 0, judged.stdout)

    def test_hands_over_the_secrets_that_the_configuration_names(self):
        given = set()
        for path in (self.UNIT, *self.UNIT.with_suffix(".service.d").iterdir()):
            given |= set(re.findall(r"^LoadCredential=([\w.-]+):", read(path), re.MULTILINE))
        named = set(re.findall(r"/run/credentials/hubwarden\.service/([\w.-]+)", read(SYSTEMD / "hubwarden.yaml")))
        self.assertEqual(given, named)

    def test_lets_it_write_where_the_configuration_does_and_call_what_is_its_own(self):
        unit = read(self.UNIT)
        for line in ("ProtectSystem=strict", "NoNewPrivileges=yes", "MemoryDenyWriteExecute=yes", "CapabilityBoundingSet=",
                     "RuntimeDirectory=hubwarden", "SystemCallFilter=@system-service seccomp"):
            self.assertIn(f"\n{line}\n", unit)
        for path in document(SYSTEMD / "hubwarden.yaml")["listen"]["unix"]:
            self.assertTrue(path.startswith("/run/hubwarden/"), path)


if __name__ == "__main__":
    unittest.main()
