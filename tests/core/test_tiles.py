import threading
from functools import partial

import pytest

from cnnviz.core.tiles import processors, spread


def test_without_threads_one_does_it_all(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    done = []
    spread(lambda: done.append, [1, 2, 3, 4], threads=2)
    assert sorted(done) == [1, 2, 3, 4]


def test_a_limited_address_space_has_one_thread(monkeypatch):
    resource = pytest.importorskip("resource", reason="limits of POSIX")
    monkeypatch.setattr(resource, "getrlimit", partial(lambda limits, _: limits, (1 << 40, resource.RLIM_INFINITY)))
    assert processors() == 1
