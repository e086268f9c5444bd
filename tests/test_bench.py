"""What the benches compute, where no run would show that it is wrong."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench import flame, plot
from bench.flame import Frame


def test_a_flame_has_no_trunk_no_waiting_and_nothing_too_thin() -> None:
    """Frames are merged by function; what is left out at the top still counts below."""
    raw = "main (/v/intake/cli.py:3);work (/v/intake/door.py:9);seal (/v/site-packages/sqlalchemy/x.py:1) 600\n"
    raw += "main (/v/intake/cli.py:4);work (/v/intake/door.py);thin (/v/intake/door.py) 1\n"
    raw += "main (/v/intake/cli.py);say <é> (/usr/lib/python3.11/smtplib.py) 400\n"
    raw += "main (/v/intake/cli.py);wait (threading.py);Condition.wait (threading.py) 5000\n"
    root = flame.frames(raw)
    work = Frame(601, {"seal (sqlalchemy/x)": Frame(600)})
    assert root == Frame(1001, {"work (intake/door)": work, "say <é> (smtplib)": Frame(400)})


def test_pictures_are_whole_xml_without_scripts(tmp_path: Path) -> None:
    """They stand in a public repository's pages."""
    flame.drawn(Frame(2, {"<listcomp> & (intake/x)": Frame(2)}), "door", tmp_path / "flame.svg")
    plot.chart(tmp_path / "chart.svg", [plot.Line("a & b", [(0, 0), (10, 3)])], "letters", "MB")
    for path in tmp_path.iterdir():
        names = {element.tag.rpartition("}")[2] for element in ET.parse(path).iter()}
        assert names <= {"svg", "g", "rect", "path", "polyline", "text", "title"}


@pytest.mark.parametrize(("most", "ticks"), [(3, [0, 0.5, 1, 1.5, 2, 2.5, 3]), (99, [0, 20, 40, 60, 80, 100])])
def test_an_axis_ends_at_a_round_number_beyond_the_data(most: float, ticks: list[float]) -> None:
    """At most six steps of 1, 2 or 5."""
    assert plot._ticks(most) == pytest.approx(ticks)
