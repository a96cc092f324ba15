"""Finding the one vehicle model that a web lead names, or none.

Pure: no env. An Odoo shows a product as "[REF] Name", and a variant of it as
"[REF] Name (Red, Long)"; a name may itself hold brackets of both kinds. A reference is
not unique. So a model is found only when no other fits as well; a wrong car on a lead
is worse than none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from . import text


@dataclass(frozen=True)
class Model:
    """A vehicle model of ours: `key` is what `find` returns for it."""

    key: Any
    name: str
    code: str = ""


def spellings(display: str) -> list[tuple[str, str]]:
    """Return each `(reference, name)` that `display` may stand for, the likely first.

    Without the reference and without the values of a variant, one bracket after the
    other: "[A] B (C) (D)" is also "B (C) (D)", "[A] B (C)", "B (C)" …
    """
    found = []
    full = text.line(display)
    while full:
        found.append(("", full))
        if full.startswith("[") and "] " in full:
            code, name = full[1:].split("] ", 1)
            found.append((code.strip(), name.strip()))
        full = _without_bracket(full)
    return found


def names(displays: Iterable[str]) -> set[str]:
    """Return every name that a model of these displays may have."""
    return {name for display in displays for _code, name in spellings(display)}


def codes(displays: Iterable[str]) -> set[str]:
    """Return every reference that a model of these displays may have."""
    found = {code for display in displays for code, _name in spellings(display)}
    return (found | {text.line(display) for display in displays}) - {""}


def find(display: str, models: list[Model]) -> Any:
    """Return the key of the only model that `display` can mean, None when in doubt."""
    for code, name in spellings(display):
        fits = [model for model in models if _same(model.name, name)]
        shown = [
            model
            for model in models
            if model.code and _same(f"[{model.code}] {model.name}", name)
        ]
        fits += [model for model in shown if model not in fits]
        if len(fits) > 1 and code:
            fits = [model for model in fits if _same(model.code, code)] or fits
        if fits:
            return fits[0].key if len(fits) == 1 else None
    return _by_code(display, models)


def _by_code(display: str, models: list[Model]) -> Any:
    """Return the only model with this reference, unless it is called quite otherwise.

    A part or another product may have the reference too, and we do not know it.
    """
    alone = text.line(display)
    for code, name in [(alone, ""), *spellings(display)]:
        fits = [model for model in models if model.code and _same(model.code, code)]
        if len(fits) == 1 and (not name or _words(name) & _words(fits[0].name)):
            return fits[0].key
    return None


def _without_bracket(display: str) -> str:
    """Return `display` without its last "(…)", empty when it ends with none."""
    if not display.endswith(")"):
        return ""
    depth = 0
    for position in range(len(display) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(display[position], 0)
        if not depth:
            return display[:position].rstrip()
    return ""


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _words(name: str) -> set[str]:
    return set(name.casefold().split())
