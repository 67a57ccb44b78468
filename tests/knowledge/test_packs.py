"""What the shipped packs say about names that everybody meets."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from collint.knowledge.arguments import parse_argument
from collint.knowledge.load import default_pack_paths, load_packs
from collint.knowledge.schema import pack_schema
from collint.knowledge.scope import packs_in_play
from collint.knowledge.vocabulary import Vocabulary


@cache
def shipped() -> Vocabulary:
    return load_packs(default_pack_paths())[0]


@cache
def known_to(module: str) -> Vocabulary:
    """What counts for a program that imports one library: the axes of the others stay out."""
    return Vocabulary(packs_in_play(shipped().packs, {module}))


def models() -> Path:
    return default_pack_paths()[0].parent


def test_the_schema_file_is_up_to_date() -> None:
    assert json.loads(pack_schema()) == json.loads((models() / "pack.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", default_pack_paths(), ids=lambda path: path.name)
def test_a_pack_names_its_schema_in_the_first_line(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("#:schema ./pack.schema.json\n")


@pytest.mark.parametrize(
    ("library", "group", "axes"),
    [
        ("vllm", "tp", {"tp", "dcp"}),
        ("vllm", "dcp", {"dcp"}),
        ("vllm", "pp", {"pp"}),
        ("vllm", "dp", {"dp"}),
        ("vllm", "ep", {"dp", "pcp", "tp", "dcp"}),
        ("vllm", "inner_dp_world", {"pp", "pcp", "tp", "dcp"}),
        ("megatron", "megatron.pp", {"pp"}),
        ("megatron", "megatron.dp", {"dp", "dp/expt_tp", "dp/ep", "dp/expt_dp"}),
        ("megatron", "megatron.ep", {"tp/ep", "cp/ep", "dp/ep"}),
        ("sglang", "sglang.moe_ep", {"attn_dp/moe_ep", "attn_cp/moe_ep", "attn_tp/moe_ep"}),
        ("vllm_ascend", "ascend.lmhead_tp", {"dp"}),
    ],
)
def test_groups_span_their_axes(library: str, group: str, axes: set[str]) -> None:
    assert axes == known_to(library).axes_of(group)


@pytest.mark.parametrize(
    ("library", "one", "other", "meet"),
    [
        ("vllm", "tp", "dcp", True),
        ("vllm", "dp", "dcp", False),
        ("megatron", "megatron.dp", "megatron.ep", True),
        ("megatron", "megatron.ep", "megatron.expt_tp", False),
        ("megatron", "megatron.pp", "megatron.ep", False),
        ("sglang", "sglang.tp", "sglang.attn_tp", True),
        ("sglang", "sglang.attn_tp", "sglang.attn_cp", False),
        ("sglang", "sglang.attn_cp", "sglang.moe_ep", True),
        ("sglang", "sglang.moe_tp", "sglang.moe_ep", False),
    ],
)
def test_groups_meet_where_one_cut_of_the_ranks_crosses_another(library: str, one: str, other: str, meet: bool) -> None:
    known = known_to(library)
    assert meet == bool(known.axes_of(one) & known.axes_of(other))


def test_sub_axes_of_several_parents_are_shown_by_the_group_that_spans_them() -> None:
    assert known_to("megatron").shown_axes(known_to("megatron").axes_of("megatron.ep")) == ("ep",)
    assert known_to("sglang").shown_axes(known_to("sglang").axes_of("sglang.tp")) == ("tp",)
    assert known_to("vllm").shown_axes({"dcp", "dp"}) == ("dcp", "dp")


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
    hint = known_to("vllm").parameter_hint(name)
    assert hint is not None
    assert axes == set(hint.axes)


def test_a_schedule_belongs_to_one_data_parallel_rank() -> None:
    source = known_to("vllm").source("vllm.v1.core.sched.output.SchedulerOutput", "type")
    assert source is not None
    assert source.axes == ("dp",)


def test_coordinators_issue_on_the_group_they_stand_for() -> None:
    row = shipped().collective("vllm.distributed.parallel_state.GroupCoordinator.all_reduce")
    assert row is not None
    assert (row.family, row.group, row.channel) == ("all_reduce", "receiver", "device")
    barrier = shipped().collective("vllm.distributed.parallel_state.GroupCoordinator.barrier")
    assert barrier is not None
    assert barrier.channel == "cpu"
