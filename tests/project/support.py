"""Builds a project out of texts, as the pipeline does out of files. Holds no assertions."""

from __future__ import annotations

from textwrap import dedent

from collint.project.facts import FunctionFacts, ModuleFacts
from collint.project.index import index_module
from collint.project.modules import imported_names, is_package, mentioned_namespaces, name_modules, namespace_candidates
from collint.project.project import Project


def indexed(source: str, module: str = "pkg.mod", package: bool = False) -> ModuleFacts:
    """The facts of one file."""
    return index_module(dedent(source), module.replace(".", "/") + ".py", module, package)


def function_of(source: str, qualname: str = "f") -> FunctionFacts:
    """The facts of one function of one file."""
    return next(facts for facts in indexed(source).functions if facts.qualname == qualname)


def project_of(files: dict[str, str]) -> Project:
    """The project of all files, by path."""
    imported = (name for text in files.values() for name in imported_names(dedent(text)))
    mentioned = mentioned_namespaces(namespace_candidates(files), imported)
    names = name_modules(files, mentioned)
    return Project(index_module(dedent(text), path, names[path], is_package(path)) for path, text in files.items())
