import sys
import threading
import time
from functools import partial

import pytest

from cnnviz.core import threads
from cnnviz.core.threads import each, processors, spread


def test_without_threads_one_does_it_all(monkeypatch):
    def refuse(work, given):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threads, "start_new_thread", refuse)
    done = []
    spread(lambda: done.append, [1, 2, 3, 4], threads=2)
    assert sorted(done) == [1, 2, 3, 4]


def test_a_limited_address_space_has_one_thread(monkeypatch):
    resource = pytest.importorskip("resource", reason="limits of POSIX")
    monkeypatch.setattr(resource, "getrlimit", partial(lambda limits, _: limits, (1 << 40, resource.RLIM_INFINITY)))
    assert processors() == 1


def test_a_failure_in_any_thread_stops_all_and_is_raised():
    started = threading.Barrier(2, timeout=10)
    here = threading.get_ident()

    def work(item):
        if item < 2:
            started.wait()  # Each thread has one of the first two.
        if threading.get_ident() != here:
            raise KeyboardInterrupt
        while set(sys._current_frames()) - before:
            time.sleep(0.001)  # Until the other has failed and is gone.
        done.append(item)

    done, before = [], set(sys._current_frames())
    with pytest.raises(KeyboardInterrupt):
        spread(lambda: work, range(50), threads=2)
    assert len(done) == 1


def test_each_item_is_done_once():
    done = []
    spread(lambda: done.append, range(50), threads=2)
    assert sorted(done) == list(range(50))


@pytest.mark.parametrize("parallel", [False, True])
def test_each_gives_results_in_the_order_of_the_items(parallel):
    def slow(place, word):
        time.sleep(0.002 * (5 - place))
        return word * place

    assert each(slow, range(5), "abcde", parallel=parallel) == ["", "b", "cc", "ddd", "eeee"]
    with pytest.raises(ValueError, match="shorter"):
        each(slow, range(5), "abc", parallel=parallel)


@pytest.mark.parametrize("parallel", [False, True])
def test_each_raises_what_the_work_raises_and_does_nothing_twice(parallel):
    seen = []

    def fail(place):
        seen.append(place)
        raise RuntimeError(place)

    with pytest.raises(RuntimeError):
        each(fail, range(9), parallel=parallel)
    assert len(seen) == len(set(seen)) <= 2
