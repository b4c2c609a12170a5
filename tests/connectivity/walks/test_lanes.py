"""Lanes: every label hops, none has more hops than there is room for, neurons are used once."""

import itertools
from collections import Counter

import pytest

from critcount.connectivity.walks._lanes import (
    ASIDE,
    SOURCE,
    SPARE,
    TARGET,
    Choices,
    Lane,
    Work,
    holes,
    label_of,
    lay,
    resolve,
)
from critcount.connectivity.walks._moving import find_moves
from tests.connectivity.walks.ends import SIZES, random_pairs


def works(r, m, number=8):
    for a, b in random_pairs(r, m, number):
        moving = find_moves(a, b, r)
        yield Work(a, b, r, moving), moving


@pytest.mark.parametrize(("r", "m"), SIZES)
def test_work_is_what_the_chains_and_cycles_ask_for(r, m):
    for work, moving in works(r, m):
        assert work.h == m - r
        assert sorted(work.chains) == sorted(moving.chains)
        assert list(map(len, work.chains)) == sorted(map(len, moving.chains), reverse=True)
        labels = sum(map(len, (*moving.chains, *moving.cycles)))
        assert work.hops == labels + len(moving.cycles)  # a cycle takes one hop more
        for job, cycle in zip(work.jobs, moving.cycles, strict=True):
            assert [label_of(hop) for hop in job] == [*cycle, cycle[0]]


@pytest.mark.parametrize(("r", "m"), SIZES)
@pytest.mark.parametrize("length", [2, 3, 4, 6, 9, 40])
def test_lanes_serve_every_label(r, m, length):
    laid = 0
    for work, moving in works(r, m):
        for plan in itertools.islice(work.plans(length), 12):
            lanes = lay(work, plan)
            if lanes is None:
                continue
            laid += 1
            # no more neurons than there are beyond the labels, each in one lane
            assert sum(len(lane.tokens) for lane in lanes) <= work.h
            tokens = Counter(token for lane in lanes for token in lane.tokens)
            assert set(tokens.values()) <= {1}
            assert sum(lane.of_two for lane in lanes) == plan.doubles
            for lane in lanes:
                room = plan.double_hops if lane.of_two else plan.single_hops
                assert len(lane.hops) <= room
            # a label hops once, or aside and home, in this order where one lane does both
            hops = Counter(hop for lane in lanes for hop in lane.hops)
            assert set(hops.values()) <= {1}
            labels = sorted(itertools.chain(*moving.chains, *moving.cycles))
            assert sorted(hop for hop in hops if hop >= 0) == labels
            assert all(label_of(hop) in hops for hop in hops if hop < 0)
            for lane in lanes:
                for hop in lane.hops:
                    if hop < 0 and label_of(hop) in lane.hops:
                        assert lane.hops.index(label_of(hop)) < lane.hops.index(hop)
    assert laid or length < 40


def test_the_holes_of_a_lane_of_one():
    lane = Lane([(TARGET, 4)], [4, 2], [7])
    assert list(holes(lane)) == [
        ((TARGET, 4), None, 4, (SOURCE, 4)),
        ((SOURCE, 4), None, 2, (SOURCE, 2)),
        ((SOURCE, 2), None, 7, (SOURCE, 7)),
    ]
    assert not lane.of_two


def test_the_holes_of_a_lane_of_two_change_places_for_its_second_chain():
    lane = Lane([(TARGET, 4), (TARGET, 7)], [4, 2], [7])
    assert lane.of_two
    assert [(hole, helper) for hole, helper, _, _ in holes(lane)] == [
        ((TARGET, 4), (TARGET, 7)),
        ((SOURCE, 4), (TARGET, 7)),
        ((TARGET, 7), (SOURCE, 2)),
    ]


def test_a_label_that_stepped_aside_frees_where_it_stood():
    lane = Lane([(SPARE, 0)], [3, 5, ~3])
    *_, (hole, _, hop, freed) = holes(lane)
    assert (hole, hop, freed) == ((SOURCE, 5), ~3, (ASIDE, 3))
    assert resolve(freed, {3: (SPARE, 0)}) == (SPARE, 0)
    assert resolve((ASIDE, 1), {1: (ASIDE, 3), 3: (SPARE, 0)}) == (SPARE, 0)


def test_too_little_room():
    work = Work((0, 1, 2), (1, 0, 2), 2, find_moves((0, 1, 2), (1, 0, 2), 2))
    assert work.hops == 3
    assert list(work.plans(4)) == []
    assert lay(work, Choices(0, 1, 0)) is None
    assert [lane.hops for lane in lay(work, Choices(0, 3, 0))] == [[0, 1, ~0]]
