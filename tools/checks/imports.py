"""Who may import whom, read from the sources without importing anything.

A room imports the rooms above it and the single files; a single file imports no room;
only pages, and they one another, import `plots`, `page` and
`scores`. The NumPy rooms reach NumPy, SciPy and the standard
library only, also through other modules of the package.
"""

import ast
import sys
from dataclasses import dataclass

ROOMS = ("brain", "networks", "autoencoders", "practice", "challenges")
SINGLES = ("answers", "datasets", "metrics", "page", "plots", "scores", "training")
FOR_PAGES_ONLY = ("page", "plots", "scores")
# Modules of networks/ that need Keras; every other one loads NumPy and SciPy only.
KERAS_NETWORKS = frozenset({"networks.classifier", "networks.gan", "networks.gan_training"})
ARRAYS = {"numpy", "scipy"}
BACKENDS = {"jax", "tensorflow", "tf_keras", "torch"}
STANDARD = sys.stdlib_module_names


@dataclass(frozen=True)
class Import:
    """One import: the module's dotted name, its line, and whether it runs at load time."""

    target: str
    line: int
    at_load: bool


class Package:
    """The modules of a package and their imports, read with `ast`."""

    def __init__(self, folder):
        self.folder, self.name = folder, folder.name
        self.paths = {self.dotted(path): path for path in sorted(folder.rglob("*.py"))}
        self.imports = {module: self.read(module) for module in self.paths}

    def dotted(self, path):
        """Return the dotted name of a file of the package."""
        parts = path.relative_to(self.folder.parent).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def place(self, module):
        """Return the room or single file of a module; "" for the package itself."""
        return (module.split(".") + [""])[1]

    def where(self, module, line):
        """Return file and line for a message."""
        path = self.paths[module].relative_to(self.folder.parent).as_posix()
        return f"{path}, line {line}"

    def read(self, module):
        """Return the imports of a module; those inside functions do not run at load."""
        tree = ast.parse(self.paths[module].read_text(encoding="utf-8"))
        functions = [
            n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda)
        ]
        inside = {id(node) for function in functions for node in ast.walk(function)}
        return [
            Import(target, node.lineno, id(node) not in inside)
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for target in self.targets(module, node)
        ]

    def targets(self, module, node):
        """Return the dotted names of the modules that an import statement names."""
        if isinstance(node, ast.Import):
            return [alias.name for alias in node.names]
        base = node.module or ""
        if node.level:
            is_package = self.paths[module].name == "__init__.py"
            parts = module.split(".")
            parts = parts[: len(parts) - node.level + is_package]
            base = ".".join([*parts, base] if base else parts)
        names = [f"{base}.{alias.name}" for alias in node.names]
        return sorted({name if name in self.paths else base for name in names})

    def loaded_with(self, module):
        """Return the modules of the package that importing `module` runs at load."""
        parts = module.split(".")
        parents = [".".join(parts[:i]) for i in range(1, len(parts))]
        own = [i.target for i in self.imports.get(module, []) if i.at_load]
        return [name for name in parents + own if name in self.paths]


def top(target):
    """Return the first part of a dotted name."""
    return target.split(".")[0]


def import_problems(folder):
    """Return every import of a package that the order of the rooms does not allow."""
    package = Package(folder)
    problems = []
    for module, imports in package.imports.items():
        place = package.place(module)
        if place and place not in ROOMS + SINGLES:
            text = f"{place!r} is no room {ROOMS} and no single file {SINGLES}"
            problems.append(f"{package.where(module, 1)}: {text}")
        for one in imports:
            if reason := refusal(package, module, one):
                problems.append(f"{package.where(module, one.line)}: {reason}")
        if is_numpy_only(package, module):
            problems += numpy_problems(package, module)
    return problems


def is_numpy_only(package, module):
    """Return whether a module promises to load NumPy and SciPy only."""
    place = package.place(module)
    name = module.removeprefix(f"{package.name}.")
    return place == "brain" or (place == "networks" and name not in KERAS_NETWORKS)


def refusal(package, module, one):
    """Return why a module may not have an import, or None if it may."""
    place, target = package.place(module), one.target
    if not place and top(target) not in STANDARD:
        return f"imports {target}; the package itself imports the standard library only"
    if place in ("autoencoders", "networks") and top(target) in BACKENDS:
        return f"imports {target}; {place}/ uses keras and keras.ops only"
    if top(target) != package.name:
        return None
    other = package.place(target)
    if other in FOR_PAGES_ONLY and place not in FOR_PAGES_ONLY:
        return f"imports {target}, which only pages may import"
    if place in SINGLES and other in ROOMS:
        return f"imports {target}; a single file imports no room"
    if place in ROOMS and other in ROOMS and ROOMS.index(other) > ROOMS.index(place):
        return f"imports {target}, a room below; allowed are {ROOMS[: ROOMS.index(place)]}"
    return None


def numpy_problems(package, module):
    """Return what a NumPy-only module imports, or loads through others, beyond arrays."""
    problems = []
    allowed = STANDARD | ARRAYS | {package.name}
    for one in package.imports[module]:
        if top(one.target) not in allowed:
            text = f"imports {one.target}; this room loads NumPy and SciPy only"
            problems.append(f"{package.where(module, one.line)}: {text}")
    chains = {module: [module]}
    waiting = [module]
    while waiting:
        current = waiting.pop()
        for name in package.loaded_with(current):
            if name not in chains:
                chains[name] = [*chains[current], name]
                waiting.append(name)
    for name, chain in chains.items():
        for one in package.imports[name] if name != module else []:
            if one.at_load and top(one.target) not in allowed:
                text = f"loads {one.target} ({' -> '.join(chain)}); only NumPy and SciPy"
                problems.append(f"{package.where(module, 1)}: {text} may be loaded here")
    return problems
