"""Exactly once, whatever breaks: the short run; ``bin/chaos`` is the long one."""

import os
import random

import pytest

import odoo.tests.common

from tests.chaos.cluster import Cluster
from tests.chaos.run import run

ORDERS = 200


@pytest.mark.chaos
@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_two_hundred_orders_are_booked_once_whatever_breaks(tmp_path, capsys):
    seed = int(
        os.environ.get("LEC_CHAOS_SEED") or random.SystemRandom().randrange(10**6)
    )
    with Cluster() as cluster:
        cluster.copy(odoo.tests.common.get_db_name(), "chaos")
        problems, lines = run(
            cluster,
            "chaos",
            tmp_path,
            orders=ORDERS,
            seed=seed,
            seconds=0,
            tell=lambda _text: None,
        )
    with capsys.disabled():
        print("", *lines, sep="\n")  # noqa: T201
    assert not problems, "\n".join([*problems, *lines])
