"""The list of checks, and the comparison of replies with their form key by key."""
import re

ALL = []


class Any:
    """A value that a rule accepts."""

    def __init__(self, rule, text):
        self.rule, self.text = rule, text


TEXT = Any(lambda value: isinstance(value, str), "a text")
COUNT = Any(lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0, "a count")
CHANCE = Any(lambda value: isinstance(value, (int, float)) and value <= 0, "a log-probability")


def like(pattern):
    return Any(lambda value: isinstance(value, str) and re.fullmatch(pattern, value), f"a text like {pattern}")


def check(title):
    """Adds a function to the list; it takes nothing and raises an error when something is wrong."""
    def add(function):
        ALL.append((title, function))
        return function
    return add


def same(found, expected, what):
    if found != expected:
        raise AssertionError(f"{what}: expected {expected!r}, found {found!r}")


def holds(condition, what):
    if not condition:
        raise AssertionError(what)


def matches(value, form, path="reply"):
    """Compares a value with its form: exactly these keys in this order, each value by its own form."""
    if isinstance(form, Any):
        if not form.rule(value):
            raise AssertionError(f"{path}: expected {form.text}, found {value!r}")
    elif isinstance(form, dict):
        if not isinstance(value, dict) or list(value) != list(form):
            raise AssertionError(f"{path}: expected the keys {list(form)}, found {value!r}")
        for key, inner in form.items():
            matches(value[key], inner, f"{path}.{key}")
    elif isinstance(form, list):
        if not isinstance(value, list):
            raise AssertionError(f"{path}: expected a list, found {value!r}")
        for index, item in enumerate(value):
            matches(item, form[0], f"{path}[{index}]")
    else:
        same(value, form, path)
