"""Who writes a module's variable, and who calls a name."""

from __future__ import annotations

from collint.ir.expressions import Const
from tests.project.support import project_of

PROJECT = project_of(
    {
        "app/__init__.py": "",
        "app/state.py": """
            counter = 0
            def bump():
                global counter
                counter = 1
            def shadow():
                counter = "local"
                def inner():
                    nonlocal counter
                    counter = "still local"
            """,
        "app/use.py": """
            import app.state
            from app import state as s
            def f():
                app.state.counter = 2
                s.counter = 3
                other.counter = "elsewhere"
                s.bump(dist.barrier())
            def g(s):
                s.counter = "unknown object"
            barrier()
            """,
    }
)


def test_a_module_variable_is_written_by_its_body_by_global_and_through_the_module() -> None:
    writes = PROJECT.module_writers("app.state", "counter")
    assert [(write.function_id, write.assign.value) for write in writes] == [
        ("app.state:<module>", Const("0")),
        ("app.state:bump", Const("1")),
        ("app.use:f", Const("2")),
        ("app.use:f", Const("3")),
    ]


def test_calls_are_found_by_their_last_name() -> None:
    assert [(name, site.line) for name, site in PROJECT.calls_named("barrier")] == [
        ("app.use:<module>", 11),
        ("app.use:f", 8),
    ]
    assert PROJECT.calls_named("nobody") == ()


def test_a_write_through_the_name_of_a_class_is_a_write_of_that_class() -> None:
    source = "class Job:\n    _instance = None\n    def __init__(self):\n        Job._instance = self\n"
    written = project_of({"job.py": source}).writers("job:Job", "_instance")
    assert {"job:Job", "job:Job.__init__"} == {write.function_id for write in written}
