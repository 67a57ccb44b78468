"""What the shipped packs say about names that everybody meets."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from collint.knowledge.arguments import parse_argument
from collint.knowledge.load import default_pack_paths, load_packs
from collint.knowledge.schema import pack_schema
from collint.knowledge.vocabulary import Vocabulary


@cache
def shipped() -> Vocabulary:
    return load_packs(default_pack_paths())[0]


def models() -> Path:
    return default_pack_paths()[0].parent


def test_the_schema_file_is_up_to_date() -> None:
    assert json.loads(pack_schema()) == json.loads((models() / "pack.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", default_pack_paths(), ids=lambda path: path.name)
def test_a_pack_names_its_schema_in_the_first_line(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("#:schema ./pack.schema.json\n")


@pytest.mark.parametrize(
    ("group", "axes"),
    [
        ("tp", {"tp", "dcp"}),
        ("dcp", {"dcp"}),
        ("pp", {"pp"}),
        ("dp", {"dp"}),
        ("ep", {"dp", "pcp", "tp", "dcp"}),
        ("inner_dp_world", {"pp", "pcp", "tp", "dcp"}),
        ("megatron.pp", {"pp"}),
        ("megatron.ep", {"tp", "cp", "dp", "dcp"}),
        ("ascend.lmhead_tp", {"dp"}),
    ],
)
def test_groups_span_their_axes(group: str, axes: set[str]) -> None:
    assert axes == shipped().axes_of(group)


def test_an_attention_group_of_sglang_does_not_span_attention_data_parallelism() -> None:
    assert "attn_dp" in shipped().axes_of("sglang.tp")
    assert "attn_dp" not in shipped().axes_of("sglang.attn_tp")


def test_the_world_spans_the_axes_of_every_library() -> None:
    assert {"dp", "pp", "pcp", "tp", "dcp", "cp", "attn_dp"} <= shipped().axes_of("world")


@pytest.mark.parametrize("module", ["vllm.distributed", "vllm.distributed.parallel_state"])
def test_an_accessor_is_known_by_each_public_name(module: str) -> None:
    accessor = shipped().accessor(f"{module}.get_ep_group")
    assert accessor is not None
    assert accessor.group == "ep"


@pytest.mark.parametrize(
    ("name", "group", "agrees"),
    [
        ("all_reduce", 2, ("tensor@0",)),
        ("broadcast", 2, ("tensor@0",)),
        ("all_gather", 2, ("tensor_list@0",)),
        ("all_gather_into_tensor", 2, ("output_tensor@0",)),
        ("all_gather_object", 2, ("object_list@0",)),
        ("broadcast_object_list", 2, ("object_list@0",)),
        ("reduce", 3, ()),
        ("gather", 3, ()),
        ("scatter", 3, ()),
        ("reduce_scatter_tensor", 3, ()),
        ("all_to_all_single", 4, ()),
        ("barrier", 0, ()),
    ],
)
def test_torch_collectives_take_their_group_where_torch_does(name: str, group: int, agrees: tuple[str, ...]) -> None:
    row = shipped().collective(f"torch.distributed.{name}")
    assert row is not None
    assert row is shipped().collective(f"torch.distributed.distributed_c10d.{name}")
    assert group == parse_argument(row.group).position
    assert agrees == row.agrees


def test_the_rank_variable_of_the_environment_is_a_rank_and_the_world_size_is_not() -> None:
    assert shipped().rank("os.environ[RANK]", "attribute") is not None
    assert shipped().rank("os.environ.get[LOCAL_RANK]") is not None
    assert shipped().uniform("os.environ[WORLD_SIZE]", "attribute") is not None


@pytest.mark.parametrize(
    ("name", "axes"),
    [
        ("num_tokens", {"dp"}),
        ("num_tokens_padded", {"dp"}),
        ("scheduler_output", {"dp"}),
        ("num_tokens_across_dp", set()),
        ("kv_lora_rank", set()),
        ("tp_rank", {"tp", "dcp"}),
    ],
)
def test_a_name_hints_at_the_axes_that_it_varies_over(name: str, axes: set[str]) -> None:
    hint = shipped().parameter_hint(name)
    assert hint is not None
    assert axes == set(hint.axes)


def test_a_schedule_belongs_to_one_data_parallel_rank() -> None:
    source = shipped().source("vllm.v1.core.sched.output.SchedulerOutput", "type")
    assert source is not None
    assert source.axes == ("dp",)


def test_coordinators_issue_on_the_group_they_stand_for() -> None:
    row = shipped().collective("vllm.distributed.parallel_state.GroupCoordinator.all_reduce")
    assert row is not None
    assert (row.family, row.group, row.channel) == ("all_reduce", "receiver", "device")
    barrier = shipped().collective("vllm.distributed.parallel_state.GroupCoordinator.barrier")
    assert barrier is not None
    assert barrier.channel == "cpu"
