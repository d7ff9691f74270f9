"""What tests of commands share."""

import pytest
from village_alliances.interface import cli


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Carry out a command line in an empty folder: exit code, what it
    printed, what it complained of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def carry_out(*words):
        code = cli.main([str(word) for word in words])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return code, printed.out, printed.err

    return carry_out
