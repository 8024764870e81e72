"""Reads from a function's source what it writes and records on each way through it.

Conditions on names tell ways apart: after `for one in added` has run, `if added` holds.
A write that found no row (`if not rows.update(…)`) wrote nothing. A loop body counts once, or not
at all for an empty iterable. Calls of other modules' functions are not followed.
"""

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from tests.source import Function, Module

WRITES = {"save", "create", "update", "delete", "get_or_create", "update_or_create"}
BULK = {"bulk_create", "bulk_update"}
GRANTS = {"assign_perm", "remove_perm"}
MANY = 2


@dataclass(frozen=True)
class Way:
    """One way through a function; `events` counts to 2, `known` holds facts on names."""

    wrote: bool = False
    events: int = 0
    known: frozenset[tuple[str, bool]] = field(default_factory=frozenset)

    def knowing(self, name: str, truth: bool) -> "Way":
        return replace(self, known=self.known - {(name, not truth)} | {(name, truth)})


Ways = set[Way]
Exits = list[Way]


class Reader:
    """Reads the functions of one module; follows calls of private ones."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.open: list[str] = []

    def outcomes(self, name: str) -> Ways:
        """The ways on which a function returns without raising."""
        exits: Exits = []
        self.open.append(name)
        ends = self.block(self.module.functions[name].body, {Way()}, exits)
        self.open.pop()
        return {Way(way.wrote, way.events) for way in [*ends, *exits]}

    def block(self, body: Iterable[ast.stmt], ways: Ways, exits: Exits) -> Ways:
        for statement in body:
            ways = self.statement(statement, ways, exits)
        return ways

    def statement(self, node: ast.stmt, ways: Ways, exits: Exits) -> Ways:
        match node:
            case ast.If():
                return self.branch(node, ways, exits)
            case ast.Assign(value=ast.Call() as call) if is_counted(call):
                return self.counted(node, ways)
            case ast.For() | ast.While():
                return self.loop(node, ways, exits)
            case ast.With():
                for item in node.items:
                    ways = self.expression(item.context_expr, ways)
                return self.block(node.body, ways, exits)
            case ast.Try():
                return self.attempt(node, ways, exits)
            case ast.Return():
                exits += self.expression(node.value, ways) if node.value else ways
                return set()
            case ast.Raise() | ast.Continue() | ast.Break():
                return ways if isinstance(node, ast.Continue | ast.Break) else set()
        return ways if isinstance(node, Function) else self.expression(node, ways)

    def branch(self, node: ast.If, ways: Ways, exits: Exits) -> Ways:
        ends: Ways = set()
        for body, truth in ((node.body, True), (node.orelse, False)):
            # A falsy row count means that the write found no row and wrote nothing.
            asked = ways if is_tested_write(node.test, truth) else self.expression(node.test, ways)
            ends |= self.block(body, assume_all(node.test, asked, truth), exits)
        return ends

    def loop(self, node: ast.For | ast.While, ways: Ways, exits: Exits) -> Ways:
        over = node.iter if isinstance(node, ast.For) else node.test
        ways = self.expression(over, ways)
        return self.block(node.body, assume_all(over, ways, True), exits) or ways

    def counted(self, node: ast.Assign, ways: Ways) -> Ways:
        """`number = rows.update(…)`: rows were written on the ways where the names are true."""
        names = [one.id for target in node.targets for one in ast.walk(target) if is_name(one)]
        missed, written = ways, self.expression(node.value, ways)
        for name in names:
            missed = {way.knowing(name, False) for way in missed}
            written = {way.knowing(name, True) for way in written}
        return missed | written

    def attempt(self, node: ast.Try, ways: Ways, exits: Exits) -> Ways:
        ends = self.block(node.orelse, self.block(node.body, ways, exits), exits)
        for handler in node.handlers:
            ends |= self.block(handler.body, ways, exits)
        return self.block(node.finalbody, ends, exits)

    def expression(self, node: ast.AST, ways: Ways) -> Ways:
        """Follow the calls of an expression, inner ones first; some may not be reached."""
        if isinstance(node, ast.Lambda):
            return ways
        if isinstance(node, ast.BoolOp):
            ways = self.expression(node.values[0], ways)
            return ways | self.each(node.values[1:], ways)
        if isinstance(node, ast.IfExp):
            ways = self.expression(node.test, ways)
            return self.expression(node.body, ways) | self.expression(node.orelse, ways)
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            return ways | self.each(ast.iter_child_nodes(node), ways)
        ways = self.each(ast.iter_child_nodes(node), ways)
        return self.call(node, ways) if isinstance(node, ast.Call) else ways

    def each(self, nodes: Iterable[ast.AST], ways: Ways) -> Ways:
        for node in nodes:
            ways = self.expression(node, ways)
        return ways

    def call(self, node: ast.Call, ways: Ways) -> Ways:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "record":
            return {replace(way, events=min(way.events + 1, MANY)) for way in ways}
        if name in GRANTS or is_write(node):
            return {replace(way, wrote=True) for way in ways}
        if name.startswith("_") and name in self.module.functions and name not in self.open:
            done = self.outcomes(name)
            return {after(way, one) for way in ways for one in done}
        return ways


def after(way: Way, done: Way) -> Way:
    events = min(way.events + done.events, MANY)
    return replace(way, wrote=way.wrote or done.wrote, events=events)


def is_write(node: ast.Call) -> bool:
    """Whether the call is a Django write, which names its columns; dicts and sets use positions."""
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    return method in BULK or (method in WRITES and not node.args)


def is_counted(node: ast.Call) -> bool:
    """Whether the return value of a write tells if rows were written."""
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    return is_write(node) and method in {"update", "delete", "get_or_create"}


def is_tested_write(test: ast.expr, truth: bool) -> bool:
    """Whether the test is a write whose value, on this branch, tells that no row was written."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return is_tested_write(test.operand, not truth)
    return isinstance(test, ast.Call) and is_counted(test) and not truth


def is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Name)


def assume_all(test: ast.expr, ways: Ways, truth: bool) -> Ways:
    return {found for way in ways for found in assume(test, way, truth)}


def assume(test: ast.expr, way: Way, truth: bool) -> Ways:
    """The way with the facts that this branch of the test adds; none for a contradiction."""
    match test:
        case ast.Name(id=name):
            return set() if (name, not truth) in way.known else {way.knowing(name, truth)}
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return assume(operand, way, not truth)
        case ast.NamedExpr(target=target):
            return {way.knowing(target.id, truth)}
        case ast.BoolOp(op=op, values=values):
            return _assume_many(values, way, truth, all_of=isinstance(op, ast.And) == truth)
    return {way}


def _assume_many(values: list[ast.expr], way: Way, truth: bool, *, all_of: bool) -> Ways:
    if not all_of:
        return {found for value in values for found in assume(value, way, truth)}
    ways = {way}
    for value in values:
        ways = {found for one in ways for found in assume(value, one, truth)}
    return ways


def public_functions(module: Module, keep: Callable[[Ways], bool]) -> dict[str, Ways]:
    """The outcomes of a module's public functions, limited to those that `keep` accepts."""
    reader = Reader(module)
    names = [name for name in module.functions if not name.startswith("_")]
    return {name: ways for name in names if keep(ways := reader.outcomes(name))}
