"""The pooling layer that options ask for, with `pool` or within `conv`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.cli import values
from cnnviz.cli.options import AlsoPoolOptions, PoolOptions
from cnnviz.core.pool import POOLS
from cnnviz.errors import UsageError

if TYPE_CHECKING:
    from cnnviz.core.layer import Pool


def also_pool(options: AlsoPoolOptions) -> Pool | None:
    """Return the layer that `conv --pool` asks for, or None; raises UsageError."""
    given = {
        "--pool-size": options.pool_size,
        "--pool-stride": options.pool_stride,
        "--pool-pad": options.pool_pad,
        "--pool-dilation": options.pool_dilation,
        "--pool-ceil": options.pool_ceil,
        "--pool-exclude-pad": options.pool_exclude_pad,
        "--pool-global": options.pool_global,
        "--p": options.p,
    }
    if options.pool is None:
        lonely = next((name for name, value in given.items() if value not in (None, False)), None)
        if lonely:
            raise UsageError(f"{lonely} needs --pool: say which, {' or '.join(POOLS)}")
        return None
    same = PoolOptions(
        mode=options.pool,
        size=options.pool_size,
        stride=options.pool_stride,
        pad=options.pool_pad,
        dilation=options.pool_dilation,
        ceil=options.pool_ceil,
        exclude_pad=options.pool_exclude_pad,
        p=options.p,
        global_=options.pool_global,
    )
    return pooling(same, prefix="--pool-", mode_option="--pool")


def pooling(options: PoolOptions, *, prefix: str = "--", mode_option: str = "--mode") -> Pool:
    """Return the layer that the options ask for; raises UsageError, which calls them by their `prefix`."""
    from cnnviz.core.layer import Pool

    mode = values.choice(options.mode, POOLS, mode_option)
    if options.exclude_pad and mode != "avg":
        raise UsageError(f"{prefix}exclude-pad is for the mean: it does not go with {mode_option} {mode}")
    if options.p is not None and mode != "lp":
        raise UsageError(f"--p is the power of lp pooling: it does not go with {mode_option} {mode}")
    if options.p is not None and not options.p > 0:
        raise UsageError(f"--p must be above 0, not {options.p:g}")
    if options.global_:
        windowed = {"size": options.size, "stride": options.stride, "pad": options.pad, "dilation": options.dilation}
        extra = next((name for name, value in windowed.items() if value is not None), "ceil" if options.ceil else None)
        if extra:
            raise UsageError(f"{prefix}global has one window over the whole map: leave {prefix}{extra} out")
    return Pool(
        mode,
        None if options.global_ else values.pair(options.size or "2", f"{prefix}size"),
        stride=values.pair(options.stride, f"{prefix}stride") if options.stride is not None else None,
        pad=values.pad(options.pad or "0", f"{prefix}pad"),
        dilation=values.pair(options.dilation or "1", f"{prefix}dilation"),
        ceil=options.ceil,
        count_include_pad=not options.exclude_pad,
        p=2.0 if options.p is None else options.p,
    )
