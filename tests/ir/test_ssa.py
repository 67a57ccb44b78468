"""The value graph: one node for one value, a phi where values meet, a new version where a call may change one."""

from __future__ import annotations

from hypothesis import given, settings

from collint.ir.values import ValueGraph
from tests.ir.values import Block, Reading, call_named, definitions_read, programs, read, shown, values


def test_a_name_is_what_was_last_assigned() -> None:
    assert read(values("x = 1\nx = x + 2\nuse(x)"), "use") == "1 + 2"


def test_arms_meet_in_a_phi() -> None:
    assert read(values("if c:\n    x = 1\nelse:\n    x = 2\nuse(x)", "c"), "use") == "{1 | 2}"


def test_an_arm_that_assigns_nothing_keeps_the_old_value() -> None:
    assert read(values("x = 1\nif c:\n    x = 2\nuse(x)", "c"), "use") == "{1 | 2}"


def test_arms_with_one_value_need_no_phi() -> None:
    assert read(values("if c:\n    x = 1\nelse:\n    x = 1\nuse(x)", "c"), "use") == "1"


def test_an_arm_that_leaves_has_no_say() -> None:
    assert read(values("x = 1\nif c:\n    x = 2\n    return\nuse(x)", "c"), "use") == "1"


def test_a_loop_that_changes_a_variable_has_a_phi_at_its_head() -> None:
    graph = values("x = 1\nwhile c:\n    use(x)\n    x = 2", "c")
    assert read(graph, "use") == "{1 | 2}"


def test_a_loop_that_only_reads_has_none() -> None:
    graph = values("x = 1\nwhile c:\n    while d:\n        print(x)", "c, d")
    assert read(graph, "print") == "1"
    assert not [node for node in _used(graph) if graph[node].kind == "phi"]


def test_where_no_definitions_meet_no_phi_is_made() -> None:
    graph = values("x = 1\nif c:\n    y = 2\n    if d:\n        use(x)\nuse(x, y)", "c, d")
    assert {value.label for value in graph.nodes if value.kind == "phi"} == {"y"}


def test_what_a_loop_on_the_way_writes_meets_behind_it() -> None:
    graph = values("x = 1\nif c:\n    while True:\n        if d:\n            break\n        x = 2\nuse(x)", "c, d")
    assert read(graph, "use") == "{1 | {1 | 2}}"


def test_a_counter_is_a_phi_of_itself() -> None:
    graph = values("n = 0\nwhile c:\n    n = n + 1\nuse(n)", "c")
    assert shown(graph, call_named(graph, "use").arguments[1], depth=2) == "{0 | {… | …} + 1}"


def test_an_element_comes_from_its_iterable() -> None:
    assert read(values("for item in things:\n    use(item)", "things"), "use") == "element(things)"


def test_equal_expressions_are_one_node() -> None:
    graph = values("first = rank == 0\nsecond = rank == 0\nif first:\n    pass\nif second:\n    pass", "rank")
    assert len(set(graph.conditions.values())) == 1


def test_expressions_over_different_versions_are_two() -> None:
    graph = values("first = x > 0\nx = x + 1\nsecond = x > 0\nif first:\n    pass\nif second:\n    pass", "x")
    assert len(set(graph.conditions.values())) == 2


def test_two_calls_are_two_values() -> None:
    graph = values("a = f()\nb = f()\nif a:\n    pass\nif b:\n    pass")
    assert len(set(graph.conditions.values())) == 2


def test_an_attribute_that_is_stored_is_a_variable() -> None:
    assert read(values("self.n = 1\nuse(self.n)", "self"), "use") == "1"


def test_an_attribute_stored_in_one_arm_meets_the_old_one() -> None:
    assert read(values("if c:\n    self.n = 1\nuse(self.n)", "self, c"), "use") == "{1 | self.n}"


def test_an_attribute_that_is_never_stored_is_read_from_its_base() -> None:
    assert read(values("use(self.a.b)", "self"), "use") == "self.a.b"


def test_a_call_with_the_object_may_change_its_stored_attribute() -> None:
    assert read(values("self.n = 1\nself.step()\nuse(self.n)", "self"), "use") == "1'"


def test_a_call_without_the_object_does_not() -> None:
    assert read(values("self.n = 1\nother.step()\nuse(self.n)", "self, other"), "use") == "1"


def test_storing_an_attribute_of_another_object_changes_nothing_here() -> None:
    assert read(values("self.n = 1\nother.n = 2\nuse(self.n)", "self, other"), "use") == "1"


def test_a_call_gives_a_new_version_of_what_it_was_handed() -> None:
    assert read(values("dist.all_reduce(t)\nuse(t)", "t"), "use") == "t'"


def test_also_of_what_it_was_handed_inside_a_list() -> None:
    assert read(values("work([t])\nuse(t)", "t"), "use") == "t'"


def test_a_call_that_cannot_change_anything_gives_none() -> None:
    assert read(values("n = len(t)\nprint(t)\nuse(t)", "t"), "use") == "t"


def test_a_mutating_method_gives_a_new_version_of_its_receiver() -> None:
    assert read(values("things.append(1)\nuse(things)", "things"), "use") == "things'"


def test_an_underscore_method_does_so_as_well() -> None:
    assert read(values("t.fill_(1)\nuse(t)", "t"), "use") == "t'"


def test_an_ordinary_method_does_not() -> None:
    assert read(values("t.item()\nuse(t)", "t"), "use") == "t"


def test_a_stored_element_makes_a_new_container() -> None:
    assert read(values("box[0] = 1\nuse(box)", "box"), "use") == "stored(box, 0, 1)"


def test_numbers_have_no_versions() -> None:
    assert read(values("n = 3\nwork(n)\nuse(n)"), "use") == "3"


def test_a_changed_parameter_has_a_final_value() -> None:
    graph = values("dist.all_reduce(t)", "t, u")
    assert {name: shown(graph, node) for name, node in graph.finals.items()} == {"t": "t'"}


def test_returns_and_conditions_are_listed() -> None:
    graph = values("if n > 2:\n    return n\nreturn 1", "n")
    assert sorted(shown(graph, node) for _, node in graph.returns) == ["1", "n"]
    assert [shown(graph, node) for node in graph.conditions.values()] == ["n > 2"]


def test_a_variable_that_an_exception_interrupts_keeps_its_old_value_in_the_handler() -> None:
    graph = values("x = 1\ntry:\n    x = work()\nexcept E:\n    use(x)\ndone(x)")
    assert read(graph, "use") == "1"
    assert read(graph, "done") == "{1 | work()}"


def test_every_assigned_value_is_kept_for_closures() -> None:
    graph = values("x = 1\nif c:\n    x = 2\nuse(x)", "c")
    assert [shown(graph, node) for node in graph.assigned["x"]] == ["1", "2"]


@settings(deadline=None)
@given(programs)
def test_a_use_reads_the_definitions_that_reach_it_and_no_others(program: Block) -> None:
    reading = Reading()
    text = reading.text(program)
    reading.follow(program)
    assert definitions_read(values(text, "c, s")) == reading.reaching, text


@settings(deadline=None)
@given(programs)
def test_every_phi_joins_at_least_two_values(program: Block) -> None:
    graph = values(Reading().text(program), "c, s")
    for node in _used(graph):
        value = graph[node]
        assert value.kind != "phi" or len(set(value.arguments) - {node}) > 1


@settings(deadline=None)
@given(programs)
def test_no_pure_value_has_two_nodes(program: Block) -> None:
    graph = values(Reading().text(program), "c, s")
    pure = [node for node in _used(graph) if graph[node].kind in ("const", "op", "attr", "name", "parameter")]
    assert len({(graph[node].kind, graph[node].label, graph[node].arguments) for node in pure}) == len(pure)


def _used(graph: ValueGraph) -> set[int]:
    work = [site.node for site in graph.calls] + list(graph.conditions.values())
    seen = set(work)
    while work:
        fresh = set(graph[work.pop()].arguments) - seen
        seen |= fresh
        work += fresh
    return seen
