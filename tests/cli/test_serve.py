from pillarbox import app, foundation


def test_serve_runs_the_settings_and_ends_with_its_code(shell, monkeypatch):
    served: list[object] = []

    def serve(path):
        served.append(path)
        return 3

    monkeypatch.setattr(app, "serve", serve)
    shell.run("serve", code=3)
    assert served == [shell.file]


def test_wrong_settings_end_it_before_anything_starts(shell, monkeypatch):
    monkeypatch.setattr(app, "serve", None)
    shell.file.write_text(shell.file.read_text().replace('"127.0.0.1"', '"here"'))
    assert "address: 'here' is not an IP address" in shell.fails("serve")


def test_a_port_that_is_taken(shell, monkeypatch):
    def taken(path):
        raise foundation.CannotStart("127.0.0.1:25: address in use")

    monkeypatch.setattr(app, "serve", taken)
    assert shell.fails("serve") == "pillarbox: 127.0.0.1:25: address in use"
