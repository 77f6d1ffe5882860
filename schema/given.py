"""A field's arguments as they were given, each value with the way to it in the variables; and the variables' shape."""

from collections.abc import Hashable, Mapping

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
)
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

from domain.query.asking import Given, Tree, plain

Path = tuple[str | int, ...]
Where = tuple[str, ...]


def shape(value: object) -> Hashable:
    """What of a value decides how a question is read: names, nulls, yes and no; not the values themselves."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return tuple((name, shape(held)) for name, held in value.items())
    if isinstance(value, list):
        return tuple(shape(item) for item in value) if value and isinstance(value[0], dict) else _list_shape(value)
    return "·"


def _list_shape(value: list[object]) -> str:
    return "[]" if not value else "[·null]" if None in value else "[·]"


def arguments(field: GraphQLField, node: FieldNode, variables: Mapping[str, object]) -> dict[str, Tree]:
    """The arguments that were given, or stand by default."""
    nodes = {argument.name.value: argument.value for argument in node.arguments or ()}
    found: dict[str, Tree] = {}
    for name, declared in field.args.items():
        value = nodes.get(name)
        if value is None or _missing(value, variables):
            default = coerce_default_value(declared)
            if default is not Undefined:
                found[name] = Given(plain(default), where=(name,))
        else:
            found[name] = _tree(value, declared.type, variables, (name,))
    return found


def _missing(node: ValueNode, variables: Mapping[str, object]) -> bool:
    return isinstance(node, VariableNode) and node.name.value not in variables


def _tree(node: ValueNode, type_: GraphQLInputType, variables: Mapping[str, object], where: Where) -> Tree:
    if isinstance(type_, GraphQLNonNull):
        return _tree(node, type_.of_type, variables, where)
    if isinstance(node, VariableNode):
        name = node.name.value
        return _branch(variables.get(name), type_, (name,), where)
    if isinstance(node, NullValueNode):
        return Given(None, where=where)
    if isinstance(type_, GraphQLList):
        items = node.values if isinstance(node, ListValueNode) else (node,)
        return _items([_tree(item, type_.of_type, variables, where) for item in items], type_, where)
    if isinstance(type_, GraphQLInputObjectType):
        assert isinstance(node, ObjectValueNode)
        return _object(node, type_, variables, where)
    return Given(plain(coerce_input_literal(node, type_)), where=where)


def _items(items: list[Tree], type_: GraphQLInputType, where: Where) -> Tree:
    """A list of objects stays one; a list of values is one value."""
    if isinstance(get_named_type(type_), GraphQLInputObjectType):
        return items
    parts = tuple(item for item in items if isinstance(item, Given))
    value = [part.value for part in parts]
    fixed = all(part.path is None for part in parts)
    return Given(value, where=where) if fixed else Given(value, None, parts, where)


def _object(
    node: ObjectValueNode, type_: GraphQLInputObjectType, variables: Mapping[str, object], where: Where
) -> dict[str, Tree]:
    nodes = {field.name.value: field.value for field in node.fields}
    found: dict[str, Tree] = {}
    for name, declared in type_.fields.items():
        value = nodes.get(name)
        if value is None or _missing(value, variables):
            default = coerce_default_value(declared)
            if default is not Undefined:
                found[name] = Given(plain(default), where=(*where, name))
        else:
            found[name] = _tree(value, declared.type, variables, (*where, name))
    return found


def _branch(value: object, type_: GraphQLInputType, path: Path, where: Where) -> Tree:
    """A value out of the variables, coerced already."""
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        if isinstance(value, dict):
            types = named.fields
            return {key: _branch(held, types[key].type, (*path, key), (*where, key)) for key, held in value.items()}
        if isinstance(value, list):
            return [_branch(item, named, (*path, at), where) for at, item in enumerate(value)]
    return Given(plain(value), path, where=where)
