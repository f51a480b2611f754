"""Lists the items of other crates that the public API names, by rustdoc's JSON. The standard library's are left out."""

import json
import sys

with open(sys.argv[1]) as file:
    crate = json.load(file)
OWN_OR_STANDARD = {"alloc", "core", "health_macros", "health_runtime", "std"}


def ids(node):
    """The items that a piece of the JSON names: types and traits, and what is re-exported."""
    if isinstance(node, list):
        for child in node:
            yield from ids(child)
    elif isinstance(node, dict):
        for kind in ("resolved_path", "trait", "trait_bound", "use"):
            named = node.get(kind)
            if isinstance(named, dict) and "trait" in named:
                named = named["trait"]
            if isinstance(named, dict) and named.get("id") is not None:
                yield named["id"]
        for child in node.values():
            yield from ids(child)


index = crate["index"]
own = index[str(crate["root"])]["crate_id"]


def is_public(item):
    """Whether this crate wrote the item for users: not a compiler, a foreign blanket implementation, or a macro for hidden types."""
    implementation = item["inner"].get("impl")
    if item["crate_id"] != own or not implementation:
        return item["crate_id"] == own
    if implementation["is_synthetic"] or implementation["blanket_impl"]:
        return False
    target = implementation["for"].get("resolved_path")
    is_hidden = target and crate["paths"][str(target["id"])]["crate_id"] == own and str(target["id"]) not in index
    return not is_hidden and (implementation["trait"] or {}).get("path") != "Unpin"


found = set()
for item in filter(is_public, index.values()):
    for name in ids(item["inner"]):
        path = crate["paths"].get(str(name))
        if path:
            package = crate["external_crates"].get(str(path["crate_id"]), {}).get("name", "health_runtime")
            if package not in OWN_OR_STANDARD:
                found.add("::".join(path["path"]))
print("\n".join(sorted(found)))
