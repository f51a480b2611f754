"""Compares the Rust version that each dependency asks for with the promised one, for the features that promise it."""

import json
import subprocess


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments, "--locked"], check=True, capture_output=True, text=True).stdout


def version(text):
    return tuple(map(int, text.split(".")[:2]))


packages = json.loads(cargo("metadata", "--format-version", "1"))["packages"]
runtime = next(package for package in packages if package["name"] == "health-runtime")
# The clients of sqlx and SeaORM need a newer one: docs/drivers.md.
features = [name for name in runtime["features"] if not name.startswith(("sea_orm", "sea-orm", "sqlx"))]
tree = cargo(
    "tree", "--package", "health-runtime", "--no-default-features", "--features", ",".join(features),
    "--edges", "normal,build", "--prefix", "none", "--format", "{p}",
)  # fmt: skip
used = {tuple(line.split()[:2]) for line in tree.splitlines()}
checked = [package for package in packages if (package["name"], "v" + package["version"]) in used]
assert len(checked) > 80, f"only {len(checked)} dependencies"
newer = [
    f"{package['name']} {package['version']} needs Rust {package['rust_version']}"
    for package in checked
    if package["rust_version"] and version(package["rust_version"]) > version(runtime["rust_version"])
]
print("\n".join(newer) or f"{len(checked)} packages build with Rust {runtime['rust_version']}")
raise SystemExit(bool(newer))
